import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Change } from '../model/change.ts'
import type { Deployment } from '../model/deployment.ts'
import { type Green, missingFrom } from '../model/green.ts'
import type { Progress } from '../model/progress.ts'
import { attachedKey, recordKey } from '../model/records.ts'
import { listed } from '../wording.ts'
import { judgeHealth } from './health.ts'
import { foreignKeys, holdOf, releaseOf, tagging, untagging } from './hold.ts'
import { absent, preflight } from './preflight.ts'

/** Which green Auto Scaling groups ought to have which target groups: names. */
export type Aim = { readonly greens: readonly string[]; readonly wanted: readonly string[] }

/** What AWS answered about an aim, read side by side. */
export type Observation = {
  readonly aim: Aim
  /** Those of the aim that exist. */
  readonly greens: readonly Green[]
  /** By name, those of the aim that exist. */
  readonly targetGroups: ReadonlyMap<string, TargetGroup>
  readonly progress: Progress
  /** By name of target group; of those of the aim that exist. */
  readonly health: ReadonlyMap<string, readonly TargetHealthDescription[]>
  /** Read only where the deployment is over. */
  readonly end: End | undefined
}

/** How things stand with the deployment group after a deployment. */
export type End = {
  /** Names of the Auto Scaling groups that it names now; undefined where it does not exist any more. */
  readonly named: readonly string[] | undefined
  /** Ids of its other deployments that are under way. */
  readonly underWay: readonly string[]
  /** Those of them that forbid to attach: first-hand ones, whose blue green may be, and rollbacks. */
  readonly inTheWay: readonly string[]
  readonly blue: {
    readonly names: readonly string[]
    /** Ids of its instances. */
    readonly instances: readonly string[]
    /** Ids of those that this deployment began to take out of the load balancer. */
    readonly blocked: ReadonlySet<string>
  }
}

/** What is to be done about an observation, before anything is done. */
export type Step =
  /** AWS's answers say that this cannot go well. */
  | { readonly step: 'refuse'; readonly kind: Refusal; readonly reason: string }
  | { readonly step: 'awaitInstall'; readonly reason: string }
  | { readonly step: 'leaveToLastBatch'; readonly reason: string }
  /** In this order; everything is read again after each of them. */
  | { readonly step: 'change'; readonly changes: readonly Change[] }
  | { readonly step: 'awaitHealth'; readonly reason: string }
  | { readonly step: 'awaitDrained'; readonly reason: string }
  | { readonly step: 'healthy'; readonly reason: string }
  /** Nothing is to be done any more. `left`: what could not be done, and should have been. */
  | { readonly step: 'done'; readonly reason: string; readonly left: readonly Left[] }

export type Refusal = 'preflight' | 'absent' | 'hopeless'

/** What is left undone: reported, and an attachment that is left for safety counted as well. */
export type Left = { readonly kind: 'attached' | 'missing'; readonly green: string; readonly reason: string }

/** The most that one attach takes (F21). */
const mostPerAttach = 10

/** The order of a gate (design 2.2): preflight → green is installed → hold → attach what is missing → green is healthy. */
export const judge = (observation: Observation, deployment: Deployment, minimumHealthyPercent: number): Step => {
  const { aim, greens, targetGroups, progress } = observation

  const complaints = preflight(aim.wanted, targetGroups, greens)
  if (complaints.length > 0) return { step: 'refuse', kind: 'preflight', reason: listed(complaints, 10, '; ') }

  if (progress.step === 'installing') {
    const rest = progress.waitingFor.length > 0 ? ` on ${listed(progress.waitingFor)}` : ''
    return { step: 'awaitInstall', reason: `CodeDeploy is still installing${rest}` }
  }
  if (progress.step === 'betweenBatches') {
    const reason = `the last batch gates, and CodeDeploy has not begun with ${listed(progress.waitingFor)}`
    return { step: 'leaveToLastBatch', reason }
  }

  const gone = absent(aim.greens, greens)
  if (gone.length > 0) return { step: 'refuse', kind: 'absent', reason: listed(gone, 10, '; ') }

  const judged = judgeHealthOf(observation, minimumHealthyPercent)
  // Before anything is attached: a green that cannot become healthy shall not get traffic on the way to its failure.
  if (judged.step === 'refuse') return judged

  const changes = greens.flatMap((green) =>
    // Once the traffic has arrived green must be able to scale: there is nothing left to hold it for (F11).
    progress.step === 'arrived'
      ? arriving(green, aim.wanted, targetGroups, deployment.id)
      : gating(green, observation, deployment),
  )
  return changes.length > 0 ? { step: 'change', changes } : judged
}

const gating = (green: Green, { aim, targetGroups }: Observation, { id, subject }: Deployment): readonly Change[] => {
  // Whoever shares an Auto Scaling group with Lambda or ECS scales it as they like: it is no copy that CodeDeploy made.
  const { tags, suspend } = subject.kind === 'server' ? holdOf(green, id) : { tags: {}, suspend: [] }
  const attachments = attachmentsOf(green, missingFrom(green, aim.wanted), targetGroups)
  const records = recordsOf(attachments, id)
  return [
    ...untagging(green, copiedKeys(green, id, records)),
    // Both records in one call, before what they describe (design 2.4).
    ...tagging(green, { ...tags, ...records }),
    ...suspend,
    ...attachments,
  ]
}

/** Attach what is missing, then release the hold (design 2.2). */
export const arriving = (
  green: Green,
  wanted: readonly string[],
  targetGroups: Observation['targetGroups'],
  id: string,
): readonly Change[] => {
  const attachments = attachmentsOf(green, missingFrom(green, wanted), targetGroups)
  const { resume, keys } = releaseOf(green)
  // A record that is about to be needed is not forgotten with the hold.
  const forgotten = attachments.length > 0 ? keys.filter((key) => key !== recordKey) : keys
  const records = recordsOf(attachments, id)
  return [
    ...untagging(green, copiedKeys(green, id, records)),
    ...tagging(green, records),
    ...attachments,
    ...resume,
    ...untagging(green, forgotten),
  ]
}

/**
 * Records that CodeDeploy copied are removed, but for those that are written anew: another invocation may have done so
 * since green was read, and its record would be removed in their place.
 */
const copiedKeys = (green: Green, id: string, records: Readonly<Record<string, string>>): readonly string[] =>
  foreignKeys(green, id).filter((key) => !(key in records))

export const attachmentsOf = (
  { name: green }: Green,
  missing: readonly string[],
  targetGroups: Observation['targetGroups'],
): readonly Attachment[] => {
  const described = missing.map((name) => ({ name, arn: targetGroups.get(name)?.TargetGroupArn ?? '' }))
  const calls = Array.from({ length: Math.ceil(described.length / mostPerAttach) }, (_, index) => index * mostPerAttach)
  return calls.map((from) => ({
    call: 'autoscaling:AttachLoadBalancerTargetGroups',
    green,
    targetGroups: described.slice(from, from + mostPerAttach),
  }))
}

type Attachment = Extract<Change, { targetGroups: unknown }>

const recordsOf = (attachments: readonly Attachment[], id: string): Readonly<Record<string, string>> => {
  if (attachments.length === 0) return {}
  const names = attachments.flatMap(({ targetGroups }) => targetGroups.map(({ name }) => name))
  return { [recordKey]: id, ...Object.fromEntries(names.map((name) => [attachedKey(name), id])) }
}

/** Each green is judged by itself, and all must pass (design 2.1). */
export const judgeHealthOf = ({ aim, greens, progress, health }: Observation, minimumHealthyPercent: number): Step => {
  const judgements = greens.map(({ name, inService, desiredCapacity }) =>
    judgeHealth({
      green: name,
      inService,
      desiredCapacity,
      failed: progress.failed,
      targets: new Map(aim.wanted.map((wanted) => [wanted, health.get(wanted) ?? []])),
      minimumHealthyPercent,
    }),
  )
  const said = (states: readonly string[]) =>
    judgements
      .filter(({ state }) => states.includes(state))
      .map(({ sentence }) => sentence)
      .join('. ')

  if (judgements.some(({ state }) => state === 'hopeless'))
    return { step: 'refuse', kind: 'hopeless', reason: said(['hopeless']) }
  if (judgements.some(({ state }) => state === 'unhealthy')) return { step: 'awaitHealth', reason: said(['unhealthy']) }
  return { step: 'healthy', reason: said(['healthy']) }
}
