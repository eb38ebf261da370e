import { type Change, isAttach, isRegistration } from '../model/change.ts'
import { type Deployment, isOver } from '../model/deployment.ts'
import { isSameGoal } from '../model/goal.ts'
import type { Progress } from '../model/progress.ts'
import type { RefusalKind } from '../model/refused.ts'
import { expectsVerdict, type Trigger } from '../model/trigger.ts'
import { healthyTargets } from '../rules/endAndWatch.ts'
import { judgeGreens, whyUnregistered } from '../rules/health.ts'
import type { Seen, SeenAs } from '../rules/seen.ts'
import { columnOf, persistentRows, plannedRows, type Row, rowOf } from '../rules/table.ts'
import { refuse, triggerOf } from './early.ts'
import { callerOf, type Memory } from './memory.ts'
import { conclude, lookAgain, lookToConfirm, type Move, waitFor } from './move.ts'
import { planOf, sendable } from './sending.ts'

/** What an act is decided on. */
export type Acted = Exclude<Seen, { row: 'deploymentOnly' | 'notOurs' | 'choiceOnly' | 'observed' }>

/** Makes of these changes what may be made now. */
export const makeChanges = (changes: readonly Change[], seen: Acted, memory: Memory, now: number): Move => {
  const trigger = triggerOf(memory.task)
  const passingForMs = seen.settings.healthTimeoutSeconds * 1000
  const goesOn = persistentRows.some((row) => row === seen.row)
  const what = sendable(changes, memory, now, { passingForMs, goesOn })
  if (what.kind === 'refused') return { kind: 'fail', reason: what.reason, notices: [] }
  const isGating = seen.row === 'gate' && changes.some(isRegistration)
  const late =
    isGating && what.kind === 'wait' ? lateSentence(what.reason, healthSince(seen, memory, now), seen, now) : undefined
  if (late !== undefined) return couldNotAct('unhealthy', late, trigger)
  if (what.kind === 'wait') return waitFor(isGating ? 'health' : 'change', what.reason)
  if (seen.row === 'endAndWatch' && memory.healing === undefined && what.changes.some(isAttach)) {
    // What is healthy is counted first; the attachment is decided on a look of its own.
    const healing = { healthyBefore: healthyTargets(seen), autoScalingGroups: [], targetGroups: [] }
    return { ...lookAgain, healing }
  }
  const plan = plannedRows.some((row) => row === seen.row) ? planOf(what.changes) : what.changes.slice(0, 1)
  return {
    kind: 'change',
    changes: plan,
    next: endsInHealth(plan, what.changes, seen) ? 'confirm' : 'look',
    refused: what.refused,
    healing: undefined,
    notices: [],
  }
}

/** Green is healthy, and after these changes held as well: the second look is all that is left. */
const endsInHealth = (plan: readonly Change[], all: readonly Change[], seen: Acted): boolean =>
  seen.row === 'gate' &&
  plan.length === all.length &&
  !plan.some(isRegistration) &&
  judgeGreens(seen).decision === 'healthy'

/**
 * So long does an invocation look by itself before it says that green is not healthy: green may have been healthy since the
 * date on its record, and fail a check just now. A third of the time at most, so that short invocations come to an end.
 */
const ownLooksMs = (trigger: Trigger, healthTimeoutSeconds: number): number =>
  Math.min(trigger === 'call' ? 15_000 : 60_000, (healthTimeoutSeconds * 1000) / 3)

/** Waits for green to become healthy, for as long as the settings say. */
export const awaitHealth = (reason: string, seen: Acted, memory: Memory, now: number): Move => {
  const since = healthSince(seen, memory, now)
  const late = lateSentence(reason, since, seen, now)
  if (late === undefined && isOneOfMany(seen, memory)) return conclude('Pending', reason)
  const ownMs = ownLooksMs(triggerOf(memory.task), seen.settings.healthTimeoutSeconds)
  if (late === undefined || now - memory.beganAt < ownMs) return waitFor('health', reason, since)
  const unregistered = seen.row === 'gate' ? whyUnregistered(seen) : undefined
  return unregistered === undefined
    ? refuseOrStop('unhealthy', late, seen, memory, now)
    : couldNotAct('unhealthy', `${late}; ${unregistered}`, triggerOf(memory.task))
}

/** So many scripts of one green may wait in the function itself. */
const mostWaiting = 3

/** Of a fleet, one call waits for health; the scripts of the other instances get their answer at once, and ask again. */
const isOneOfMany = (seen: Acted, memory: Memory): boolean => {
  const caller = callerOf(memory)
  if (caller === undefined || seen.row !== 'gate') return false
  const instances = seen.greens.flatMap(({ inService }) => inService)
  return instances.length > mostWaiting && instances.some((id) => id < caller)
}

/**
 * Since when green has had the time for health, across invocations: a pipeline may call again and again. From the later of
 * the date on the record and the newest BeforeAllowTraffic, since another script may have taken long before Greenlight was asked.
 */
const healthSince = (seen: Acted, { since, beganAt, deploymentId, task }: Memory, now: number): number => {
  const { health } = since
  if (seen.row !== 'gate') return health ?? now
  const notes = seen.greens.flatMap(({ records: { attached, testing, held } }) => {
    const own = [...attached.values(), ...testing.values()].filter((note) => note.deploymentId === deploymentId)
    return own.length > 0 || held === undefined || held.deploymentId !== deploymentId ? own : [held]
  })
  const dates = [
    // A date in the future counts as now, and stays so: the time comes to an end all the same.
    ...notes.flatMap((note) => (note.at !== undefined && note.at > now ? [health ?? now] : (note.at ?? []))),
    ...[seen.progress.askingSince ?? [], health ?? []].flat().map((at) => Math.min(at, now)),
    ...(triggerOf(task) === 'hook' ? [beganAt] : []),
  ]
  return dates.length > 0 ? Math.max(...dates) : now
}

/** Greenlight could not act: that says nothing about green, so nobody is stopped, and AWS sends a notification again. */
export const couldNotAct = (refusal: RefusalKind, reason: string, trigger: Trigger): Move =>
  expectsVerdict(trigger) ? refuse(trigger, refusal, reason) : { kind: 'fail', reason, notices: [] }

/** @returns a sentence once the time for health is over */
const lateSentence = (reason: string, since: number | undefined, seen: Acted, now: number): string | undefined => {
  if (since === undefined) return undefined
  const { healthTimeoutSeconds } = seen.settings
  return now - since >= healthTimeoutSeconds * 1000
    ? `not healthy within ${healthTimeoutSeconds} s: ${reason}`
    : undefined
}

/** Refuses; a deployment of mode `gate` that nobody asked about is stopped, after a second look. */
export const refuseOrStop = (refusal: RefusalKind, reason: string, seen: Acted, memory: Memory, now: number): Move => {
  const trigger = triggerOf(memory.task)
  const isSteered = seen.row === 'gate' || seen.row === 'preflight'
  if (!isSteered || expectsVerdict(trigger) || seen.choice.mode !== 'gate') return refuse(trigger, refusal, reason)
  if (!seen.isConfirmed) return lookToConfirm
  // A complaint about what nobody names any more stops nobody.
  if (!isSameGoal(seen.goal, seen.choice.goal)) return lookAgain
  const { deployment, progress } = seen
  const why = whyNotStop(deployment, progress)
  if (why === undefined) {
    const stop: Change = { call: 'codedeploy:StopDeployment', deploymentId: deployment.id, reason, refusal }
    return makeChanges([stop], seen, memory, now)
  }
  if (isOver(deployment)) return lookAgain
  const said = `${reason}; but ${why}`
  const { notices, ...refused } = refuse(trigger, refusal, said)
  return { ...refused, notices: [{ kind: 'notStopped', reason: said }, ...notices] }
}

/** Greenlight never stops a deployment whose traffic CodeDeploy may have moved, be it to the first of several batches. */
const whyNotStop = ({ id, status }: Deployment, { step, hasBegunTraffic }: Progress): string | undefined => {
  if (hasBegunTraffic) return 'CodeDeploy has given traffic to some of green already'
  if (status === 'Ready' || status === 'Created' || status === 'Queued') return undefined
  if (status !== 'InProgress') return `deployment ${id} is ${status} now`
  return step === 'installing' || step === 'betweenBatches'
    ? undefined
    : `CodeDeploy moves its traffic already (${step})`
}

/** Passes after a second look: health is worth nothing if the deployment ended, or went elsewhere, meanwhile. */
export const passOrContinue = (reason: string, seen: Acted, memory: Memory, now: number): Move => {
  if (seen.row !== 'gate') return lookAgain
  if (!seen.isConfirmed) return lookToConfirm
  if (!isStillGated(seen)) return lookAgain
  const trigger = triggerOf(memory.task)
  const notices = [{ kind: 'healthy', afterMs: now - (memory.since.health ?? now) }] as const
  if (expectsVerdict(trigger)) return conclude('Succeeded', reason, notices)
  const { id, waitMinutes } = seen.deployment
  if (waitMinutes === undefined) {
    const raced = `${reason}; the deployment does not wait, so that this could only race CodeDeploy`
    return conclude('Succeeded', raced, notices)
  }
  const move = makeChanges([{ call: 'codedeploy:ContinueDeployment', deploymentId: id, reason }], seen, memory, now)
  return { ...move, notices: [...notices, ...move.notices] }
}

/** Whether the second look shows the same row and the same goal as the first. */
const isStillGated = ({ deployment, choice, trigger, progress, goal }: SeenAs<'gate'>): boolean => {
  const { mode } = choice
  const row: Row | 'byProgress' | undefined =
    typeof mode === 'string' ? rowOf(deployment.status, columnOf(trigger, mode), progress) : undefined
  return row === 'gate' && isSameGoal(goal, choice.goal)
}
