import type { Rule } from './decision.ts'

/** A caller asks again once the deployment has begun. */
export const pending: Rule<'pending'> = ({ deployment: { id, status } }) => ({
  decision: 'pending',
  reason: `deployment ${id} has not begun: it is ${status}`,
})
