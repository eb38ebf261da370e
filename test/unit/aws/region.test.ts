import { expect } from 'chai'
import { recordsReading, regionReading } from '../../../src/aws/region.ts'
import type { Deployment } from '../../../src/model/deployment.ts'
import { isRefused, type Refused } from '../../../src/model/refused.ts'
import { reasonOf } from '../../../src/sentences.ts'
import { answering, limits } from './answering.ts'
import { simulated } from './simulated.ts'

describe('A whole region', () => {
  const { here, asked } = simulated()

  it('gives every Auto Scaling group on record, a page after the other, and no other', async () => {
    for (let number = 0; number < 101; number++) {
      const tags = { 'greenlight:record': 'd-1' }
      here.aws.world.createAutoScalingGroup({ name: `recorded-${number}`, desiredCapacity: 0, tags })
      here.aws.world.createAutoScalingGroup({ name: `other-${number}`, desiredCapacity: 0, tags: { team: 'shop' } })
    }
    const found = await here.time.run(recordsReading(here.clients, here.limits).recordedAutoScalingGroups())
    expect(found).to.have.length(101)
    expect(found.filter(({ name }) => !name.startsWith('recorded-'))).to.deep.equal([])
    expect(asked()).to.have.length(2)
  })

  it('gives the deployments of a deployment group made since, newest first, twenty-five at once', async () => {
    here.aws.world.createDeploymentGroup({ name: 'production', deploymentStyle: { deploymentType: 'IN_PLACE' } })
    const deploy = async () => {
      const id = here.aws.world.deploy({ deploymentGroup: 'production' })
      here.aws.world.stopDeployment(id)
      await here.time.advance(10_000)
      return id
    }
    await deploy()
    const createdSince = new Date()
    const ids: string[] = []
    for (let number = 0; number < 30; number++) ids.unshift(await deploy())
    const pages = regionReading(here.clients, here.limits).deploymentsOf('shop', 'production', { createdSince })
    const iterator = pages[Symbol.asyncIterator]()
    const first = await here.time.run(iterator.next())
    expect(asked()).to.deep.equal(['codedeploy:ListDeployments', 'codedeploy:BatchGetDeployments'])
    const second = await here.time.run(iterator.next())
    const idsOf = (page: { value?: readonly (Deployment | Refused)[] | undefined }) =>
      (page.value ?? []).map((one) => (isRefused(one) ? one.refusal : one.id))
    expect([idsOf(first), idsOf(second)]).to.deep.equal([ids.slice(0, 25), ids.slice(25)])
    expect((await here.time.run(iterator.next())).done).to.equal(true)
  })
})

describe('What AWS leaves out of an answer about a region', () => {
  const { here, answer, fail } = answering()

  it('is nothing', async () => {
    const region = { ...regionReading(here.clients, limits), ...recordsReading(here.clients, limits) }
    const all = async <Item>(pages: AsyncIterable<readonly Item[]>) => {
      const seen: Item[] = []
      for await (const page of pages) seen.push(...page)
      return seen
    }
    const named = { deploymentGroups: ['production'] }
    answer(here.clients.codeDeploy, {}, {}, {}, named, {}, { deployments: ['d-1'] }, {})
    expect(await region.applications()).to.deep.equal([])
    expect(await region.everyDeploymentUnderWay()).to.deep.equal([])
    expect(await all(region.deploymentGroups('shop'))).to.deep.equal([])
    expect(await all(region.deploymentGroups('shop'))).to.deep.equal([])
    expect(await all(region.deploymentsOf('shop', 'production', {}))).to.deep.equal([])

    answer(here.clients.autoScaling, {}, { NextToken: '' })
    expect(await all(region.everyAutoScalingGroup())).to.deep.equal([])
    expect(await region.recordedAutoScalingGroups()).to.deep.equal([])
  })

  it('is a deployment under way without ids', async () => {
    answer(here.clients.codeDeploy, { deployments: ['d-1'] }, { deploymentsInfo: [{}] })
    const [one] = await regionReading(here.clients, limits).everyDeploymentUnderWay()
    expect(one).to.deep.include({ id: '', application: '', deploymentGroup: '' })
  })

  it('is no deployment of a deployment group that is gone or cannot be, and an error where access is denied', async () => {
    const { deploymentsOf } = regionReading(here.clients, limits)
    const listed = async () => {
      for await (const page of deploymentsOf('shop', 'production', { succeeded: true })) return page
      return 'nothing'
    }
    // The owner of a green may write any name into its tag.
    for (const name of ['DeploymentGroupDoesNotExist', 'InvalidApplicationName', 'InvalidDeploymentGroupName']) {
      fail(here.clients.codeDeploy, `${name}Exception`)
      expect(await listed(), name).to.equal('nothing')
    }
    fail(here.clients.codeDeploy, 'AccessDeniedException')
    expect(await listed().catch(reasonOf)).to.contain('codedeploy:ListDeployments failed: AccessDeniedException')
  })
})
