import { type Deployment, readDeployment } from '../model/deployment.ts'
import { type Green, readGreen } from '../model/green.ts'
import { type Progress, readBlocked, readProgress } from '../model/progress.ts'
import { attachedFor } from '../model/records.ts'
import { readAim } from '../model/tags.ts'
import { type Asked, isTold, type Row } from '../rules/decide.ts'
import type { Aim, Observation } from '../rules/judge.ts'
import type { Ports } from './ports.ts'

/** How long the tags of a deployment group are remembered: so soon does a changed mode take effect. */
const tagsForMs = 30_000

type Tags = ReadonlyMap<string, string> | undefined

/**
 * How one invocation sees AWS: everything is asked anew each time, but for what does not change meanwhile.
 *
 * @param remembered a green as its tags tell, and as this invocation knows better
 */
export const observing = (ports: Ports, remembered: (green: Green) => Green) => {
  const targetGroups = remember(ports.targetGroups)
  const asking = { ...ports, targetGroups }
  return {
    /** The tags of the deployment group; undefined where there is none any more. */
    tagsOf: rememberTags(ports),
    /** What AWS says about the aim now, as far as the row needs it. */
    observe: (deployment: Deployment, aim: Aim, row: Row, asked: Asked): Promise<Observation> =>
      observe(deployment, aim, row, asked, asking, remembered),
    progressOf: (deployment: Deployment): Promise<Progress> => readProgressOf(deployment, ports),
  }
}

/** Which greens and which target groups the deployment is about, or a sentence why that cannot be said. */
export const aimOf = ({ application, deploymentGroup, subject }: Deployment, tags: Tags): Aim | string => {
  if (subject.kind === 'server') return { greens: subject.greens, wanted: subject.wanted }
  if (tags === undefined) return `deployment group ${application}/${deploymentGroup} does not exist any more`
  return readAim({ application, deploymentGroup }, tags, subject.kind === 'tagged' ? subject.pairs : [])
}

/**
 * Reads what the row needs, and what does not depend on each other side by side. A gate asks for health even where
 * something is still to be attached: whoever may not look must not act.
 */
const observe = async (
  deployment: Deployment,
  aim: Aim,
  row: Row,
  asked: Asked,
  ports: Ports,
  remembered: (green: Green) => Green,
): Promise<Observation> => {
  const isEnd = row === 'settle' || row === 'undo'
  const greens = ports.autoScalingGroups(aim.greens).then((groups) => groups.map(readGreen).map(remembered))
  const found = isEnd
    ? greens.then((read) => ports.targetGroups(withRecorded(aim.wanted, read)))
    : // A hold is about processes alone.
      ports.targetGroups(row === 'hold' ? [] : aim.wanted)
  // Settling needs health only for the verdict of somebody who asked, an undo for what it may detach.
  const judges = row === 'gate' || (row === 'settle' && !isTold(asked))
  const detachable = greens.then((read) =>
    row === 'undo' ? [...new Set(read.flatMap(({ records }) => attachedFor(records, deployment.id)))] : [],
  )
  const [read, targetGroups, , health, progress, end] = await Promise.all([
    greens,
    found,
    detachable,
    found.then(async (groups) => readHealth(judges ? aim.wanted : await detachable, groups, ports)),
    // The row of a deployment InProgress has been chosen by it: only who judges health has to know it again.
    judges ? readProgressOf(deployment, ports) : installedAll,
    isEnd ? readEnd(deployment, aim, detachable, ports) : undefined,
  ])
  return { aim, greens: read, targetGroups, health, progress, end }
}

/** The target groups that records name as well: the deployment group may have changed since. */
const withRecorded = (wanted: readonly string[], greens: readonly Green[]): readonly string[] => [
  ...new Set([...wanted, ...greens.flatMap(({ records }) => [...records.attached.keys()])]),
]

const readHealth = async (
  names: readonly string[],
  targetGroups: Observation['targetGroups'],
  ports: Ports,
): Promise<Observation['health']> => {
  const arns = names.flatMap((name) => {
    const arn = targetGroups.get(name)?.TargetGroupArn
    return arn === undefined ? [] : [{ name, arn }]
  })
  return new Map(await Promise.all(arns.map(async ({ name, arn }) => [name, await ports.targetHealth(arn)] as const)))
}

/** A Lambda or ECS deployment installs nothing on the instances of an Auto Scaling group. */
const installedAll: Progress = { step: 'installed', failed: new Set(), waitingFor: [], askingSince: undefined }

const readProgressOf = async ({ id, status, subject }: Deployment, ports: Ports): Promise<Progress> => {
  if (subject.kind !== 'server') return installedAll
  const progress = readProgress(await ports.deploymentTargets(id, 'Green'))
  // Ready says by itself that every green instance is installed (F4), Succeeded that all is over.
  return status === 'Ready' || status === 'Succeeded' ? { ...progress, step: 'installed' } : progress
}

/**
 * What matters only once a deployment is over: who the deployment group is with now, and, where something may be
 * detached, whether blue is back.
 */
const readEnd = async (
  deployment: Deployment,
  aim: Aim,
  detachable: Promise<readonly string[]>,
  ports: Ports,
): Promise<NonNullable<Observation['end']>> => {
  const { id, application, deploymentGroup, subject } = deployment
  const [named, underWay] = await Promise.all([
    // The tags of a Lambda or ECS deployment group name green for ever, and there is no blue.
    subject.kind === 'server' ? ports.autoScalingGroupsNamedBy(application, deploymentGroup) : aim.greens,
    ports.deploymentsUnderWay(application, deploymentGroup),
  ])
  const others = underWay.filter(({ deploymentId }) => deploymentId !== id)
  const blueNames = (named ?? []).filter((name) => !aim.greens.includes(name))
  const [blue, targets] =
    blueNames.length > 0 && (await detachable).length > 0
      ? await Promise.all([ports.autoScalingGroups(blueNames), ports.deploymentTargets(id, 'Blue')])
      : [[], []]
  return {
    named,
    underWay: others.flatMap(({ deploymentId }) => deploymentId ?? []),
    inTheWay: others.filter(isInTheWay).flatMap(({ deploymentId }) => deploymentId ?? []),
    blue: {
      names: blueNames,
      instances: blue.flatMap((group) => readGreen(group).instances),
      blocked: readBlocked(targets),
    },
  }
}

/** A first-hand deployment, whose blue green may be; or a rollback, which takes green's traffic away. */
const isInTheWay = (info: Parameters<typeof readDeployment>[0]): boolean => {
  if (info?.creator === 'codeDeployRollback') return true
  const deployment = readDeployment(info)
  return typeof deployment === 'string' || deployment.subject.kind !== 'nothing'
}

const rememberTags = (ports: Ports) => {
  let known: { readonly at: number; readonly tags: Promise<Tags> } | undefined
  return ({ application, deploymentGroup }: Deployment, { anew = false } = {}): Promise<Tags> => {
    if (known === undefined || anew || Date.now() - known.at >= tagsForMs) {
      known = { at: Date.now(), tags: ports.deploymentGroupTags(application, deploymentGroup) }
    }
    return known.tags
  }
}

/** What a target group is does not change while one invocation looks on; it is described once. */
const remember = (targetGroups: Ports['targetGroups']): Ports['targetGroups'] => {
  const known = new Map<string, ReturnType<Ports['targetGroups']>>()
  return (names) => {
    const key = names.join(' ')
    const answer = known.get(key) ?? targetGroups(names)
    known.set(key, answer)
    return answer
  }
}
