import { expect } from 'chai'
import { holdProcesses } from '../../../src/model/records.ts'
import { arrive } from '../../../src/rules/arrive.ts'
import {
  arnOf,
  deploymentId,
  green,
  greenName,
  heldGreen,
  seenAs,
  targetGroup,
  targetGroupsByName,
} from '../builders.ts'

describe('Arrive', () => {
  it('attaches what is missing and releases, once traffic has arrived', () => {
    expect(arrive(seenAs('arrive', { greens: [heldGreen({ recorded: [] })] }), 0)).to.deep.equal({
      decision: 'change',
      changes: [
        {
          call: 'autoscaling:CreateOrUpdateTags',
          green: greenName,
          tags: { 'greenlight:attached/web': `${deploymentId} 0` },
        },
        {
          call: 'autoscaling:AttachLoadBalancerTargetGroups',
          green: greenName,
          targetGroups: [{ name: 'web', arn: arnOf('web') }],
        },
        { call: 'autoscaling:ResumeProcesses', green: greenName, processes: holdProcesses },
      ],
    })
  })

  it('is done where green has everything and nothing is held', () => {
    expect(arrive(seenAs('arrive', { greens: [green({ targetGroups: ['web'] })] }), 0)).to.deep.equal({
      decision: 'done',
      reason: `traffic has arrived at ${greenName}`,
      left: [],
    })
  })

  it('says that green is held until blue is out', () => {
    const arrival = { named: ['blue'], isBlueOut: false }
    expect(arrive(seenAs('arrive', { greens: [heldGreen({ targetGroups: ['web'] })], arrival }), 0)).to.deep.equal({
      decision: 'done',
      reason: `traffic has arrived at ${greenName}, which is held until blue is out of the load balancer`,
      left: [],
    })
  })
  for (const [who, progress] of [
    ['gave up', { givenUp: new Set(['i-2']) }],
    ['never listed', { listed: new Set(['i-1']) }],
  ] as const) {
    it(`releases, notes green, and gives no traffic to an instance that CodeDeploy ${who}`, () => {
      const seen = (one: Parameters<typeof heldGreen>[0]) =>
        seenAs('arrive', {
          greens: [heldGreen({ recorded: [], ...one })],
          progress: { ...seenAs('gate').progress, ...progress },
        })
      expect(arrive(seen({}), 0)).to.have.deep.property('changes', [
        { call: 'autoscaling:ResumeProcesses', green: greenName, processes: holdProcesses },
      ])
      const record = { 'greenlight:record': deploymentId }
      expect(arrive(seen({ suspended: [], tags: {} }), 0)).to.have.deep.property('changes', [
        { call: 'autoscaling:CreateOrUpdateTags', green: greenName, tags: record },
      ])
      expect(arrive(seen({ suspended: [], tags: record }), 0)).to.deep.equal({
        decision: 'done',
        reason: `traffic has arrived at ${greenName}`,
        left: [
          {
            kind: 'missing',
            reason:
              `${greenName} is without web: CodeDeploy gives i-2 no traffic, and attaching would; terminate it: ` +
              'aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-2 --should-decrement-desired-capacity',
          },
        ],
      })
    })
  }

  it('attaches nothing that is no target group of type instance, and says so', () => {
    for (const targetGroups of [
      targetGroupsByName([], ['web']),
      targetGroupsByName([targetGroup('web', { type: 'ip' })]),
    ]) {
      expect(arrive(seenAs('arrive', { targetGroups }), 0)).to.deep.equal({
        decision: 'done',
        reason: `traffic has arrived at ${greenName}`,
        left: [{ kind: 'missing', reason: `${greenName} is without web, which is no target group of type instance` }],
      })
    }
  })
})
