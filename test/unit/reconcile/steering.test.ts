import { expect } from 'chai'
import type { Progress } from '../../../src/model/progress.ts'
import type { Trigger } from '../../../src/model/trigger.ts'
import { refuse } from '../../../src/reconcile/early.ts'
import { conclude, lookAgain, lookToConfirm, waitFor } from '../../../src/reconcile/move.ts'
import { awaitHealth, makeChanges, passOrContinue, refuseOrStop } from '../../../src/reconcile/steering.ts'
import { wayOut } from '../../../src/rules/testing.ts'
import { deployment, deploymentId, green, greenName, seenAs, target } from '../builders.ts'
import {
  afterChange,
  attach,
  begun,
  denied,
  forget,
  invalid,
  refusedBy,
  resume,
  suspend,
  tag,
  throttled,
} from './changes.ts'

const inGate = seenAs('gate').choice
const confirmed = (differences: Parameters<typeof seenAs>[1] = {}) =>
  seenAs('gate', {
    trigger: 'notification',
    isConfirmed: true,
    choice: { ...inGate, mode: 'gate' },
    ...differences,
  })
const step = (of: Progress['step']) => ({ ...seenAs('gate').progress, step: of })

describe('Of a fleet whose green is not healthy yet', () => {
  const instances = ['i-1', 'i-2', 'i-3', 'i-4']
  for (const [caller, inService, kind] of [
    ['i-1', instances, 'wait'],
    ['i-4', instances, 'conclude'],
    ['i-3', ['i-1', 'i-2', 'i-3'], 'wait'],
    [undefined, instances, 'wait'],
  ] as const) {
    it(`the call of ${caller ?? 'somebody else'} ${kind === 'wait' ? 'waits' : 'is answered at once'}, with ${inService.length} instances`, () => {
      const seen = seenAs('gate', { greens: [green({ instances: inService })] })
      expect(awaitHealth('not yet', seen, begun('call', { caller }), 0)).to.deep.equal(
        kind === 'wait' ? waitFor('health', 'not yet', 0) : conclude('Pending', 'not yet'),
      )
    })
  }
})

describe('Changes become a move', () => {
  it('in one plan while a deployment is under way, and one by one once it is over', () => {
    for (const row of ['gate', 'hold', 'arrive'] as const) {
      expect(makeChanges([tag, suspend], seenAs(row), begun(), 0)).to.deep.include({ changes: [tag, suspend] })
    }
    for (const row of ['settle', 'settleAndJudge', 'undo', 'endAndWatch'] as const) {
      expect(makeChanges([resume, forget], seenAs(row), begun(), 0)).to.deep.include({ changes: [resume] })
    }
  })

  it('that leads to the second look where green is healthy, and nothing is attached', () => {
    const whole = seenAs('gate', { greens: [green({ targetGroups: ['web'] })] })
    expect(makeChanges([tag, suspend], whole, begun(), 0)).to.have.property('next', 'confirm')
    expect(makeChanges([tag, attach], whole, begun(), 0)).to.have.property('next', 'look')
    expect(makeChanges([tag, resume], whole, begun(), 0)).to.have.property('next', 'look')
    expect(makeChanges([tag], { ...whole, health: new Map() }, begun(), 0)).to.have.property('next', 'look')
  })

  it('that goes on after a final refusal where a hold must not stay for ever', () => {
    const memory = afterChange(begun(), attach, refusedBy(denied))
    const changes = [attach, resume]
    expect(makeChanges(changes, seenAs('settle'), memory, 0)).to.deep.include({
      changes: [resume],
      refused: 'denied',
    })
    expect(makeChanges(changes, seenAs('gate'), memory, 0)).to.deep.include({ kind: 'fail', reason: 'denied' })
  })

  it('that waits for what AWS does not show yet', () => {
    const memory = afterChange(begun(), attach)
    expect(makeChanges([attach], seenAs('settle'), memory, 0)).to.deep.equal(
      waitFor('change', `${greenName} is still without web`),
    )
    expect(makeChanges([attach], seenAs('gate'), memory, 0)).to.have.property('on', 'health')
  })

  it('that fails a gate whose attachment stays refused for the whole time for health', () => {
    const memory = afterChange(begun(), attach, refusedBy(throttled), { isGate: true, now: 0 })
    expect(makeChanges([attach], seenAs('gate'), memory, 299_999)).to.have.property('kind', 'change')
    // AWS said nothing about the health of green: the invocation fails with what it said.
    const failed = { kind: 'fail', reason: 'throttled', notices: [] }
    expect(makeChanges([attach], seenAs('gate'), memory, 300_000)).to.deep.equal(failed)
  })
})

describe('The time for health', () => {
  const recorded = (attached: number | undefined, held?: number) => ({
    records: {
      record: deploymentId,
      attached: new Map(attached === undefined ? [] : [['web', { deploymentId, at: attached }]]),
      testing: new Map(),
      held: held === undefined ? undefined : { deploymentId, at: held, processes: [] },
      copied: [],
      theirs: [],
    },
  })
  for (const [what, differences, askingSince, waited, since] of [
    ['now, where nothing tells', {}, undefined, undefined, 9_000],
    ['when it was waited for first', {}, undefined, 1, 1],
    ['when green was attached, as its record says', recorded(700, 800), 500, undefined, 700],
    ['when its scripts began to ask, if that is later', recorded(700), 800, undefined, 800],
    ['when it was held, where Greenlight attached nothing', recorded(undefined, 600), undefined, undefined, 600],
    ['now, where a date is in the future', recorded(99_000), undefined, undefined, 9_000],
    ['the first look, where a date stays in the future', recorded(99_000), undefined, 1_000, 1_000],
    ['the attach of this invocation, however long its scripts have asked', {}, 500, 700, 700],
  ] as const) {
    it(`runs from ${what}`, () => {
      const seen = seenAs('gate', { greens: [green(differences)], progress: { ...step('installed'), askingSince } })
      const memory = { ...begun('call'), since: waited === undefined ? {} : { health: waited } }
      expect(awaitHealth('sick', seen, memory, 9_000)).to.deep.equal(waitFor('health', 'sick', since))
    })
  }

  it('of a hook runs from its own start', () => {
    const memory = { ...begun('hook'), beganAt: 8_000 }
    const seen = seenAs('gate', { greens: [green(recorded(undefined, 600))] })
    expect(awaitHealth('sick', seen, memory, 9_000)).to.deep.equal(waitFor('health', 'sick', 8_000))
  })

  for (const [trigger, ms] of [
    ['call', 15_000],
    ['notification', 60_000],
  ] as const) {
    it(`is followed by looks of its own, for ${ms / 1000} s, where a ${trigger} comes when it is over`, () => {
      const seen = { ...seenAs('gate', { greens: [green(recorded(0))] }), isConfirmed: true }
      const asked = (afterMs: number) =>
        awaitHealth('sick', seen, { ...begun(trigger), beganAt: 900_000 }, 900_000 + afterMs)
      expect(asked(ms - 1)).to.deep.equal(waitFor('health', 'sick', 0))
      expect(asked(ms).kind).to.not.equal('wait')
    })
  }

  it('ends in a refusal', () => {
    const late = 'not healthy within 300 s: sick'
    expect(awaitHealth('sick', seenAs('gate'), begun(), 300_000)).to.deep.equal(refuse('hook', 'unhealthy', late))
  })
})

describe('Where green is not registered in what it has, so that the load balancer does not judge it', () => {
  const late = (differences: Parameters<typeof seenAs>[1], trigger: Trigger = 'notification') =>
    awaitHealth('sick', confirmed(differences), { ...begun(trigger), since: { health: 0 } }, 300_000)
  const reason = (count: string, why: string) =>
    `not healthy within 300 s: sick; the load balancer does not judge ${count} of ${greenName} without registration in web, where attaching registers none: ${why}${wayOut(deployment())}`
  const [two, attached] = ['2 instances', 'it is attached already']

  for (const [what, suspended, states, count, why] of [
    ['nothing, while AddToLoadBalancer is suspended', ['AddToLoadBalancer'], [], two, 'AddToLoadBalancer is suspended'],
    ['nothing', [], [], two, attached],
    ['what drains', [], ['draining', 'unhealthy.draining'], two, attached],
    ['a healthy instance beside one that is not registered', [], ['healthy'], '1 instance', attached],
  ] as const) {
    it(`nobody is stopped, and the invocation fails: ${what}`, () => {
      const web = states.map((state, index) => target(`i-${index + 1}`, state))
      const seen = { greens: [green({ targetGroups: ['web'], suspended })], health: new Map([['web', web]]) }
      expect(late(seen)).to.deep.equal({ kind: 'fail', reason: reason(count, why), notices: [] })
      expect(late(seen, 'call')).to.deep.equal(refuse('call', 'unhealthy', reason(count, why)))
    })
  }

  it('a deployment is stopped all the same where what the load balancer does judge is too much', () => {
    const health = new Map([['web', [target('i-1', 'unhealthy')]]])
    const seen = { greens: [green({ targetGroups: ['web'], suspended: ['AddToLoadBalancer'] })], health }
    const stop = { call: 'codedeploy:StopDeployment', deploymentId, reason: 'not healthy within 300 s: sick' }
    expect(late(seen)).to.deep.include({ kind: 'change', changes: [{ ...stop, refusal: 'unhealthy' }] })
  })
})

describe('A refusal', () => {
  const memory = begun('notification')
  const stop = { call: 'codedeploy:StopDeployment', deploymentId, reason: 'sick', refusal: 'unhealthy' }
  const stopping = (seen: Parameters<typeof refuseOrStop>[2]) => refuseOrStop('unhealthy', 'sick', seen, memory, 0)

  it('stops a deployment of mode gate that nobody asked about, after a second look', () => {
    expect(stopping(confirmed({ isConfirmed: false }))).to.deep.equal(lookToConfirm)
    expect(stopping(confirmed())).to.deep.include({ kind: 'change', changes: [stop] })
  })

  it('of what the second look shows nobody names any more is looked at again', () => {
    const goal = { ...seenAs('gate').goal, tests: ['greenlight-web'] }
    expect(stopping(confirmed({ choice: { ...inGate, mode: 'gate', goal } }))).to.deep.equal(lookAgain)
  })

  it('stops nothing in mode heal, in another row, or where a caller waits', () => {
    const refused = refuse('notification', 'unhealthy', 'sick')
    expect(stopping(confirmed({ choice: inGate }))).to.deep.equal(refused)
    expect(stopping(seenAs('hold', { choice: { ...inGate, mode: 'gate' } }))).to.deep.equal(refused)
    expect(refuseOrStop('unhealthy', 'sick', confirmed(), begun('call'), 0)).to.deep.equal(
      refuse('call', 'unhealthy', 'sick'),
    )
  })

  for (const [status, at, stops] of [
    ['Ready', 'shifting', true],
    ['Created', 'shifting', true],
    ['Queued', 'installing', true],
    ['InProgress', 'installing', true],
    ['InProgress', 'betweenBatches', true],
    ['InProgress', 'installed', false],
    ['InProgress', 'shifting', false],
    ['InProgress', 'arrived', false],
    ['Baking', 'installing', false],
  ] as const) {
    it(`${stops ? 'stops' : 'does not stop'} a deployment that is ${status}, with green ${at}`, () => {
      const move = stopping(confirmed({ deployment: deployment({ status }), progress: step(at) }))
      expect(move.kind).to.equal(stops ? 'change' : 'conclude')
      expect(move.notices.map(({ kind }) => kind)).to.deep.equal(stops ? [] : ['notStopped', 'refused'])
    })
  }

  it('stops nothing once the first batch has traffic, though the rest has not begun', () => {
    const progress = { ...step('betweenBatches'), hasBegunTraffic: true }
    const move = stopping(confirmed({ deployment: deployment({ status: 'InProgress' }), progress }))
    const said = 'sick; but CodeDeploy has given traffic to some of green already'
    expect(move).to.deep.include({ kind: 'conclude', conclusion: { verdict: undefined, reason: said } })
  })

  it('looks again where the deployment is over by the second look', () => {
    expect(stopping(confirmed({ deployment: deployment({ status: 'Stopped' }) }))).to.deep.equal(lookAgain)
  })

  it('of the stop itself fails the invocation once it is final', () => {
    const change = { ...stop } as Parameters<typeof afterChange>[1]
    const refusedStop = afterChange(memory, change, refusedBy(invalid))
    expect(refuseOrStop('unhealthy', 'sick', confirmed(), refusedStop, 5_000)).to.deep.include({
      kind: 'fail',
      reason: 'already so',
    })
  })
})

describe('A healthy green', () => {
  const passing = (seen: Parameters<typeof passOrContinue>[1], trigger: 'hook' | 'notification' = 'notification') =>
    passOrContinue('healthy', seen, { ...begun(trigger), since: { health: 1_000 } }, 4_000)
  const notices = [{ kind: 'healthy', afterMs: 3_000 }] as const

  it('is looked at once more', () => {
    expect(passing(confirmed({ isConfirmed: false }))).to.deep.equal(lookToConfirm)
  })

  it('passes a caller, and tells how long it took', () => {
    expect(passing(confirmed({ trigger: 'hook' }), 'hook')).to.deep.equal(conclude('Succeeded', 'healthy', notices))
  })

  it('continues a deployment that waits', () => {
    expect(passing(confirmed({ deployment: deployment({ waitMinutes: 60 }) }))).to.deep.include({
      kind: 'change',
      changes: [{ call: 'codedeploy:ContinueDeployment', deploymentId, reason: 'healthy' }],
      notices,
    })
  })

  it('continues no deployment that does not wait: that could only race CodeDeploy', () => {
    const raced = 'healthy; the deployment does not wait, so that this could only race CodeDeploy'
    expect(passing(confirmed())).to.deep.equal(conclude('Succeeded', raced, notices))
  })

  it('is begun with again where the second look shows another row or another goal', () => {
    const goal = { greens: ['other'], wanted: ['web'], tests: [] }
    for (const seen of [
      confirmed({ deployment: deployment({ status: 'Stopped' }) }),
      confirmed({ choice: { ...inGate, mode: 'gate', goal } }),
      confirmed({ choice: { ...inGate, mode: { refusal: 'no mode' } } }),
      confirmed({ choice: { ...inGate, mode: 'heal' } }),
      seenAs('settle'),
    ]) {
      expect(passing(seen)).to.deep.equal(lookAgain)
    }
  })
})
