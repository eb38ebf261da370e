import { keyOf } from '../model/change.ts'
import type { Notice } from '../model/notice.ts'
import type { FirstLook } from '../reconcile/reconcile.ts'

/** What says nothing of work to do. */
const ordinary: readonly Notice['kind'][] = ['mode', 'notHandled', 'nothingMissing']

/**
 * What the gate function has to do about a deployment under way, in words that stay the same while it stands.
 *
 * @param first what it would see and do first, notified now
 * @returns undefined where it would only look
 */
export const toDoAbout = ({ seen, move }: FirstLook): string | undefined => {
  // A gate takes its time: whatever it does next, one invocation does all of it.
  if (seen.row === 'gate') return 'gate'
  switch (move.kind) {
    case 'conclude': {
      const told = move.notices.filter(({ kind }) => !ordinary.includes(kind))
      return told.length > 0 ? `${seen.row}: ${move.conclusion.reason}` : undefined
    }
    case 'change':
      return `${seen.row}: ${move.changes.map(keyOf).join(', ')}`
    default:
      return `${seen.row}: ${move.kind}`
  }
}
