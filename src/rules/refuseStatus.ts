import type { Rule } from './decision.ts'

/** Greenlight does nothing about a status that it does not know, for every caller. */
export const refuseStatus: Rule<'refuseStatus'> = ({ deployment: { id, status } }) => ({
  decision: 'refuse',
  refusal: 'deployment',
  reason: `deployment ${id} has status ${status}, which Greenlight does not know`,
})
