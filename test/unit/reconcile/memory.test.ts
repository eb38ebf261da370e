import { expect } from 'chai'
import { keyOf, type Refusal } from '../../../src/model/change.ts'
import { begin, rememberMove, rememberOutcome, withOwnActs } from '../../../src/reconcile/memory.ts'
import { conclude, lookAgain, waitFor } from '../../../src/reconcile/move.ts'
import { deploymentId, green, greenName } from '../builders.ts'
import {
  afterChange,
  attach,
  begun,
  continueIt,
  denied,
  done,
  forget,
  invalid,
  notRunning,
  refusedBy,
  register,
  stop,
  suspend,
  throttled,
} from './changes.ts'

const fresh = begun()

describe('The memory of an invocation', () => {
  it('begins with its task and the time, and with nothing else', () => {
    expect(begin({ kind: 'deployment', id: 'd-1', trigger: 'call', isDryRun: true }, 7)).to.deep.equal({
      task: { kind: 'deployment', id: 'd-1', trigger: 'call', isDryRun: true },
      deploymentId: 'd-1',
      beganAt: 7,
      since: {},
      tried: {},
      refused: undefined,
      sent: undefined,
      ownActs: {},
      notRunning: [],
      healing: undefined,
      told: [],
    })
  })

  it('is one value that can be printed whole', () => {
    const waiting = rememberMove(afterChange(fresh, suspend), waitFor('health', 'i-1 is initial'), 1_000)
    const memory = afterChange(
      afterChange(waiting, attach, refusedBy(throttled), { isGate: true, now: 2_000 }),
      stop,
      refusedBy(denied),
    )
    expect(JSON.parse(JSON.stringify(memory))).to.deep.equal({
      task: { kind: 'deployment', id: deploymentId, trigger: 'hook', isDryRun: false },
      deploymentId,
      beganAt: 0,
      since: { health: 1_000 },
      tried: {
        [keyOf(suspend)]: { at: 0 },
        [keyOf(attach)]: { at: 2_000, refusal: throttled },
        [keyOf(stop)]: { at: 0, refusal: denied },
      },
      notRunning: [],
      ownActs: {
        [greenName]: {
          held: { deploymentId, at: 0, processes: ['HealthCheck'] },
          attached: { web: { deploymentId, at: 2_000 } },
          testing: {},
        },
      },
      told: [],
    })
  })
})

describe('Of a move, an invocation remembers', () => {
  it('since when it waits for something, from the first time on', () => {
    const first = rememberMove(fresh, waitFor('health', 'not yet'), 1_000)
    expect(first.since).to.deep.equal({ health: 1_000 })
    expect(rememberMove(first, waitFor('health', 'not yet'), 2_000).since).to.deep.equal({ health: 1_000 })
    expect(rememberMove(first, waitFor('install', 'not yet'), 2_000).since).to.deep.equal({
      health: 1_000,
      install: 2_000,
    })
  })

  it('an earlier beginning of a wait that the move tells', () => {
    expect(rememberMove(fresh, waitFor('health', 'not yet', 300), 1_000).since).to.deep.equal({ health: 300 })
  })

  it('which deployment a rollback leads to', () => {
    expect(rememberMove(fresh, { kind: 'follow', deploymentId: 'd-BEFORE', notices: [] }, 0)).to.have.property(
      'deploymentId',
      'd-BEFORE',
    )
  })

  it('the first final refusal, and what healing found healthy', () => {
    const healing = { healthyBefore: { web: 2 }, autoScalingGroups: [], targetGroups: [] }
    const refused = rememberMove(fresh, { ...lookAgain, refused: 'denied', healing }, 0)
    expect(refused).to.deep.include({ refused: 'denied', healing })
    expect(rememberMove(refused, lookAgain, 0)).to.deep.include({ refused: 'denied', healing })
  })

  it('what it told, once each', () => {
    const notices = [{ kind: 'noMode', reason: 'x' }] as const
    const told = rememberMove(fresh, { ...lookAgain, notices }, 0)
    expect(told.told).to.deep.equal(['noMode'])
    expect(rememberMove(told, conclude('Failed', 'x', notices), 0).told).to.deep.equal(['noMode'])
  })
})

describe('Of a change, an invocation remembers', () => {
  it('when it was sent last', () => {
    const once = afterChange(fresh, attach, done, { now: 1_000 })
    expect(once.tried[keyOf(attach)]).to.deep.equal({ at: 1_000, refusal: undefined })
    expect(afterChange(once, attach, done, { now: 2_000 }).tried[keyOf(attach)]).to.have.property('at', 2_000)
  })

  it('when it was refused first, however often that comes again', () => {
    const once = afterChange(fresh, attach, refusedBy(invalid), { now: 1_000 })
    expect(afterChange(once, attach, refusedBy(throttled), { now: 2_000 }).tried[keyOf(attach)]).to.deep.equal({
      at: 1_000,
      refusal: throttled,
    })
    expect(afterChange(once, attach, done, { now: 2_000 }).tried[keyOf(attach)]).to.deep.equal({
      at: 2_000,
      refusal: undefined,
    })
  })

  it('that the time for health begins with an attach of a gate, and with the first one', () => {
    const gating = { isGate: true, now: 1_000 }
    expect(afterChange(fresh, attach, done, gating).since).to.deep.equal({ health: 1_000 })
    expect(afterChange(fresh, attach, refusedBy(throttled), gating).since).to.deep.equal({ health: 1_000 })
    expect(afterChange(fresh, suspend, done, gating).since).to.deep.equal({})
    expect(afterChange(fresh, attach, done, { now: 1_000 }).since).to.deep.equal({})
    const waiting = { ...fresh, since: { health: 300 } }
    expect(afterChange(waiting, attach, done, gating).since).to.deep.equal({ health: 300 })
  })

  it('what it asked CodeDeploy to do, until CodeDeploy refuses', () => {
    expect(afterChange(fresh, continueIt).sent).to.deep.equal({ call: 'continue', reason: 'green is healthy' })
    const stopped = { call: 'stop', reason: 'green is sick', refusal: 'unhealthy' }
    expect(afterChange(fresh, stop).sent).to.deep.equal({ ...stopped, isCertain: true })
    expect(afterChange(fresh, stop, { kind: 'unanswered', refusal: throttled }).sent).to.deep.equal({
      ...stopped,
      isCertain: false,
    })
    for (const change of [stop, continueIt]) {
      expect(afterChange(fresh, change, refusedBy(invalid)).sent).to.equal(undefined)
    }
    expect(afterChange(afterChange(fresh, stop), suspend).sent).to.deep.equal({ ...stopped, isCertain: true })
  })

  it('nothing that was not sent', () => {
    const memory = rememberOutcome(fresh, suspend, done, { isGate: false, now: 0 })
    expect(memory.ownActs).to.deep.equal({})
  })
})

describe('An instance that is not running, though Auto Scaling says that it is InService', () => {
  it('is known as such from then on, where the load balancer names it', () => {
    const notRunningAfter = (refusal: Refusal) =>
      withOwnActs(green(), afterChange(fresh, register, refusedBy(refusal))).notRunning
    expect(notRunningAfter(notRunning)).to.deep.equal(['i-2'])
    expect(notRunningAfter(denied)).to.deep.equal([])
  })
})

describe('What an invocation did to a green', () => {
  it('stays on record until it is taken back, though another invocation removes the tags', () => {
    const one = green()
    const acted = afterChange(afterChange(afterChange(fresh, suspend), attach), register)
    expect(withOwnActs(one, acted).records).to.deep.equal({
      record: undefined,
      held: { deploymentId, at: 0, processes: ['HealthCheck'] },
      attached: new Map([['web', { deploymentId, at: 0 }]]),
      testing: new Map([['greenlight-web', { deploymentId, at: 0 }]]),
      copied: [],
      theirs: [],
    })
    expect(withOwnActs(one, afterChange(acted, forget)).records).to.deep.equal(one.records)
  })

  it('says nothing about another green, and gives way to what tags say', () => {
    const acted = afterChange(afterChange(fresh, suspend), attach)
    expect(withOwnActs(green({ name: 'other' }), acted)).to.deep.equal(green({ name: 'other' }))
    const tags = { 'greenlight:held': 'd-OTHER AZRebalance', 'greenlight:attached/web': 'd-OTHER' }
    expect(withOwnActs(green({ tags }), acted)).to.deep.equal(green({ tags }))
  })

  it('is remembered by healing, once, whatever is forgotten or attached again since', () => {
    const healing = { healthyBefore: { web: 2 }, autoScalingGroups: [], targetGroups: [] }
    const acted = afterChange(afterChange(afterChange({ ...fresh, healing }, attach), forget), attach)
    expect(acted.healing).to.deep.equal({ ...healing, autoScalingGroups: [greenName], targetGroups: ['web'] })
  })

  it('is forgotten one by one', () => {
    const acted = afterChange(afterChange(fresh, suspend), attach)
    const keys = ['greenlight:held']
    expect(withOwnActs(green(), afterChange(acted, { ...forget, keys })).records).to.deep.include({
      held: undefined,
      attached: new Map([['web', { deploymentId, at: 0 }]]),
      copied: [],
      theirs: [],
    })
  })
})
