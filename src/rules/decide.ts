import { type Deployment, isOver } from '../model/deployment.ts'
import type { Mode } from '../model/mode.ts'
import type { Conclusion } from '../wording.ts'

/**
 * Why we run: a hook waits for what a call answers with `Pending`; a notification is answered with nothing. `aftermath`:
 * a hook has been answered with `Failed`, and what CodeDeploy makes of it is waited for. `schedule`: a sweep puts right
 * what is over, and waits for nothing that the next sweep sees as well.
 */
export type Asked = 'hook' | 'call' | 'notification' | 'aftermath' | 'schedule'

/** What is to be done, row by row of the table of design 2.2. `look`: the row of a deployment InProgress, which its progress decides. */
export type Row = 'preflight' | 'gate' | 'hold' | 'look' | 'arrive' | 'settle' | 'undo'

/** An answer at once, or a row. */
export type Decision = { readonly act: 'answer'; readonly answer: Conclusion } | { readonly act: Row }

/** Whether somebody waits for a verdict. */
export const isAnswered = (asked: Asked): asked is 'hook' | 'call' => asked === 'hook' || asked === 'call'

/** Whether nobody asked about this deployment by name: it is seen to, and nobody waits. */
export const isTold = (asked: Asked): boolean => asked === 'notification' || asked === 'schedule'

/**
 * Whose business a deployment is (design 2.1), as far as that can be said without asking for its mode.
 *
 * @returns the answer where it is nobody's, and undefined where it is ours
 */
export const notOurs = (deployment: Deployment, asked: Asked): Conclusion | undefined => {
  const { id, subject } = deployment
  const nothing = (reason: string): Conclusion => ({
    verdict: isAnswered(asked) ? 'Succeeded' : undefined,
    reason: `nothing to gate: ${reason}`,
  })
  if (subject.kind === 'nothing') return nothing(subject.reason)
  if (asked === 'schedule' && !isOver(deployment)) {
    return { verdict: undefined, reason: `deployment ${id} is ${deployment.status}: it is for the gate function` }
  }
  if (subject.kind === 'tagged' && (asked === 'call' || (asked === 'notification' && !isOver(deployment)))) {
    return nothing(`deployment ${id} is of the ${subject.platform} platform, which is gated by a hook alone`)
  }
  return undefined
}

/** A sentence where AWS has a status that the table does not know: nothing is done then, whoever asks. */
export const unknownStatus = ({ id, status }: Deployment): string | undefined =>
  known.has(status) ? undefined : `deployment ${id} has status ${status}, which Greenlight does not know`

const known: ReadonlySet<string> = new Set([
  ...['Created', 'Queued', 'InProgress', 'Baking', 'Ready'],
  ...['Succeeded', 'Failed', 'Stopped'],
])

/** The table of design 2.2. The row is chosen by what the deployment is now, never by what an event said. */
export const decide = ({ id, status }: Deployment, asked: Asked, mode: Mode): Decision => {
  switch (status) {
    case 'Created':
    case 'Queued':
      if (asked === 'call') {
        return {
          act: 'answer',
          answer: { verdict: 'Pending', reason: `deployment ${id} has not begun: it is ${status}` },
        }
      }
      return { act: asked === 'hook' ? 'gate' : 'preflight' }
    case 'Ready':
      // A person's approval is never overtaken by traffic, unless they asked for the gate by name (design 2.3).
      return { act: isAnswered(asked) || mode !== 'heal' ? 'gate' : 'hold' }
    case 'Succeeded':
      return { act: 'settle' }
    case 'Failed':
    case 'Stopped':
      return { act: 'undo' }
    default:
      return { act: isAnswered(asked) ? 'gate' : 'look' }
  }
}
