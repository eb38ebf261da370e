import { type Deployment, isOver } from '../model/deployment.ts'
import type { Trigger } from '../model/trigger.ts'

/**
 * Whether there is anything to gate, as far as the deployment itself says. This comes before mode, tags and the table, so
 * that Greenlight never stands in the way of a rollback or a launch, whatever else is wrong.
 *
 * @returns why not, or undefined
 */
export const whyNothingToGate = ({ id, subject, status }: Deployment, trigger: Trigger): string | undefined => {
  if (subject.kind === 'nothing') return subject.reason
  const isForHooksAlone = trigger === 'call' || (trigger === 'notification' && !isOver({ status }))
  return subject.kind === 'tagged' && isForHooksAlone
    ? `deployment ${id} is of the ${subject.platform} platform, which is gated by a hook alone`
    : undefined
}
