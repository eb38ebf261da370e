import { expect } from 'chai'
import { undo } from '../../../src/rules/undo.ts'
import { deployment, deploymentId, ecs, green, greenName, seenAs, target } from '../builders.ts'
import { blue, both, detach, type Ended, forget, inShort, now, records, seenEnded } from './ended.ts'

const decided = (seen: Ended) => undo(seenEnded('undo', seen), now)
const undoing = (seen: Ended) => inShort(decided(seen))

describe('Undo', () => {
  it('detaches what the record says, where blue has returned', () => {
    expect(undoing({ health: both })).to.deep.equal([detach])
  })

  it('detaches nothing that is on no record', () => {
    expect(undoing({ tags: {}, health: both })).to.deep.equal({ done: [] })
  })

  it('waits until no instance of green drains any more, and forgets only then', () => {
    for (const state of ['draining', 'unhealthy.draining'] as const) {
      expect(undoing({ attached: [], health: [...both, target('i-1', state)] })).to.deep.equal({
        decision: 'awaitDrained',
        reason: `${greenName} is draining in web`,
      })
    }
    expect(undoing({ attached: [], health: both })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  it('forgets no attachment of the last ten seconds, which AWS may not show yet', () => {
    const tags = { ...records, 'greenlight:attached/web': `${deploymentId} ${now / 1000}` }
    expect(undoing({ attached: [], tags, health: both })).to.deep.equal({
      decision: 'awaitShown',
      reason: `${greenName} may not show web yet`,
    })
  })

  it('does not wait for instances that CodeDeploy registered by hand, which do not drain', () => {
    expect(undoing({ attached: [], health: [target('i-1')] })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  it('releases first', () => {
    const tags = { ...records, 'greenlight:held': `${deploymentId} HealthCheck` }
    const resume = { call: 'ResumeProcesses', green: greenName, processes: ['HealthCheck'] }
    expect(undoing({ tags, suspended: ['HealthCheck'], health: [target('i-1')] })).to.deep.equal([resume])
    expect(undoing({ tags, health: [target('i-1')] })).to.deep.equal([forget('greenlight:held')])
  })

  it('detaches where green has no healthy target and others have one', () => {
    expect(undoing({ health: [target('x-1'), target('i-1', 'unhealthy')] })).to.deep.equal([detach])
  })

  it('detaches where no load balancer uses the target group', () => {
    expect(undoing({ isUsed: false, health: [] })).to.deep.equal([detach])
  })

  for (const [why, seen] of [
    ['blue (blue) is not registered there', { health: [target('i-1')] }],
    [
      'blue (blue) was taken out of it and is not back: b-2',
      { health: [target('b-1'), target('i-1')], ending: { blue: { ...blue, blocked: new Set(['b-2']) } } },
    ],
    [
      'there is no blue that could carry its traffic',
      { health: [target('i-1')], ending: { named: [], blue: { ...blue, names: [], instances: [] } } },
    ],
    ['its deployment group does not exist any more', { ending: { named: undefined } }],
  ] satisfies [string, Ended][]) {
    it(`leaves the attachment and its record, and says so, where ${why}`, () => {
      expect(undoing(seen)).to.deep.equal({ done: [`attached: web is left attached to ${greenName}: ${why}`] })
    })
  }

  it('settles instead where the deployment group names green', () => {
    expect(undoing({ ending: { named: [greenName] } })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  it('keeps what it will need where a rollback is under way, or may still come', () => {
    const named = [greenName]
    const underWay = { named, underWay: ['d-BACK'], inTheWay: ['d-BACK'] }
    expect(undoing({ ending: underWay, deployment: { rolledBackBy: 'd-BACK' } })).to.deep.equal({ done: [] })
    const soon = { autoRollback: true, completedAt: now - 1000 }
    expect(undoing({ ending: { named }, deployment: soon })).to.deep.equal({ done: [] })
  })

  it('forgets where it settles and no rollback can come: none is made by itself, or it would have come long ago', () => {
    const forgotten = [forget('greenlight:attached/web', 'greenlight:record')]
    const ending = { named: [greenName] }
    const soon = { completedAt: now - 1_000 }
    expect(undoing({ ending, deployment: { ...soon, autoRollback: false } })).to.deep.equal(forgotten)
    expect(undoing({ ending, deployment: { autoRollback: true } })).to.deep.equal(forgotten)
    expect(undoing({ ending, deployment: { autoRollback: true, completedAt: undefined } })).to.deep.equal(forgotten)
  })

  it('removes what CodeDeploy copied, and leaves what a deployment under way has written', () => {
    const tags = {
      'greenlight:attached/a': 'd-OLD',
      'greenlight:attached/b': 'd-NEXT',
      'greenlight:held': 'd-NEXT HealthCheck',
      'greenlight:record': 'd-NEXT',
    }
    expect(
      undoing({
        attached: [],
        tags,
        suspended: ['HealthCheck'],
        ending: { underWay: ['d-NEXT'], inTheWay: ['d-NEXT'] },
      }),
    ).to.deep.equal([forget('greenlight:attached/a')])
  })
})

describe('Undo, in the odd case,', () => {
  it('detaches what its record says, and not what is attached beside it', () => {
    expect(undoing({ attached: ['api', 'web'], health: both })).to.deep.equal([detach])
  })

  it('detaches from a target group that is gone: no traffic comes from it', () => {
    expect(undoing({ found: [], health: [target('i-1')] })).to.deep.equal([detach])
  })

  it('leaves what it attached where the load balancer tells no health', () => {
    for (const health of [[], [target('(no id)', 'unknown'), target('i-1', 'unknown')]]) {
      expect(undoing({ health })).to.deep.equal({
        done: [`attached: web is left attached to ${greenName}: blue (blue) is not registered there`],
      })
    }
  })

  it('does not wait for targets without an id', () => {
    expect(undoing({ attached: [], health: [target('(no id)', 'unknown')] })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  it('leaves nothing undone where everything is detached', () => {
    expect(undoing({ attached: [], tags: {} })).to.deep.equal({ done: [] })
  })

  it('waits for all that drain, each in a clause of its own', () => {
    const tags = {
      'greenlight:attached/a': deploymentId,
      'greenlight:attached/b': deploymentId,
      'greenlight:attached/c': deploymentId,
    }
    const drains = (name: string) => [name, [target('i-1', 'draining')]] as const
    const seen = seenAs('undo', {
      deployment: deployment({ status: 'Failed' }),
      greens: [green({ tags })],
      health: new Map([drains('a'), drains('b'), drains('c')]),
    })
    expect(undo(seen, now)).to.have.property(
      'reason',
      `${greenName} is draining in a; ${greenName} is draining in b and ${greenName} is draining in c`,
    )
  })

  it('keeps the record that a deployment under way has written, and forgets its own hold', () => {
    const tags = { 'greenlight:record': 'd-NEXT', 'greenlight:held': `${deploymentId} HealthCheck` }
    const end = { underWay: ['d-NEXT'], inTheWay: ['d-NEXT'] }
    expect(undoing({ attached: [], tags, ending: end })).to.deep.equal([forget('greenlight:held')])
    expect(undoing({ attached: [], tags: { 'greenlight:record': 'd-OVER' } })).to.deep.equal([
      forget('greenlight:record'),
    ])
  })

  it('takes back what this invocation did, though somebody has removed its records meanwhile', () => {
    const remembered = {
      held: { deploymentId, at: now - 10_000, processes: ['HealthCheck'] },
      attached: new Map([['web', { deploymentId, at: now - 10_000 }]]),
    }
    expect(undoing({ tags: {}, suspended: ['HealthCheck'], health: both, remembered })).to.deep.equal([
      { call: 'ResumeProcesses', green: greenName, processes: ['HealthCheck'] },
      detach,
    ])
    expect(undoing({ attached: [], tags: {}, health: both, remembered })).to.deep.equal([
      forget('greenlight:held', 'greenlight:attached/web'),
    ])
    expect(undoing({ attached: [], tags: {}, health: both })).to.deep.equal({ done: [] })
  })

  it('says how it ended', () => {
    const done = { attached: [], tags: {} }
    const reason = (seen: Ended) => {
      const decision = decided({ ...done, ...seen })
      return 'reason' in decision ? decision.reason : decision
    }
    expect(reason({})).to.equal(`deployment ${deploymentId} is Failed: undone`)
    expect(reason({ attached: ['web'], ending: { named: [greenName] } })).to.equal(
      `deployment ${deploymentId} is Failed: its deployment group names green, which was settled`,
    )
    expect(reason({ ending: { named: [greenName] }, deployment: { subject: ecs } })).to.equal(
      `deployment ${deploymentId} is Failed: undone`,
    )
  })

  it('of Lambda and ECS is no settling, though their tags name green for ever', () => {
    const end = { named: [greenName], blue: { ...blue, names: [] } }
    expect(undoing({ health: [target('x-1')], ending: end, deployment: { subject: ecs } })).to.deep.equal([detach])
  })
})
