import { type AutoScalingGroup, missingFrom } from '../model/autoScalingGroup.ts'
import type { Deployment } from '../model/deployment.ts'
import { deploymentIdIn } from '../model/deploymentId.ts'
import type { Goal } from '../model/goal.ts'
import { nothingToInstall, type Progress } from '../model/progress.ts'
import { attachedFor, notedAt } from '../model/records.ts'
import { isRefused } from '../model/refused.ts'
import type { Routing, TargetGroup } from '../model/targetGroup.ts'
import { attachable, holdAnd } from '../rules/attaching.ts'
import { isNamedAlone, whyNotAttach } from '../rules/ending.ts'
import { otherIds, withinPattern, withOwnRecords } from '../rules/ownRecords.ts'
import type { Answers, Arrival, Ending, Production, Seen } from '../rules/seen.ts'
import { type Row, reads } from '../rules/table.ts'
import { testsOf } from '../rules/testing.ts'
import { unregistered } from '../rules/unproven.ts'
import type { Settings } from '../settings.ts'
import { callerOf, type Memory, recordedOf, withOwnActs } from './memory.ts'
import type { Reading, UnderWay } from './ports.ts'

/** What a row needs beside the deployment and its tags. What it does not read stays empty, and no rule sees it. */
export type Parts = Omit<Answers, 'choice' | 'goal' | 'turn'>

type Asked = {
  readonly row: Row
  readonly goal: Goal
  readonly deployment: Deployment
  readonly memory: Memory
  /** The look before this one: what does not change meanwhile is not asked again. */
  readonly before: Seen | undefined
  /** Known where the progress has chosen the row. */
  readonly progress: Progress | undefined
  /** Those of the goal, where they have just been read. */
  readonly greens?: readonly AutoScalingGroup[] | undefined
  readonly settings: Settings
  readonly now: number
  readonly ports: Reading
}

/** Reads what the row needs, side by side where one answer does not need another. */
export const readParts = async (asked: Asked): Promise<Parts> => {
  const { goal, deployment, memory, before, ports } = asked
  const needs = (part: keyof Parts): boolean => reads[asked.row].some((one) => one === part)
  // What is being deleted takes its records with it, and refuses to be changed. Only preflight complains about it.
  const looksAtDeleted = asked.row === 'gate' || asked.row === 'preflight'
  const isEnd = needs('ending')
  // Tags may name other greens by now than those on which a Lambda or ECS deployment has its records.
  const recorded = isEnd && deployment.subject.kind === 'tagged' ? recordedOf(memory) : []
  // Every row with a goal reads its greens.
  const names = [...new Set([...goal.greens, ...recorded])]
  const found =
    asked.greens === undefined ? readGreens(names, deployment, memory, asked) : Promise.resolve(asked.greens)
  const greens = found.then((all) => all.filter(({ isBeingDeleted }) => looksAtDeleted || !isBeingDeleted))
  const targetGroups = needs('targetGroups')
    ? namedIn(asked, greens).then((all) => readTargetGroups(all, asked, ports))
    : Promise.resolve(new Map())
  // Healing undoes a deployment that has failed, too.
  const undoes = asked.row === 'undo' || (asked.row === 'endAndWatch' && deployment.status !== 'Succeeded')
  const detachable = undoes ? greens.then((read) => recordedFor(deployment.id, read)) : Promise.resolve([])
  const progressing = needs('progress')
    ? (asked.progress ??
      progressOfCall(asked, greens, targetGroups) ??
      readProgress(deployment, progressOf(before), ports))
    : nothingToInstall
  const judged = judgedIn(asked, progressing)
  const healthOf = Promise.all([judged, detachable]).then((all) => [...new Set(all.flat())])
  const [read, described, progress, routing, ending, arrival] = await Promise.all([
    greens,
    needs('health')
      ? Promise.all([healthOf, targetGroups]).then(([all, known]) => readHealth(all, known, ports))
      : targetGroups.then((known) => ({ targetGroups: known, health: noHealth })),
    progressing,
    // What only registers in test target groups brings no other one below its threshold.
    needs('routing') && !isEnd && goal.tests.length === 0
      ? Promise.all([greens, targetGroups]).then((known) => readRouting(asked, ...known, progressing))
      : new Map(),
    isEnd ? readEnding(deployment, goal, detachable, ports) : noEnding,
    needs('arrival') ? readArrival(deployment, greens, needs('progress') ? progressing : undefined, ports) : notArrived,
  ])
  const looked = { greens: read, ...described, progress, routing, ending, arrival }
  const parts = needs('health') ? await withTested(looked, ports) : looked
  return isEnd ? { ...parts, ...(await readUnregistered(asked, parts)) } : parts
}

/**
 * Where the end of a deployment is about to attach something: how the load balancer finds the targets there, and what it does
 * with them where that registers an instance of green.
 */
const readUnregistered = async (
  { goal, deployment, ports }: Asked,
  parts: Parts,
): Promise<Pick<Parts, 'targetGroups' | 'health' | 'routing'>> => {
  const { greens, ending } = parts
  const attached = greens.filter(
    (green) =>
      (deployment.status === 'Succeeded' || isNamedAlone({ deployment, goal, ending }, green)) &&
      whyNotAttach(green, ending) === undefined,
  )
  const lacked = attached.map((green) => ({
    green,
    names: attachable(missingFrom(green, goal.wanted, parts.targetGroups), parts.targetGroups),
  }))
  const unknown = new Set(lacked.flatMap(({ names }) => names).filter((name) => !parts.health.has(name)))
  const found = await readHealth([...unknown], parts.targetGroups, ports)
  const { targetGroups } = found
  const health = new Map([...parts.health, ...found.health])
  const isRegistering = (name: string) =>
    lacked.some(({ green, names }) => names.includes(name) && unregistered(green, name, { health }).length > 0)
  const registering = [...targetGroups].flatMap(([name, targetGroup]) =>
    targetGroup !== undefined && isRegistering(name) ? [{ name, arn: targetGroup.arn }] : [],
  )
  const read = registering.map(async ({ name, arn }) => [name, await ports.routing(arn)] as const)
  const routing = new Map(await Promise.all(read))
  return { targetGroups, health, routing }
}

/** Those of the names that exist, with what this invocation did to them, and the records that this deployment may act on. */
export const readGreens = async (
  names: readonly string[],
  deployment: Deployment,
  memory: Memory,
  { ports, settings: { testNamePattern } }: Pick<Asked, 'ports' | 'settings'>,
): Promise<readonly AutoScalingGroup[]> => {
  const greens = (await ports.autoScalingGroups(names)).map((green) => withOwnActs(green, memory))
  const ids = otherIds(greens, deployment.id).filter((id) => !isRefused(deploymentIdIn(id)))
  const others = new Map(await Promise.all(ids.map(async (id) => [id, await ports.deployment(id)] as const)))
  // What CodeDeploy copied is removed, whatever it names.
  return greens.map((green) => withinPattern(withOwnRecords(green, deployment, others), testNamePattern))
}

/** How the load balancer finds the targets of those of the names that exist, and which of the target groups still do. */
export const readHealth = async (
  names: readonly string[],
  targetGroups: Answers['targetGroups'],
  ports: Reading,
): Promise<Pick<Answers, 'targetGroups' | 'health'>> => {
  const arns = names.flatMap((name) => {
    const targetGroup = targetGroups.get(name)
    return targetGroup === undefined ? [] : [{ name, arn: targetGroup.arn }]
  })
  const read = await Promise.all(arns.map(async ({ name, arn }) => ({ name, targets: await ports.targetHealth(arn) })))
  const gone = read.flatMap(({ name, targets }) => (targets === undefined ? [[name, undefined] as const] : []))
  const health = new Map(read.flatMap(({ name, targets }) => (targets === undefined ? [] : [[name, targets] as const])))
  return { targetGroups: new Map([...targetGroups, ...gone]), health }
}

/** Reads what the load balancer does with what is about to be attached; each once, and nothing while CodeDeploy installs. */
const readRouting = async (
  { goal, deployment, before, ports }: Asked,
  greens: Answers['greens'],
  targetGroups: Answers['targetGroups'],
  progress: Progress | Promise<Progress>,
): Promise<Answers['routing']> => {
  const missing = new Set(greens.flatMap((green) => missingFrom(green, goal.wanted, targetGroups)))
  const known = before !== undefined && before.row === 'gate' ? before.routing : new Map<string, Routing>()
  const unknown = [...missing].flatMap((name) => {
    const targetGroup = targetGroups.get(name)
    return targetGroup === undefined || known.has(name) ? [] : [{ name, arn: targetGroup.arn }]
  })
  // Ready says by itself how far CodeDeploy is.
  const isDue =
    deployment.status === 'Ready' || (await progress).step === 'installed' || (await progress).step === 'shifting'
  const read = isDue ? unknown.map(async ({ name, arn }) => [name, await ports.routing(arn)] as const) : []
  return new Map([...known, ...(await Promise.all(read))])
}

/**
 * A script's call that finds everything done waits for health alone: with a fleet, what CodeDeploy says of all its instances costs more
 * than all the rest.
 *
 * @returns undefined for anybody else
 */
const progressOfCall = (
  asked: Asked,
  greens: Promise<readonly AutoScalingGroup[]>,
  targetGroups: Promise<Answers['targetGroups']>,
): Promise<Progress> | undefined => {
  const { row, goal, deployment, memory, before, settings, now, ports } = asked
  if (callerOf(memory) === undefined || row !== 'gate' || goal.tests.length > 0 || deployment.subject.kind !== 'server')
    return undefined
  return Promise.all([greens, targetGroups]).then(([read, known]) =>
    read.length === goal.greens.length &&
    read.every((green) => isDone(green, { goal, deployment, settings, now }, known))
      ? readGivenUp(deployment, ports)
      : readProgress(deployment, progressOf(before), ports),
  )
}

/** Whether the gate of this deployment has nothing to change, and its time for health is not over: that takes a whole look. */
const isDone = (
  green: AutoScalingGroup,
  { goal, deployment, settings, now }: Pick<Asked, 'goal' | 'deployment' | 'settings' | 'now'>,
  targetGroups: Answers['targetGroups'],
): boolean => {
  const { held, attached } = green.records
  const own = [...attached.values(), ...(held === undefined ? [] : [held])].filter(
    (note) => note.deploymentId === deployment.id,
  )
  const since = Math.max(...own.map((note) => notedAt(note, now) ?? 0))
  return (
    now - since < settings.healthTimeoutSeconds * 1000 &&
    missingFrom(green, goal.wanted, targetGroups).length === 0 &&
    holdAnd(green, [], deployment, now).length === 0
  )
}

/** Only which instances CodeDeploy gave up. */
export const readGivenUp = async ({ id }: Deployment, ports: Reading): Promise<Progress> => ({
  ...nothingToInstall,
  isWhole: false,
  givenUp: await ports.givenUp(id),
})

/** @param before what was read of it in this invocation */
export const readProgress = async (
  { id, status, subject }: Deployment,
  before: Progress | undefined,
  ports: Reading,
): Promise<Progress> => {
  if (subject.kind !== 'server') return nothingToInstall
  // CodeDeploy has no targets before the deployment begins, and does nothing to them while it waits at Ready.
  if (status === 'Created' || status === 'Queued') return { ...nothingToInstall, step: 'installing' }
  if (status === 'Ready' && before !== undefined) return { ...before, step: 'installed' }
  const progress = await ports.progress(id)
  // Ready says by itself that every green instance is installed (F4), Succeeded that all is over.
  return status === 'Ready' || status === 'Succeeded' ? { ...progress, step: 'installed' } : progress
}

const notArrived: Arrival = { named: [], isBlueOut: false }

/** @param progressing undefined where progress has chosen the row */
const readArrival = async (
  { id, application, deploymentGroup }: Deployment,
  greens: Promise<readonly AutoScalingGroup[]>,
  progressing: Progress | Promise<Progress> | undefined,
  ports: Reading,
): Promise<Arrival> => {
  const progress = await progressing
  if (progress !== undefined && progress.step !== 'arrived') return notArrived
  const held = (await greens).filter(({ records }) => records.held !== undefined)
  if (held.length === 0) return notArrived
  const named = (await ports.autoScalingGroupsNamedBy(application, deploymentGroup)) ?? []
  const isNamed = held.every(({ name }) => named.includes(name))
  return { named, isBlueOut: !isNamed && (await ports.blueTargets(id)).isOut }
}

const noHealth: Answers['health'] = new Map()
/** Nothing may be detached: nobody looks at it. */
const noProduction: Production = { names: [], instances: [], hasBegunTraffic: undefined, underWay: [] }
const noEnding: Ending = { named: undefined, underWay: [], inTheWay: [], production: noProduction }

const progressOf = (before: Seen | undefined): Progress | undefined =>
  before !== undefined && before.row === 'gate' && before.deployment.status === 'Ready' ? before.progress : undefined

/** The target groups (names) that a row may name. Records name some as well: the deployment group may have changed since. */
const namedIn = async (
  { goal, row }: Asked,
  greens: Promise<readonly AutoScalingGroup[]>,
): Promise<readonly string[]> => {
  const isEnd = reads[row].some((part) => part === 'ending')
  const recorded = isEnd ? (await greens).flatMap(({ records }) => [...records.attached.keys()]) : []
  return [...new Set([...goal.wanted, ...recorded, ...(isTesting(row) ? goal.tests : [])])]
}

/** Whether a row looks at the test target groups of its deployment group. */
const isTesting = (row: Row): boolean => row === 'gate' || row === 'preflight'

/** The target groups (names) in which green is judged. */
const judgedIn = async ({ row, goal, deployment }: Asked, progress: Progress | Promise<Progress>) => {
  if (row === 'undo' || row === 'settle' || row === 'arrive') return []
  if (row !== 'gate' || goal.tests.length === 0) return goal.wanted
  // Ready says by itself that no traffic has arrived.
  if (deployment.status === 'Ready') return goal.tests
  const tests = testsOf({ goal, progress: await progress })
  return tests.length > 0 ? tests : goal.wanted
}

/** What is read, with the test target groups in which records say that green was registered, and how its targets are there. */
export const withTested = async <Read extends Pick<Answers, 'greens' | 'targetGroups' | 'health'>>(
  read: Read,
  ports: Reading,
): Promise<Read> => {
  const tested = new Set(read.greens.flatMap(({ records }) => [...records.testing.keys()]))
  const unread = [...tested].filter((name) => !read.health.has(name))
  if (unread.length === 0) return read
  const unknown = unread.filter((name) => !read.targetGroups.has(name))
  const found = unknown.length > 0 ? await ports.targetGroups(unknown) : new Map()
  const { targetGroups, health } = await readHealth(unread, new Map([...read.targetGroups, ...found]), ports)
  return { ...read, targetGroups, health: new Map([...read.health, ...health]) }
}

const recordedFor = (id: string, greens: readonly AutoScalingGroup[]): readonly string[] => [
  ...new Set(greens.flatMap(({ records }) => attachedFor(records, id))),
]

/** What a target group is does not change while one invocation looks on: each is described once. */
const readTargetGroups = async (
  names: readonly string[],
  asked: Pick<Asked, 'row' | 'before' | 'goal' | 'deployment'>,
  ports: Reading,
): Promise<Answers['targetGroups']> => {
  const { before } = asked
  const known = before !== undefined && 'targetGroups' in before ? before.targetGroups : new Map()
  if (names.every((name) => known.has(name))) return known
  const found = await ports.targetGroups(names)
  const described = new Map(names.map((name) => [name, found.get(name)]))
  return withConsent(described, await readConsent(described, asked, ports))
}

type Consent = Awaited<ReturnType<Reading['targetGroupTags']>>

/** The tags by which owners agree, by ARN of each target group whose owner has to. */
export const readConsent = async (
  targetGroups: Answers['targetGroups'],
  { row, goal, deployment: { subject } }: Pick<Asked, 'row' | 'goal' | 'deployment'>,
  ports: Reading,
): Promise<Consent> => {
  // Nothing is attached where a deployment is undone.
  const isAttachable = subject.kind === 'tagged' && row !== 'undo'
  const isOwned = ({ name }: TargetGroup) => isAttachable || (isTesting(row) && goal.tests.includes(name))
  const arns = [...targetGroups.values()].flatMap((one) => (one !== undefined && isOwned(one) ? [one.arn] : []))
  return arns.length > 0 ? ports.targetGroupTags(arns) : new Map()
}

export const withConsent = (targetGroups: Answers['targetGroups'], agreed: Consent): Answers['targetGroups'] =>
  new Map([...targetGroups].map(([name, one]) => [name, one && { ...one, tags: agreed.get(one.arn) ?? one.tags }]))

/**
 * How things stand once a deployment is over: which Auto Scaling groups the deployment group names now, and, where
 * something may be detached, who carries the traffic without green.
 */
const readEnding = async (
  deployment: Deployment,
  goal: Goal,
  detachable: Promise<readonly string[]>,
  ports: Reading,
): Promise<Ending> => {
  const { id, application, deploymentGroup, subject } = deployment
  const [named, all] = await Promise.all([
    // The tags of a Lambda or ECS deployment group name green for ever, and there is no blue.
    subject.kind === 'server' ? ports.autoScalingGroupsNamedBy(application, deploymentGroup) : goal.greens,
    ports.deploymentsUnderWay(application, deploymentGroup),
  ])
  const others = all.filter((other) => other.id !== id)
  const inTheWay = others.filter(({ kind }) => kind !== 'other')
  const isNeeded = (await detachable).length > 0
  return {
    named,
    underWay: others.map((other) => other.id),
    inTheWay: inTheWay.map((other) => other.id),
    production: isNeeded ? await readProduction(deployment, goal, named ?? [], inTheWay, ports) : noProduction,
  }
}

const readProduction = async (
  { id, subject }: Deployment,
  { greens }: Goal,
  named: readonly string[],
  inTheWay: readonly UnderWay[],
  ports: Reading,
): Promise<Production> => {
  const underWay = Promise.all(
    inTheWay.map(async (other) => ({
      id: other.id,
      // The tags of a Lambda or ECS deployment group name the same greens for each of its deployments.
      greens: subject.kind === 'server' ? other.greens : greens,
      movesTraffic: subject.kind !== 'server' || (await movesTraffic(other, ports)),
    })),
  )
  if (subject.kind !== 'server') return { ...noProduction, hasBegunTraffic: false, underWay: await underWay }
  const names = named.filter((name) => !greens.includes(name))
  const [groups, { hasBegunTraffic }, blue, moving] = await Promise.all([
    ports.autoScalingGroups(names),
    ports.progress(id),
    ports.blueTargets(id),
    underWay,
  ])
  return {
    names,
    instances: names.length > 0 ? groups.flatMap(({ inService }) => inService) : blue.instances,
    hasBegunTraffic: blue.hasBegunTraffic || hasBegunTraffic,
    underWay: moving,
  }
}

/** What cannot be told is taken for yes: nothing is detached then, and a later sweep looks again. */
const movesTraffic = async ({ id, status, kind }: UnderWay, ports: Reading): Promise<boolean> => {
  if (kind !== 'firstHand') return true
  // CodeDeploy moves no traffic before the deployment begins, nor while it waits at Ready (F4).
  const isStill = status === 'Created' || status === 'Queued' || status === 'Ready'
  return !isStill && (await ports.progress(id)).hasBegunTraffic !== false
}
