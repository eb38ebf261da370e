/** Why something cannot be had or read: a sentence that names the offending value. */
export type Refused = { readonly refusal: string }

export const isRefused = (value: unknown): value is Refused =>
  typeof value === 'object' && value !== null && 'refusal' in value

/** Why Greenlight refused something: a closed set, to bound the cardinality of the metric. */
export type RefusalKind =
  | 'preflight'
  | 'absent'
  | 'hopeless'
  | 'unhealthy'
  | 'mode'
  | 'deployment'
  /** Green is outside AutoScalingGroupNamePattern. */
  | 'pattern'
  | 'tags'
  /** Green did not get a target group that it ought to have. */
  | 'missing'
  | 'event'
  | 'aws'
