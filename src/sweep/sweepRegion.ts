import { type Allowance, divide, within } from '../deadline.ts'
import type { Ids, Log } from '../log.ts'
import type { Gauge, Meter } from '../meter.ts'
import type { FunctionArn } from '../model/functionArn.ts'
import { counted, reasonOf } from '../sentences.ts'
import { type Finding, findingKinds, findingsOf, isWrong, sentenceOf } from './finding.ts'
import { finish } from './finish.ts'
import { forEachIn, tellFailure } from './forEach.ts'
import type { HandedOver } from './handedOver.ts'
import { type Broken, heal } from './heal.ts'
import { knowing } from './known.ts'
import type { SweepPorts } from './ports.ts'
import { type Observation, type SurveyOptions, survey } from './survey.ts'
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
   * Where in every list this run begins: 0 up to, not including, 1, random for each run. A run that is out of time has
   * seen a part of each list, and every member has the same chance to be in that of the next: no state is needed.
   */
  readonly startAt: number
  /** Whether the log has not told this finding for long enough. */
  readonly isNews: (finding: Finding, now: number) => boolean
  readonly handedOver: HandedOver
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

/** So much before the end a run begins nothing any more. */
const lastMs = 60_000
/** So much before the end what a run has begun ends: then the run counts it before it reports. */
const reportMs = 5_000

/**
 * One sweep: finishes what was begun, looks at every deployment group, heals where that is asked for, and reports.
 *
 * @throws Error where something could not be done or looked at, after everything else was
 */
export const sweepRegion = async (sweep: Sweep): Promise<Report> => {
  const { settings, home, startAt } = sweep
  const { workMs, requestMs } = divide(sweep.remainingMs())
  const endsAt = performance.now() + workMs
  const itemsEndAt = endsAt - Math.min(reportMs, workMs / 16)
  const log = sweep.log({ deploymentId: undefined, invocation: 'schedule' })
  const meter = sweep.meter()
  const tally = counting()
  const mayGoOn = () => {
    const may = performance.now() < endsAt - Math.min(lastMs, workMs / 4)
    if (!may) tally.onCutShort()
    return may
  }
  const onFailure = (into: Log, about: string, error: unknown): void => {
    tally.onFailure(error)
    tellFailure(into, about, error)
  }
  /** A part of the run: a failure is told, and the next part begins all the same. */
  const part = async (about: string, work: (ports: SweepPorts, isOver: () => boolean) => Promise<void>) => {
    if (!mayGoOn()) return
    let isOver = false
    try {
      await within(Math.round(endsAt - performance.now()), ({ signal, sleep }) =>
        work(sweep.ports({ signal, sleep, requestMs }, log), () => isOver),
      )
    } catch (error) {
      onFailure(log, about, error)
    } finally {
      isOver = true
    }
  }
  const run = { ...sweep, requestMs, mayGoOn, onFailure, endsAt: itemsEndAt, onHandled: tally.onHandled }
  const forEach = forEachIn({ ...run, meter: tally.measuredInAll(meter) })

  const seen = knowing()
  await part('what was begun', async (ports) =>
    tally.onEnded(
      await finish(ports, forEach, {
        home,
        namePattern: settings.namePattern,
        handedOver: sweep.handedOver,
        known: seen,
      }),
    ),
  )
  const { namePattern, testNamePattern, mode } = settings
  const known = { patterns: [namePattern], mayBeOthers: true, testNamePattern, mode }
  const broken: Broken[] = []
  const onObserved = (observation: Observation): void => {
    if (observation.kind === 'couldNotLook') onFailure(log, observation.what, observation.error)
    const found = findingsOf(observation, { ...known, now: Date.now() })
    tally.onObserved(observation, found)
    for (const finding of found) tellFinding(finding, sweep, log)
    if (observation.kind === 'deploymentGroup') broken.push(...healable(observation.deploymentGroup, found))
  }
  await part('the deployment groups', async (ports, isOver) => {
    // What fails since the part is over is told already, as one failure.
    const onObservedInTime = (observation: Observation) => (isOver() ? undefined : onObserved(observation))
    await survey(seen.instead(ports), onObservedInTime, { startAt, mayGoOn, readsTags })
  })
  if (settings.sweepMode === 'heal' && broken.length > 0) {
    await part('what was broken before', () => heal(broken, forEach))
  }
  return reported(tally, log, meter)
}

/** Tags say nothing of use about most deployment groups, and reading them costs a call each. */
const readsTags: Required<SurveyOptions>['readsTags'] = ({ underWay = [], autoScalingGroups = [] }) =>
  underWay.length > 0 || autoScalingGroups.some(({ records }) => records.record !== undefined)

/** Counts what a run does. */
const counting = () => {
  const failures: unknown[] = []
  const findings = new Map<Finding['kind'], number>()
  const gauges = new Map<Gauge, number>()
  const measure = (gauge: Gauge, value: number) => void gauges.set(gauge, (gauges.get(gauge) ?? 0) + value)
  let ended: ReadonlySet<string> = new Set()
  let deploymentGroups = 0
  let handled = 0
  let isCutShort = false
  return {
    failures,
    findings,
    gauges,
    /** What is measured for one item after another is one gauge of the run. */
    measuredInAll: (meter: Meter): Meter => ({ ...meter, measure }),
    /** What ends only after this run has read the records is the next run's business. */
    onEnded: (autoScalingGroups: ReadonlySet<string>): void => {
      ended = autoScalingGroups
    },
    onFailure: (error: unknown): void => void failures.push(error),
    onCutShort: (): void => {
      isCutShort = true
    },
    onHandled: (): void => {
      handled += 1
    },
    onObserved: ({ kind }: Observation, found: readonly Finding[]): void => {
      if (kind === 'deploymentGroup') deploymentGroups += 1
      for (const finding of found) {
        findings.set(finding.kind, (findings.get(finding.kind) ?? 0) + 1)
        if (finding.kind === 'unfinished' && finding.processes.length > 0 && ended.has(finding.autoScalingGroup)) {
          measure('HeldBeyondEnd', 1)
        }
      }
    },
    report: (): Report => ({
      ...{ deploymentGroups, findings: Object.fromEntries(findings) },
      ...{ handled, failures: failures.length, cutShort: isCutShort },
    }),
  }
}

/** @throws Error where something could not be swept */
const reported = (tally: ReturnType<typeof counting>, log: Log, meter: Meter): Report => {
  const report = tally.report()
  const [first] = tally.failures
  if (report.cutShort) meter.count('SweepsCutShort')
  measureAll(tally, report, meter)
  log.info('Swept', report)
  if (tally.failures.length === 0) return report
  const all = counted(report.failures, 'thing')
  const message = `${all} could not be swept, and ${report.handled} were tried: ${reasonOf(first)}`
  throw new Error(message, { cause: first })
}

/** Every gauge, also where it is 0; but no 0 by a run that has not looked at everything. */
const measureAll = (
  { findings, gauges }: ReturnType<typeof counting>,
  { failures, cutShort }: Report,
  meter: Meter,
): void => {
  const isWhole = failures === 0 && !cutShort
  for (const gauge of ['LeftAttached', 'HeldBeyondEnd'] as const) {
    const value = gauges.get(gauge) ?? 0
    if (value > 0 || isWhole) meter.measure(gauge, value)
  }
  for (const kind of findingKinds) {
    const times = findings.get(kind) ?? 0
    if (times > 0 || isWhole) meter.found(kind, times)
  }
  meter.measure('SweepFailures', failures)
}

const tellFinding = (finding: Finding, { isNews }: Sweep, log: Log): void => {
  // The run has told what it could not finish, with the reason; what drains is no news.
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
