import { missingFrom } from '../model/autoScalingGroup.ts'
import { expectsVerdict } from '../model/trigger.ts'
import { complaintsListed, listed } from '../sentences.ts'
import { attachAndRelease, attachmentsOf, holdAnd } from './attaching.ts'
import { uninvited } from './awaitTurn.ts'
import { consentComplaints } from './consent.ts'
import type { Rule } from './decision.ts'
import { judgeGreens } from './health.ts'
import { absenceComplaints, refusePreflight } from './preflight.ts'
import type { SeenAs } from './seen.ts'
import { registrationsOf, testsOf, wayOut } from './testing.ts'
import { whyNotProve } from './unproven.ts'

/**
 * The order of a gate: preflight → green is installed → hold → attach what is missing, or register it in test target groups →
 * green is healthy.
 */
export const gate: Rule<'gate'> = (seen, now) => {
  const { goal, greens, targetGroups, progress, deployment } = seen
  const refused = refusePreflight(seen)
  if (refused !== undefined) return refused
  const withheld = consentComplaints(seen)
  if (withheld.length > 0) return { decision: 'refuse', refusal: 'tags', reason: complaintsListed(withheld) }

  if (progress.step === 'installing') {
    const rest = progress.waitingFor.length > 0 ? ` on ${listed(progress.waitingFor)}` : ''
    return { decision: 'awaitInstall', reason: `CodeDeploy is still installing${rest}` }
  }
  if (progress.step === 'betweenBatches') {
    const reason = `the last batch gates, and CodeDeploy has not begun with ${listed(progress.waitingFor)}`
    return { decision: 'leaveToLastBatch', reason }
  }

  const absent = absenceComplaints(goal.greens, greens)
  if (absent.length > 0) return { decision: 'refuse', refusal: 'absent', reason: complaintsListed(absent) }

  const judged = judgeGreens(seen)
  // Before Greenlight attaches anything: a green that cannot become healthy must get no traffic on the way to its failure.
  if (judged.decision === 'refuse') return judged

  const tests = testsOf(seen)
  const changes = greens.flatMap((green) => {
    // Once the traffic has arrived green must soon be able to scale.
    if (progress.step === 'arrived') return attachAndRelease(green, goal.wanted, true, seen, now)
    const attaching = () => attachmentsOf(green, missingFrom(green, goal.wanted, targetGroups), targetGroups)
    return holdAnd(green, tests.length > 0 ? registrationsOf(green, tests, seen) : attaching(), deployment, now)
  })
  if (changes.length === 0) return judged
  if (isInvited(seen)) {
    // No user meets a test target group.
    const reason = tests.length > 0 ? undefined : whyNotProve(seen)
    if (reason === undefined) return { decision: 'change', changes }
    // A person may continue it all the same.
    const holds = greens.flatMap((green) => holdAnd(green, [], deployment, now))
    return progress.step === 'installed' && holds.length > 0
      ? { decision: 'change', changes: holds }
      : { decision: 'cannotProve', reason: `${reason}${wayOut(deployment)}` }
  }
  return { decision: 'awaitInvitation', reason: uninvited(deployment.id) }
}

/**
 * Anybody who may invoke the function can call, and attaching is traffic (F23). So only mode `gate`, or the deployment's own
 * AppSpec, invites a gate of a Server deployment. The tags of a Lambda or ECS deployment group invite its hook.
 */
const isInvited = ({ trigger, choice, deployment, progress }: SeenAs<'gate'>): boolean =>
  !expectsVerdict(trigger) ||
  deployment.subject.kind === 'tagged' ||
  choice.mode !== 'heal' ||
  progress.asking.length > 0
