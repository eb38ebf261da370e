import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
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
 * Writes CloudWatch metrics into the log (EMF), each at once, so that a crash loses none.
 *
 * @param functionName a dimension of every metric, which tells several stacks of one region apart
 */
export const meterWith = (metrics: Metrics, functionName: string): Meter => {
  let mode: Mode | 'unknown' = 'unknown'
  const one = (
    name: string,
    value: number,
    unit: (typeof MetricUnit)[keyof typeof MetricUnit],
    dimensions: Readonly<Record<string, string>> = {},
  ) => {
    const single = metrics.singleMetric()
    single.addDimension('function', functionName)
    for (const [key, dimension] of Object.entries(dimensions)) single.addDimension(key, dimension)
    single.addMetric(name, unit, value)
  }
  return {
    count: (what, times = 1) => one(what, times, MetricUnit.Count),
    refused: (kind) => one('Refused', 1, MetricUnit.Count, { kind }),
    inMode: (chosen) => {
      mode = chosen
    },
    verdict: (trigger, verdict) => {
      one('Verdict', 1, MetricUnit.Count, { verdict, invocation: trigger, mode })
      // An alarm needs a metric without these dimensions.
      if (verdict === 'Failed') one('FailedVerdicts', 1, MetricUnit.Count)
    },
    measure: (gauge, value) => one(gauge, value, MetricUnit.Count),
    found: (kind, times) => one('Findings', times, MetricUnit.Count, { kind }),
    healthWait: (ms) => one('HealthWait', ms / 1000, MetricUnit.Seconds),
  }
}
