import * as v from 'valibot'
import { type Environment, parsed, readSettings, type Settings } from '../settings.ts'

/** What the sweep takes beside those. */
export type SweepSettings = Settings & {
  /** What becomes of broken Auto Scaling groups that Greenlight has never had to do with. */
  readonly sweepMode: 'observe' | 'heal'
  /** Name of the gate function: who sees to deployments under way. */
  readonly gateFunction: string
  /** What the stack may change: the parameter AutoScalingGroupNamePattern. */
  readonly namePattern: string
}

const sweepVariables = v.object({
  GREENLIGHT_SWEEP_MODE: v.optional(
    v.picklist(
      ['observe', 'heal'],
      ({ input }) => `GREENLIGHT_SWEEP_MODE is ${JSON.stringify(input)}; it must be observe or heal`,
    ),
    'observe',
  ),
  GREENLIGHT_GATE_FUNCTION: v.pipe(v.optional(v.string(), ''), v.nonEmpty('GREENLIGHT_GATE_FUNCTION is not set')),
  GREENLIGHT_NAME_PATTERN: v.optional(v.string(), 'CodeDeploy_*'),
})

/**
 * @param environment the sweep function's environment variables; those that are not there have the template's defaults
 * @throws Error naming every variable that does not parse, its value, and what it must be
 */
export const readSweepSettings = (environment: Environment): SweepSettings => {
  const settings = readSettings(environment)
  const output = parsed(sweepVariables, environment)
  return {
    ...settings,
    sweepMode: output.GREENLIGHT_SWEEP_MODE,
    gateFunction: output.GREENLIGHT_GATE_FUNCTION,
    namePattern: output.GREENLIGHT_NAME_PATTERN,
  }
}
