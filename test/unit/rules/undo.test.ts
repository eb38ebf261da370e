import { expect } from 'chai'
import type { Decision } from '../../../src/rules/decision.ts'
import { undo } from '../../../src/rules/undo.ts'
import { arnOf, deployment, deploymentId, ecs, green, greenName, seenAs, target, targetGroup } from '../builders.ts'
import { blue, both, detach, type Ended, forget, inShort, now, records, seenEnded } from './ended.ts'

const decided = (seen: Ended) => undo(seenEnded('undo', seen), now)
const release = { call: 'ResumeProcesses', green: greenName, processes: ['HealthCheck'] }
const undoing = (seen: Ended) => inShort(decided(seen))

describe('Undo', () => {
  it('detaches what the record says, where blue has returned', () => {
    expect(undoing({ health: both })).to.deep.equal([detach])
  })

  it('detaches nothing that is on no record', () => {
    expect(undoing({ tags: {}, health: both })).to.deep.equal({ done: [] })
  })

  for (const [what, registered, ended] of [
    ['nobody else is registered', [target('i-1', 'unhealthy')], 'change'],
    ['those are registered, too', [target('i-1', 'unhealthy'), target('i-9', 'unhealthy')], 'done'],
  ] as const) {
    it(`takes what the tags name by now for others than the green with the records: ${what}`, () => {
      const seen = seenEnded('undo', { deployment: { subject: ecs }, health: registered, ending: { named: ['new'] } })
      const greens = [...seen.greens, { ...green({ name: 'new' }), instances: ['i-9'] }]
      const production = { ...blue, names: [], instances: [] }
      const { ending } = seen
      const goal = { greens: ['new'], wanted: ['web'], tests: [] }
      expect(undo({ ...seen, goal, greens, ending: { ...ending, production } }, now)).to.include({ decision: ended })
    })
  }

  it('ends while an instance of green drains, and releases and forgets only after it', () => {
    const tags = { ...records, 'greenlight:held': `${deploymentId} HealthCheck` }
    const seen = { attached: [], tags, suspended: ['HealthCheck'] }
    for (const state of ['draining', 'unhealthy.draining'] as const) {
      expect(decided({ ...seen, health: [...both, target('i-1', state)] })).to.deep.equal({
        ...{ decision: 'done', reason: `${greenName} is draining in web`, left: [] },
      })
    }
    expect(undoing({ ...seen, health: both })).to.deep.equal([release, forget('greenlight:attached/web')])
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

  it('detaches before it releases, so that what failed is not replaced before somebody has looked at it', () => {
    const tags = { ...records, 'greenlight:held': `${deploymentId} HealthCheck` }
    const seen = { tags, health: both }
    expect(undoing({ ...seen, suspended: ['HealthCheck'] })).to.deep.equal([detach, release])
    expect(undoing(seen)).to.deep.equal([detach, forget('greenlight:held')])
  })

  it('releases where nothing may be detached now', () => {
    const tags = { ...records, 'greenlight:held': `${deploymentId} HealthCheck` }
    expect(undoing({ tags, suspended: ['HealthCheck'], health: [target('i-1')] })).to.deep.equal([release])
    expect(undoing({ tags, health: [target('i-1')] })).to.deep.equal([forget('greenlight:held')])
  })

  it('releases first where one target group stays attached, while green drains from another', () => {
    const tags = {
      ...records,
      'greenlight:attached/old': deploymentId,
      'greenlight:held': `${deploymentId} HealthCheck`,
    }
    const seen = (one: Ended): Decision => {
      const ended = seenEnded('undo', { tags, found: [targetGroup('web'), targetGroup('old')], ...one })
      const draining = [...both, target('i-1', 'draining')]
      return undo({ ...ended, health: new Map([...ended.health, ['old', draining]]) }, now)
    }
    const serving = [target('i-1')]
    expect(inShort(seen({ suspended: ['HealthCheck'], health: serving }))).to.deep.equal([release])
    expect(inShort(seen({ suspended: ['HealthCheck'], health: both, attached: ['web', 'old'] }))).to.deep.equal([
      detach,
      { ...detach, targetGroups: [{ name: 'old', arn: arnOf('old') }] },
      release,
    ])
    expect(inShort(seen({ health: serving }))).to.deep.equal([forget('greenlight:held')])
    expect(seen({ health: serving, tags: { ...records, 'greenlight:attached/old': deploymentId } })).to.have.property(
      'reason',
      `${greenName} is draining in old, but web is left attached to ${greenName}`,
    )
  })

  it('leaves the attachment and its record, and says so, where production does not carry the target group', () => {
    expect(undoing({ health: [target('b-1'), target('i-1'), target('i-2')] })).to.deep.equal({
      done: [
        `attached: web is left attached to ${greenName}: blue has 1 of the 2 healthy that it needs there without green, ` +
          'while green has 2 registered and 2 healthy. Raise blue to 3 instances; the next sweep then detaches it. To keep ' +
          `it attached: aws autoscaling delete-tags --tags 'ResourceId=${greenName},ResourceType=auto-scaling-group,` +
          "Key=greenlight:attached/web'",
      ],
    })
  })

  it('changes nothing of what is being deleted, which takes its records with it', () => {
    const seen = seenEnded('undo', { health: both, suspended: ['HealthCheck'] })
    const greens = seen.greens.map((one) => ({ ...one, isBeingDeleted: true }))
    expect(inShort(undo({ ...seen, greens }, now))).to.deep.equal({ done: [] })
  })

  it('detaches what green lists under the recorded name, though another target group has it by now', () => {
    const found = [targetGroup('web', { arn: 'arn:of/web/another' })]
    expect(undoing({ found, health: [target('i-1')] })).to.deep.equal([detach])
  })

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
      'greenlight:attached/b': 'd-NEXT',
      'greenlight:held': 'd-NEXT HealthCheck',
      'greenlight:record': 'd-NEXT',
    }
    const one = green({ tags, suspended: ['HealthCheck'] })
    const copied = ['greenlight:attached/a']
    const seen = seenEnded('undo', { ending: { underWay: ['d-NEXT'], inTheWay: ['d-NEXT'] } })
    expect(inShort(undo({ ...seen, greens: [{ ...one, records: { ...one.records, copied } }] }, now))).to.deep.equal([
      forget('greenlight:attached/a'),
    ])
  })
})

describe('Undo, in the odd case,', () => {
  it('detaches what its record says, and not what is attached beside it', () => {
    expect(undoing({ attached: ['api', 'web'], health: both })).to.deep.equal([detach])
  })

  it('detaches from a target group that is gone: no traffic comes from it', () => {
    expect(undoing({ found: [], health: [target('i-1')] })).to.deep.equal([detach])
  })

  it('does not wait for targets without an id', () => {
    expect(undoing({ attached: [], health: [target('(no id)', 'unknown')] })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  it('leaves nothing undone where everything is detached', () => {
    expect(undoing({ attached: [], tags: {} })).to.deep.equal({ done: [] })
  })

  it('names all that drain, each in a clause of its own', () => {
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
    expect(undoing({ tags: {}, suspended: ['HealthCheck'], health: both, remembered })).to.deep.equal([detach, release])
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
    const end = { named: [greenName], production: { ...blue, names: [], instances: [] } }
    const health = [target('i-1', 'unhealthy')]
    expect(undoing({ health, ending: end, deployment: { subject: ecs } })).to.deep.equal([detach])
  })
})
