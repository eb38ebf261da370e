import { type AutoScalingGroup, missingFrom } from '../model/autoScalingGroup.ts'
import { type Change, isAttach } from '../model/change.ts'
import type { Deployment } from '../model/deployment.ts'
import { attachedKey, noteValue, testingKey } from '../model/records.ts'
import { holdOf, mayRelease, noRelease, releaseOf } from './holding.ts'
import type { Answers } from './seen.ts'
import { forgetting, noting, tagging } from './tagging.ts'
import { withdrawalOf } from './testing.ts'

type TargetGroups = Answers['targetGroups']
type Attachment = Extract<Change, { targetGroups: unknown }>
type Seen = Pick<Answers, 'goal' | 'targetGroups' | 'health' | 'arrival'> & {
  readonly deployment: Pick<Deployment, 'id'>
}

/** The most target groups that one attach takes (F21). */
const mostPerAttach = 10

/** Attaches these target groups (names), as far as they exist, and no other deployment is about to. */
export const attachmentsOf = (
  { name: green, records: { theirs } }: AutoScalingGroup,
  missing: readonly string[],
  targetGroups: TargetGroups,
): readonly Attachment[] => {
  const named = missing.flatMap((name) => {
    const targetGroup = targetGroups.get(name)
    return targetGroup === undefined || theirs.includes(attachedKey(name)) ? [] : [{ name, arn: targetGroup.arn }]
  })
  const calls = Array.from({ length: Math.ceil(named.length / mostPerAttach) }, (_, index) => index * mostPerAttach)
  return calls.map((from) => ({
    call: 'autoscaling:AttachLoadBalancerTargetGroups',
    green,
    targetGroups: named.slice(from, from + mostPerAttach),
  }))
}

/** Those of the names whose target group an Auto Scaling group can have. */
export const attachable = (names: readonly string[], targetGroups: TargetGroups): readonly string[] =>
  names.filter((name) => {
    const targetGroup = targetGroups.get(name)
    return targetGroup !== undefined && targetGroup.type === 'instance'
  })

/**
 * Records, holds and then makes these acts, before green has traffic.
 *
 * @param acts what brings green behind the load balancer; none: it is only held
 */
export const holdAnd = (
  green: AutoScalingGroup,
  acts: readonly Attachment[],
  { id, subject }: Deployment,
  now: number,
): readonly Change[] => {
  // An Auto Scaling group that Lambda or ECS deployments share is no copy that CodeDeploy made: its owner scales it.
  const { tags, suspend } = subject.kind === 'server' ? holdOf(green, id, now) : { tags: {}, suspend: [] }
  const records = recordsOf(green, acts, id, now)
  return [
    ...forgetting(green, copiedKeys(green, records), true),
    // One call for both records, and before what they describe: a crash in between leaves no act without a record.
    ...tagging(green, { ...tags, ...records }),
    ...suspend,
    ...acts,
  ]
}

/**
 * Attaches what is missing, deregisters where green was only tested, and releases the hold, once green has its traffic.
 *
 * @param wanted those that green ought to have
 * @param mayAttach otherwise it stays on record, so that a sweep finds green once the deployment is over
 */
export const attachAndRelease = (
  green: AutoScalingGroup,
  wanted: readonly string[],
  mayAttach: boolean,
  seen: Seen,
  now: number,
): readonly Change[] => {
  const { targetGroups, deployment, arrival } = seen
  const missing = missingFrom(green, wanted, targetGroups)
  const attachments = mayAttach ? attachmentsOf(green, missing, targetGroups) : []
  const { resume, keys } = mayRelease(green, arrival) ? releaseOf(green, now) : noRelease
  const withdrawal = withdrawalOf(green, seen, now)
  const isOwed = missing.length > 0
  const noted = isOwed ? noting(green, deployment.id, now, {}) : {}
  const records = { ...noted, ...recordsOf(green, attachments, deployment.id, now) }
  return [
    ...tagging(green, records),
    ...attachments,
    ...withdrawal.deregister,
    ...resume,
    ...forgetting(green, [...copiedKeys(green, records), ...withdrawal.keys, ...keys], isOwed),
  ]
}

/**
 * Records that CodeDeploy copied are removed, but not those that are written anew: another invocation may have written its
 * own since green was read, and this one would remove it.
 */
const copiedKeys = ({ records: { copied } }: AutoScalingGroup, records: Readonly<Record<string, string>>) =>
  copied.filter((key) => !(key in records))

/** The tags that must be on green before it is attached or registered so. */
export const recordsOf = (
  green: AutoScalingGroup,
  acts: readonly Attachment[],
  deploymentId: string,
  now: number,
): Readonly<Record<string, string>> => {
  if (acts.length === 0) return {}
  const value = noteValue({ deploymentId, at: now })
  const keys = acts.flatMap((act) =>
    act.targetGroups.map(({ name }) => (isAttach(act) ? attachedKey : testingKey)(name)),
  )
  return noting(green, deploymentId, now, Object.fromEntries(keys.map((key) => [key, value])))
}
