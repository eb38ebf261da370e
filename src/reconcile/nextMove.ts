import type { Notice } from '../model/notice.ts'
import { isRefused } from '../model/refused.ts'
import { expectsVerdict } from '../model/trigger.ts'
import type { Decision, Left } from '../rules/decision.ts'
import { orphan } from '../rules/orphan.ts'
import { absenceComplaints } from '../rules/preflight.ts'
import { decide } from '../rules/rules.ts'
import type { Seen, SeenAs } from '../rules/seen.ts'
import { finishingRows, type Row } from '../rules/table.ts'
import { complaintsListed, listed } from '../sentences.ts'
import { announce } from './announce.ts'
import { decidedByChoice, decidedByDeployment, refuse, triggerOf } from './early.ts'
import type { Memory } from './memory.ts'
import { conclude, lookAgain, type Move, type Wait, waitFor } from './move.ts'
import { noticesOf } from './notices.ts'
import { takesBack } from './sending.ts'
import { type Acted, awaitHealth, couldNotAct, makeChanges, passOrContinue, refuseOrStop } from './steering.ts'

/** How long a green that CodeDeploy names may be missing from Auto Scaling's answers before Greenlight believes it. */
const absentForMs = 5_000
/** How long the aftermath waits for CodeDeploy to end a deployment whose hook failed. */
const endedWithinMs = 30_000
/** For how long what is healthy is watched after healing attached something (F24). */
const watchedForMs = 30_000

/**
 * Decides what to do next about a deployment: from what was seen, what this invocation remembers, and the time. Nothing
 * else decides. Pure.
 *
 * @param now in milliseconds since 1970
 */
export const nextMove = (seen: Seen, memory: Memory, now: number): Move => {
  const move = moveOf(seen, memory, now)
  const notices = [...noticesOf(seen, memory), ...move.notices]
  return dryRun({ ...move, notices }, memory)
}

const moveOf = (seen: Seen, memory: Memory, now: number): Move => {
  if (seen.row === 'orphan') return act(orphan(seen, now), seen, memory, now)
  const early = decidedByDeployment(seen.deployment, memory)
  if (early !== undefined) return early
  if (seen.row === 'deploymentOnly') return lookAgain
  if (seen.row === 'notOurs') {
    const trigger = triggerOf(memory.task)
    return expectsVerdict(trigger) ? refuse(trigger, 'pattern', seen.reason) : conclude(undefined, seen.reason)
  }
  if (seen.row === 'awaitEnd' || seen.row === 'handOver') return act(decide(seen, now), seen, memory, now)

  const trigger = triggerOf(memory.task)
  const { mode, goal } = seen.choice
  const chosen = decidedByChoice(seen.choice, trigger)
  if (chosen !== undefined) {
    const isFinished = seen.row === 'observed' || seen.row === 'choiceOnly' || !isRefused(mode)
    return isFinished ? chosen : finish(chosen, seen, memory, now)
  }
  if (seen.row === 'observed') return announce(seen, memory, now)
  if (seen.row === 'choiceOnly') {
    if (mode === 'observe') return announce(seen, memory, now)
    return isRefused(goal) ? refuse(trigger, 'tags', goal.refusal) : lookAgain
  }
  // Somebody has put the deployment group into mode `observe` since the first look.
  if (mode === 'observe') return lookAgain
  return awaitGreens(seen, memory, now) ?? act(decide(seen, now), seen, memory, now)
}

/**
 * Finishes what was begun, and begins nothing, where a tag does not say how much Greenlight may do.
 *
 * @param refusal what is concluded then
 */
const finish = (refusal: Move, seen: SeenAs<Row>, memory: Memory, now: number): Move => {
  if (!finishingRows.includes(seen.row)) return refusal
  const decision = decide(seen, now)
  if (decision.decision === 'awaitShown') return act(decision, seen, memory, now)
  const changes = decision.decision === 'change' ? decision.changes.filter(takesBack) : []
  if (changes.length > 0) return act({ decision: 'change', changes }, seen, memory, now)
  const left = 'left' in decision ? decision.left : []
  const ended = end(refusal, left, memory)
  return { ...ended, notices: [...refusal.notices, ...ended.notices] }
}

/** A dry run changes nothing: its first move is its answer, and no metric counts it. */
const dryRun = (move: Move, { task }: Memory): Move => {
  if (task.kind !== 'deployment' || !task.isDryRun) return move
  if (move.kind === 'wait') return conclude('Pending', move.reason)
  if (move.kind !== 'change' || move.changes.length === 0) return { ...move, notices: [] }
  const reason = `a dry run: ${move.changes.map(({ call }) => call).join(', ')} would come next`
  return { kind: 'conclude', conclusion: { verdict: 'Pending', reason, wouldChange: move.changes }, notices: [] }
}

/**
 * A gate says for itself what it misses. In every other row an answer that is too old would leave something undone for
 * good, so a green that CodeDeploy names gets some time to appear.
 */
const awaitGreens = (seen: SeenAs<Row>, memory: Memory, now: number): Move | undefined => {
  if (!('goal' in seen) || seen.row === 'preflight' || seen.row === 'gate') return undefined
  const { goal, greens, row } = seen
  if (greens.length >= goal.greens.length) return undefined
  if (waitedFor('green', memory, now) < absentForMs) {
    return waitFor('green', `green ${listed(goal.greens)} is not there yet`)
  }
  const isNeeded = row === 'hold' || row === 'arrive'
  return greens.length === 0 && isNeeded
    ? refuse(seen.trigger, 'absent', complaintsListed(absenceComplaints(goal.greens, [])))
    : undefined
}

const waitedFor = (on: Wait, { since }: Memory, now: number): number => now - (since[on] ?? now)

/** The move that a decision asks for. */
const act = (decision: Decision, seen: Acted, memory: Memory, now: number): Move => {
  const trigger = triggerOf(memory.task)
  switch (decision.decision) {
    case 'refuse': {
      const isAwaited = decision.refusal === 'absent' && waitedFor('green', memory, now) < absentForMs
      return isAwaited
        ? waitFor('green', decision.reason)
        : refuseOrStop(decision.refusal, decision.reason, seen, memory, now)
    }
    case 'cannotProve':
      return couldNotAct('missing', decision.reason, trigger)
    case 'awaitInstall':
    case 'awaitInvitation':
      return trigger === 'call' ? conclude('Pending', decision.reason) : waitFor('install', decision.reason)
    case 'leaveToLastBatch':
      return trigger === 'call'
        ? conclude('Succeeded', `nothing to gate: ${decision.reason}`)
        : waitFor('install', decision.reason)
    case 'pending':
      return conclude('Pending', decision.reason)
    case 'change':
      return makeChanges(decision.changes, seen, memory, now)
    case 'awaitHealth':
      return awaitHealth(decision.reason, seen, memory, now)
    case 'awaitShown':
      // The next sweep sees it.
      return trigger === 'schedule' ? conclude(undefined, decision.reason) : waitFor('change', decision.reason)
    case 'awaitEnd':
      return now - memory.beganAt < endedWithinMs
        ? waitFor('end', `${decision.reason} yet`)
        : { kind: 'fail', reason: `${decision.reason} within ${endedWithinMs / 1000} s`, notices: [] }
    case 'healthy':
      return passOrContinue(decision.reason, seen, memory, now)
    case 'watch':
      return watch(decision, memory, now)
    case 'judged':
      return end(conclude(decision.isGood ? 'Succeeded' : 'Failed', decision.reason), decision.left, memory)
    case 'done':
      // A caller gets no other row that ends so than the one of a deployment that failed or was stopped.
      return end(
        expectsVerdict(trigger) ? isOverAlready(seen) : conclude(undefined, decision.reason),
        decision.left,
        memory,
      )
  }
}

const isOverAlready = (seen: Acted): Move =>
  'deployment' in seen
    ? conclude('Failed', `deployment ${seen.deployment.id} is over: it is ${seen.deployment.status}`)
    : conclude('Failed', seen.why)

/** The end of the work: tells what is left undone, and fails the invocation where something was refused on the way. */
const end = (conclusion: Move, left: readonly Left[], { refused, task, tried }: Memory): Move => {
  const notices = left.map(
    ({ kind, ...facts }): Notice =>
      'targetGroup' in facts ? { kind: 'leftAttached', ...facts } : { kind: 'notAttached', ...facts },
  )
  if (refused !== undefined) return { kind: 'fail', reason: refused, notices }
  const isRelease = task.kind === 'orphan' && left.length === 0 && Object.keys(tried).length > 0
  if (!isRelease) return { ...conclusion, notices }
  const { autoScalingGroup, why: reason } = task
  return { ...conclusion, notices: [{ kind: 'released', autoScalingGroup, reason }] }
}

/** Concludes healing: `Succeeded` where something was attached, `Failed` where that did harm. */
const watch = (
  { reason, left, healthy }: Extract<Decision, { decision: 'watch' }>,
  memory: Memory,
  now: number,
): Move => {
  const { healing, refused } = memory
  const isUntouched = healing === undefined || healing.targetGroups.length === 0
  if (isUntouched || refused !== undefined) return end(conclude(undefined, reason), left, memory)
  const { healthyBefore, autoScalingGroups, targetGroups } = healing
  const healed: Notice = { kind: 'healed', autoScalingGroups, targetGroups }
  const notices = memory.told.includes('healed') ? [] : [healed]

  const fell = Object.keys(healthyBefore).filter((name) => (healthy[name] ?? 0) < (healthyBefore[name] ?? 0))
  if (fell.length > 0) {
    const before = `before ${listed(targetGroups)} was attached to ${listed(autoScalingGroups)}`
    const why = `fewer targets of ${listed(fell)} are healthy than ${before}`
    return conclude('Failed', why, [...notices, { kind: 'healingStopped', autoScalingGroups, reason: why }])
  }
  if (waitedFor('watch', memory, now) >= watchedForMs) return end(conclude('Succeeded', reason), left, memory)
  return { ...waitFor('watch', `what is healthy behind ${listed(targetGroups)} is watched`), notices }
}
