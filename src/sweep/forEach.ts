import pLimit from 'p-limit'
import { type Allowance, OutOfTime, within } from '../deadline.ts'
import type { Ids, Log } from '../log.ts'
import type { Meter } from '../meter.ts'
import type { Conclusion } from '../model/verdict.ts'
import type { Task } from '../reconcile/memory.ts'
import type { Reading } from '../reconcile/ports.ts'
import { type FirstLook, lookOnce, reconcile } from '../reconcile/reconcile.ts'
import { inSeconds, reasonOf } from '../sentences.ts'
import type { Settings } from '../settings.ts'
import type { SweepPorts } from './ports.ts'
import { rotated } from './rotated.ts'

/** What there is to do something about one of many items. */
export type ItemTools = {
  readonly ports: SweepPorts
  readonly log: Log
  readonly meter: Meter
  readonly reconcile: (task: Task) => Promise<Conclusion>
  /** What the gate function would see and do first. */
  readonly lookOnce: (task: Task, ports: Reading) => Promise<FirstLook>
  /** Counts the item as one that something is done about, where it was only looked at before. */
  readonly onHandled: () => void
}

type ItemIds = { readonly about: string; readonly deploymentId: string | undefined }

/** Does something about each of many items: a failure of one is told and counted, and stops no other. */
export type ForEach = <Item>(
  items: readonly Item[],
  idsOf: (item: Item) => ItemIds,
  work: (item: Item, tools: ItemTools) => Promise<void>,
  options?: {
    readonly atOnce?: number
    readonly atMost?: number
    readonly onlyLooks?: boolean
    /** Asked before each item: whether it is to be handled at all. */
    readonly isWanted?: () => boolean
  },
) => Promise<void>

/** What a run shares among its items. */
export type RunTools = {
  readonly settings: Settings
  /** By the monotonic clock: setting the wall clock neither ends nor lengthens a run. */
  readonly endsAt: number
  readonly requestMs: number
  /** Where in every list this run begins: 0 up to, not including, 1. */
  readonly startAt: number
  readonly log: (ids: Ids) => Log
  readonly meter: Meter
  readonly ports: (allowance: Allowance, log: Log) => SweepPorts
  /** Asked before each item: whether there is time for it. */
  readonly mayGoOn: () => boolean
  /** Hears of each item that something is done about. */
  readonly onHandled: () => void
  readonly onFailure: (log: Log, about: string, error: unknown) => void
}

/** How many items are handled at once. */
const mostAtOnce = 8
/** The longest that one of them may take; the next run does the rest. */
const longestMs = 90_000

export const forEachIn =
  (run: RunTools): ForEach =>
  async (items, idsOf, work, options = {}) => {
    const { atOnce = mostAtOnce, atMost = items.length, onlyLooks = false, isWanted = () => true } = options
    await pLimit(atOnce).map(rotated(run.startAt, items).slice(0, atMost), async (item) => {
      if (!isWanted() || !run.mayGoOn()) return
      if (!onlyLooks) run.onHandled()
      await handle(run, idsOf(item), (tools) => work(item, tools))
    })
  }

const handle = async (
  { settings, endsAt, requestMs, log: logOf, meter, ports: portsOf, onFailure, onHandled }: RunTools,
  { about, deploymentId }: ItemIds,
  work: (tools: ItemTools) => Promise<void>,
): Promise<void> => {
  const log = logOf({ deploymentId, invocation: 'schedule' })
  let reason = 'AWS had not answered yet'
  const waitingFor = (next: string) => {
    reason = next
  }
  const ms = Math.min(longestMs, Math.round(endsAt - performance.now()))
  try {
    await within(ms, ({ signal, sleep }) => {
      const ports = portsOf({ signal, sleep, requestMs }, log)
      const tools = { ports, settings, log, meter, sleep, waitingFor }
      return work({
        ...{ ports, log, meter, onHandled },
        reconcile: (task) => reconcile(task, tools),
        lookOnce: (task, reading) => lookOnce(task, { ...tools, ports: reading }),
      })
    })
  } catch (thrown) {
    const late = `out of time after ${inSeconds(ms)}: ${reason}`
    onFailure(log, about, thrown instanceof OutOfTime ? new OutOfTime(late) : thrown)
  }
}

/** A failure in a sentence of the log. */
export const tellFailure = (log: Log, about: string, error: unknown): void => {
  log.error('Could not be swept', { about, error, reason: reasonOf(error) })
}
