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
