import type { Change } from '../model/change.ts'
import type { Deployment } from '../model/deployment.ts'
import { type Green, missingFrom, targetGroupName } from '../model/green.ts'
import { attachedFor, attachedKey, heldKey, recordKey } from '../model/records.ts'
import { listed } from '../wording.ts'
import { isDraining, whyNotReturned } from './health.ts'
import { foreignKeys, releaseOf, untagging } from './hold.ts'
import { attachmentsOf, type End, type Left, type Observation, type Step } from './judge.ts'

/** How long after a deployment the deployment group may still be about to change the Auto Scaling group that it names (F11). */
const switchedWithinMs = 3_600_000

/** What an end asks: of each green its changes, what remains to be waited for, and what is left undone. */
type Ending = {
  readonly changes: readonly Change[]
  readonly draining: readonly string[]
  readonly left: readonly Left[]
}

/** The row of a deployment that has succeeded: release, attach what is missing where that is safe, forget (design 2.2). */
export const settle = (observation: Observation, end: End, deployment: Deployment, now: number): Step =>
  stepOf(
    [
      ...observation.greens.map((green) => settling(green, observation, end, deployment, now)),
      { changes: [], draining: [], left: missingGreens(observation, end) },
    ],
    `deployment ${deployment.id} is ${deployment.status}: settled`,
  )

/** A green that the deployment group names, and that Auto Scaling does not know: two answers of AWS that cannot both be true. */
const missingGreens = ({ aim, greens }: Observation, { named = [] }: End): readonly Left[] =>
  aim.greens
    .filter((name) => named.includes(name) && !greens.some((green) => green.name === name))
    .map((green) => ({ kind: 'missing', green, reason: `green ${green} does not exist` }))

/** The row of a deployment that has failed or was stopped: release, detach what we attached where that is safe, forget. */
export const undo = (
  observation: Observation,
  end: End,
  deployment: Deployment,
  now: number,
  minimumHealthyPercent: number,
): Step => {
  const isNamed =
    deployment.subject.kind === 'server' && observation.greens.some(({ name }) => end.named?.includes(name))
  return stepOf(
    observation.greens.map((green) =>
      deployment.subject.kind === 'server' && end.named?.includes(green.name)
        ? settling(green, observation, end, deployment, now)
        : undoing(green, observation, end, deployment, minimumHealthyPercent),
    ),
    `deployment ${deployment.id} is ${deployment.status}: ${isNamed ? 'its deployment group names green, which was settled' : 'undone'}`,
  )
}

const stepOf = (endings: readonly Ending[], reason: string): Step => {
  const changes = endings.flatMap((ending) => ending.changes)
  if (changes.length > 0) return { step: 'change', changes }
  const draining = endings.flatMap((ending) => ending.draining)
  if (draining.length > 0) return { step: 'awaitDrained', reason: listed(draining, 10, '; ') }
  return { step: 'done', reason, left: endings.flatMap(({ left }) => left) }
}

const settling = (
  green: Green,
  { aim, targetGroups }: Observation,
  end: End,
  deployment: Deployment,
  now: number,
): Ending => {
  const { id, completedAt } = deployment
  const why = whyNotAttach(green, end)
  const missing = missingFrom(green, aim.wanted)
  const able = missing.filter((name) => targetGroups.get(name)?.TargetType === 'instance')
  const attachments = why === undefined ? attachmentsOf(green, able, targetGroups) : []

  // A rollback that is still to come takes green's traffic away: what is to be undone then must still be known.
  const isRecent = completedAt !== undefined && now - completedAt < switchedWithinMs
  const mayBeRolledBack = deployment.status !== 'Succeeded' && deployment.autoRollback && isRecent
  const awaitsRollback = mayBeRolledBack || end.underWay.includes(deployment.rolledBackBy ?? '')
  const looksAgain = missing.length > 0 && why !== undefined && isRecent
  const own = attachedFor(green.records, id).map(attachedKey)
  const forgotten = [...foreignKeys(green, id, new Set(end.underWay)), ...(awaitsRollback ? [] : own)]
  const keepsRecord = awaitsRollback || looksAgain || isSomebodyElses(green, id, end)

  const { resume, keys } = releasing(green, end)
  const left: readonly Left[] =
    missing.length > 0
      ? [
          {
            kind: 'missing',
            green: green.name,
            reason: `${green.name} is without ${listed(missing)}: ${why ?? 'no such target group of type instance'}`,
          },
        ]
      : []
  return {
    changes: [
      ...resume,
      ...attachments,
      ...untagging(green, present(green, [...keys, ...forgotten, ...(keepsRecord ? [] : [recordKey])])),
    ],
    draining: [],
    left,
  }
}

const whyNotAttach = ({ name }: Green, { named, inTheWay }: End): string | undefined => {
  if (named === undefined) return 'its deployment group does not exist any more'
  if (!named.includes(name)) return `its deployment group names ${listed(named)} now`
  return inTheWay.length > 0 ? `deployment ${listed(inTheWay)} is under way` : undefined
}

const undoing = (
  green: Green,
  observation: Observation,
  end: End,
  { id }: Deployment,
  minimumHealthyPercent: number,
): Ending => {
  const { resume, keys } = releasing(green, end)
  const records = attachedFor(green.records, id)
  const judged = records.map((name) => ({
    name,
    arn: green.attachedAsTargetGroups.find((arn) => targetGroupName(arn) === name),
    why: whyNotDetach(name, green, observation, end, minimumHealthyPercent),
  }))
  const detachments = judged.flatMap(({ name, arn, why }): readonly Change[] =>
    arn !== undefined && why === undefined
      ? [{ call: 'autoscaling:DetachLoadBalancerTargetGroups', green: green.name, targetGroups: [{ name, arn }] }]
      : [],
  )
  const left = judged.flatMap(({ name, arn, why }): readonly Left[] =>
    arn !== undefined && why !== undefined
      ? [{ kind: 'attached', green: green.name, reason: `${name} is left attached to ${green.name}: ${why}` }]
      : [],
  )
  const gone = judged.filter(({ arn }) => arn === undefined).map(({ name }) => name)
  const draining = gone.filter((name) => drains(name, green, observation))
  const drained = gone.filter((name) => !draining.includes(name))
  const isLast = drained.length === records.length && !isSomebodyElses(green, id, end)
  return {
    changes: [
      ...resume,
      ...detachments,
      ...untagging(
        green,
        present(green, [
          ...keys.filter((key) => key === heldKey),
          ...foreignKeys(green, id, new Set(end.underWay)),
          ...drained.map(attachedKey),
          ...(isLast ? [recordKey] : []),
        ]),
      ),
    ],
    draining: draining.map((name) => `${green.name} is draining in ${name}`),
    left,
  }
}

/** The guard of design 2.2: green is detached only where somebody else carries the traffic, or nobody could. */
const whyNotDetach = (
  name: string,
  green: Green,
  { targetGroups, health }: Observation,
  { named, blue }: End,
  minimumHealthyPercent: number,
): string | undefined => {
  const targetGroup = targetGroups.get(name)
  if (named === undefined) return 'its deployment group does not exist any more'
  if ((targetGroup?.LoadBalancerArns ?? []).length === 0) return undefined
  const targets = health.get(name) ?? []
  const healthy = targets.filter(({ TargetHealth: state }) => state?.State === 'healthy')
  const isGreens = (id: string | undefined) => green.instances.includes(id ?? '')
  if (healthy.length > 0 && !healthy.some(({ Target: target }) => isGreens(target?.Id))) return undefined
  if (blue.names.length === 0) return 'there is no blue that could carry its traffic'
  const why = whyNotReturned({ instances: blue.instances, blocked: blue.blocked, targets, minimumHealthyPercent })
  return why && `blue (${listed(blue.names)}) ${why}`
}

/**
 * What green still has there and does not drain was registered by somebody else: CodeDeploy does it by hand, and leaves it
 * so where it fails (F9). Nobody ends that, and nothing of ours is to be waited for.
 */
const drains = (name: string, green: Green, { health }: Observation): boolean =>
  (health.get(name) ?? []).some(
    ({ Target: target, TargetHealth: state }) => green.instances.includes(target?.Id ?? '') && isDraining(state?.State),
  )

/** What is held for a deployment that is under way is its own; a hold left over from any other is released. */
const releasing = (green: Green, end: End): ReturnType<typeof releaseOf> =>
  end.underWay.includes(green.records.held?.deploymentId ?? '') ? { resume: [], keys: [] } : releaseOf(green)

const isSomebodyElses = ({ records: { record } }: Green, id: string, { underWay }: End): boolean =>
  record !== undefined && record !== id && underWay.includes(record)

/** Those keys that are there, or that this invocation wrote; each once. */
const present = ({ tags, records }: Green, keys: readonly string[]): readonly string[] =>
  [...new Set(keys)].filter(
    (key) =>
      tags.has(key) ||
      (key === heldKey && records.held !== undefined) ||
      [...records.attached.keys()].some((name) => attachedKey(name) === key),
  )
