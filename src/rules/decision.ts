import type { Change } from '../model/change.ts'
import type { SeenAs } from './seen.ts'
import type { Row } from './table.ts'

/** What a rule decides about what was seen. `nextMove` makes a move of it, with what the invocation remembers. */
export type Decision =
  /** AWS's answers say that this cannot go well. */
  | {
      readonly decision: 'refuse'
      readonly refusal: 'preflight' | 'absent' | 'hopeless' | 'deployment' | 'tags'
      readonly reason: string
    }
  | { readonly decision: 'awaitInstall'; readonly reason: string }
  /** Attaching would do harm: that says nothing about green. */
  | { readonly decision: 'cannotProve'; readonly reason: string }
  /** Nobody who may give green traffic has asked for that. */
  | { readonly decision: 'awaitInvitation'; readonly reason: string }
  | { readonly decision: 'leaveToLastBatch'; readonly reason: string }
  /** In this order. */
  | { readonly decision: 'change'; readonly changes: readonly Change[] }
  | { readonly decision: 'awaitHealth'; readonly reason: string }
  /** AWS may not show yet what was done: it is not taken for undone. */
  | { readonly decision: 'awaitShown'; readonly reason: string }
  | { readonly decision: 'awaitEnd'; readonly reason: string }
  | { readonly decision: 'healthy'; readonly reason: string }
  | { readonly decision: 'pending'; readonly reason: string }
  /** Nothing is left to do. `left`: what could not be done, and should have been. */
  | { readonly decision: 'done'; readonly reason: string; readonly left: readonly Left[] }
  /** The same, with the judgement that a caller asked for. */
  | { readonly decision: 'judged'; readonly reason: string; readonly isGood: boolean; readonly left: readonly Left[] }
  /** Healing attached what was missing; what the load balancer finds healthy is watched for a while. */
  | {
      readonly decision: 'watch'
      readonly reason: string
      readonly left: readonly Left[]
      /** How many targets are healthy now, by name of target group. */
      readonly healthy: Readonly<Record<string, number>>
    }

/** What is left undone: reported, and an attachment that stays for safety counted as well. */
export type Left =
  | { readonly kind: 'missing'; readonly reason: string }
  | {
      readonly kind: 'attached'
      readonly autoScalingGroup: string
      readonly targetGroup: string
      /** Who carries its traffic now, what would let it go, and how to keep it. */
      readonly reason: string
    }

/** Pure: the same answers of AWS at the same time make the same decision. `now` in milliseconds since 1970. */
export type Rule<R extends Row> = (seen: SeenAs<R>, now: number) => Decision

export const done = (reason: string, left: readonly Left[] = []): Decision => ({ decision: 'done', reason, left })

/** @returns the changes, or that nothing is left to do */
export const changed = (changes: readonly Change[], reason: string, left: readonly Left[] = []): Decision =>
  changes.length > 0 ? { decision: 'change', changes } : done(reason, left)
