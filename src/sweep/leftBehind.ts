import { type AutoScalingGroup, makerIdIn, missingFrom, targetGroupName } from '../model/autoScalingGroup.ts'
import { type Deployment, isOver } from '../model/deployment.ts'
import { type DeploymentGroup, fullName } from '../model/deploymentGroup.ts'
import { isRefused } from '../model/refused.ts'
import { isHealthy, type TargetGroup } from '../model/targetGroup.ts'
import { recordedIdsOf } from './decider.ts'
import type { RegionReading } from './ports.ts'

/** The green of a deployment that failed or was stopped: CodeDeploy leaves it running (F9). */
export type ObservedLeftover = {
  readonly kind: 'leftover'
  readonly deployment: Deployment
  readonly autoScalingGroup: AutoScalingGroup
  /** Of the target groups that it ought to have and lacks, those in which its instances are healthy: there it serves users. */
  readonly serving: readonly TargetGroup[]
  readonly foreign: ReadonlyMap<string, string>
}

/** A blue that was kept, and still has target groups that the deployment group gives to its successor (F12). */
type ObservedKeptBlue = {
  readonly kind: 'keptBlue'
  readonly deploymentGroup: DeploymentGroup
  readonly autoScalingGroup: AutoScalingGroup
  /** Names of those target groups. */
  readonly targetGroups: readonly string[]
}

/** An Auto Scaling group with records that is of no deployment group any more. */
export type ObservedRecorded = {
  readonly kind: 'recorded'
  readonly autoScalingGroup: AutoScalingGroup
  readonly foreign: ReadonlyMap<string, string>
}

export type LeftBehind = ObservedLeftover | ObservedKeptBlue | ObservedRecorded

/** What was read of a region. */
type Read = {
  /** By full name. */
  readonly deploymentGroups: ReadonlyMap<string, DeploymentGroup>
  /** By name. */
  readonly autoScalingGroups: ReadonlyMap<string, AutoScalingGroup>
  /** By full name of those of which a deployment is under way. */
  readonly underWay: ReadonlyMap<string, unknown> | undefined
  /** Why nobody may act on the records of these Auto Scaling groups, by name. */
  readonly foreign: ReadonlyMap<string, string>
}

/** The Auto Scaling groups that no deployment group names any more, as far as they are of any, or have records. */
export const leftBehind = async (
  { deploymentGroups, autoScalingGroups, underWay, foreign }: Read,
  ports: RegionReading,
): Promise<readonly LeftBehind[]> => {
  const named = new Set([...deploymentGroups.values()].flatMap((one) => one.autoScalingGroups))
  const strays = [...autoScalingGroups.values()].filter(
    ({ name, isBeingDeleted }) => !isBeingDeleted && !named.has(name),
  )
  const makers = await makersOf(strays, ports)
  const keepers = keepersByTargetGroup([...deploymentGroups.values()])

  const found = strays.flatMap((autoScalingGroup): readonly (ObservedLeftover | ObservedKeptBlue)[] => {
    const deployment = makers.get(autoScalingGroup.name)
    if (deployment !== undefined && !isOver(deployment)) return []
    if (deployment !== undefined && deployment.status !== 'Succeeded') {
      return [{ kind: 'leftover', deployment, autoScalingGroup, serving: [], foreign }]
    }
    const own = deployment && deploymentGroups.get(fullName({ ...deployment, name: deployment.deploymentGroup }))
    const heirs = own ? [own] : new Set(attachedNames(autoScalingGroup).flatMap((name) => keepers.get(name) ?? []))
    return [...heirs].flatMap((deploymentGroup): readonly ObservedKeptBlue[] => {
      const targetGroups = attachedNames(autoScalingGroup).filter((name) => deploymentGroup.wanted.includes(name))
      // While a deployment is under way blue is CodeDeploy's business.
      const isBusy = underWay?.has(fullName(deploymentGroup)) === true
      return targetGroups.length > 0 && !isBusy
        ? [{ kind: 'keptBlue', deploymentGroup, autoScalingGroup, targetGroups }]
        : []
    })
  })
  const whole = await withInstances(found, ports)
  const leftovers = new Set(
    found.flatMap(({ kind, autoScalingGroup: { name } }) => (kind === 'leftover' ? [name] : [])),
  )
  const recorded = strays.filter((one) => recordedIdsOf(one).length > 0 && !leftovers.has(one.name))
  return [
    ...(await Promise.all(whole.map((one) => (one.kind === 'leftover' ? whereItServes(one, ports) : one)))),
    ...recorded.map((autoScalingGroup): ObservedRecorded => ({ kind: 'recorded', autoScalingGroup, foreign })),
  ]
}

/** CodeDeploy registers green's instances by itself: the load balancer alone knows whether a green without target groups serves. */
const whereItServes = async (leftover: ObservedLeftover, ports: RegionReading): Promise<ObservedLeftover> => {
  const { deployment, autoScalingGroup } = leftover
  const wanted = deployment.subject.kind === 'server' ? deployment.subject.wanted : []
  const lacked = [...(await ports.targetGroups(missingFrom(autoScalingGroup, wanted, new Map()))).values()]
  const served = await Promise.all(
    lacked.map(async (targetGroup) => {
      const healthy = ((await ports.targetHealth(targetGroup.arn)) ?? []).filter(isHealthy)
      return healthy.some(({ id }) => autoScalingGroup.instances.includes(id)) ? [targetGroup] : []
    }),
  )
  return { ...leftover, serving: served.flat() }
}

/** The deployment groups that keep blue, by name of each target group that they give to green. */
const keepersByTargetGroup = (deploymentGroups: readonly DeploymentGroup[]) => {
  const keepers = new Map<string, DeploymentGroup[]>()
  for (const one of deploymentGroups.filter(({ keepsBlue }) => keepsBlue)) {
    for (const name of one.wanted) keepers.set(name, [...(keepers.get(name) ?? []), one])
  }
  return keepers
}

/** The deployment that each of these is the green of, by name; those of no deployment that CodeDeploy knows are not there. */
const makersOf = async (
  strays: readonly AutoScalingGroup[],
  ports: RegionReading,
): Promise<ReadonlyMap<string, Deployment>> => {
  const ids = strays.flatMap(({ name }) => makerIdIn(name) ?? [])
  const deployments = await ports.deployments([...new Set(ids)])
  return new Map(
    deployments.flatMap((deployment) =>
      !isRefused(deployment) && deployment.subject.kind === 'server'
        ? deployment.subject.greens.map((name) => [name, deployment] as const)
        : [],
    ),
  )
}

const attachedNames = ({ attached }: AutoScalingGroup): readonly string[] => attached.map(targetGroupName)

/** All Auto Scaling groups were read without their instances; of the few that are reported, these are wanted. */
const withInstances = async <Seen extends { readonly autoScalingGroup: AutoScalingGroup }>(
  seen: readonly Seen[],
  ports: RegionReading,
): Promise<readonly Seen[]> => {
  const names = new Set(seen.map(({ autoScalingGroup }) => autoScalingGroup.name))
  const described = await ports.autoScalingGroups([...names])
  const now = new Map(described.map((group) => [group.name, group]))
  // Deleted in the meantime: nothing is left.
  return seen.flatMap((one) => {
    const autoScalingGroup = now.get(one.autoScalingGroup.name)
    return autoScalingGroup === undefined ? [] : [{ ...one, autoScalingGroup }]
  })
}
