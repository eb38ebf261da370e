import { done, type Rule } from './decision.ts'

/** A sweep leaves what is under way to the gate function. */
export const handOver: Rule<'handOver'> = ({ deployment: { id, status } }) =>
  done(`deployment ${id} is ${status}: it is for the gate function`)
