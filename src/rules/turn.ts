import type { Progress } from '../model/progress.ts'
import type { Turn } from '../model/turn.ts'

/** So long each instance has before the next one may act in its place. */
const graceMs = 15_000
/** More instances than these do not fail at once: then it is anybody's turn. */
const mostTurns = 4

/**
 * Whose turn it is to tag, hold and attach: every instance of green asks, often all at once. The instance with the lowest id of
 * those at BeforeAllowTraffic acts, and each next one only where that did not help within a grace. Nobody needs a lock for that:
 * two that act at once do what one does.
 *
 * @param progress how far CodeDeploy is with the caller and with instances whose ids come before it
 * @returns undefined where it is the caller's turn
 */
export const turnOf = (
  caller: string,
  { asking, askingSince }: Pick<Progress, 'asking' | 'askingSince'>,
  { isInvited, now }: { readonly isInvited: boolean; readonly now: number },
): Turn | undefined => {
  if (!isInvited && !asking.includes(caller)) return { kind: 'uninvited' }
  const before = asking.filter((id) => id < caller).sort()
  const [first] = before
  if (first === undefined || askingSince === undefined) return undefined
  const isNext = now - askingSince >= Math.min(before.length, mostTurns) * graceMs
  return isNext ? undefined : { kind: 'after', first }
}
