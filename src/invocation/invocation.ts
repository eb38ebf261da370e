import * as v from 'valibot'
import { deploymentIdSchema } from '../model/deploymentId.ts'
import { listed, quoted } from '../sentences.ts'
import { type Notice, readNotices } from './notification.ts'

/** CodeDeploy invoked a function that an AppSpec names in its hooks (F32), and waits for a reported status. */
export type Hook = {
  readonly kind: 'hook'
  /** As it was sent, broken or not; undefined where it is no string at all. */
  readonly deploymentId: string | undefined
  readonly executionId: string
  /** Why this event cannot be gated, though its sender can still be answered; undefined for a good one. */
  readonly refusal: string | undefined
}

/** A script, a pipeline or a person called, and reads the return value. */
export type Call = {
  readonly kind: 'call'
  readonly deploymentId: string | undefined
  /** How long the caller waits for something other than `Pending`; Infinity: as long as the function may run. */
  readonly waitSeconds: number
  /** Whether Greenlight only says what it would change. */
  readonly isDryRun: boolean
  /** The id of the instance whose script calls; undefined: somebody else. */
  readonly caller: string | undefined
  readonly refusal: string | undefined
}

/** CodeDeploy tells of a deployment, and waits for no answer. */
export type Notification = { readonly kind: 'notification'; readonly notices: readonly Notice[] }

/** ECS asks about one of its own deployments, in which CodeDeploy has no part, and reads the return value (F51). */
type EcsHook = { readonly kind: 'ecsHook' }

export type Invocation = Hook | Call | Notification | EcsHook

// CodeDeploy owns this event and may add to it one day: unknown keys are let through.
const hookEvent = v.looseObject({ DeploymentId: deploymentIdSchema }, 'the event has no DeploymentId')

// This one is typed by people: a key misspelt must not be a key ignored.
const callEvent = v.strictObject(
  {
    DeploymentId: deploymentIdSchema,
    WaitSeconds: v.optional(
      v.pipe(
        v.number(({ input }) => `WaitSeconds ${quoted(input)} is not a number`),
        v.integer(({ input }) => `WaitSeconds ${input} is not a whole number`),
        v.minValue(1, ({ input }) => `WaitSeconds ${input} is less than 1`),
        v.maxValue(840, ({ input }) => `WaitSeconds ${input} is more than 840, the longest that leaves time to answer`),
      ),
    ),
    DryRun: v.optional(v.boolean(({ input }) => `DryRun ${quoted(input)} is not true or false`)),
    InstanceId: v.optional(
      v.pipe(
        v.string(({ input }) => `InstanceId ${quoted(input)} is not a string`),
        v.regex(/^i-[0-9a-f]{1,32}$/, ({ input }) => `InstanceId ${quoted(input)} is no id of an instance`),
      ),
    ),
  },
  ({ expected, received }) =>
    expected === 'never'
      ? `${received} is no key of a call: it takes DeploymentId, WaitSeconds, DryRun and InstanceId`
      : 'a call is a JSON object',
)

/**
 * Reads the event that the function was invoked with.
 *
 * A caller that can be answered is answered, even if its event is broken: that is the `refusal` of the invocation.
 *
 * @param event what Lambda passed on: `{DeploymentId, LifecycleEventHookExecutionId}` (F32) is a hook,
 *   `{DeploymentId, WaitSeconds?, DryRun?, InstanceId?}` a call, an EventBridge event of CodeDeploy (F35) or an SNS event (F36) a notification
 * @throws Error for an event of no known shape: only a failed invocation tells its sender. It names the keys of the event and
 *   none of its values, since a pipeline's event carries credentials
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
    const caller = refusal === undefined ? text(keys['InstanceId']) : undefined
    return {
      kind: 'call',
      waitSeconds: wait,
      isDryRun: keys['DryRun'] === true,
      caller,
      deploymentId: text(id),
      refusal,
    }
  }
  const notices = readNotices(keys)
  if (notices !== undefined) return { kind: 'notification', notices }
  if (typeof keys['lifecycleStage'] === 'string' && typeof keys['executionId'] === 'string') return { kind: 'ecsHook' }
  throw new Error(
    `Greenlight does not know this event, ${shapeOf(event)}. It takes {"DeploymentId", "LifecycleEventHookExecutionId"} ` +
      'from CodeDeploy, {"DeploymentId", "WaitSeconds", "DryRun"} from a script or a person, and what EventBridge or SNS say of deployments.',
  )
}

const shapeOf = (event: unknown): string => {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return 'which is no JSON object'
  const keys = Object.keys(event).map((key) => quoted(key.slice(0, 50)))
  return keys.length === 0 ? 'which has no keys' : `whose keys are ${listed(keys)}`
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const refusalOf = (parsed: v.SafeParseResult<typeof hookEvent | typeof callEvent>): string | undefined =>
  parsed.success ? undefined : parsed.issues.map((issue) => issue.message).join('; ')
