import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { type Green, missingFrom } from './green.ts'
import { judgeHealth } from './health.ts'
import { absent, preflight } from './preflight.ts'
import type { Progress } from './progress.ts'
import { listed } from './wording.ts'

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
}

/** One call's worth of attaching, to one green. */
export type Attachment = { readonly green: string; readonly targetGroups: readonly { name: string; arn: string }[] }

/** What is to be done about an observation, before anything is done. */
export type Step =
  | { readonly step: 'refuse'; readonly reason: string }
  | { readonly step: 'awaitInstall'; readonly reason: string }
  | { readonly step: 'leaveToLastBatch'; readonly reason: string }
  | { readonly step: 'attach'; readonly attachments: readonly Attachment[] }
  | { readonly step: 'awaitHealth'; readonly reason: string }
  | { readonly step: 'healthy'; readonly reason: string }

/** The most that one attach takes (F21). */
const mostPerAttach = 10

/** The order of a gate (design 2.2): preflight → green is installed → attach what is missing → green is healthy. */
export const judge = (observation: Observation, minimumHealthyPercent: number): Step => {
  const { aim, greens, targetGroups, progress } = observation

  const complaints = preflight(aim.wanted, targetGroups, greens)
  if (complaints.length > 0) return { step: 'refuse', reason: listed(complaints, 10, '; ') }

  if (progress.step === 'installing') {
    const rest = progress.waitingFor.length > 0 ? ` on ${listed(progress.waitingFor)}` : ''
    return { step: 'awaitInstall', reason: `CodeDeploy is still installing${rest}` }
  }
  if (progress.step === 'betweenBatches') {
    const reason = `the last batch gates, and CodeDeploy has not begun with ${listed(progress.waitingFor)}`
    return { step: 'leaveToLastBatch', reason }
  }

  const gone = absent(aim.greens, greens)
  if (gone.length > 0) return { step: 'refuse', reason: listed(gone, 10, '; ') }

  const judged = judgeAll(observation, minimumHealthyPercent)
  // Before anything is attached: a green that cannot become healthy shall not get traffic on the way to its failure.
  if (judged.step === 'refuse') return judged

  const attachments = greens.flatMap((green) => attachmentsOf(green, missingFrom(green, aim.wanted), targetGroups))
  return attachments.length > 0 ? { step: 'attach', attachments } : judged
}

const attachmentsOf = (
  { name: green }: Green,
  missing: readonly string[],
  targetGroups: Observation['targetGroups'],
): readonly Attachment[] => {
  const described = missing.map((name) => ({ name, arn: targetGroups.get(name)?.TargetGroupArn ?? '' }))
  const calls = Array.from({ length: Math.ceil(described.length / mostPerAttach) }, (_, index) => index * mostPerAttach)
  return calls.map((from) => ({ green, targetGroups: described.slice(from, from + mostPerAttach) }))
}

/** Each green is judged by itself, and all must pass (design 2.1). */
const judgeAll = ({ aim, greens, progress, health }: Observation, minimumHealthyPercent: number): Step => {
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

  if (judgements.some(({ state }) => state === 'hopeless')) return { step: 'refuse', reason: said(['hopeless']) }
  if (judgements.some(({ state }) => state === 'unhealthy')) return { step: 'awaitHealth', reason: said(['unhealthy']) }
  return { step: 'healthy', reason: said(['healthy']) }
}
