import { type AutoScalingGroup, targetGroupName } from '../model/autoScalingGroup.ts'
import { attachedKey } from '../model/records.ts'
import { isDraining, isHealthy, type Target } from '../model/targetGroup.ts'
import { counted, listed } from '../sentences.ts'
import type { Left } from './decision.ts'
import type { Production, SeenAs } from './seen.ts'

type Seen = Pick<SeenAs<'undo'>, 'greens' | 'targetGroups' | 'health' | 'ending' | 'deployment'>

/**
 * Guards production: Greenlight detaches green only where production has what it needs without green.
 *
 * @param arn of a target group that green has
 * @returns undefined where green may be detached, or else why not, and what would let it go
 */
export const whyNotDetach = (arn: string, green: AutoScalingGroup, seen: Seen): string | undefined => {
  const { targetGroups, health, ending, deployment } = seen
  const { production } = ending
  const name = targetGroupName(arn)
  const targetGroup = targetGroups.get(name)
  // It is gone; another one may have its name by now.
  if (targetGroup === undefined || targetGroup.arn !== arn) return undefined
  const targets = health.get(name) ?? []
  if (!targetGroup.isUsed && !targets.some(isHealthy)) return undefined

  const busy = whyBusy(green.name, production)
  if (busy !== undefined) return busy
  const greenInstances = new Set(seen.greens.flatMap(({ instances }) => instances))
  if (isNobodys(targets, greenInstances, production)) return undefined
  return deployment.subject.kind === 'server'
    ? whyNotCarried(targets, greenInstances, production)
    : 'there is no blue that could carry its traffic. The next sweep detaches it once only green is registered there, and is not healthy'
}

/** What moves traffic now decides with its next step who carries it. */
const whyBusy = (green: string, { underWay }: Production): string | undefined => {
  const shared = underWay.find(({ greens }) => greens.includes(green))
  if (shared !== undefined) return `deployment ${shared.id}, which has the same green, is under way`
  const moving = underWay.find(({ movesTraffic }) => movesTraffic)
  return moving && `deployment ${moving.id} moves traffic`
}

/** Nobody but green is registered there, nobody is healthy, and CodeDeploy has sent nobody there. */
const isNobodys = (
  targets: readonly Target[],
  green: ReadonlySet<string>,
  { hasBegunTraffic }: Production,
): boolean => {
  // An empty answer may be none; where green has no instances it makes no difference.
  const isTold = targets.length > 0 || green.size === 0
  return isTold && hasBegunTraffic === false && targets.every((target) => green.has(target.id) && !isHealthy(target))
}

/** @returns undefined where production carries the target group by itself */
const whyNotCarried = (
  targets: readonly Target[],
  greenInstances: ReadonlySet<string>,
  { names, instances, hasBegunTraffic }: Production,
): string | undefined => {
  const idsOf = (found: readonly Target[]) => new Set(found.map(({ id }) => id))
  const healthy = idsOf(targets.filter(isHealthy))
  const registered = idsOf(targets.filter((target) => !isDraining(target)))
  const countIn = (ids: ReadonlySet<string>) => [...greenInstances].filter((id) => ids.has(id)).length
  // Once CodeDeploy has moved traffic production may be small because green serves, though green fails a check just now.
  const needs = Math.max(1, countIn(hasBegunTraffic === false ? healthy : registered))
  const others = instances.filter((id) => !greenInstances.has(id))
  const has = others.filter((id) => healthy.has(id)).length
  if (has >= needs) return undefined
  const who = names.length > 0 ? listed(names) : 'what CodeDeploy labels Blue'
  const more = counted(others.length + needs - has, 'instance')
  const raise = names.length > 0 ? `Raise ${who} to ${more}` : `Register ${counted(needs - has, 'more instance')}`
  const carries = `green has ${countIn(registered)} registered and ${countIn(healthy)} healthy`
  return `${who} has ${has} of the ${needs} healthy that it needs there without green, while ${carries}. ${raise}; the next sweep then detaches it`
}

/** An attachment that stays, with the command that removes its record: from then on green keeps it. */
export const leftAttached = (targetGroup: string, green: string, why: string): Left => {
  const tag = `ResourceId=${green},ResourceType=auto-scaling-group,Key=${attachedKey(targetGroup)}`
  return {
    kind: 'attached',
    ...{ autoScalingGroup: green, targetGroup },
    reason: `${targetGroup} is left attached to ${green}: ${why}. To keep it attached: aws autoscaling delete-tags --tags '${tag}'`,
  }
}

/**
 * Whether an instance of green drains there. Where CodeDeploy fails it leaves what it registered by hand (F9), which
 * nobody drains: Greenlight does not wait for that.
 */
export const drains = (name: string, green: AutoScalingGroup, health: Seen['health']): boolean =>
  (health.get(name) ?? []).some((target) => green.instances.includes(target.id) && isDraining(target))
