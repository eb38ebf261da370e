import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { counted, listed } from './wording.ts'

export type Health = { readonly healthy: boolean; readonly sentence: string }

type Asked = {
  /** Name of the Auto Scaling group. */
  readonly green: string
  /** Ids of its InService instances. */
  readonly inService: readonly string[]
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
 * @returns the judgement, and a sentence that either says it or names each instance that is not healthy with the load
 *   balancer's reason code and description (F29)
 */
export const judgeHealth = ({ green, inService, failed, targets, minimumHealthyPercent }: Asked): Health => {
  const complaints = new Map(inService.map((id) => [id, complaintsAbout(id, failed, targets)]))
  const healthy = inService.filter((id) => complaints.get(id)?.length === 0).length
  const needed = Math.max(1, Math.ceil((inService.length * minimumHealthyPercent) / 100))
  const behind = `behind ${listed([...targets.keys()])}`

  if (healthy >= needed) {
    return {
      healthy: true,
      sentence: `${green} has ${healthy} of ${counted(inService.length, 'instance')} healthy ${behind}`,
    }
  }
  if (inService.length === 0) return { healthy: false, sentence: `${green} has no instance InService yet` }
  const unhealthy = [...complaints].flatMap(([id, about]) => (about.length === 0 ? [] : [`${id} ${about.join(', ')}`]))
  return {
    healthy: false,
    sentence:
      `${green} has ${healthy} of ${counted(inService.length, 'instance')} healthy ${behind}, and needs ${needed}: ` +
      listed(unhealthy, 10, '; '),
  }
}

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
