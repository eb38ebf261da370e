import { expect } from 'chai'
import { autoScalingReading } from '../../../src/aws/autoScaling.ts'
import { answering, limits } from './answering.ts'
import { simulated } from './simulated.ts'

describe('Auto Scaling', () => {
  const { here, asked, createTargetGroups } = simulated()

  it('is never asked without a name: it would describe every group of the account', async () => {
    expect(await here.time.run(here.ports.autoScalingGroups([]))).to.deep.equal([])
    expect(asked()).to.deep.equal([])
  })

  it('gives those that exist, though more names are asked for than one call takes', async () => {
    const names = Array.from({ length: 120 }, (_, index) => `green-${index}`)
    for (const name of names) here.aws.world.createAutoScalingGroup({ name, desiredCapacity: 0 })
    const groups = await here.time.run(here.ports.autoScalingGroups([...names, 'gone']))
    expect(groups.map(({ name }) => name)).to.have.members(names)
    expect(asked()).to.have.length(3)
    // A request without names would describe every group of the account.
    const namesOf = ({ input }: { input: Readonly<Record<string, unknown>> }) => input['AutoScalingGroupNames']
    expect(here.aws.calls.flatMap(namesOf)).to.have.members([...names, 'gone'])
  })

  it('gives the copies that carry the id of a deployment', async () => {
    const { world } = here.aws
    for (const [name, id] of [
      ['green', 'd-1'],
      ['other', 'd-2'],
      ['none', undefined],
    ] as const) {
      world.createAutoScalingGroup({ name, desiredCapacity: 0 })
      const tag = { key: 'CodeDeployProvisioningDeploymentId', propagateAtLaunch: true }
      if (id !== undefined) world.autoScalingGroups.get(name)?.tags.push({ ...tag, value: id })
    }
    const copies = await here.time.run(here.ports.copies('d-1'))
    expect(copies.map(({ name }) => name)).to.deep.equal(['green'])
    expect(copies[0]?.createdAt).to.be.a('number').that.is.greaterThan(0)
  })

  it('attaches in one try: a second look comes before a second try', async () => {
    const [web] = createTargetGroups(1)
    here.aws.world.createAutoScalingGroup({ name: 'CodeDeploy_green' })
    here.aws.faults.add({ action: 'autoscaling:AttachLoadBalancerTargetGroups', kind: 'throttle' })
    const attached = () =>
      here.time.run(
        here.ports.change({
          call: 'autoscaling:AttachLoadBalancerTargetGroups',
          green: 'CodeDeploy_green',
          targetGroups: [{ name: 'web-0', arn: web?.arn ?? '' }],
        }),
      )
    expect(await attached())
      .to.have.property('refusal')
      .that.includes({ kind: 'passing' })
    expect(here.aws.world.autoScalingGroups.get('CodeDeploy_green')?.targetGroupArns).to.deep.equal([])
    expect(await attached()).to.deep.equal({ kind: 'done' })
    expect(here.aws.world.autoScalingGroups.get('CodeDeploy_green')?.targetGroupArns).to.deep.equal([web?.arn])
  })
})

describe('What Auto Scaling answers', () => {
  const { here, answer } = answering()
  const named = () => autoScalingReading(here.clients.autoScaling, limits).autoScalingGroups(['green'])

  it('is nothing where it leaves everything out', async () => {
    answer(here.clients.autoScaling, {})
    expect(await named()).to.deep.equal([])
  })

  it('is left out where Greenlight did not ask for it by name', async () => {
    answer(here.clients.autoScaling, {
      AutoScalingGroups: [{ AutoScalingGroupName: 'blue' }, { AutoScalingGroupName: 'green' }, {}],
    })
    expect((await named()).map(({ name }) => name)).to.deep.equal(['green'])
  })

  it('is left out where it does not carry the tag that Greenlight asked for', async () => {
    const Tags = [{ Key: 'CodeDeployProvisioningDeploymentId', Value: 'd-1' }]
    answer(here.clients.autoScaling, {
      AutoScalingGroups: [{ AutoScalingGroupName: 'blue' }, { AutoScalingGroupName: 'green', Tags }, { Tags }],
    })
    const copies = await autoScalingReading(here.clients.autoScaling, limits).copies('d-1')
    expect(copies).to.deep.equal([{ name: 'green', createdAt: 0 }])
  })
})
