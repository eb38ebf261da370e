import { done, type Rule } from './decision.ts'

/** While CodeDeploy moves traffic, Greenlight does nothing. */
export const leave: Rule<'leave'> = ({ deployment }) => done(`CodeDeploy is moving the traffic of ${deployment.id}`)
