import { type AutoScalingGroup, missingFrom } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import type { Deployment } from '../model/deployment.ts'
import type { Goal } from '../model/goal.ts'
import { attachedKey, noteValue } from '../model/records.ts'
import { holdOf, mayRelease, noRelease, releaseOf } from './holding.ts'
import type { Answers, Arrival } from './seen.ts'
import { forgetting, noting, tagging } from './tagging.ts'

type TargetGroups = Answers['targetGroups']
type Attachment = Extract<Change, { targetGroups: unknown }>

/** The most target groups that one attach takes (F21). */
const mostPerAttach = 10

/** Attaches these target groups (names), as far as they exist. */
export const attachmentsOf = (
  { name: green }: AutoScalingGroup,
  missing: readonly string[],
  targetGroups: TargetGroups,
): readonly Attachment[] => {
  const named = missing.flatMap((name) => {
    const targetGroup = targetGroups.get(name)
    return targetGroup === undefined ? [] : [{ name, arn: targetGroup.arn }]
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

/** Records, holds and attaches, before green has traffic. */
export const attachAndHold = (
  green: AutoScalingGroup,
  { wanted }: Goal,
  targetGroups: TargetGroups,
  { id, subject }: Deployment,
  now: number,
): readonly Change[] => {
  // An Auto Scaling group that Lambda or ECS deployments share is no copy that CodeDeploy made: its owner scales it.
  const { tags, suspend } = subject.kind === 'server' ? holdOf(green, id, now) : { tags: {}, suspend: [] }
  const attachments = attachmentsOf(green, missingFrom(green, wanted, targetGroups), targetGroups)
  const records = recordsOf(green, attachments, id, now)
  return [
    ...forgetting(green, copiedKeys(green, records), true),
    // One call for both records, and before what they describe: a crash in between leaves no act without a record.
    ...tagging(green, { ...tags, ...records }),
    ...suspend,
    ...attachments,
  ]
}

/** Attaches what is missing and releases the hold, once green has its traffic. */
export const attachAndRelease = (
  green: AutoScalingGroup,
  wanted: readonly string[],
  targetGroups: TargetGroups,
  id: string,
  now: number,
  arrival: Arrival,
): readonly Change[] => {
  const attachments = attachmentsOf(green, missingFrom(green, wanted, targetGroups), targetGroups)
  const { resume, keys } = mayRelease(green, arrival) ? releaseOf(green, now) : noRelease
  const records = recordsOf(green, attachments, id, now)
  return [
    ...tagging(green, records),
    ...attachments,
    ...resume,
    // What is attached now still needs its record.
    ...forgetting(green, [...copiedKeys(green, records), ...keys], attachments.length > 0),
  ]
}

/**
 * Records that CodeDeploy copied are removed, but not those that are written anew: another invocation may have written its
 * own since green was read, and this one would remove it.
 */
const copiedKeys = ({ records: { copied } }: AutoScalingGroup, records: Readonly<Record<string, string>>) =>
  copied.filter((key) => !(key in records))

/** The tags that must be on green before these are attached. */
export const recordsOf = (
  green: AutoScalingGroup,
  attachments: readonly Attachment[],
  deploymentId: string,
  now: number,
): Readonly<Record<string, string>> => {
  if (attachments.length === 0) return {}
  const value = noteValue({ deploymentId, at: now })
  const names = attachments.flatMap(({ targetGroups }) => targetGroups.map(({ name }) => name))
  return noting(green, deploymentId, now, Object.fromEntries(names.map((name) => [attachedKey(name), value])))
}
