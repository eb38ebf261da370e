import type { Change } from './change.ts'
import type { Mode } from './mode.ts'
import type { RefusalKind } from './refused.ts'

/** Something that a person or an alarm should hear of: a line of the log, a metric, or both. */
export type Notice =
  | { readonly kind: 'mode'; readonly mode: Mode }
  | { readonly kind: 'refused'; readonly refusal: RefusalKind; readonly reason: string; readonly isAnswered: boolean }
  | { readonly kind: 'noMode'; readonly reason: string }
  /** Green had everything already: the day on which AWS mends the copy (F15). */
  | { readonly kind: 'nothingMissing'; readonly greens: readonly string[]; readonly wanted: readonly string[] }
  | { readonly kind: 'notHandled'; readonly notHandled: readonly string[] }
  /** A tag has no effect where it is. */
  | { readonly kind: 'withoutEffect'; readonly reason: string }
  /** A target group stays attached, since to detach it would harm production. */
  | {
      readonly kind: 'leftAttached'
      readonly autoScalingGroup: string
      readonly targetGroup: string
      readonly reason: string
    }
  | { readonly kind: 'notAttached'; readonly reason: string }
  /** A deployment that was to be stopped has moved traffic meanwhile. */
  | { readonly kind: 'notStopped'; readonly reason: string }
  | { readonly kind: 'stopped'; readonly reason: string; readonly refusal: RefusalKind }
  | { readonly kind: 'healthy'; readonly afterMs: number }
  /** Mode `observe` lets a deployment pass. */
  | { readonly kind: 'bypassed'; readonly readyDeployment: ReadyDeployment | undefined }
  | { readonly kind: 'wouldChange'; readonly change: Change }
  | { readonly kind: 'wouldRefuse'; readonly reason: string }
  | { readonly kind: 'couldNotLook'; readonly reason: string }
  /** Nobody decides about this green any more: its hold is released. */
  | { readonly kind: 'released'; readonly autoScalingGroup: string; readonly reason: string }
  | { readonly kind: 'healed'; readonly autoScalingGroups: readonly string[]; readonly targetGroups: readonly string[] }
  | { readonly kind: 'healingStopped'; readonly autoScalingGroups: readonly string[]; readonly reason: string }

/** A deployment that waits for somebody to continue it. */
type ReadyDeployment = { readonly id: string; readonly waitMinutes: number | undefined }
