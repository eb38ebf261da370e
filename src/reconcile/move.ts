import type { Change } from '../model/change.ts'
import type { Notice } from '../model/notice.ts'
import type { Conclusion } from '../model/verdict.ts'

/** What Greenlight waits for; each has its own patience. */
export type Wait = 'install' | 'green' | 'health' | 'end' | 'change' | 'watch'

/** What healing attached, and how many targets the load balancer found healthy before, by name of target group. */
export type Healing = {
  readonly healthyBefore: Readonly<Record<string, number>>
  readonly autoScalingGroups: readonly string[]
  readonly targetGroups: readonly string[]
}

/** The next thing to do about a deployment. `notices`: what to log and count of it. */
export type Move = { readonly notices: readonly Notice[] } & (
  | { readonly kind: 'conclude'; readonly conclusion: Conclusion }
  /** The invocation fails with this reason: AWS invokes it again. */
  | { readonly kind: 'fail'; readonly reason: string }
  /** `since`: when the wait began, if before now; in milliseconds since 1970. */
  | { readonly kind: 'wait'; readonly on: Wait; readonly reason: string; readonly since: number | undefined }
  /** Makes these changes in this order, as long as none is refused and the deployment stays as it was; then looks again. */
  | {
      readonly kind: 'change'
      readonly changes: readonly Change[]
      readonly next: 'look' | 'confirm'
      /** The first refusal that is final: from then on only what takes back is done. */
      readonly refused: string | undefined
      /** What healing found healthy before it attaches anything. */
      readonly healing: Healing | undefined
    }
  /** This deployment rolls another one back, which is decided by its own row. */
  | { readonly kind: 'follow'; readonly deploymentId: string }
)

/** Changes nothing, and looks at everything again. */
export const lookAgain: Extract<Move, { kind: 'change' }> = {
  kind: 'change',
  changes: [],
  next: 'look',
  refused: undefined,
  healing: undefined,
  notices: [],
}

/** Changes nothing, and takes the second look: at what can change the answer. */
export const lookToConfirm: Move = { ...lookAgain, next: 'confirm' }

/** @param verdict undefined where no caller waits for one */
export const conclude = (verdict: Conclusion['verdict'], reason: string, notices: readonly Notice[] = []): Move => ({
  kind: 'conclude',
  conclusion: { verdict, reason },
  notices,
})

export const waitFor = (on: Wait, reason: string, since?: number): Move => ({
  kind: 'wait',
  on,
  reason,
  since,
  notices: [],
})
