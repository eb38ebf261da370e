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

export type Attachment = { readonly green: string; readonly targetGroups: readonly { name: string; arn: string }[] }

/** What is to be done about an observation, before anything is done. */
export type Step =
  | { readonly step: 'refuse'; readonly reason: string }
  | { readonly step: 'awaitInstall'; readonly reason: string }
  | { readonly step: 'leaveToLastBatch'; readonly reason: string }
  | { readonly step: 'attach'; readonly attachments: readonly Attachment[] }
  | { readonly step: 'awaitHealth'; readonly reason: string }
  | { readonly step: 'healthy'; readonly reason: string }

/** The order of a gate (design 2.2): preflight → green is installed → attach what is missing → green is healthy. */
export const judge = (observation: Observation, minimumHealthyPercent: number): Step => {
  const { aim, greens, targetGroups, progress, health } = observation

  const complaints = preflight(aim.wanted, targetGroups, greens)
  if (complaints.length > 0) return { step: 'refuse', reason: listed(complaints, 10, '; ') }

  if (progress.step === 'installing') {
    const rest = progress.waitingFor.length > 0 ? ` on ${listed(progress.waitingFor)}` : ''
    return { step: 'awaitInstall', reason: `CodeDeploy is still installing${rest}` }
  }
  if (progress.step === 'betweenBatches') {
    return {
      step: 'leaveToLastBatch',
      reason: `the last batch gates; ${listed(progress.waitingFor)} have not begun`,
    }
  }

  const gone = absent(aim.greens, greens)
  if (gone.length > 0) return { step: 'refuse', reason: listed(gone, 10, '; ') }

  const attachments = greens
    .map((green) => ({ green: green.name, targetGroups: described(missingFrom(green, aim.wanted), targetGroups) }))
    .filter((attachment) => attachment.targetGroups.length > 0)
  if (attachments.length > 0) return { step: 'attach', attachments }

  const judgements = greens.map((green) =>
    judgeHealth({
      green: green.name,
      inService: green.inService,
      failed: progress.failed,
      targets: new Map(aim.wanted.map((name) => [name, health.get(name) ?? []])),
      minimumHealthyPercent,
    }),
  )
  const unhealthy = judgements.filter(({ healthy }) => !healthy)
  return {
    step: unhealthy.length > 0 ? 'awaitHealth' : 'healthy',
    reason: (unhealthy.length > 0 ? unhealthy : judgements).map(({ sentence }) => sentence).join('. '),
  }
}

const described = (names: readonly string[], targetGroups: Observation['targetGroups']): Attachment['targetGroups'] =>
  names.flatMap((name) => {
    const arn = targetGroups.get(name)?.TargetGroupArn
    return arn === undefined ? [] : [{ name, arn }]
  })
