import type { Deployment } from './deployment.ts'
import type { Invocation } from './invocation.ts'
import type { Verdict } from './wording.ts'

/** What a deployment in this state asks of a hook or a call: an answer at once, a gate, or a look at how it ended. */
export type Decision =
  | { readonly act: 'answer'; readonly answer: Verdict }
  | { readonly act: 'gate' }
  | { readonly act: 'look' }

/**
 * The table of design 2.2, its column for hooks and calls, and before it "Nothing to gate" of 2.1. The row is chosen
 * by what the deployment is now, never by what an event said.
 */
export const decide = ({ id, status, subject }: Deployment, asked: Invocation['kind']): Decision => {
  const answer = (verdict: Verdict['verdict'], reason: string): Decision => ({
    act: 'answer',
    answer: { verdict, reason },
  })

  if (subject.kind === 'nothing') return answer('Succeeded', `nothing to gate: ${subject.reason}`)
  if (subject.kind === 'tagged' && asked === 'call') {
    return answer(
      'Succeeded',
      `nothing to gate: deployment ${id} is of the ${subject.platform} platform, which is gated by a hook alone`,
    )
  }

  switch (status) {
    case 'Created':
    case 'Queued':
      return asked === 'call' ? answer('Pending', `deployment ${id} has not begun: it is ${status}`) : { act: 'gate' }
    case 'InProgress':
    case 'Baking':
    case 'Ready':
      return { act: 'gate' }
    case 'Succeeded':
      return { act: 'look' }
    case 'Failed':
    case 'Stopped':
      return answer('Failed', `deployment ${id} is over: it is ${status}`)
    default:
      return answer('Failed', `deployment ${id} has status ${status}, which Greenlight does not know`)
  }
}
