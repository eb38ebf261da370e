import type { Write } from './log.ts'
import type { Mode } from './model/mode.ts'
import type { RefusalKind } from './model/refused.ts'
import type { Trigger } from './model/trigger.ts'
import type { Verdict } from './model/verdict.ts'
import type { FindingKind } from './sweep/finding.ts'

/** Names of metrics that count how often something happens. */
export type Counted =
  | 'Attached'
  /** Green had everything already: CodeDeploy's copy was complete (F15). */
  | 'NothingMissing'
  | 'Detached'
  | 'Held'
  | 'Released'
  | 'Bypassed'
  /** A sweep handed a deployment under way to the gate function. */
  | 'HandedOver'
  /** A sweep attached what had been missing for long. */
  | 'Healed'
  /** A sweep stopped healing: fewer targets were healthy than before. */
  | 'HealingStopped'
  /** A sweep ran out of time. */
  | 'SweepsCutShort'

/** Names of metrics that say how much of something there is now. Every sweep measures them, so that an alarm rings once. */
export type Gauge =
  /** Attachments that stay, since to detach them would harm production. The gate function measures each one that it leaves. */
  | 'LeftAttached'
  /** Auto Scaling groups that are still held after the end of their deployment. */
  | 'HeldBeyondEnd'
  /** What a sweep could not finish or read. */
  | 'SweepFailures'

/** Writes metrics. */
export type Meter = {
  readonly count: (what: Counted, times?: number) => void
  readonly refused: (kind: RefusalKind) => void
  /** Every verdict from now on counts for this mode. */
  readonly inMode: (mode: Mode) => void
  readonly verdict: (trigger: Trigger, verdict: Verdict['verdict']) => void
  /** How long Greenlight waited for green to become healthy. */
  readonly healthWait: (ms: number) => void
  readonly measure: (gauge: Gauge, value: number) => void
  /** How many findings of a kind a sweep has: a gauge, too. */
  readonly found: (kind: FindingKind, times: number) => void
}

/**
 * Writes CloudWatch metrics into the log, each at once, so that a crash loses none: one line in the embedded metric format,
 * which CloudWatch reads.
 *
 * @param functionName a dimension of every metric, which tells several stacks of one region apart
 */
export const meterWith = (write: Write, functionName: string): Meter => {
  let mode: Mode | 'unknown' = 'unknown'
  const one = (Name: string, value: number, more: Readonly<Record<string, string>> = {}, Unit = 'Count') => {
    const dimensions = { service: 'greenlight', function: functionName, ...more }
    const directive = { Namespace: 'Greenlight', Dimensions: [Object.keys(dimensions)], Metrics: [{ Name, Unit }] }
    write(
      JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] }, ...dimensions, [Name]: value }),
    )
  }
  return {
    count: (what, times = 1) => one(what, times),
    refused: (kind) => one('Refused', 1, { kind }),
    inMode: (chosen) => {
      mode = chosen
    },
    verdict: (trigger, verdict) => {
      one('Verdict', 1, { verdict, invocation: trigger, mode })
      // An alarm needs a metric without these dimensions.
      if (verdict === 'Failed') one('FailedVerdicts', 1)
    },
    measure: (gauge, value) => one(gauge, value),
    found: (kind, times) => one('Findings', times, { kind }),
    healthWait: (ms) => one('HealthWait', ms / 1000, {}, 'Seconds'),
  }
}
