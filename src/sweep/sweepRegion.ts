import pLimit from 'p-limit'
import type { FunctionArn } from '../aws/functionArn.ts'
import type { Allowance } from '../invocation/answer.ts'
import { divide, OutOfTime, within } from '../invocation/deadline.ts'
import type { Ids, Log } from '../log.ts'
import type { Meter } from '../meter.ts'
import type { SweepPorts } from '../reconcile/ports.ts'
import { reconcile } from '../reconcile/reconcile.ts'
import { type Conclusion, counted, reasonOf } from '../wording.ts'
import { type Broken, begin } from './begin.ts'
import { type Finding, findingsOf, isWrong, sentenceOf } from './finding.ts'
import { finish } from './finish.ts'
import { type Sight, survey } from './survey.ts'
import type { SweepSettings } from './sweepSettings.ts'

export type Sweep = {
  /** What Lambda still gives this invocation, in milliseconds. */
  readonly remainingMs: () => number
  readonly settings: SweepSettings
  /** Where the function lives, and all that it sweeps. */
  readonly home: FunctionArn
  readonly log: (ids: Ids) => Log
  readonly meter: () => Meter
  readonly ports: (allowance: Allowance, log: Log) => SweepPorts
  /**
   * Where in every list this run begins: 0 up to, not including, 1, drawn anew for each run. One that is cut short has
   * seen a part of each list, and every member has the same chance to be in that of the next: nothing need be remembered.
   */
  readonly startAt: number
  /** Whether this finding is new enough to be told again. */
  readonly isNews: (finding: Finding, now: number) => boolean
}

/** What a run has done, as it is logged. */
export type Report = {
  readonly deploymentGroups: number
  /** How many findings of each kind. */
  readonly findings: Readonly<Record<string, number>>
  /** How many deployments and Auto Scaling groups something was done about, or tried. */
  readonly handled: number
  readonly failures: number
  readonly cutShort: boolean
}

/** What there is to do something about one of many. */
export type Tools = {
  readonly ports: SweepPorts
  readonly log: Log
  readonly meter: Meter
  readonly sleep: Allowance['sleep']
  /** Decides a deployment that is over by its row. */
  readonly reconcile: (deploymentId: string) => Promise<Conclusion>
}

/** Does something about each of many: what fails for one of them is told and counted, and stops no other. */
export type Each = <Item>(
  items: readonly Item[],
  idsOf: (item: Item) => { readonly about: string; readonly deploymentId?: string | undefined },
  work: (item: Item, tools: Tools) => Promise<void>,
  options?: { readonly atOnce?: number; readonly atMost?: number; readonly onlyLooks?: boolean },
) => Promise<void>

/** How many deployments or Auto Scaling groups are seen to at once. */
const mostAtOnce = 8
/** The longest that one of them may take; what it did not come to is for the next run. */
const longestMs = 90_000
/** So much before the end nothing is begun any more. */
const lastMs = 60_000

/**
 * One sweep: finishes what was begun, looks at every deployment group, heals where that is asked for, and reports.
 *
 * @throws Error where something could not be done or looked at, after everything else was
 */
export const sweepRegion = async (sweep: Sweep): Promise<Report> => {
  const { workMs, requestMs } = divide(sweep.remainingMs())
  const endsAt = Date.now() + workMs
  const log = sweep.log({ deploymentId: undefined, invocation: 'schedule' })
  const meter = sweep.meter()
  const failures: unknown[] = []
  const findings = new Map<Finding['kind'], number>()
  let deploymentGroups = 0
  let handled = 0
  let cutShort = false

  const mayGoOn = (): boolean => {
    const may = Date.now() < endsAt - Math.min(lastMs, workMs / 4)
    if (!may) cutShort = true
    return may
  }
  const fail = (into: Log, about: string, error: unknown): void => {
    failures.push(error)
    meter.count('SweepFailures')
    into.error('Could not be swept', { about, error, reason: reasonOf(error) })
  }
  const part = async (about: string, work: (ports: SweepPorts) => Promise<void>): Promise<void> => {
    try {
      await within(endsAt - Date.now(), ({ signal, sleep }) => work(sweep.ports({ signal, sleep, requestMs }, log)))
    } catch (error) {
      fail(log, about, error)
    }
  }

  const each: Each = async (
    items,
    idsOf,
    work,
    { atOnce = mostAtOnce, atMost = items.length, onlyLooks = false } = {},
  ) => {
    await pLimit(atOnce).map(from(sweep.startAt, items).slice(0, atMost), async (item) => {
      if (!mayGoOn()) return
      const { about, deploymentId } = idsOf(item)
      const own = sweep.log({ deploymentId, invocation: 'schedule' })
      if (!onlyLooks) handled += 1
      let waitingFor = 'AWS had not answered yet'
      const ms = Math.min(longestMs, endsAt - Date.now())
      try {
        await within(ms, ({ signal, sleep }) => {
          const ports = sweep.ports({ signal, sleep, requestMs }, own)
          const tools = { ports, log: own, meter, sleep }
          const decided = (id: string) =>
            reconcile(id, 'schedule', {
              ...tools,
              settings: sweep.settings,
              waitingFor: (next) => {
                waitingFor = next
              },
            })
          return work(item, { ...tools, reconcile: decided })
        })
      } catch (thrown) {
        const late = `out of time after ${Math.round(ms / 1000)} s: ${waitingFor}`
        fail(own, about, thrown instanceof OutOfTime ? new OutOfTime(late) : thrown)
      }
    })
  }

  await part('what was begun', (ports) => finish(sweep, ports, each))

  const broken: Broken[] = []
  const see = (sight: Sight): void => {
    if (sight.kind === 'unseen') fail(log, sight.what, sight.error)
    if (sight.kind === 'deploymentGroup') deploymentGroups += 1
    const found = findingsOf(sight, { pattern: sweep.settings.namePattern, now: Date.now() })
    for (const finding of found) {
      findings.set(finding.kind, (findings.get(finding.kind) ?? 0) + 1)
      tell(finding, sweep, log)
    }
    if (sight.kind === 'deploymentGroup') broken.push(...healable(sight.deploymentGroup, found))
  }
  await part('the deployment groups', async (ports) => {
    await survey(ports, see, { startAt: sweep.startAt, mayGoOn })
  })
  if (sweep.settings.sweepMode === 'heal') await part('what was broken before', () => begin(broken, each))

  if (cutShort) meter.count('SweepsCutShort')
  for (const [kind, times] of findings) meter.found(kind, times)
  const report: Report = {
    deploymentGroups,
    findings: Object.fromEntries(findings),
    handled,
    failures: failures.length,
    cutShort,
  }
  log.info('Swept', report)
  if (failures.length === 0) return report
  const all = counted(failures.length, 'thing')
  throw new Error(`${all} could not be swept, and ${handled} were tried: ${reasonOf(failures[0])}`, {
    cause: failures[0],
  })
}

/** The same, beginning somewhere in the middle. */
const from = <Item>(startAt: number, items: readonly Item[]): readonly Item[] => {
  const first = Math.floor(startAt * items.length)
  return [...items.slice(first), ...items.slice(0, first)]
}

const tell = (finding: Finding, { isNews }: Sweep, log: Log): void => {
  // What this run could not finish it has told already, with the reason; what drains is no news.
  if (finding.kind === 'unfinished') return
  if (!isNews(finding, Date.now())) return
  const level = isWrong(finding) ? 'warn' : 'info'
  log[level]('Finding', { ...finding, reason: sentenceOf(finding) })
}

/** Whose target groups are there, and which the stack may change. */
const healable = (deploymentGroup: Broken['deploymentGroup'], found: readonly Finding[]): readonly Broken[] => {
  const unusable = found.flatMap((finding) => (finding.kind === 'unusableTargetGroup' ? [finding.targetGroup] : []))
  const outside = found.flatMap((finding) => (finding.kind === 'outsidePattern' ? [finding.autoScalingGroup] : []))
  return found.flatMap((finding) =>
    finding.kind === 'missing' &&
    !outside.includes(finding.autoScalingGroup) &&
    finding.targetGroups.some((name) => !unusable.includes(name))
      ? [{ deploymentGroup, autoScalingGroup: finding.autoScalingGroup }]
      : [],
  )
}
