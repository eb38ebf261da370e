import * as v from 'valibot'
import { type Choices, type Reader, readers } from './model/choices.ts'

/** Stack parameters, as the functions read them. Tags of a deployment group win over the choices among them. */
export type Settings = Choices & {
  /** The parameter AutoScalingGroupNamePattern: what the stack may change. */
  readonly namePattern: string
  /** The parameter TestTargetGroupNamePattern: where the stack may register green. */
  readonly testNamePattern: string
}

const readBy = <Value extends string | number>({ read, allowed }: Reader<Value>, variable: string) =>
  v.pipe(
    v.string(`${variable} is not set`),
    v.rawTransform(({ dataset: { value: text }, addIssue, NEVER }) => {
      const value = read(text)
      if (value !== undefined) return value
      addIssue({ message: `${variable} is ${JSON.stringify(text)}; it must be ${allowed}` })
      return NEVER
    }),
  )

const environmentVariables = v.object({
  GREENLIGHT_MODE: v.optional(readBy(readers.mode, 'GREENLIGHT_MODE'), 'heal'),
  GREENLIGHT_MINIMUM_HEALTHY_PERCENT: v.optional(
    readBy(readers.minimumHealthyPercent, 'GREENLIGHT_MINIMUM_HEALTHY_PERCENT'),
    '100',
  ),
  GREENLIGHT_HEALTH_TIMEOUT_SECONDS: v.optional(
    readBy(readers.healthTimeoutSeconds, 'GREENLIGHT_HEALTH_TIMEOUT_SECONDS'),
    '300',
  ),
  GREENLIGHT_NAME_PATTERN: v.optional(v.string(), 'CodeDeploy_*'),
  TEST_TARGET_GROUP_NAME_PATTERN: v.optional(v.string(), 'greenlight-*'),
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
    namePattern: output.GREENLIGHT_NAME_PATTERN,
    testNamePattern: output.TEST_TARGET_GROUP_NAME_PATTERN,
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
