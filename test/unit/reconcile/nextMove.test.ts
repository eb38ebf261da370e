import { expect } from 'chai'
import type { Notice } from '../../../src/model/notice.ts'
import { nothingToInstall } from '../../../src/model/progress.ts'
import type { Trigger } from '../../../src/model/trigger.ts'
import { begin } from '../../../src/reconcile/memory.ts'
import { lookAgain, lookToConfirm, type Move, waitFor } from '../../../src/reconcile/move.ts'
import { nextMove } from '../../../src/reconcile/nextMove.ts'
import { leftAttached } from '../../../src/rules/detaching.ts'
import type { SeenAs } from '../../../src/rules/seen.ts'
import {
  arnOf,
  deployment,
  deploymentId,
  ecs,
  green,
  greenName,
  heldGreen,
  seenAs,
  settings,
  target,
  targetGroupsByName,
} from '../builders.ts'
import { afterChange, attach, begun, denied, refusedBy } from './changes.ts'

const modeHeal: Notice = { kind: 'mode', mode: 'heal' }
const whole = [heldGreen({ targetGroups: ['web'] })]
const healthy = `${greenName} has 2 of 2 instances healthy behind web`
const unhealthy = new Map([['web', [target('i-1'), target('i-2', 'initial')]]])

/** The move without what is told of it. */
const bare = ({ notices: _, ...move }: Move) => move
const concluded = (verdict: 'Succeeded' | 'Failed' | 'Pending' | undefined, reason: string) => ({
  kind: 'conclude',
  conclusion: { verdict, reason },
})

describe('The next move', () => {
  it('changes what the rule wants changed, in one plan, and tells of the mode', () => {
    const move = nextMove(seenAs('gate'), begun(), 0)
    expect(move).to.deep.include({ kind: 'change', next: 'look', refused: undefined, notices: [modeHeal] })
    expect('changes' in move && move.changes.map(({ call }) => call)).to.deep.equal([
      ...['autoscaling:CreateOrUpdateTags', 'autoscaling:SuspendProcesses'],
      ...['autoscaling:AttachLoadBalancerTargetGroups'],
    ])
  })

  it('goes straight to the second look where green is healthy and only has to be held', () => {
    const move = nextMove(seenAs('gate', { greens: [green({ targetGroups: ['web'] })] }), begun(), 0)
    expect(move).to.deep.include({ kind: 'change', next: 'confirm' })
  })

  it('is the second look where green is healthy, and passes then', () => {
    const seen = seenAs('gate', { greens: whole })
    expect(bare(nextMove(seen, begun(), 0))).to.deep.equal(bare(lookToConfirm))
    const move = nextMove({ ...seen, isConfirmed: true }, begun(), 0)
    expect(bare(move)).to.deep.equal(concluded('Succeeded', healthy))
    expect(move.notices).to.deep.include({ kind: 'healthy', afterMs: 0 })
  })

  it('waits for health as long as the settings say, from when it waited first', () => {
    const seen = seenAs('gate', { greens: whole, health: unhealthy })
    const waiting = { ...begun(), since: { health: 1_000 } }
    const reason = `${greenName} has 1 of 2 instances healthy behind web, and needs 2: i-2 is initial in web`
    expect(bare(nextMove(seen, waiting, 300_999))).to.deep.equal(bare(waitFor('health', reason, 1_000)))
    expect(bare(nextMove(seen, waiting, 301_000))).to.deep.equal(
      concluded('Failed', `not healthy within 300 s: ${reason}`),
    )
  })

  it('is the same for the same values, which it leaves as they are', () => {
    const memory = afterChange(begun(), attach)
    const printed = JSON.stringify(memory)
    const seen = seenAs('gate')
    expect(nextMove(seen, memory, 5)).to.deep.equal(nextMove(seen, memory, 5))
    expect(JSON.stringify(memory)).to.equal(printed)
  })

  it('fails where a change was refused for good', () => {
    const seen = seenAs('gate')
    const first = nextMove(seen, begun(), 0)
    const [change] = 'changes' in first ? first.changes : []
    if (change === undefined) throw new Error('there is nothing to change')
    const memory = afterChange(begun(), change, refusedBy(denied))
    expect(bare(nextMove(seen, memory, 0))).to.deep.equal({ kind: 'fail', reason: 'denied' })
  })
})

describe('While CodeDeploy has not finished', () => {
  const seen = seenAs('gate', {
    deployment: deployment({ status: 'InProgress' }),
    progress: { ...nothingToInstall, step: 'installing', waitingFor: ['i-1'] },
  })
  const reason = 'CodeDeploy is still installing on i-1'

  it('a call is Pending, and a hook waits', () => {
    expect(bare(nextMove(seen, begun('call'), 0))).to.deep.equal(concluded('Pending', reason))
    expect(bare(nextMove(seen, begun('hook'), 0))).to.deep.equal(bare(waitFor('install', reason)))
  })

  it('a call that nobody invited is Pending, and a hook waits', () => {
    const uninvited = seenAs('gate', { trigger: 'call', progress: nothingToInstall })
    const why = `nobody has asked Greenlight to gate deployment ${deploymentId}: its mode is heal, and no script of its own is at BeforeAllowTraffic`
    expect(bare(nextMove(uninvited, begun('call'), 0))).to.deep.equal(concluded('Pending', why))
    expect(bare(nextMove({ ...uninvited, trigger: 'hook' }, begun('hook'), 0))).to.deep.equal(
      bare(waitFor('install', why)),
    )
  })

  it('a call between batches passes, and a hook waits', () => {
    const between = { ...seen, progress: { ...seen.progress, step: 'betweenBatches' as const } }
    const why = 'the last batch gates, and CodeDeploy has not begun with i-1'
    expect(bare(nextMove(between, begun('call'), 0))).to.deep.equal(concluded('Succeeded', `nothing to gate: ${why}`))
    expect(bare(nextMove(between, begun('hook'), 0))).to.deep.equal(bare(waitFor('install', why)))
  })

  it('the aftermath of a hook waits 30 s for the end, and then fails', () => {
    const awaiting = seenAs('awaitEnd', { trigger: 'aftermath' })
    const reasonOfWait = `CodeDeploy has not ended deployment ${deploymentId}`
    expect(bare(nextMove(awaiting, begun('aftermath'), 29_999))).to.deep.equal(
      bare(waitFor('end', `${reasonOfWait} yet`)),
    )
    expect(bare(nextMove(awaiting, begun('aftermath'), 30_000))).to.deep.equal({
      kind: 'fail',
      reason: `${reasonOfWait} within 30 s`,
    })
  })
})

describe('A green that Auto Scaling does not show', () => {
  const waiting = (ms: number, trigger: Trigger = 'notification') => ({
    ...begun(trigger),
    since: { green: 1_000 - ms },
  })

  for (const row of ['hold', 'arrive', 'settle', 'undo'] as const) {
    it(`is waited for 5 s: ${row}`, () => {
      const seen = seenAs(row, { trigger: 'notification', greens: [] })
      expect(nextMove(seen, begun('notification'), 0)).to.deep.include({ kind: 'wait', on: 'green' })
      expect(nextMove(seen, waiting(4_999), 1_000)).to.deep.include({ kind: 'wait', on: 'green' })
      expect(nextMove(seen, waiting(5_000), 1_000)).to.have.property('kind', 'conclude')
    })
  }

  it('is refused then where a row needs it', () => {
    const move = nextMove(seenAs('hold', { trigger: 'notification', greens: [] }), waiting(5_000), 1_000)
    expect(move.notices).to.deep.include({
      kind: 'refused',
      refusal: 'absent',
      reason: `green ${greenName} does not exist`,
      isAnswered: false,
    })
  })

  it('is refused by a gate after the same time', () => {
    const seen = seenAs('gate', { greens: [] })
    expect(nextMove(seen, begun(), 0)).to.deep.include({ kind: 'wait', on: 'green' })
    expect(bare(nextMove(seen, waiting(5_000, 'hook'), 1_000))).to.deep.equal(
      concluded('Failed', `green ${greenName} does not exist`),
    )
  })
})

describe('The end', () => {
  const ended = (row: 'settle' | 'undo', trigger: Trigger, differences: Partial<SeenAs<'undo'>> = {}) =>
    seenAs(row, {
      trigger,
      deployment: deployment({ status: row === 'settle' ? 'Succeeded' : 'Failed' }),
      greens: [green({ targetGroups: row === 'settle' ? ['web'] : [] })],
      ...differences,
    })

  it('is no verdict for a notification, and Failed for a caller of what has failed', () => {
    expect(bare(nextMove(ended('undo', 'notification'), begun('notification'), 0))).to.deep.equal(
      concluded(undefined, `deployment ${deploymentId} is Failed: undone`),
    )
    expect(bare(nextMove(ended('undo', 'call'), begun('call'), 0))).to.deep.equal(
      concluded('Failed', `deployment ${deploymentId} is over: it is Failed`),
    )
  })

  it('tells what is left undone', () => {
    const seen = ended('settle', 'notification', { greens: [green()] })
    expect(nextMove(seen, begun('notification'), 0).notices).to.deep.include({
      kind: 'notAttached',
      reason: `${greenName} is without web: its deployment group names blue now`,
    })
  })

  it('fails the invocation where something was refused on the way', () => {
    const memory = { ...begun('notification'), refused: 'denied' }
    expect(bare(nextMove(ended('undo', 'notification'), memory, 0))).to.deep.equal({ kind: 'fail', reason: 'denied' })
  })

  it('does not wait for what drains, which may take an hour', () => {
    const draining = (trigger: Trigger) =>
      ended('undo', trigger, {
        greens: [green({ tags: { 'greenlight:attached/web': deploymentId } })],
        health: new Map([['web', [target('i-1', 'draining')]]]),
      })
    const reason = `${greenName} is draining in web`
    for (const trigger of ['notification', 'aftermath', 'schedule'] as const) {
      expect(bare(nextMove(draining(trigger), begun(trigger), 0))).to.deep.equal(concluded(undefined, reason))
    }
    expect(bare(nextMove(draining('hook'), begun('hook'), 0))).to.have.nested.property('conclusion.verdict', 'Failed')
  })

  it('of a rollback leads to the deployment that it took back', () => {
    const rollback = deployment({ status: 'Succeeded', rollbackOf: 'd-FAILED' })
    const seen = { row: 'deploymentOnly', deployment: rollback } as const
    expect(bare(nextMove(seen, begun('notification'), 0))).to.deep.equal({ kind: 'follow', deploymentId: 'd-FAILED' })
  })
})

describe('Healing', () => {
  const seen = (healthyTargets: number) =>
    seenAs('endAndWatch', {
      trigger: 'healing',
      deployment: deployment({ status: 'Succeeded' }),
      greens: [green({ targetGroups: ['web'] })],
      health: new Map([['web', [target('i-1'), target('i-2')].slice(0, healthyTargets)]]),
    })
  const settled = `deployment ${deploymentId} is Succeeded: settled`
  const healed = {
    ...begun('healing'),
    healing: { healthyBefore: { web: 2 }, autoScalingGroups: [greenName], targetGroups: ['web'] },
  }

  it('remembers what is healthy, and looks again, before it attaches something', () => {
    const missing = seenAs('endAndWatch', {
      ...seen(2),
      greens: [green()],
      ending: { ...seen(2).ending, named: [greenName] },
    })
    const healing = { healthyBefore: { web: 2 }, autoScalingGroups: [], targetGroups: [] }
    expect(nextMove(missing, begun('healing'), 0)).to.deep.include({ kind: 'change', changes: [], healing })
    expect(nextMove(missing, { ...begun('healing'), healing }, 0)).to.have.nested.property(
      'changes[0].call',
      'autoscaling:CreateOrUpdateTags',
    )
  })

  it('concludes nothing where it attached nothing', () => {
    expect(bare(nextMove(seen(2), begun('healing'), 0))).to.deep.equal(concluded(undefined, settled))
  })

  it('watches what is healthy for 30 s, and tells once what it healed', () => {
    const watching = nextMove(seen(2), healed, 0)
    expect(watching).to.deep.include({ kind: 'wait', on: 'watch' })
    expect(watching.notices).to.deep.include({
      kind: 'healed',
      autoScalingGroups: [greenName],
      targetGroups: ['web'],
    })
    const later = { ...healed, since: { watch: 0 }, told: ['healed' as const] }
    expect(nextMove(seen(2), later, 29_999).notices.map(({ kind }) => kind)).to.deep.equal(['mode'])
    expect(bare(nextMove(seen(2), later, 30_000))).to.deep.equal(concluded('Succeeded', settled))
  })

  it('is Failed where fewer targets are healthy then', () => {
    const reason = `fewer targets of web are healthy than before web was attached to ${greenName}`
    const move = nextMove(seen(1), healed, 0)
    expect(bare(move)).to.deep.equal(concluded('Failed', reason))
    expect(move.notices).to.deep.include({ kind: 'healingStopped', autoScalingGroups: [greenName], reason })
  })
})

describe('A dry run', () => {
  const dry = (now = 0) => ({ ...begun('call', { isDryRun: true }), since: { health: now } })

  it('concludes Pending with the changes that it would make', () => {
    const move = nextMove(seenAs('gate', { trigger: 'call', greens: [heldGreen()] }), dry(), 0)
    expect(bare(move)).to.deep.equal({
      kind: 'conclude',
      conclusion: {
        verdict: 'Pending',
        reason: 'a dry run: autoscaling:AttachLoadBalancerTargetGroups would come next',
        wouldChange: [{ ...attach, targetGroups: [{ name: 'web', arn: arnOf('web') }] }],
      },
    })
  })

  it('concludes Pending where it would wait', () => {
    const move = nextMove(seenAs('gate', { trigger: 'call', greens: whole, health: unhealthy }), dry(), 0)
    expect(bare(move)).to.have.nested.property('conclusion.verdict', 'Pending')
    expect(bare(move)).to.have.nested.property('conclusion.reason').that.contains('i-2 is initial in web')
  })

  it('looks as often as any other, and concludes what any other would', () => {
    const seen = seenAs('gate', { trigger: 'call', greens: whole })
    expect(bare(nextMove(seen, dry(), 0))).to.deep.equal(bare(lookToConfirm))
    expect(bare(nextMove({ ...seen, isConfirmed: true }, dry(), 0))).to.deep.equal(concluded('Succeeded', healthy))
    const refused = seenAs('gate', { trigger: 'call', targetGroups: targetGroupsByName([], ['web']) })
    expect(bare(nextMove(refused, dry(), 0))).to.deep.equal(concluded('Failed', 'target group web does not exist'))
  })
})

describe('A mode that does not parse', () => {
  const choice = {
    mode: { refusal: 'gaet' },
    goal: { greens: [greenName], wanted: ['web'], tests: [] },
    tags: new Map(),
    readAt: 0,
  }
  const over = deployment({ status: 'Succeeded' })
  const seenOver = (one: ReturnType<typeof green>) => {
    const seen = seenAs('settle', { trigger: 'notification', choice, deployment: over, greens: [one] })
    return { ...seen, ending: { ...seen.ending, named: [greenName] } }
  }
  const callsOf = (move: Move) => (move.kind === 'change' ? move.changes.map(({ call }) => call) : move)

  it('does not keep a hold: what was begun is finished', () => {
    const held = heldGreen({ targetGroups: ['web'] })
    expect(callsOf(nextMove(seenOver(held), begun('notification'), 0))).to.deep.equal(['autoscaling:ResumeProcesses'])
    const released = { ...held, suspended: [] }
    expect(callsOf(nextMove(seenOver(released), begun('notification'), 0))).to.deep.equal(['autoscaling:DeleteTags'])
  })

  it('begins nothing, and is said', () => {
    const move = nextMove(seenOver(green()), begun('notification'), 0)
    expect(move).to.deep.equal({ ...concluded(undefined, 'gaet'), notices: [{ kind: 'noMode', reason: 'gaet' }] })
    const held = seenAs('hold', { trigger: 'notification', choice })
    expect(nextMove(held, begun('notification'), 0)).to.have.nested.property('conclusion.reason', 'gaet')
  })

  it('fails a caller, once what was begun is finished', () => {
    const undone = { ...seenAs('undo', { choice, deployment: deployment({ status: 'Failed' }) }), greens: [green()] }
    expect(nextMove(undone, begun('call'), 0)).to.deep.include({ conclusion: { verdict: 'Failed', reason: 'gaet' } })
  })
})

describe('An orphan', () => {
  const why = 'deployment d-GONE does not exist any more'
  const memory = begin({ kind: 'orphan', autoScalingGroup: greenName, why }, 0)
  const seen = (greens: readonly ReturnType<typeof green>[]) =>
    ({ row: 'orphan', settings, greens, targetGroups: new Map(), health: new Map(), why }) as const

  it('is released, one change a look', () => {
    const held = green({
      suspended: ['HealthCheck'],
      tags: { 'greenlight:record': 'd-GONE', 'greenlight:held': 'd-GONE HealthCheck' },
    })
    const move = nextMove(seen([held]), memory, 0)
    expect('changes' in move && move.changes.map(({ call }) => call)).to.deep.equal(['autoscaling:ResumeProcesses'])
  })

  it('is told as released once nothing is left, and otherwise what is left', () => {
    // An orphan that was gone already was released by nobody.
    expect(nextMove(seen([]), memory, 0).notices).to.deep.equal([])
    const released = { ...memory, tried: { resume: { at: 0, refusal: undefined } } }
    expect(nextMove(seen([green()]), released, 0)).to.deep.equal({
      ...concluded(undefined, why),
      notices: [{ kind: 'released', autoScalingGroup: greenName, reason: why }],
    })
    const left = green({ targetGroups: ['web'], tags: { 'greenlight:attached/web': 'd-GONE' } })
    expect(nextMove(seen([left]), memory, 0).notices).to.deep.equal([
      { ...leftAttached('web', greenName, why), kind: 'leftAttached' },
    ])
  })
})

describe("A green that is not this stack's", () => {
  const seen = { row: 'notOurs', deployment: deployment(), reason: 'green x does not match y' } as const

  it("is Failed for a caller, and nobody's business for a notification", () => {
    for (const trigger of ['hook', 'call'] as const) {
      const refused = { kind: 'refused', refusal: 'pattern', reason: seen.reason, isAnswered: true }
      expect(nextMove(seen, begun(trigger), 0)).to.deep.equal({
        kind: 'conclude',
        conclusion: { verdict: 'Failed', reason: seen.reason },
        notices: [refused],
      })
    }
    for (const trigger of ['notification', 'schedule', 'aftermath'] as const) {
      expect(nextMove(seen, begun(trigger), 0)).to.deep.equal({
        kind: 'conclude',
        conclusion: { verdict: undefined, reason: seen.reason },
        notices: [],
      })
    }
  })
})

describe('What the tags of the deployment group decide', () => {
  const seen = seenAs('hold', { trigger: 'notification' })

  it('is no mode, and so nothing; a caller gets Failed', () => {
    const refusal = 'tag greenlight:mode is "Gate"'
    const choiceOnly = {
      row: 'choiceOnly',
      deployment: seen.deployment,
      choice: { ...seen.choice, mode: { refusal } },
      couldNotLook: undefined,
    } as const
    expect(bare(nextMove(choiceOnly, begun('notification'), 0))).to.deep.equal(concluded(undefined, refusal))
    expect(bare(nextMove(choiceOnly, begun('call'), 0))).to.deep.equal(concluded('Failed', refusal))
  })

  it('is looked at again where somebody has put it into mode observe meanwhile', () => {
    const observed = { ...seen, choice: { ...seen.choice, mode: 'observe' as const } }
    expect(bare(nextMove(observed, begun('notification'), 0))).to.deep.equal(bare(lookAgain))
  })

  it('is refused for a hook of Lambda or ECS without tags', () => {
    const choiceOnly = {
      row: 'choiceOnly',
      deployment: deployment({ subject: ecs }),
      choice: { ...seen.choice, goal: { refusal: 'no tags' } },
      couldNotLook: undefined,
    } as const
    expect(bare(nextMove(choiceOnly, begun('hook'), 0))).to.deep.equal(concluded('Failed', 'no tags'))
  })
})
