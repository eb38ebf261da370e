import { bundleOf } from '../../tools/bundle.ts'
import { partsOf } from '../../tools/bundleParts.ts'
import { serveHook } from '../bundle/servedHook.ts'
import { coldHook, countOf } from '../deployments/coldHook.ts'
import { healthyAfter } from '../deployments/healthPolls.ts'
import { type Contestant, contestants } from './contestants.ts'
import { type Billed, configuredMB, costOf, deploymentBilled, monthOfSweepsBilled } from './costs.ts'
import { measureStarts, type Start } from './starts.ts'
import { type Spread, spreadOf } from './statistics.ts'

/** One line of the table. What does not vary is one number. */
export type Row = {
  readonly what: string
  readonly unit: string
  /** The most that it may be; undefined where nothing is promised. */
  readonly target: number | undefined
  readonly measured: Spread | number | undefined
  /** What it is compared with, measured in the same run. */
  readonly compared: Readonly<Record<string, Spread | number>>
}

/** Hears how far the bench is. */
export type Progress = (what: string) => void

const startRow = (what: string, target: number, starts: readonly Start[]): readonly Row[] => {
  const gate = starts.find(({ name }) => name === 'the gate')
  const others = starts.filter(({ name }) => name !== 'the gate' && name !== 'an empty handler')
  const comparing = (of: (start: Start) => Spread | undefined): Row['compared'] => {
    const compared: Record<string, Spread> = {}
    for (const start of others) {
      const spread = of(start)
      if (spread !== undefined) compared[start.name] = spread
    }
    return compared
  }
  const row = (how: string, of: (start: Start) => Spread | undefined): Row => ({
    what: `${what}${how}`,
    unit: '× empty',
    target,
    measured: gate && of(gate),
    compared: comparing(of),
  })
  return [
    row('', ({ ratio }) => ratio),
    row(", of the processor's time", ({ processorRatio }) => processorRatio),
    {
      what: `${what}, on this machine`,
      unit: 'ms',
      target: undefined,
      measured: gate?.ms,
      compared: Object.fromEntries(starts.filter(({ name }) => name !== 'the gate').map(({ name, ms }) => [name, ms])),
    },
  ]
}

const startRows = async (those: readonly Contestant[], rounds: number, progress: Progress): Promise<readonly Row[]> => {
  const told = (what: string) => (round: number) => progress(round > 0 ? `${what}: round ${round} of ${rounds}` : what)
  const runtime = await measureStarts(
    'under the runtime client',
    those,
    rounds,
    told('starts under the runtime client'),
  )
  const required = await measureStarts('by require', those, rounds, told('starts by require'))
  return [
    ...startRow('start-up, to the first /next', 1.8, runtime),
    ...startRow("node -e 'require(bundle)'", 2.2, required),
  ]
}

const sizeRows = async (those: readonly Contestant[]): Promise<readonly Row[]> => {
  const { code, metafile } = await bundleOf('GateFunction')
  const inKB = (bytes: number) => bytes / 1024
  const sizes = those.filter(({ name }) => name.startsWith('the gate ') || name.startsWith('the gate,'))
  const compared = Object.fromEntries(sizes.map((one) => [one.name, inKB(Buffer.byteLength(one.code))]))
  const parts = Object.entries(partsOf(metafile)).sort(([, a], [, b]) => b - a)
  return [
    { what: 'bundle of the gate', unit: 'KB', target: 330, measured: inKB(Buffer.byteLength(code)), compared },
    ...parts.map(([name, bytes]) => {
      return { what: `  of it ${name}`, unit: 'KB', target: undefined, measured: inKB(bytes), compared: {} }
    }),
  ]
}

const callRows = async (): Promise<readonly Row[]> => {
  const rows: Row[] = []
  for (const [missing, isMissing] of [
    ['nothing', false],
    ['one target group', true],
  ] as const) {
    const { levels } = await coldHook({ isMissing })
    const [calls, what] = [countOf(levels), `a cold hook with ${missing} missing`]
    const compared = { 'the same calls, one after the other': calls }
    rows.push({ what: `${what}: calls`, unit: '', target: isMissing ? 19 : 14, measured: calls, compared: {} })
    rows.push({ what: `${what}: depth`, unit: '', target: isMissing ? 10 : 8, measured: levels.length, compared })
  }
  return rows
}

/** In seconds, of a poll that never changes. */
const fixedPoll = 15
/** When green becomes healthy, in seconds after the hook has begun: at any moment between two polls, early and late. */
const moments = Array.from({ length: 21 }, (_, index) => 3.1 + index * 8.37)

const pollRow = async (progress: Progress): Promise<Row> => {
  const seen: number[] = []
  for (const [index, seconds] of moments.entries()) {
    progress(`verdicts: ${index + 1} of ${moments.length}`)
    seen.push((await healthyAfter(seconds * 1000)).reportedMs / 1000)
  }
  const fixed = moments.map((seconds) => fixedPoll - (seconds % fixedPoll))
  return {
    what: 'verdict after the last target is healthy',
    unit: 's',
    // One poll, the longest, and the calls after it.
    target: 5.5,
    measured: spreadOf(seen),
    compared: { [`a poll every ${fixedPoll} s`]: spreadOf(fixed) },
  }
}

const memoryRow = async (): Promise<Row> => {
  const { deploy, runtime, end } = await serveHook()
  try {
    await deploy()
    const measured = await runtime.peakMemoryMB()
    return { what: 'peak memory of a hook, under the runtime client', unit: 'MB', target: 90, measured, compared: {} }
  } finally {
    await end()
  }
}

const costRows = async (): Promise<readonly Row[]> => {
  const row = (what: string, { requests, seconds }: Billed): Row => {
    const cost = (memoryMB: number) => costOf({ requests, seconds }, memoryMB)
    return {
      what,
      unit: 'USD',
      target: undefined,
      measured: cost(configuredMB),
      compared: { 'at 1024 MB': cost(1024) },
    }
  }
  const { requests, seconds } = await deploymentBilled()
  return [
    row('1,000 deployments that wait 60 s for health', { requests: requests * 1000, seconds: seconds * 1000 }),
    row('a month of sweeps over 300 deployment groups', await monthOfSweepsBilled()),
  ]
}

/** @param rounds how often each process is started */
export const measureRows = async (rounds: number, progress: Progress): Promise<readonly Row[]> => {
  progress('bundles')
  const those = await contestants()
  const starts = await startRows(those, rounds, progress)
  const sizes = await sizeRows(those)
  progress('calls')
  const calls = await callRows()
  const polls = await pollRow(progress)
  progress('memory')
  const memory = await memoryRow()
  progress('costs')
  return [...starts, ...sizes, ...calls, polls, memory, ...(await costRows())]
}
