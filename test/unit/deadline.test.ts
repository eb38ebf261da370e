import { expect } from 'chai'
import fc from 'fast-check'
import sinon from 'sinon'
import { divide, OutOfTime, within } from '../../src/deadline.ts'

describe('The time of an invocation', () => {
  it('keeps 30 s back to answer, and lets one request take a third of that', () => {
    expect(divide(900_000)).to.deep.equal({ workMs: 870_000, answerMs: 30_000, requestMs: 10_000 })
  })

  it('keeps back a third where little is given', () => {
    expect(divide(9_000)).to.deep.equal({ workMs: 6_000, answerMs: 3_000, requestMs: 1_000 })
  })

  it('is divided without a rest, whatever is given', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 900_000 }), (givenMs) => {
        const { workMs, answerMs, requestMs } = divide(givenMs)
        expect(workMs + answerMs).to.be.closeTo(givenMs, 1e-6)
        expect(requestMs * 3).to.be.closeTo(answerMs, 1e-6)
        expect(requestMs).to.be.above(0)
      }),
    )
  })
})

describe('A deadline', () => {
  let clock: sinon.SinonFakeTimers
  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  })
  afterEach(() => clock.restore())

  it('gives what the work gives', async () => {
    expect(await within(1000, async () => 'done')).to.equal('done')
  })

  it('throws what the work throws', async () => {
    expect(await outcome(within(1000, async () => Promise.reject(new Error('broken'))))).to.equal('broken')
  })

  it('throws what the work throws before it is asynchronous, and leaves no rejection unheard', async () => {
    const unheard: unknown[] = []
    const hear = (reason: unknown) => void unheard.push(reason)
    process.on('unhandledRejection', hear)
    const broken = () => {
      throw new Error('broken')
    }
    expect(await outcome(within(1000, broken))).to.equal('broken')
    await new Promise(setImmediate)
    process.off('unhandledRejection', hear)
    expect(unheard).to.deep.equal([])
  })

  it('ends work that ignores it', async () => {
    const ended = outcome(within(1000, () => new Promise(() => {})))
    await clock.tickAsync(999)
    expect(await Promise.race([ended, 'still going'])).to.equal('still going')
    await clock.tickAsync(1)
    expect(await ended).to.equal('no answer within 1 s')
  })

  it('is told from other errors by its class', async () => {
    const ended = within(1000, () => new Promise(() => {})).catch((error: unknown) => error)
    await clock.tickAsync(1000)
    expect(await ended).to.be.instanceOf(OutOfTime)
  })

  it('wakes all that sleeps, and lets nothing sleep or ask any more', async () => {
    const seen: string[] = []
    const ended = outcome(
      within(1000, async ({ signal, sleep }) => {
        await sleep(5000).catch((error: Error) => seen.push(`woken: ${error.message}`))
        seen.push(signal.aborted ? 'aborted' : 'going on')
        await sleep(1).catch((error: Error) => seen.push(`not asleep: ${error.message}`))
      }),
    )
    await clock.tickAsync(1000)
    expect(await ended).to.equal('no answer within 1 s')
    expect(seen).to.deep.equal(['woken: no answer within 1 s', 'aborted', 'not asleep: no answer within 1 s'])
  })

  it('leaves no timer behind', async () => {
    await within(1000, async ({ sleep }) => {
      const slept = sleep(10)
      await clock.tickAsync(10)
      await slept
    })
    expect(clock.countTimers()).to.equal(0)
  })

  it('aborts what the work left running when it was done', async () => {
    const left: AbortSignal[] = []
    await within(1000, async ({ signal }) => void left.push(signal))
    expect(left.map(({ aborted }) => aborted)).to.deep.equal([true])
  })
})

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: Error) => error.message)
