import type { TargetGroup } from './state.ts'

const delay = 'deregistration_delay.timeout_seconds'
const crossZone = 'load_balancing.cross_zone.enabled'

/** The attributes that the model plays, with AWS's own values (F53), and what each may be set to. */
const known = {
  [delay]: { initial: '300', pattern: /^\d{1,4}$/ },
  [crossZone]: {
    initial: 'use_load_balancer_configuration',
    pattern: /^(true|false|use_load_balancer_configuration)$/,
  },
  'target_group_health.dns_failover.minimum_healthy_targets.count': { initial: '1', pattern: /^(off|[1-9]\d*)$/ },
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': {
    initial: 'off',
    pattern: /^(off|[1-9]\d?|100)$/,
  },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': { initial: '1', pattern: /^[1-9]\d*$/ },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': {
    initial: 'off',
    pattern: /^(off|[1-9]\d?|100)$/,
  },
} as const

/** Every attribute of a target group, by its key. */
export const attributesOf = (targetGroup: TargetGroup): ReadonlyMap<string, string> =>
  new Map([
    ...Object.entries(known).map(([key, { initial }]): [string, string] => [key, initial]),
    ...targetGroup.attributes,
    [delay, String(targetGroup.deregistrationDelaySeconds)],
  ])

/** Why an attribute may not have this value, if it may not. */
export const whyNotAttribute = (key: string, value: string): string | undefined => {
  const found = Object.entries(known).find(([name]) => name === key)
  if (found === undefined) return `This simulator does not have the target group attribute '${key}'`
  return found[1].pattern.test(value) ? undefined : `The value '${value}' is not valid for the attribute '${key}'`
}

/** What AWS refuses of attributes together: DNS fail-over comes with or before routing to every target, never after it (F53). */
export const whyNotTogether = (
  targetGroup: TargetGroup,
  changed: readonly (readonly [key: string, value: string])[],
): string | undefined => {
  const all = new Map([...attributesOf(targetGroup), ...changed])
  const thresholdOf = (what: string, one: string) =>
    all.get(`target_group_health.${what}.minimum_healthy_targets.${one}`) ?? 'off'
  const measure = ['count', 'percentage'].find((one) => {
    const [failover, routing] = [thresholdOf('dns_failover', one), thresholdOf('unhealthy_state_routing', one)]
    return failover !== 'off' && routing !== 'off' && Number(failover) < Number(routing)
  })
  return measure && `The ${measure} of dns_failover must not be below that of unhealthy_state_routing`
}

export const setAttribute = (targetGroup: TargetGroup, key: string, value: string): void => {
  if (key === delay) targetGroup.deregistrationDelaySeconds = Number(value)
  else targetGroup.attributes.set(key, value)
}

/** Whether its load balancers send requests of one zone to targets in another: by default only application load balancers do. */
export const isCrossZone = ({ attributes, loadBalancerArns }: TargetGroup): boolean => {
  const said = attributes.get(crossZone) ?? known[crossZone].initial
  return said === known[crossZone].initial
    ? loadBalancerArns.some((arn) => arn.includes(':loadbalancer/app/'))
    : said === 'true'
}

/**
 * Whether so few of the registered targets are healthy that the load balancer sends requests to all of them
 * (`unhealthy_state_routing`), or that the zone leaves DNS (`dns_failover`) (F53).
 */
export const isBelow = (
  { attributes }: TargetGroup,
  what: 'unhealthy_state_routing' | 'dns_failover',
  { healthy, registered }: { healthy: number; registered: number },
): boolean => {
  const minimum = `target_group_health.${what}.minimum_healthy_targets` as const
  const count = attributes.get(`${minimum}.count`) ?? known[`${minimum}.count`].initial
  const percentage = attributes.get(`${minimum}.percentage`) ?? known[`${minimum}.percentage`].initial
  return (
    (count !== 'off' && healthy < Number(count)) ||
    (percentage !== 'off' && healthy * 100 < registered * Number(percentage))
  )
}
