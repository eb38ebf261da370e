import * as v from 'valibot'
import { type Mode, modes } from './model/mode.ts'

/** Stack parameters, as the functions read them. */
export type Settings = {
  /** For deployment groups without the tag greenlight:mode. */
  readonly mode: Mode
  /** The share of green's instances that must be healthy: 1 to 100 per cent. */
  readonly minimumHealthyPercent: number
  /** How long green may take to become healthy, from the attach or from when its scripts began to ask: 1 to 840 s. */
  readonly healthTimeoutSeconds: number
}

const wholeNumber = (name: string, least: number, most: number) =>
  v.pipe(
    v.string(`${name} is not set`),
    v.check(
      (text) => /^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most,
      ({ input }) => `${name} is ${JSON.stringify(input)}; it must be a whole number from ${least} to ${most}`,
    ),
    v.transform(Number),
  )

const environmentVariables = v.object({
  GREENLIGHT_MODE: v.optional(
    v.picklist(modes, ({ input }) => `GREENLIGHT_MODE is ${JSON.stringify(input)}; it must be observe, heal or gate`),
    'heal',
  ),
  GREENLIGHT_MINIMUM_HEALTHY_PERCENT: v.optional(wholeNumber('GREENLIGHT_MINIMUM_HEALTHY_PERCENT', 1, 100), '100'),
  GREENLIGHT_HEALTH_TIMEOUT_SECONDS: v.optional(wholeNumber('GREENLIGHT_HEALTH_TIMEOUT_SECONDS', 1, 840), '300'),
})

/**
 * @param environment the function's environment variables; a missing one has the template's default
 * @throws Error naming every variable that does not parse, its value, and what it must be
 */
export const readSettings = (environment: Environment): Settings => {
  const output = parsed(environmentVariables, environment)
  return {
    mode: output.GREENLIGHT_MODE,
    minimumHealthyPercent: output.GREENLIGHT_MINIMUM_HEALTHY_PERCENT,
    healthTimeoutSeconds: output.GREENLIGHT_HEALTH_TIMEOUT_SECONDS,
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

/** @throws Error for what does not parse: every sentence of the schema that applies */
export const parsed = <Schema extends v.GenericSchema>(
  schema: Schema,
  environment: Environment,
): v.InferOutput<Schema> => {
  const result = v.safeParse(schema, environment)
  if (!result.success) throw new Error(result.issues.map((issue) => issue.message).join('; '))
  return result.output
}
