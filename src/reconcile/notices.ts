import { type AutoScalingGroup, missingFrom } from '../model/autoScalingGroup.ts'
import type { Notice } from '../model/notice.ts'
import { ownProcesses } from '../model/records.ts'
import { testsTag } from '../model/testTargetGroups.ts'
import type { Seen } from '../rules/seen.ts'
import type { Memory } from './memory.ts'

/** What a look shows that somebody should hear of, whatever is done about it. */
export const noticesOf = (seen: Seen, memory: Memory): readonly Notice[] => [
  ...modeOf(seen),
  ...stopped(seen, memory),
  ...(memory.told.includes('notHandled') ? [] : notHandled(seen)),
  ...(memory.told.includes('withoutEffect') ? [] : withoutEffect(seen)),
  ...(memory.told.includes('nothingMissing') ? [] : nothingMissing(seen, memory)),
]

const modeOf = (seen: Seen): readonly Notice[] =>
  'choice' in seen && typeof seen.choice.mode === 'string' ? [{ kind: 'mode', mode: seen.choice.mode }] : []

/** CodeDeploy did not answer the request to stop the deployment, and has stopped it all the same. */
const stopped = (seen: Seen, { sent, told }: Memory): readonly Notice[] => {
  if (sent === undefined || sent.call !== 'stop' || sent.isCertain || told.includes('stopped')) return []
  if (!('deployment' in seen)) return []
  const isStopped = 'status' in seen.deployment && seen.deployment.status === 'Stopped'
  return isStopped ? [{ kind: 'stopped', reason: sent.reason, refusal: sent.refusal }] : []
}

/** Classic Load Balancers and VPC Lattice are named where Greenlight meets them, and never in the way. */
const notHandled = (seen: Seen): readonly Notice[] => {
  if (!('greens' in seen) || !('deployment' in seen) || seen.row === 'observed') return []
  const { subject } = seen.deployment
  const classic = subject.kind === 'server' ? subject.classicLoadBalancers : []
  const names = [...new Set([...classic, ...seen.greens.flatMap((green) => green.notHandled)])]
  return names.length > 0 ? [{ kind: 'notHandled', notHandled: names }] : []
}

/** Only a Server deployment is proved in test target groups. */
const withoutEffect = (seen: Seen): readonly Notice[] => {
  if (seen.row !== 'gate' || seen.deployment.subject.kind !== 'tagged') return []
  const { tags = new Map() } = seen.choice
  const { application, deploymentGroup } = seen.deployment
  const reason = `tag ${testsTag} of deployment group ${application}/${deploymentGroup} has no effect: only EC2 deployments are proved in test target groups`
  return tags.has(testsTag) ? [{ kind: 'withoutEffect', reason }] : []
}

/** Green had everything before Greenlight did anything: an attachment on record was missing once. */
const nothingMissing = (seen: Seen, { tried, deploymentId }: Memory): readonly Notice[] => {
  if (seen.row !== 'preflight' && seen.row !== 'hold' && seen.row !== 'gate' && seen.row !== 'arrive') return []
  const { goal, greens } = seen
  const isUntouched = greens.length > 0 && Object.keys(tried).length === 0
  // Only names are known of them at Ready.
  const targetGroups = seen.row === 'hold' ? new Map() : seen.targetGroups
  // Somebody may have removed what an earlier invocation wrote: then the hold is on no record either.
  const hasArrived = seen.row !== 'hold' && seen.progress.step === 'arrived'
  const isTrue = hasArrived ? isHeldFor(deploymentId) : isNotStripped
  const isWhole = greens.every(
    (green) =>
      green.records.attached.size === 0 && isTrue(green) && missingFrom(green, goal.wanted, targetGroups).length === 0,
  )
  return isUntouched && isWhole ? [{ kind: 'nothingMissing', greens: goal.greens, wanted: goal.wanted }] : []
}

const isHeldFor =
  (deploymentId: string) =>
  ({ records: { held } }: AutoScalingGroup): boolean =>
    held !== undefined && held.deploymentId === deploymentId

/** Before traffic whatever was attached is held. */
const isNotStripped = ({ suspended, records: { held } }: AutoScalingGroup): boolean =>
  held !== undefined || !ownProcesses.every((process) => suspended.includes(process))
