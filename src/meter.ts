import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Mode } from './model/mode.ts'
import type { Asked } from './rules/decide.ts'
import type { FindingKind } from './sweep/finding.ts'
import type { Verdict } from './wording.ts'

/** What is counted, once for each time that it happens. */
export type Counted =
  | 'Attached'
  /** Green had everything already: the day that AWS mends the copy (F15). */
  | 'NothingMissing'
  | 'Detached'
  /** An attachment was left for safety. */
  | 'LeftAttached'
  | 'Held'
  | 'Released'
  | 'Bypassed'
  /** A sweep handed a deployment under way to the gate function. */
  | 'HandedOver'
  /** A sweep gave target groups to an Auto Scaling group that had been without for long. */
  | 'Healed'
  /** After which fewer targets were healthy than before: the sweep healed no more. */
  | 'HealingStopped'
  /** Something that a sweep could not put right, or not look at. */
  | 'SweepFailures'
  /** A sweep did not come to its end in time. */
  | 'SweepsCutShort'

/** Why something was refused: one of so many words, so that no dimension grows without bound. */
export type RefusalKind =
  | 'preflight'
  | 'absent'
  | 'hopeless'
  | 'unhealthy'
  | 'mode'
  | 'deployment'
  | 'tags'
  /** A target group that green ought to have was not attached at the end. */
  | 'missing'
  | 'event'
  | 'aws'

/** What the code counts while it runs. */
export type Meter = {
  readonly count: (what: Counted, times?: number) => void
  readonly refused: (kind: RefusalKind) => void
  /** Every verdict from now on counts for this mode. */
  readonly inMode: (mode: Mode) => void
  readonly verdict: (asked: Asked, verdict: Verdict['verdict']) => void
  /** How long green took from when it was first waited for until it was healthy. */
  readonly healthWait: (ms: number) => void
  /** How many findings of a kind a sweep has seen. */
  readonly found: (kind: FindingKind, times: number) => void
}

/**
 * A meter that writes CloudWatch metrics into the log (EMF), each at once, so that a crash loses none.
 *
 * @param functionName tells several stacks of one region apart
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
    verdict: (asked, verdict) => {
      one('Verdict', 1, MetricUnit.Count, { verdict, invocation: asked, mode })
      // Beside it without further dimensions, as an alarm needs it.
      if (verdict === 'Failed') one('FailedVerdicts', 1, MetricUnit.Count)
    },
    found: (kind, times) => one('Findings', times, MetricUnit.Count, { kind }),
    healthWait: (ms) => one('HealthWait', ms / 1000, MetricUnit.Seconds),
  }
}
