import { type AutoScalingGroup, missingFrom } from '../model/autoScalingGroup.ts'
import { attachedFor, attachedKey } from '../model/records.ts'
import { complaintsListed, listed } from '../sentences.ts'
import { attachable, attachmentsOf, recordsOf } from './attaching.ts'
import { consentComplaints } from './consent.ts'
import type { Decision, Left, Rule } from './decision.ts'
import {
  endedAs,
  type GreenEnding,
  isSomebodyElses,
  lasting,
  nothingRecorded,
  releaseUnlessUnderWay,
  type SeenEnded,
  takenOver,
  whyNotAttach,
} from './ending.ts'
import { judgeGreens } from './health.ts'
import { absenceComplaints } from './preflight.ts'
import { forgetting, noting, tagging } from './tagging.ts'
import { withdrawalOf } from './testing.ts'
import { whyNotRegister } from './unproven.ts'

/** How long after a deployment its deployment group may still be about to name another Auto Scaling group (F11). */
const switchedWithinMs = 3_600_000

/** Settles, and then says whether green has everything and is healthy. */
export const settleAndJudge: Rule<'settleAndJudge'> = (seen, now) => {
  const settled = settle(seen, now)
  if (settled.decision !== 'done') return settled
  const { goal, greens, deployment } = seen
  const { left } = settled
  const succeeded = `deployment ${deployment.id} has succeeded`
  const fails = (why: string): Decision => ({
    decision: 'judged',
    isGood: false,
    reason: `${succeeded}, but ${why}`,
    left,
  })
  if (left.length > 0) return fails(left.map(({ reason }) => reason).join('; '))
  const absent = absenceComplaints(goal.greens, greens)
  if (absent.length > 0) return fails(complaintsListed(absent))
  const health = judgeGreens(seen)
  if (health.decision !== 'healthy') return fails(health.reason)
  return { decision: 'judged', isGood: true, reason: `${succeeded}, and ${health.reason}`, left }
}

/** Ends a deployment that has succeeded: release, attach what is missing where that is safe, forget. */
export const settle = (seen: SeenEnded, now: number): Decision =>
  nothingRecorded(seen) ??
  endedAs(
    [
      ...lasting(seen.greens).map((green) => settleGreen(green, seen, now)),
      { changes: [], draining: [], awaited: [], left: missingGreens(seen) },
    ],
    `deployment ${seen.deployment.id} is ${seen.deployment.status}: settled`,
  )

/** A green that the deployment group names and that Auto Scaling does not know: both answers cannot be true. */
const missingGreens = ({ goal, greens, ending: { named = [] } }: SeenEnded): readonly Left[] =>
  goal.greens
    .filter((name) => named.includes(name) && !greens.some((green) => green.name === name))
    .map((green) => ({ kind: 'missing', reason: `green ${green} does not exist` }))

/** Settles one green; also where its deployment failed, if the deployment group names it all the same. */
export const settleGreen = (green: AutoScalingGroup, seen: SeenEnded, now: number): GreenEnding => {
  const { goal, targetGroups, ending, deployment } = seen
  const { id, completedAt, status, autoRollback, rolledBackBy } = deployment
  const withheld = consentComplaints(seen)
  const why = whyNotAttach(green, ending) ?? (withheld.length > 0 ? complaintsListed(withheld) : undefined)
  // Where only records name green any more, nothing is begun.
  const wanted = goal.greens.includes(green.name) ? goal.wanted : []
  const missing = missingFrom(green, wanted, targetGroups)
  const able = withheld.length > 0 ? [] : attachable(missing, targetGroups)
  const tooMany = why === undefined ? whyNotRegister(green, able, seen) : new Map<string, string>()
  const safe = able.filter((name) => !tooMany.has(name))
  const attachments = why === undefined ? attachmentsOf(green, safe, targetGroups) : []

  // If a rollback may still come, the records stay: they say what to undo then.
  const isRecent = completedAt !== undefined && now - completedAt < switchedWithinMs
  const mayBeRolledBack = status !== 'Succeeded' && autoRollback && isRecent
  const awaitsRollback = mayBeRolledBack || (rolledBackBy !== undefined && ending.underWay.includes(rolledBackBy))
  const mayYetAttach = ending.named !== undefined && (ending.named.includes(green.name) || isRecent)
  const owed = mayYetAttach ? able : []
  const settled = [
    ...attachedFor(green.records, id).filter((name) => !awaitsRollback && !owed.includes(name)),
    ...takenOver(green, seen),
  ]
  const keepsRecord = awaitsRollback || owed.length > 0 || isSomebodyElses(green, id, ending)

  const { resume, keys, awaited } = releaseUnlessUnderWay(green, ending, now)
  const withdrawal = withdrawalOf(green, seen, now, ending.underWay)
  const forgotten = [...keys, ...withdrawal.keys, ...green.records.copied, ...settled.map(attachedKey)]
  // A sweep finds green by its record, and attaches later.
  const noted = tooMany.size > 0 ? noting(green, id, now, {}) : {}
  const barred = missing.filter((name) => !tooMany.has(name))
  const without = `${green.name} is without ${listed(barred)}: ${why ?? 'no such target group of type instance'}`
  const reasons = [...(barred.length > 0 ? [without] : []), ...tooMany.values()]
  return {
    changes: [
      ...resume,
      ...tagging(green, { ...noted, ...recordsOf(green, attachments, id, now) }),
      ...attachments,
      ...withdrawal.deregister,
      ...forgetting(green, forgotten, keepsRecord),
    ],
    draining: [],
    awaited: [...awaited, ...withdrawal.awaited],
    left: reasons.map((reason) => ({ kind: 'missing', reason })),
  }
}
