import * as v from 'valibot'

/** CodeDeploy called a function that an AppSpec names in its hooks (F32); it waits for a reported status. */
export type Hook = {
  readonly kind: 'hook'
  /** As it was sent, broken or not; undefined where it is no string at all. */
  readonly deploymentId: string | undefined
  readonly executionId: string
  /** Why this event cannot be gated, though its sender can still be answered; undefined for a good one. */
  readonly refusal: string | undefined
}

/** A script, a pipeline or a person asked; they read the return value. */
export type Call = {
  readonly kind: 'call'
  readonly deploymentId: string | undefined
  /** How long the asker is ready to wait for something other than `Pending`; Infinity: as long as the function may run. */
  readonly waitSeconds: number
  readonly refusal: string | undefined
}

export type Invocation = Hook | Call

const deploymentId = v.pipe(
  v.string('DeploymentId is not a string'),
  v.regex(/^d-[A-Z0-9]+$/, ({ input }) => `DeploymentId ${quoted(input)} is not "d-" and capitals and digits`),
)

// CodeDeploy owns this event and may add to it one day: unknown keys are let through.
const hookEvent = v.looseObject({ DeploymentId: deploymentId }, 'the event has no DeploymentId')

// This one is typed by people: a key misspelt must not be a key ignored.
const callEvent = v.strictObject(
  {
    DeploymentId: deploymentId,
    WaitSeconds: v.optional(
      v.pipe(
        v.number(({ input }) => `WaitSeconds ${quoted(input)} is not a number`),
        v.integer(({ input }) => `WaitSeconds ${input} is not a whole number`),
        v.minValue(1, ({ input }) => `WaitSeconds ${input} is less than 1`),
        v.maxValue(840, ({ input }) => `WaitSeconds ${input} is more than 840, the longest that leaves time to answer`),
      ),
    ),
  },
  ({ expected, received }) =>
    expected === 'never'
      ? `${received} is no key of a call: it takes DeploymentId and WaitSeconds`
      : 'a call is a JSON object',
)

/**
 * Reads the event that the function was invoked with.
 *
 * Whoever can be answered is answered, even if what they sent is broken: that is the `refusal` of the invocation.
 *
 * @param event what Lambda passed on: `{DeploymentId, LifecycleEventHookExecutionId}` (F32) is a hook,
 *   `{DeploymentId, WaitSeconds?}` a call
 * @throws Error for an event of no known shape: nobody can be told but by a failed invocation
 */
export const readInvocation = (event: unknown): Invocation => {
  const keys: Record<string, unknown> = typeof event === 'object' && event !== null ? { ...event } : {}
  const { DeploymentId: id, LifecycleEventHookExecutionId: executionId, WaitSeconds: waitSeconds } = keys

  if (typeof executionId === 'string' && executionId !== '') {
    return { kind: 'hook', executionId, deploymentId: text(id), refusal: refusalOf(v.safeParse(hookEvent, event)) }
  }
  if (id !== undefined && executionId === undefined) {
    const refusal = refusalOf(v.safeParse(callEvent, event))
    const wait = typeof waitSeconds === 'number' && refusal === undefined ? waitSeconds : Number.POSITIVE_INFINITY
    return { kind: 'call', waitSeconds: wait, deploymentId: text(id), refusal }
  }
  throw new Error(
    `Greenlight does not know this event: ${quoted(event)}. It takes {"DeploymentId", "LifecycleEventHookExecutionId"} ` +
      'from CodeDeploy, or {"DeploymentId", "WaitSeconds"} from a script or a person.',
  )
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const refusalOf = (parsed: v.SafeParseResult<typeof hookEvent | typeof callEvent>): string | undefined =>
  parsed.success ? undefined : parsed.issues.map((issue) => issue.message).join('; ')

/** Somebody else's value in a sentence of ours: as JSON, so that no control character of it reaches a terminal, and short. */
const quoted = (value: unknown): string => {
  const json = JSON.stringify(value) ?? String(value)
  return json.length > 200 ? `${json.slice(0, 200)}…` : json
}
