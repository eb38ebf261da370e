import pLimit from 'p-limit'
import { type AutoScalingGroup, missingFrom } from '../model/autoScalingGroup.ts'
import { modeTag, readChoices } from '../model/choices.ts'
import { type DeploymentGroup, fullName } from '../model/deploymentGroup.ts'
import type { Mode } from '../model/mode.ts'
import { isRefused, type Refused } from '../model/refused.ts'
import type { TargetGroup } from '../model/targetGroup.ts'
import { testsTag } from '../model/testTargetGroups.ts'
import { foreignRecords } from './decider.ts'
import { type LeftBehind, leftBehind } from './leftBehind.ts'
import type { RegionReading, UnderWayAnywhere } from './ports.ts'
import { rotated } from './rotated.ts'
import { type Unlisted, unlistedInstances } from './unlisted.ts'

/** How many calls a survey of a region makes at once. */
export const callsAtOnce = 8

/** A deployment group, and what it names. */
export type ObservedDeploymentGroup = {
  readonly kind: 'deploymentGroup'
  readonly deploymentGroup: DeploymentGroup
  /** Those that it names and that exist, without their instances; undefined where they could not be looked at. */
  readonly autoScalingGroups: readonly AutoScalingGroup[] | undefined
  /** Of the target groups that they ought to have, those that exist, by name; undefined where they could not be looked at. */
  readonly targetGroups: ReadonlyMap<string, TargetGroup> | undefined
  /** Ids of its deployments that are under way, of whatever creator; undefined where they could not be looked at. */
  readonly underWay: readonly string[] | undefined
  /** Why nobody may act on the records of these Auto Scaling groups, by name. */
  readonly foreign: ReadonlyMap<string, string>
  readonly unlisted: readonly Unlisted[]
  /** What its tags choose; undefined where nobody asked for them, or they could not be looked at. */
  readonly chosen: Chosen | undefined
}

/** Refused where its tags do not parse. */
type Chosen =
  | Refused
  | {
      /** Undefined where the stack's parameter chooses it. */
      readonly mode: Mode | undefined
      /** Whether they name test target groups. */
      readonly isTested: boolean
    }

/** Something that could not be looked at, in words that complete "could not look at …". The rest was. */
export type CouldNotLook = { readonly kind: 'couldNotLook'; readonly what: string; readonly error: unknown }

export type Observation = ObservedDeploymentGroup | LeftBehind | CouldNotLook

export type SurveyOptions = {
  /** Where in the list of applications it begins: 0 up to, not including, 1. One that is cut short begins elsewhere next time. */
  readonly startAt?: number
  /** Asked before each page; where it says no, the survey ends there. */
  readonly mayGoOn?: () => boolean
  /** Whether it reads the tags of a deployment group; by default of each. */
  readonly readsTags?: (observed: Pick<ObservedDeploymentGroup, 'underWay' | 'autoScalingGroups'>) => boolean
  readonly onProgress?: (applicationsDone: number, applications: number) => void
}

/**
 * Looks at every Server blue/green deployment group with traffic control of a region, and at what its deployments have
 * left behind. It only looks: it is given nothing that changes anything.
 *
 * @param onObserved gets each observation as soon as it is complete; what deployments left behind comes last
 * @returns whether it came to its end
 */
export const survey = async (
  ports: RegionReading,
  onObserved: (observation: Observation) => void,
  { startAt = 0, mayGoOn = () => true, readsTags = () => true, onProgress = () => {} }: SurveyOptions = {},
): Promise<'complete' | 'cutShort'> => {
  const attempt = attempting(onObserved)
  const [autoScalingGroups, underWay, applications = []] = await Promise.all([
    attempt.read('the Auto Scaling groups', readEvery(ports)),
    attempt.read('the deployments under way', ports.everyDeploymentUnderWay()),
    attempt.read('the applications', ports.applications()),
  ])
  const recorded = [...(autoScalingGroups?.values() ?? [])]
  const foreign = (await attempt.read('the deployments on record', foreignRecords(recorded, ports), false)) ?? new Map()
  const region: Region = {
    ...{ autoScalingGroups, foreign },
    underWay: underWay && byDeploymentGroup(underWay),
    deploymentGroups: new Map(),
    readsTags,
  }

  let done = 0
  await pLimit(callsAtOnce).map(rotated(startAt, applications), async (application) => {
    if (!mayGoOn()) return
    const observing = observeApplication(application, region, ports, { attempt, onObserved, mayGoOn })
    await attempt.read(`application ${application}`, observing)
    onProgress(++done, applications.length)
  })
  if (!mayGoOn()) return 'cutShort'

  // That nobody names a group is known only where every deployment group was read.
  if (attempt.isAllRead() && autoScalingGroups !== undefined) {
    const left = leftBehind({ ...region, autoScalingGroups }, ports)
    for (const one of (await attempt.read('what deployments left behind', left)) ?? []) onObserved(one)
  }
  return 'complete'
}

/** Reads: what cannot be read is an observation of its own, and the survey goes on. */
const attempting = (onObserved: (observation: Observation) => void) => {
  const unread = new Set<string>()
  let isSomethingHidden = false
  return {
    isAllRead: (): boolean => !isSomethingHidden,
    /** @param hides whether it hides which Auto Scaling groups are named */
    read: async <Answer>(what: string, asked: Promise<Answer>, hides = true): Promise<Answer | undefined> => {
      try {
        return await asked
      } catch (error) {
        // What is denied once is denied for every page: it is told once.
        if (!unread.has(what)) onObserved({ kind: 'couldNotLook', what, error })
        unread.add(what)
        isSomethingHidden ||= hides
        return undefined
      }
    },
  }
}

type Attempt = ReturnType<typeof attempting>

const observeApplication = async (
  application: string,
  region: Region,
  ports: RegionReading,
  {
    attempt,
    onObserved,
    mayGoOn,
  }: { attempt: Attempt } & Required<Pick<SurveyOptions, 'mayGoOn'>> & {
      onObserved: (observation: Observation) => void
    },
): Promise<void> => {
  for await (const page of ports.deploymentGroups(application)) {
    if (!mayGoOn()) return
    for (const { refusal } of page.filter(isRefused)) {
      const what = `a deployment group of application ${application}`
      onObserved({ kind: 'couldNotLook', what, error: new Error(refusal) })
    }
    const deploymentGroups = page.flatMap((one) => (isRefused(one) ? [] : [one]))
    for (const one of deploymentGroups) region.deploymentGroups.set(fullName(one), one)
    for (const one of await observeDeploymentGroups(deploymentGroups, region, ports, attempt)) onObserved(one)
  }
}

/** What is known of a region while it is surveyed. */
type Region = {
  readonly autoScalingGroups: Map<string, AutoScalingGroup> | undefined
  readonly foreign: ReadonlyMap<string, string>
  /** By full name of their deployment group; undefined where they could not be looked at. */
  readonly underWay: ReadonlyMap<string, readonly UnderWayAnywhere[]> | undefined
  /** Those that have been read so far, by full name. */
  readonly deploymentGroups: Map<string, DeploymentGroup>
  readonly readsTags: Required<SurveyOptions>['readsTags']
}

const readEvery = async (ports: RegionReading): Promise<Map<string, AutoScalingGroup>> => {
  const read = new Map<string, AutoScalingGroup>()
  for await (const page of ports.everyAutoScalingGroup()) for (const group of page) read.set(group.name, group)
  return read
}

const byDeploymentGroup = (underWay: readonly UnderWayAnywhere[]): Region['underWay'] =>
  Map.groupBy(underWay, ({ application, deploymentGroup }) => fullName({ application, name: deploymentGroup }))

/** Observes what a page of deployment groups names, and asks AWS only for what is not known yet. */
const observeDeploymentGroups = async (
  deploymentGroups: readonly DeploymentGroup[],
  { autoScalingGroups: known, foreign, underWay, readsTags }: Region,
  ports: RegionReading,
  attempt: Attempt,
): Promise<readonly ObservedDeploymentGroup[]> => {
  if (known !== undefined) {
    // Made since all of them were read, or gone.
    const unknown = deploymentGroups.flatMap((one) => one.autoScalingGroups).filter((name) => !known.has(name))
    const made = await attempt.read('Auto Scaling groups that are new', ports.autoScalingGroups(unknown))
    for (const group of made ?? []) known.set(group.name, group)
  }
  const named = deploymentGroups.map((deploymentGroup) => ({
    deploymentGroup,
    autoScalingGroups: known && deploymentGroup.autoScalingGroups.flatMap((name) => known.get(name) ?? []),
  }))
  const targetGroups = await attempt.read('target groups', wantedTargetGroups(named, ports))
  const observing = named.map(async (one): Promise<ObservedDeploymentGroup> => {
    const own = underWay && (underWay.get(fullName(one.deploymentGroup)) ?? [])
    const observed = { ...one, targetGroups, foreign, underWay: own?.map(({ id }) => id) }
    const unlisted = unlistedInstances(one.deploymentGroup, own ?? [], ports)
    return {
      ...{ kind: 'deploymentGroup', ...observed },
      unlisted: (await attempt.read('instances of deployments under way', unlisted, false)) ?? [],
      chosen: readsTags(observed)
        ? await attempt.read('tags of deployment groups', chosenBy(one.deploymentGroup, ports), false)
        : undefined,
    }
  })
  return Promise.all(observing)
}

/** What they ought to have. What has the name of one may be another one, which was deleted since. */
const wantedTargetGroups = async (
  named: readonly Pick<ObservedDeploymentGroup, 'deploymentGroup' | 'autoScalingGroups'>[],
  ports: RegionReading,
): Promise<ReadonlyMap<string, TargetGroup>> => {
  const ofExisting = named.filter(({ autoScalingGroups = [] }) => autoScalingGroups.length > 0)
  const wanted = new Set(ofExisting.flatMap(({ deploymentGroup }) => deploymentGroup.wanted))
  const lacked = new Set(
    ofExisting.flatMap(({ deploymentGroup, autoScalingGroups = [] }) =>
      autoScalingGroups.flatMap((group) => missingFrom(group, deploymentGroup.wanted, new Map())),
    ),
  )
  // One that does not exist fails the call for all that it names (F19): likely ones are asked for by themselves.
  const [some, others] = await Promise.all([
    ports.targetGroups([...lacked]),
    ports.targetGroups([...wanted].filter((name) => !lacked.has(name))),
  ])
  return new Map([...some, ...others])
}

const chosenBy = async (deploymentGroup: DeploymentGroup, ports: RegionReading): Promise<Chosen> => {
  const tags = await ports.tagsOf(deploymentGroup)
  const { application, name } = deploymentGroup
  const parameters = { mode: 'heal', minimumHealthyPercent: 100, healthTimeoutSeconds: 300 } as const
  const choices = readChoices({ application, deploymentGroup: name }, tags, parameters)
  if (isRefused(choices)) return choices
  return { mode: tags.has(modeTag) ? choices.mode : undefined, isTested: tags.has(testsTag) }
}
