import type { Rule } from './decision.ts'

/** The answer to a script that is not to act: it asks again. */
export const awaitTurn: Rule<'awaitTurn'> = ({ deployment, turn }) =>
  turn.kind === 'after'
    ? { decision: 'pending', reason: `${turn.first} goes first: it asks Greenlight to attach what green lacks` }
    : { decision: 'pending', reason: uninvited(deployment.id) }

export const uninvited = (deploymentId: string): string =>
  `nobody has asked Greenlight to gate deployment ${deploymentId}: its mode is heal, and no script of its own is at BeforeAllowTraffic`
