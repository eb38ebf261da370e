import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { counted, listed } from '../wording.ts'

export type Health = {
  /** `hopeless`: not even if every instance that may still become healthy did. */
  readonly state: 'healthy' | 'unhealthy' | 'hopeless'
  readonly sentence: string
}

type Asked = {
  /** Name of the Auto Scaling group. */
  readonly green: string
  /** Ids of its InService instances. */
  readonly inService: readonly string[]
  /** How many instances it ought to have. */
  readonly desiredCapacity: number
  /** Ids of instances that CodeDeploy failed: never healthy, whatever the load balancer says. */
  readonly failed: ReadonlySet<string>
  /** Name of each wanted target group → what `DescribeTargetHealth` answered. */
  readonly targets: ReadonlyMap<string, readonly TargetHealthDescription[]>
  readonly minimumHealthyPercent: number
}

/**
 * Judges whether the load balancer finds green healthy: at least one of its InService instances, and at least the
 * minimum per cent of them, `healthy` in every wanted target group (design 2.2).
 *
 * Of those that it ought to have, if that is more: an instance that Auto Scaling is just replacing because it is
 * unhealthy (F27) is not InService, and would otherwise improve the percentage.
 *
 * @returns the judgement, and a sentence that either says it or names each instance that is not healthy with the load
 *   balancer's reason code and description (F29)
 */
export const judgeHealth = ({
  green,
  inService,
  desiredCapacity,
  failed,
  targets,
  minimumHealthyPercent,
}: Asked): Health => {
  const complaints = new Map(inService.map((id) => [id, complaintsAbout(id, failed, targets)]))
  const healthy = inService.filter((id) => complaints.get(id)?.length === 0).length
  const all = Math.max(inService.length, desiredCapacity)
  const needed = Math.max(1, Math.ceil((all * minimumHealthyPercent) / 100))
  const count = `${green} has ${healthy} of ${counted(all, 'instance')} healthy behind ${listed([...targets.keys()])}`
  if (healthy >= needed) return { state: 'healthy', sentence: count }

  const unhealthy = [...complaints].flatMap(([id, about]) => (about.length === 0 ? [] : [`${id} ${about.join(', ')}`]))
  const missing = all - inService.length
  const why = [...unhealthy, ...(missing > 0 ? [`${missing} not InService yet`] : [])]
  const lost = inService.filter((id) => failed.has(id)).length
  return {
    state: all - lost < needed ? 'hopeless' : 'unhealthy',
    sentence: `${count}, and needs ${needed}${why.length > 0 ? `: ${listed(why, 10, '; ')}` : ''}`,
  }
}

type Original = {
  /** Ids of the instances of blue. */
  readonly instances: readonly string[]
  /** Of those that CodeDeploy has begun to take out of the load balancer in this deployment. */
  readonly blocked: ReadonlySet<string>
  /** What `DescribeTargetHealth` answered about the target group. */
  readonly targets: readonly TargetHealthDescription[]
  readonly minimumHealthyPercent: number
}

/**
 * Judges whether blue carries the traffic of a target group again (design 1, "blue has returned").
 *
 * @returns undefined where it does, or else why not, in words that complete "blue …"
 */
export const whyNotReturned = ({
  instances,
  blocked,
  targets,
  minimumHealthyPercent,
}: Original): string | undefined => {
  const own = targets.filter(({ Target: target }) => instances.includes(target?.Id ?? ''))
  const statesOf = (id: string) =>
    own.filter(({ Target: target }) => target?.Id === id).map(({ TargetHealth: health }) => health?.State)
  const registered = instances.filter((id) => statesOf(id).length > 0)
  if (registered.length === 0) return 'is not registered there'
  const draining = registered.filter((id) => statesOf(id).some(isDraining))
  if (draining.length > 0) return `is draining there: ${listed(draining)}`
  const away = instances.filter((id) => blocked.has(id) && !registered.includes(id))
  if (away.length > 0) return `was taken out of it and is not back: ${listed(away)}`
  const healthy = registered.filter((id) => statesOf(id).includes('healthy')).length
  const needed = Math.max(1, Math.ceil((registered.length * minimumHealthyPercent) / 100))
  return healthy >= needed ? undefined : `has ${healthy} of ${counted(registered.length, 'instance')} healthy there`
}

/** `draining`, and `unhealthy.draining` of those that were not healthy before (F29). */
export const isDraining = (state: string | undefined): boolean => state?.endsWith('draining') === true

const complaintsAbout = (id: string, failed: Asked['failed'], targets: Asked['targets']): readonly string[] => {
  if (failed.has(id)) return ['was failed by CodeDeploy']
  return [...targets].flatMap(([targetGroup, descriptions]) => {
    // One instance may be registered on several ports: one healthy one serves users.
    const own = descriptions.filter(({ Target: target }) => target?.Id === id)
    if (own.some(({ TargetHealth: health }) => health?.State === 'healthy')) return []
    const [first] = own
    if (first === undefined) return [`is not registered in ${targetGroup}`]
    const { State: state = 'unknown', Reason: reason, Description: description } = first.TargetHealth ?? {}
    const because = [reason, description].filter((part) => part !== undefined && part !== '').join(': ')
    return [`is ${state} in ${targetGroup}${because === '' ? '' : ` (${because})`}`]
  })
}
