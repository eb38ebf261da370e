import { expect } from 'chai'
import { planOf, sendable } from '../../../src/reconcile/sending.ts'
import { greenName } from '../builders.ts'
import {
  afterChange,
  attach,
  begun,
  continueIt,
  denied,
  deregister,
  detach,
  forget,
  invalid,
  refusedBy,
  register,
  resume,
  stop,
  suspend,
  tag,
  throttled,
  unknown,
} from './changes.ts'

const fresh = begun()
const strict = { passingForMs: 300_000, goesOn: false }
const persistent = { ...strict, goesOn: true }

describe('Changes', () => {
  it('may all be sent at first, in their order', () => {
    const changes = [tag, attach, detach]
    expect(sendable(changes, fresh, 0, strict)).to.deep.equal({ kind: 'send', changes, refused: undefined })
  })

  it('are sent once, and then waited for until AWS shows them', () => {
    expect(sendable([tag, attach], afterChange(fresh, tag), 0, strict)).to.deep.include({
      kind: 'send',
      changes: [attach],
    })
    expect(sendable([tag, attach], afterChange(afterChange(fresh, tag), attach), 0, strict)).to.deep.equal({
      kind: 'wait',
      reason: `${greenName} is still without the tags greenlight:record, ${greenName} is still without web`,
    })
  })

  it('are sent again where AWS does not show them after 10 s', () => {
    const sent = afterChange(fresh, attach)
    expect(sendable([attach], sent, 9_999, strict)).to.deep.equal({
      kind: 'wait',
      reason: `${greenName} is still without web`,
    })
    expect(sendable([attach], sent, 10_000, strict)).to.deep.equal({
      kind: 'send',
      changes: [attach],
      refused: undefined,
    })
  })

  it('that AWS refused and that may pass are sent again at the next look', () => {
    const memory = afterChange(fresh, attach, refusedBy(throttled))
    for (const now of [0, 299_999]) {
      expect(sendable([attach], memory, now, strict)).to.deep.include({ kind: 'send', changes: [attach] })
    }
  })

  it('that AWS refuses for longer than the patience with it, are refused', () => {
    const memory = afterChange(fresh, attach, refusedBy(throttled))
    expect(sendable([attach], memory, 300_000, strict)).to.deep.equal({ kind: 'refused', reason: 'throttled' })
    expect(sendable([attach, resume], memory, 300_000, persistent)).to.deep.include({ kind: 'send', changes: [resume] })
  })

  it('that AWS refused in a way that nobody foresaw are sent again for 30 s', () => {
    const memory = afterChange(fresh, attach, refusedBy(unknown))
    expect(sendable([attach], memory, 29_999, strict)).to.deep.include({ kind: 'send', changes: [attach] })
    expect(sendable([attach], memory, 30_000, strict)).to.deep.equal({ kind: 'refused', reason: 'limit exceeded' })
  })

  it('that AWS forbids are refused at once, and nothing after them is sent', () => {
    const memory = afterChange(fresh, tag, refusedBy(denied))
    expect(sendable([tag, attach], memory, 0, strict)).to.deep.equal({ kind: 'refused', reason: 'denied' })
    expect(sendable([attach, tag], memory, 0, strict)).to.deep.include({ kind: 'send', changes: [attach] })
  })

  it('that AWS refused otherwise may have been made by somebody faster: the next 5 s tell', () => {
    const memory = afterChange(fresh, attach, refusedBy(invalid))
    expect(sendable([attach], memory, 4_999, strict)).to.deep.equal({ kind: 'wait', reason: 'already so' })
    expect(sendable([attach], memory, 4_999, persistent)).to.deep.equal({ kind: 'wait', reason: 'already so' })
    expect(sendable([attach], memory, 5_000, strict)).to.deep.equal({ kind: 'refused', reason: 'already so' })
  })
})

describe('Where the rule goes on after a refusal, changes', () => {
  it('that take back are sent all the same, and the refusal is remembered', () => {
    const memory = afterChange(fresh, attach, refusedBy(denied))
    expect(sendable([attach, resume], memory, 0, persistent)).to.deep.equal({
      kind: 'send',
      changes: [resume],
      refused: 'denied',
    })
  })

  it('that give are not sent any more once a refusal was final', () => {
    const memory = { ...fresh, refused: 'denied' }
    expect(sendable([tag, register, attach, deregister, resume, forget], memory, 0, persistent)).to.deep.equal({
      kind: 'send',
      changes: [deregister, resume, forget],
      refused: 'denied',
    })
    expect(sendable([attach], memory, 0, persistent)).to.deep.equal({ kind: 'refused', reason: 'denied' })
  })

  it('that give do not follow a record that AWS refused: they would have none', () => {
    const memory = afterChange(fresh, tag, refusedBy(denied))
    expect(sendable([tag, attach, resume], memory, 0, persistent)).to.deep.equal({
      kind: 'send',
      changes: [resume],
      refused: 'denied',
    })
    expect(sendable([tag, attach], memory, 0, persistent)).to.deep.equal({ kind: 'refused', reason: 'denied' })
  })

  it('that take back and are forbidden themselves fail once nothing else may be sent or is still to show', () => {
    const memory = afterChange(fresh, forget, refusedBy(denied))
    expect(sendable([forget, resume], memory, 0, persistent)).to.deep.include({ kind: 'send', changes: [resume] })
    const resumed = afterChange({ ...memory, refused: 'denied' }, resume)
    expect(sendable([forget, resume], resumed, 0, persistent)).to.have.property('kind', 'wait')
    expect(sendable([forget], resumed, 0, persistent)).to.deep.equal({ kind: 'refused', reason: 'denied' })
  })
})

describe('A plan', () => {
  it('is made of all that gives, in its order', () => {
    for (const plan of [
      [tag, suspend, attach],
      [tag, suspend, register],
    ])
      expect(planOf(plan)).to.deep.equal(plan)
  })

  it('ends before what takes something away, which is judged on a look of its own', () => {
    expect(planOf([tag, attach, resume, forget])).to.deep.equal([tag, attach])
    expect(planOf([forget, tag, attach])).to.deep.equal([forget, tag, attach])
    expect(planOf([resume, forget])).to.deep.equal([resume])
    expect(planOf([resume, attach])).to.deep.equal([resume])
    expect(planOf([attach, deregister])).to.deep.equal([attach])
    expect(planOf([deregister, resume])).to.deep.equal([deregister])
  })

  it('is one change where that one steers the deployment', () => {
    expect(planOf([stop])).to.deep.equal([stop])
    expect(planOf([continueIt, tag])).to.deep.equal([continueIt, tag])
    expect(planOf([])).to.deep.equal([])
  })
})
