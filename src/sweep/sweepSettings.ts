import * as v from 'valibot'
import { type Environment, parsed, readSettings, type Settings } from '../settings.ts'

/** Stack parameters of the sweep. */
export type SweepSettings = Settings & {
  /** Whether the sweep heals Auto Scaling groups that were broken before Greenlight came. */
  readonly sweepMode: 'observe' | 'heal'
  /** Name of the gate function, which handles deployments under way. */
  readonly gateFunction: string
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
})

/**
 * @param environment the sweep function's environment variables; a missing one has the template's default
 * @throws Error naming every variable that does not parse, its value, and what it must be
 */
export const readSweepSettings = (environment: Environment): SweepSettings => {
  const settings = readSettings(environment)
  const output = parsed(sweepVariables, environment)
  return {
    ...settings,
    sweepMode: output.GREENLIGHT_SWEEP_MODE,
    gateFunction: output.GREENLIGHT_GATE_FUNCTION,
  }
}
