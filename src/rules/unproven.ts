import { type AutoScalingGroup, missingFrom } from '../model/autoScalingGroup.ts'
import type { Progress } from '../model/progress.ts'
import { isDraining, isHealthy, type Routing, type Target } from '../model/targetGroup.ts'
import { complaintsListed, listed } from '../sentences.ts'
import type { Answers, SeenAs } from './seen.ts'

/** InService instances of green that CodeDeploy itself gives no traffic: those that it gave up, and those that it never listed. */
export const strangersOf = ({ inService }: AutoScalingGroup, { givenUp, listed: known }: Progress): readonly string[] =>
  inService.filter((id) => givenUp.has(id) || !known.has(id))

/**
 * Attaching registers every InService instance (F23): those that CodeDeploy gave up would get traffic, too.
 *
 * @param strangers ids of such instances
 * @returns why these target groups are not attached, and the command that helps
 */
export const whyNotBeside = (
  { name }: AutoScalingGroup,
  missing: readonly string[],
  strangers: readonly string[],
): string => {
  const why = `CodeDeploy gives ${listed(strangers)} no traffic, and attaching would`
  return `${name} is without ${listed(missing)}: ${why}; terminate it: ${terminating(strangers)}`
}

/** The commands that terminate these instances (ids). */
const terminating = (ids: readonly string[]): string => {
  const commands = ids.map(
    (id) =>
      `aws autoscaling terminate-instance-in-auto-scaling-group --instance-id ${id} --should-decrement-desired-capacity`,
  )
  return listed(commands, 3, '; ')
}

/**
 * Why the end of a deployment does not attach these target groups (names) now: that registers every InService instance (F23),
 * also those that nobody has found healthy.
 *
 * @returns a sentence by name of each that waits until such instances are gone, or no longer too many
 */
export const whyNotRegister = (
  green: AutoScalingGroup,
  names: readonly string[],
  seen: Pick<Answers, 'greens' | 'targetGroups' | 'health' | 'routing'>,
): ReadonlyMap<string, string> =>
  new Map(
    names.flatMap((name): readonly (readonly [string, string])[] => {
      const lacking = seen.greens.filter((one) => missingFrom(one, [name], seen.targetGroups).length > 0)
      const complaints = whyNotDilute(name, lacking.flatMap((one) => unregistered(one, name, seen)).length, seen)
      if (complaints.length === 0) return []
      const helps = `or terminate what is not registered there: ${terminating(unregistered(green, name, seen))}`
      return [[name, `${green.name} is without ${name}: ${complaintsListed(complaints)}; ${helps}`]]
    }),
  )

/** InService instances of green that are not registered in a target group (name). */
export const unregistered = (
  { inService }: AutoScalingGroup,
  name: string,
  { health }: Pick<Answers, 'health'>,
): readonly string[] => {
  const registered = registeredIn(name, health)
  return inService.filter((id) => !registered.some((target) => target.id === id))
}

/** What is registered in a target group (name), but for what leaves it. */
export const registeredIn = (name: string, health: Answers['health']): readonly Target[] =>
  (health.get(name) ?? []).filter((target) => !isDraining(target))

/**
 * Why a gate does not attach the target groups that are missing, whatever it could prove: it would give traffic to an
 * instance that CodeDeploy gave up, or make the load balancer give requests to targets that are not healthy.
 *
 * @returns undefined where nothing keeps it from that
 */
export const whyNotProve = (seen: SeenAs<'gate'>): string | undefined => {
  const { goal, greens, targetGroups, progress } = seen
  const hasArrived = progress.step === 'arrived'
  const missing = greens.map((green) => ({ green, names: missingFrom(green, goal.wanted, targetGroups) }))
  const reasons = [
    ...missing.flatMap(({ green, names }) => {
      const strangers = strangersOf(green, progress)
      // Before traffic has arrived a gate gives it to whatever green has, but for what CodeDeploy gave up.
      const barred = hasArrived ? strangers : strangers.filter((id) => progress.givenUp.has(id))
      return names.length > 0 && barred.length > 0 ? [whyNotBeside(green, names, barred)] : []
    }),
    // What CodeDeploy has given traffic is registered already.
    ...(hasArrived ? [] : goal.wanted).flatMap((name) => {
      const without = missing.filter(({ names }) => names.includes(name)).map(({ green }) => green)
      const ids = new Set(registeredIn(name, seen.health).map(({ id }) => id))
      return whyNotDilute(
        name,
        without.reduce((sum, green) => sum + notYetIn(green, ids), 0),
        seen,
      )
    }),
  ]
  return reasons.length > 0 ? reasons.join('. ') : undefined
}

/**
 * Below a share of healthy targets the load balancer gives requests to all of them, or takes a zone out of DNS (F53):
 * instances that are registered before they are healthy must not bring it there.
 *
 * @param added how many are registered
 */
const whyNotDilute = (
  name: string,
  added: number,
  { targetGroups, health, routing }: Pick<Answers, 'targetGroups' | 'health' | 'routing'>,
): readonly string[] => {
  const { thresholds, crossZone } = routing.get(name) ?? noRouting
  const registered = registeredIn(name, health)
  const healthy = registered.filter(isHealthy).length
  const after = registered.length + added
  if (healthy === 0 || added === 0) return []
  const { isOfApplicationLoadBalancer } = targetGroups.get(name) ?? { isOfApplicationLoadBalancer: false }
  const isDefault = crossZone === 'use_load_balancer_configuration' || crossZone === undefined
  const isWhole = crossZone === 'true' || (isDefault && isOfApplicationLoadBalancer)
  const isBelow = (all: number, percent: number) => healthy * 100 < percent * all
  return thresholds.flatMap(({ attribute, percent }) => {
    const of = `target group ${name} has ${attribute}`
    if (percent === undefined) return [`${of} with a value that Greenlight cannot read: set it to off`]
    if (isBelow(registered.length, percent)) return []
    if (!isWhole)
      return [
        `${of} ${percent}, which counts in each zone, since it is without cross-zone load balancing: switch that on, or set it to off`,
      ]
    if (!isBelow(after, percent)) return []
    const then = `${healthy} of ${after} targets would be healthy at first`
    return [
      `${of} ${percent}, and ${then}: the load balancer would give requests to those that are not; lower it, or set it to off`,
    ]
  })
}

const noRouting: Routing = { thresholds: [], crossZone: undefined }

/** How many instances of green are still to be registered. */
const notYetIn = ({ inService, desiredCapacity = 0 }: AutoScalingGroup, registered: ReadonlySet<string>): number =>
  Math.max(inService.length, desiredCapacity) - inService.filter((id) => registered.has(id)).length
