import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import { isDraining, isHealthy, type Target } from '../model/targetGroup.ts'
import { counted, listed } from '../sentences.ts'
import type { SeenAs } from './seen.ts'

type Seen = Pick<SeenAs<'undo'>, 'targetGroups' | 'health' | 'ending' | 'settings'>

/**
 * Guards production: Greenlight detaches green only where somebody else carries the traffic, or nobody could.
 *
 * @param name of the target group
 * @returns undefined where green may be detached, or else why not
 */
export const whyNotDetach = (
  name: string,
  green: AutoScalingGroup,
  { targetGroups, health, ending: { named, blue }, settings }: Seen,
): string | undefined => {
  const targetGroup = targetGroups.get(name)
  if (named === undefined) return 'its deployment group does not exist any more'
  if (targetGroup === undefined || !targetGroup.isUsed) return undefined
  const targets = health.get(name) ?? []
  const healthy = targets.filter(isHealthy)
  if (healthy.length > 0 && !healthy.some(({ id }) => green.instances.includes(id))) return undefined
  if (blue.names.length === 0) return 'there is no blue that could carry its traffic'
  const why = whyNotReturned({ ...blue, targets, minimumHealthyPercent: settings.minimumHealthyPercent })
  return why && `blue (${listed(blue.names)}) ${why}`
}

type Blue = {
  /** Ids of its instances. */
  readonly instances: readonly string[]
  /** Those of them that CodeDeploy has begun to take out of the load balancer in this deployment. */
  readonly blocked: ReadonlySet<string>
  readonly targets: readonly Target[]
  readonly minimumHealthyPercent: number
}

/**
 * Judges whether blue carries the traffic of a target group again.
 *
 * @returns undefined where it does, or else why not, in words that complete "blue …"
 */
export const whyNotReturned = ({ instances, blocked, targets, minimumHealthyPercent }: Blue): string | undefined => {
  const of = (instance: string) => targets.filter(({ id }) => id === instance)
  const registered = instances.filter((id) => of(id).length > 0)
  if (registered.length === 0) return 'is not registered there'
  const draining = registered.filter((id) => of(id).some(isDraining))
  if (draining.length > 0) return `is draining there: ${listed(draining)}`
  const away = instances.filter((id) => blocked.has(id) && !registered.includes(id))
  if (away.length > 0) return `was taken out of it and is not back: ${listed(away)}`
  const healthy = registered.filter((id) => of(id).some(isHealthy)).length
  const needed = Math.max(1, Math.ceil((registered.length * minimumHealthyPercent) / 100))
  return healthy >= needed ? undefined : `has ${healthy} of ${counted(registered.length, 'instance')} healthy there`
}

/**
 * Whether an instance of green drains there. Where CodeDeploy fails it leaves what it registered by hand (F9), which
 * nobody drains: Greenlight does not wait for that.
 */
export const drains = (name: string, green: AutoScalingGroup, health: Seen['health']): boolean =>
  (health.get(name) ?? []).some((target) => green.instances.includes(target.id) && isDraining(target))
