import type { Rule } from './decision.ts'

/** CodeDeploy ends a deployment a moment after its hook failed. */
export const awaitEnd: Rule<'awaitEnd'> = ({ deployment: { id } }) => ({
  decision: 'awaitEnd',
  reason: `CodeDeploy has not ended deployment ${id}`,
})
