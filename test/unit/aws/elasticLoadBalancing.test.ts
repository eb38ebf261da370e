import { expect } from 'chai'
import { elasticLoadBalancingReading } from '../../../src/aws/elasticLoadBalancing.ts'
import { targetGroup } from '../awsAnswers.ts'
import { answering, limits } from './answering.ts'
import { simulated } from './simulated.ts'

describe('Elastic Load Balancing', () => {
  const { here, asked, createTargetGroups } = simulated()

  it('gives those that exist by name, asking one by one only where a name is missing', async () => {
    createTargetGroups(25)
    const names = Array.from({ length: 25 }, (_, index) => `web-${index}`)
    expect([...(await here.time.run(here.ports.targetGroups(names))).keys()]).to.have.members(names)
    expect(asked()).to.have.length(2)
    expect([...(await here.time.run(here.ports.targetGroups(['web-1', 'gone', 'web-2']))).keys()]).to.deep.equal([
      'web-1',
      'web-2',
    ])
    expect(asked()).to.have.length(2 + 1 + 3)
  })

  it('gives the tags of those that exist by ARN', async () => {
    const groups = createTargetGroups(2)
    groups[1]?.tags.set('greenlight:gated-by', 'shop/production')
    const [one = '', other = ''] = groups.map(({ arn }) => arn)
    const gone = other.replace('web-1', 'gone')
    expect(await here.time.run(here.ports.targetGroupTags([one, gone, other]))).to.deep.equal(
      new Map([
        [one, new Map()],
        [other, new Map([['greenlight:gated-by', 'shop/production']])],
      ]),
    )
  })

  it('gives the health of every target', async () => {
    const [web] = createTargetGroups(1)
    here.aws.world.createAutoScalingGroup({ name: 'CodeDeploy_green', targetGroups: ['web-0'] })
    const health = await here.time.run(here.ports.targetHealth(web?.arn ?? ''))
    expect(health?.map(({ state }) => state)).to.deep.equal(['healthy', 'healthy'])
    here.aws.world.deleteTargetGroup('web-0')
    expect(await here.time.run(here.ports.targetHealth(web?.arn ?? ''))).to.equal(undefined)
  })
})

describe('What Elastic Load Balancing leaves out of an answer', () => {
  const { here, answer } = answering()

  it('is no target', async () => {
    answer(here.clients.elasticLoadBalancing, {})
    expect(
      await elasticLoadBalancingReading(here.clients.elasticLoadBalancing, limits).targetHealth('arn'),
    ).to.deep.equal([])
  })

  it('is asked for again where every target group has attributes', async () => {
    answer(here.clients.elasticLoadBalancing, {}, { Attributes: [{ Key: 'stickiness.enabled', Value: 'false' }] })
    const reading = elasticLoadBalancingReading(here.clients.elasticLoadBalancing, limits)
    expect(await reading.routing('arn')).to.deep.equal({ thresholds: [], crossZone: undefined })
  })

  it('is asked for again: AWS says of a target group that does not exist that it does not', async () => {
    answer(here.clients.elasticLoadBalancing, {}, { TargetGroups: [{}] }, { TargetGroups: [targetGroup('web')] })
    const reading = elasticLoadBalancingReading(here.clients.elasticLoadBalancing, limits)
    expect([...(await reading.targetGroups(['web'])).keys()]).to.deep.equal(['web'])
  })
})
