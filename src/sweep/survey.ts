import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DeploymentInfo } from '@aws-sdk/client-codedeploy'
import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2'
import pLimit from 'p-limit'
import { type Deployment, isOver, readDeployment } from '../model/deployment.ts'
import { type DeploymentGroup, fullName, readDeploymentGroup } from '../model/deploymentGroup.ts'
import { type Green, makerIdIn, missingFrom, readGreen, targetGroupName } from '../model/green.ts'
import type { Eyes } from '../reconcile/ports.ts'

/** How many calls a survey of a region makes at once. */
export const callsAtOnce = 8

/** A deployment group, and what it names. */
export type DeploymentGroupSeen = {
  readonly kind: 'deploymentGroup'
  readonly deploymentGroup: DeploymentGroup
  /** Those that it names and that exist, without their instances; undefined where they could not be looked at. */
  readonly autoScalingGroups: readonly Green[] | undefined
  /** Of the target groups that one of them lacks, those that exist, by name; undefined where they could not be looked at. */
  readonly targetGroups: ReadonlyMap<string, TargetGroup> | undefined
  /** Ids of its deployments that are under way, whoever made them. */
  readonly underWay: readonly string[]
}

/** The green of a deployment that failed or was stopped: CodeDeploy leaves it running (F9). */
export type LeftoverSeen = {
  readonly kind: 'leftover'
  readonly deployment: Deployment
  readonly autoScalingGroup: Green
}

/** A blue that was kept, and still has target groups that the deployment group gives to its successor (F12). */
export type KeptBlueSeen = {
  readonly kind: 'keptBlue'
  readonly deploymentGroup: DeploymentGroup
  readonly autoScalingGroup: Green
  /** Names of those target groups. */
  readonly targetGroups: readonly string[]
}

/** Something that could not be looked at, in words that complete "could not look at …". The rest was. */
export type Unseen = { readonly kind: 'unseen'; readonly what: string; readonly error: unknown }

export type Sight = DeploymentGroupSeen | LeftoverSeen | KeptBlueSeen | Unseen

export type Survey = {
  /** Where in the list of applications it begins: 0 up to, not including, 1. One that is cut short begins elsewhere next time. */
  readonly startAt?: number
  /** Asked before each page; where it says no, the survey ends there. */
  readonly mayGoOn?: () => boolean
  readonly onProgress?: (applicationsDone: number, applications: number) => void
}

/**
 * Looks at every Server blue/green deployment group with traffic control of a region, and at what its deployments have
 * left behind. It only looks: it is given nothing that changes anything.
 *
 * @param see told of each sight as soon as it is complete; the leftovers come last, since they are what nobody names
 * @returns whether it came to its end
 */
export const survey = async (
  eyes: Eyes,
  see: (sight: Sight) => void,
  { startAt = 0, mayGoOn = () => true, onProgress = () => {} }: Survey = {},
): Promise<'complete' | 'cutShort'> => {
  let isAllSeen = true
  const unseen = new Set<string>()
  const looking = async <Answer>(what: string, asked: Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await asked
    } catch (error) {
      isAllSeen = false
      // What is denied once is denied for every page.
      if (!unseen.has(what)) see({ kind: 'unseen', what, error })
      unseen.add(what)
      return undefined
    }
  }
  const [autoScalingGroups, underWay, applications = []] = await Promise.all([
    looking('the Auto Scaling groups', readEvery(eyes)),
    looking('the deployments under way', eyes.everyDeploymentUnderWay()),
    looking('the applications', eyes.applications()),
  ])
  const region = { autoScalingGroups, underWay: idsByDeploymentGroup(underWay ?? []) }
  const seen = new Map<string, DeploymentGroup>()

  let done = 0
  const lookAt = async (application: string): Promise<void> => {
    for await (const page of eyes.deploymentGroups(application)) {
      if (!mayGoOn()) return
      const read = page.map(readDeploymentGroup)
      for (const refusal of read.filter((one) => typeof one === 'string')) {
        see({ kind: 'unseen', what: `a deployment group of application ${application}`, error: new Error(refusal) })
      }
      const deploymentGroups = read.filter((one) => typeof one === 'object')
      for (const one of deploymentGroups) seen.set(fullName(one), one)
      for (const sight of await sightsOf(deploymentGroups, region, eyes, looking)) see(sight)
    }
  }
  const first = Math.floor(startAt * applications.length)
  await pLimit(callsAtOnce).map(
    [...applications.slice(first), ...applications.slice(0, first)],
    async (application) => {
      if (!mayGoOn()) return
      await looking(`application ${application}`, lookAt(application))
      onProgress(++done, applications.length)
    },
  )
  if (!mayGoOn()) return 'cutShort'

  // What nobody names is known only where all who could name it were seen.
  if (isAllSeen && autoScalingGroups !== undefined) {
    const left = await looking(
      'what deployments left behind',
      leftBehind(seen, autoScalingGroups, region.underWay, eyes),
    )
    for (const sight of left ?? []) see(sight)
  }
  return 'complete'
}

type Region = {
  readonly autoScalingGroups: Map<string, Green> | undefined
  readonly underWay: ReadonlyMap<string, readonly string[]>
}

const readEvery = async (eyes: Eyes): Promise<Map<string, Green>> => {
  const read = new Map<string, Green>()
  for await (const page of eyes.everyAutoScalingGroup())
    for (const group of page.map(readGreen)) read.set(group.name, group)
  return read
}

const idsByDeploymentGroup = (underWay: readonly DeploymentInfo[]): ReadonlyMap<string, readonly string[]> => {
  const ids = new Map<string, string[]>()
  for (const { applicationName: application = '', deploymentGroupName: name = '', deploymentId: id = '' } of underWay) {
    const of = fullName({ application, name })
    ids.set(of, [...(ids.get(of) ?? []), id])
  }
  return ids
}

type Looking = <Answer>(what: string, asked: Promise<Answer>) => Promise<Answer | undefined>

/** What a page of deployment groups names; asked of AWS is only what is missing. */
const sightsOf = async (
  deploymentGroups: readonly DeploymentGroup[],
  { autoScalingGroups: known, underWay }: Region,
  eyes: Eyes,
  looking: Looking,
): Promise<readonly DeploymentGroupSeen[]> => {
  if (known !== undefined) {
    // Made since all of them were read, or gone.
    const unknown = deploymentGroups.flatMap((one) => one.autoScalingGroups).filter((name) => !known.has(name))
    const made = await looking('Auto Scaling groups that are new', eyes.autoScalingGroups(unknown))
    for (const group of (made ?? []).map(readGreen)) known.set(group.name, group)
  }
  const named = deploymentGroups.map((deploymentGroup) => ({
    deploymentGroup,
    autoScalingGroups: known && deploymentGroup.autoScalingGroups.flatMap((name) => known.get(name) ?? []),
  }))
  const missing = named.flatMap(({ deploymentGroup, autoScalingGroups = [] }) =>
    autoScalingGroups.flatMap((group) => missingFrom(group, deploymentGroup.wanted)),
  )
  const targetGroups = await looking('target groups', eyes.targetGroups([...new Set(missing)]))
  return named.map((one) => ({
    kind: 'deploymentGroup',
    ...one,
    targetGroups,
    underWay: underWay.get(fullName(one.deploymentGroup)) ?? [],
  }))
}

/** The Auto Scaling groups that no deployment group names any more, as far as they are of any deployment group. */
const leftBehind = async (
  deploymentGroups: ReadonlyMap<string, DeploymentGroup>,
  autoScalingGroups: ReadonlyMap<string, Green>,
  underWay: ReadonlyMap<string, readonly string[]>,
  eyes: Eyes,
): Promise<readonly (LeftoverSeen | KeptBlueSeen)[]> => {
  const named = new Set([...deploymentGroups.values()].flatMap((one) => one.autoScalingGroups))
  const strays = [...autoScalingGroups.values()].filter(({ name, beingDeleted }) => !beingDeleted && !named.has(name))
  const makers = await makersOf(strays, eyes)
  const keepers = keepersByTargetGroup([...deploymentGroups.values()])

  const found = strays.flatMap((autoScalingGroup): readonly (LeftoverSeen | KeptBlueSeen)[] => {
    const deployment = makers.get(autoScalingGroup.name)
    if (deployment !== undefined && !isOver(deployment)) return []
    if (deployment !== undefined && deployment.status !== 'Succeeded') {
      return [{ kind: 'leftover', deployment, autoScalingGroup }]
    }
    const own = deployment && deploymentGroups.get(fullName({ ...deployment, name: deployment.deploymentGroup }))
    const heirs = own ? [own] : new Set(attachedNames(autoScalingGroup).flatMap((name) => keepers.get(name) ?? []))
    return [...heirs].flatMap((deploymentGroup): readonly KeptBlueSeen[] => {
      const targetGroups = attachedNames(autoScalingGroup).filter((name) => deploymentGroup.wanted.includes(name))
      // While a deployment is under way blue is CodeDeploy's business.
      const isBusy = underWay.has(fullName(deploymentGroup))
      return targetGroups.length > 0 && !isBusy
        ? [{ kind: 'keptBlue', deploymentGroup, autoScalingGroup, targetGroups }]
        : []
    })
  })
  return withInstances(found, eyes)
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
const makersOf = async (strays: readonly Green[], eyes: Eyes): Promise<ReadonlyMap<string, Deployment>> => {
  const ids = strays.flatMap(({ name }) => makerIdIn(name) ?? [])
  const deployments = (await eyes.deployments([...new Set(ids)])).map(readDeployment)
  return new Map(
    deployments.flatMap((deployment) =>
      typeof deployment === 'object' && deployment.subject.kind === 'server'
        ? deployment.subject.greens.map((name) => [name, deployment] as const)
        : [],
    ),
  )
}

const attachedNames = ({ attached }: Green): readonly string[] => attached.map(targetGroupName)

/** All Auto Scaling groups were read without their instances; of the few that are reported, these are wanted. */
const withInstances = async <Seen extends { readonly autoScalingGroup: Green }>(
  seen: readonly Seen[],
  eyes: Eyes,
): Promise<readonly Seen[]> => {
  const names = new Set(seen.map(({ autoScalingGroup }) => autoScalingGroup.name))
  const described: readonly AutoScalingGroup[] = await eyes.autoScalingGroups([...names])
  const now = new Map(described.map(readGreen).map((group) => [group.name, group]))
  // Deleted in the meantime: nothing is left.
  return seen.flatMap((one) => {
    const autoScalingGroup = now.get(one.autoScalingGroup.name)
    return autoScalingGroup === undefined ? [] : [{ ...one, autoScalingGroup }]
  })
}
