/** A target group with nothing optional. */
export type TargetGroup = {
  readonly name: string
  readonly arn: string
  /** `instance`, `ip`, `lambda` or `alb`. */
  readonly type: string
  /** Whether a load balancer uses it. */
  readonly isUsed: boolean
  /** What a test target group has in common with the one whose place it takes, in words, by what it is called in a sentence. */
  readonly traits: Readonly<Record<string, string>>
  /** Read only where an owner has to agree. */
  readonly tags: ReadonlyMap<string, string>
  /** Whether that is an Application Load Balancer: it spreads requests over all zones unless the target group says otherwise. */
  readonly isOfApplicationLoadBalancer: boolean
}

/** What a load balancer does where too few targets of a target group are healthy (F53). */
export type Routing = {
  /** Below which share of the registered targets; undefined: in words that no version of Greenlight knows. */
  readonly thresholds: readonly { readonly attribute: string; readonly percent: number | undefined }[]
  /** `true`, `false` or `use_load_balancer_configuration`; undefined where AWS does not say. */
  readonly crossZone: string | undefined
}

/** A target as the load balancer finds it. One instance may be registered on several ports. */
export type Target = {
  /** Id of an instance. */
  readonly id: string
  /** `healthy`, `unhealthy`, `initial`, `draining`, … (F29). */
  readonly state: string
  /** Why it is not healthy, in the load balancer's words; may be empty. */
  readonly because: string
}

/** `draining`, and `unhealthy.draining` of a target that was not healthy before. */
export const isDraining = ({ state }: Target): boolean => state.endsWith('draining')
export const isHealthy = ({ state }: Target): boolean => state === 'healthy'
