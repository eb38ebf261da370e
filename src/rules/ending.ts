import { type AutoScalingGroup, missingFrom } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { attachedFor } from '../model/records.ts'
import { isUnasked } from '../model/trigger.ts'
import { complaintsListed, listed } from '../sentences.ts'
import { consentComplaints } from './consent.ts'
import { type Decision, done, type Left } from './decision.ts'
import { noRelease, type Release, releaseOf } from './holding.ts'
import type { Ending, SeenAs } from './seen.ts'

/** A look at the end of a deployment. */
export type SeenEnded = SeenAs<'settle' | 'settleAndJudge' | 'undo' | 'endAndWatch'>

/** What the end of a deployment asks of one green: its changes, what remains to be waited for, and what is left undone. */
export type GreenEnding = {
  readonly changes: readonly Change[]
  readonly draining: readonly string[]
  /** What AWS may not show yet, in clauses. */
  readonly awaited: readonly string[]
  readonly left: readonly Left[]
}

/** The endings of all greens, as one decision. */
export const endedAs = (endings: readonly GreenEnding[], reason: string): Decision => {
  const changes = endings.flatMap((ending) => ending.changes)
  if (changes.length > 0) return { decision: 'change', changes }
  const left = endings.flatMap((ending) => ending.left)
  // Nobody waits for draining, which may take an hour: a later sweep finds it done, and forgets.
  const draining = endings.flatMap((ending) => ending.draining)
  const awaited = draining.length > 0 ? [] : endings.flatMap((ending) => ending.awaited)
  if (awaited.length > 0) return { decision: 'awaitShown', reason: complaintsListed(awaited) }
  const ended = draining.length > 0 ? complaintsListed(draining) : reason
  return done(left.length > 0 ? `${ended}, but ${complaintsListed(left.map(inBrief))}` : ended, left)
}

/** What is left, in a clause: why an attachment stays has a line of its own. */
const inBrief = (left: Left): string =>
  left.kind === 'attached' ? `${left.targetGroup} is left attached to ${left.autoScalingGroup}` : left.reason

/**
 * Only a hook gates Lambda and ECS. Where nobody asked, Greenlight ends such a deployment only where records say that it
 * had to do with it.
 *
 * @returns undefined where there is something to end
 */
export const nothingRecorded = (seen: SeenEnded): Decision | undefined => {
  const { deployment, trigger, greens } = seen
  const { id, subject } = deployment
  const isRecorded = greens.some(
    (green) =>
      green.records.record === id || attachedFor(green.records, id).length > 0 || takenOver(green, seen).length > 0,
  )
  return subject.kind === 'tagged' && isUnasked(trigger) && !isRecorded
    ? done(`nothing is recorded for deployment ${id}`)
    : undefined
}

/**
 * The target groups (names) that other deployments attached to green before this one succeeded with them: users depend on them
 * from then on, and no failure takes them back.
 */
export const takenOver = (green: AutoScalingGroup, seen: SeenEnded): readonly string[] => {
  const { deployment, goal, targetGroups, ending } = seen
  const { id, status, completedAt } = deployment
  const isTaken = status === 'Succeeded' && completedAt !== undefined && (ending.named ?? []).includes(green.name)
  if (!isTaken || consentComplaints(seen).length > 0) return []
  const missing = missingFrom(green, goal.wanted, targetGroups)
  return [...green.records.attached].flatMap(([name, { deploymentId, at = 0 }]) => {
    const isOthers = deploymentId !== id && !ending.underWay.includes(deploymentId)
    const isThere = goal.wanted.includes(name) && !missing.includes(name)
    return isOthers && isThere && at <= completedAt ? [name] : []
  })
}

/** What is being deleted refuses to be changed, and takes its records with it. */
export const lasting = (greens: readonly AutoScalingGroup[]): readonly AutoScalingGroup[] =>
  greens.filter(({ isBeingDeleted }) => !isBeingDeleted)

/**
 * Whether the deployment group names green, and nobody else: then users depend on it, however its deployment ended. One
 * that names both may have done so from the beginning (F17).
 */
export const isNamedAlone = (
  { deployment, goal, ending: { named = [] } }: Pick<SeenEnded, 'deployment' | 'goal' | 'ending'>,
  { name }: AutoScalingGroup,
): boolean =>
  deployment.subject.kind === 'server' && named.includes(name) && named.every((one) => goal.greens.includes(one))

/** @returns why the end of a deployment attaches nothing to green, or undefined */
export const whyNotAttach = ({ name }: AutoScalingGroup, { named, inTheWay }: Ending): string | undefined => {
  if (named === undefined) return 'its deployment group does not exist any more'
  if (!named.includes(name)) return `its deployment group names ${listed(named)} now`
  return inTheWay.length > 0 ? `deployment ${listed(inTheWay)} is under way` : undefined
}

/** A hold of a deployment that is under way is its own; a hold left over from any other is released. */
export const releaseUnlessUnderWay = (green: AutoScalingGroup, { underWay }: Ending, now: number): Release => {
  const { held } = green.records
  return held !== undefined && underWay.includes(held.deploymentId) ? noRelease : releaseOf(green, now)
}

export const isSomebodyElses = ({ records: { record } }: AutoScalingGroup, id: string, { underWay }: Ending): boolean =>
  record !== undefined && record !== id && underWay.includes(record)
