import {
  type AutoScalingGroup,
  attachedTargetGroups,
  type Deployment,
  instancesOf,
  suspendedByOthers,
} from '../../../simulator/world/state.ts'
import { holdable, mustStayAttached } from './neverWorse.ts'
import { greensOf, type History, isFirstHand, wantedBy } from './observed.ts'

/**
 * Settled: judges the world when nothing is under way any more, and somebody has looked at every deployment after its end.
 *
 * @returns what is left that should not be there, or is missing, in sentences
 */
export const unsettled = (history: History): readonly string[] => [
  ...[...history.world.autoScalingGroups.values()]
    .filter(({ name }) => !history.taggedByPeople.has(name))
    .flatMap((group) => [...leftOn(history, group), ...leftRegistered(history, group)]),
  ...[...history.world.deployments.values()].filter(isFirstHand).flatMap((deployment) =>
    greensOf(history.world, deployment)
      .filter((green) => latestOf(history, green) === deployment)
      .filter((green) => deployment.status === 'Succeeded' || !history.taggedByPeople.has(green))
      .flatMap((green) => misses(history, deployment, green)),
  ),
]

/** The newest deployment whose green this is: tags may name the same one again and again. */
const latestOf = ({ world }: History, green: string): Deployment | undefined =>
  [...world.deployments.values()].findLast((one) => isFirstHand(one) && greensOf(world, one).includes(green))

/**
 * Which target groups of a green whose newest deployment has failed have to stay attached: each by the deployment that its record
 * names, since one that was stopped before it noted anything decides about nothing that an earlier one has left.
 */
const stayingAttached = (history: History, green: AutoScalingGroup): readonly string[] => {
  const { world } = history
  const latest = latestOf(history, green.name)
  if (latest === undefined || latest.status === 'Succeeded') return []
  const deciding = (targetGroup: string): Deployment => {
    const record = green.tags.find(({ key }) => key === `greenlight:attached/${targetGroup}`)
    const noted = world.deployments.get(record?.value.split(' ')[0] ?? '')
    return noted && greensOf(world, noted).includes(green.name) ? noted : latest
  }
  return attachedTargetGroups(world, green)
    .map(({ name }) => name)
    .filter((name) => mustStayAttached(history, deciding(name), green.name).includes(name))
}

/**
 * Which target groups a successful green still lacks during an instance refresh that never ends, where a person has suspended
 * Launch: Auto Scaling refuses to attach (F38), and their records stay for the sweep that attaches after it.
 */
const refusedByRefresh = (history: History, green: AutoScalingGroup): readonly string[] => {
  const latest = latestOf(history, green.name)
  if (green.instanceRefresh === undefined || latest?.status !== 'Succeeded') return []
  const attached = attachedTargetGroups(history.world, green).map(({ name }) => name)
  return wantedBy(history.world, latest).filter((name) => !attached.includes(name))
}

/** A hold, or records of anything but what has to stay attached. */
const leftOn = (history: History, group: AutoScalingGroup): readonly string[] => {
  const people = history.suspendedByPeople.get(group.name)
  const held = suspendedByOthers(group).filter((one) => holdable.includes(one) && !people?.has(one))
  const stays = [...stayingAttached(history, group), ...refusedByRefresh(history, group)]
  const due = stays.length > 0 ? ['greenlight:record', ...stays.map((name) => `greenlight:attached/${name}`)] : []
  // CodeDeploy copies what a person has written on blue, too.
  const isOurs = (value: string): boolean => history.world.deployments.has(value.split(' ')[0] ?? '')
  const records = group.tags.flatMap(({ key, value }) =>
    /^greenlight:(record|held|attached|testing)/.test(key) && isOurs(value) ? [key] : [],
  )
  const astray = records.filter((key) => !due.includes(key))
  return [
    ...(held.length > 0 ? [`${group.name} is still held: ${held}`] : []),
    ...(astray.length > 0 ? [`${group.name} still has the records ${astray}`] : []),
  ]
}

/** Instances in test target groups. AWS takes out, or not, what does not run any more. */
const leftRegistered = ({ world, registeredByUs }: History, { name }: AutoScalingGroup): readonly string[] =>
  instancesOf(world, name).flatMap(({ instanceId: id, running }) =>
    [...world.targetGroups.values()].flatMap((targetGroup) => {
      const target = targetGroup.targets.get(id)
      const isLeft = running && target !== undefined && target.state !== 'draining'
      return isLeft && registeredByUs.has(`${targetGroup.name} ${id}`)
        ? [`${id} of ${name} is still registered in ${targetGroup.name}`]
        : []
    }),
  )

const misses = (history: History, deployment: Deployment, green: string): readonly string[] => {
  const { world, attachedByUs } = history
  const group = world.autoScalingGroups.get(green)
  // During an instance refresh that never ends nothing can be attached: see refusedByRefresh.
  if (group === undefined || group.status !== undefined || group.instanceRefresh !== undefined) return []
  // A standing green whose name the stack's pattern does not match is nobody's business.
  if (!green.startsWith('CodeDeploy_')) return []
  const { status, computePlatform } = deployment
  const isNamed =
    computePlatform === 'Server'
      ? [...world.deploymentGroups.values()].some(({ autoScalingGroups }) => autoScalingGroups.includes(green))
      : status === 'Succeeded'
  const attached = attachedTargetGroups(world, group).map(({ name }) => name)
  if (status === 'Succeeded') {
    const missing = wantedBy(world, deployment).filter((name) => !attached.includes(name))
    return isNamed && missing.length > 0 ? [`${green} succeeded without ${missing}`] : []
  }
  // A green that its deployment group named after all was settled then, and may have been another deployment's blue since.
  const wasNamed = [...world.deployments.values()].some(({ blue }) => blue === green)
  if (isNamed || wasNamed) return []
  const stays = stayingAttached(history, group)
  const ours = attached.filter((name) => attachedByUs.get(green)?.has(name) && !stays.includes(name))
  return ours.length > 0 ? [`${green} failed and still has ${ours}`] : []
}
