import { expect } from 'chai'
import sinon from 'sinon'
import { forEachIn, type RunTools, tellFailure } from '../../../src/sweep/forEach.ts'
import { settings, silentMeter } from '../builders.ts'

describe('For each of many items', () => {
  let clock: sinon.SinonFakeTimers
  let handled: number
  let failures: { about: string; reason: string }[]
  beforeEach(() => {
    clock = sinon.useFakeTimers()
    handled = 0
    failures = []
  })
  afterEach(() => clock.restore())

  const quiet = () => {}
  const run = (differences: Partial<RunTools> = {}) =>
    forEachIn({
      settings,
      endsAt: 1_000_000,
      requestMs: 1_000,
      startAt: 0,
      log: () => ({ debug: quiet, info: quiet, warn: quiet, error: quiet }),
      meter: silentMeter,
      ports: () => ({}) as never,
      mayGoOn: () => true,
      onHandled: () => {
        handled += 1
      },
      onFailure: (_log, about, error) => void failures.push({ about, reason: String(error) }),
      ...differences,
    })
  const idsOf = (item: string) => ({ about: item, deploymentId: undefined })

  it('a sweep does something, beginning somewhere in the middle', async () => {
    const seen: string[] = []
    await run({ startAt: 0.5 })(['a', 'b', 'c', 'd'], idsOf, async (item) => void seen.push(item), { atOnce: 1 })
    expect(seen).to.deep.equal(['c', 'd', 'a', 'b'])
    expect(handled).to.equal(4)
  })

  it('but no more than it may, and none once its time is nearly up', async () => {
    const seen: string[] = []
    const work = async (item: string) => void seen.push(item)
    await run()(['a', 'b', 'c'], idsOf, work, { atMost: 2 })
    await run({ mayGoOn: () => false })(['d'], idsOf, work)
    expect(seen).to.deep.equal(['a', 'b'])
  })

  it('and none any more once no other is wanted', async () => {
    const seen: string[] = []
    const isWanted = () => seen.length < 2
    await run()(['a', 'b', 'c'], idsOf, async (item) => void seen.push(item), { atOnce: 1, isWanted })
    expect([seen, handled]).to.deep.equal([['a', 'b'], 2])
  })

  it('and counts none that it only looks at', async () => {
    await run()(['a'], idsOf, async () => {}, { onlyLooks: true })
    expect(handled).to.equal(0)
  })

  it('a failure is told, and stops no other', async () => {
    const work = async (item: string) => {
      if (item === 'a') throw new Error('denied')
    }
    await run()(['a', 'b'], idsOf, work)
    expect(failures).to.deep.equal([{ about: 'a', reason: 'Error: denied' }])
    expect(handled).to.equal(2)
  })

  it('one that hangs ends after 90 s, or with the run', async () => {
    const hang = () => new Promise<never>(() => {})
    const hanging = run()(['a'], idsOf, hang)
    await clock.tickAsync(90_000)
    await hanging
    const late = run({ endsAt: performance.now() + 5_000 })(['b'], idsOf, hang)
    await clock.tickAsync(5_000)
    await late
    expect(failures).to.deep.equal([
      { about: 'a', reason: 'Error: out of time after 90 s: AWS had not answered yet' },
      { about: 'b', reason: 'Error: out of time after 5 s: AWS had not answered yet' },
    ])
  })
})

describe('A failure of a sweep', () => {
  it('is one line of the log, with its reason', () => {
    const told: unknown[] = []
    const quiet = () => {}
    const error = new Error('denied')
    const log = { debug: quiet, info: quiet, warn: quiet, error: (...said: unknown[]) => void told.push(said) }
    tellFailure(log, 'shop/production', error)
    expect(told).to.deep.equal([['Could not be swept', { about: 'shop/production', error, reason: 'denied' }]])
  })
})
