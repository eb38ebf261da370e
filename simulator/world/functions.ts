import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Invocation, LambdaFunction, State } from './state.ts'
import type { Timeline } from './timeline.ts'

/** The result of a function: its return value as JSON, or Lambda's words for its failure. */
type InvocationResult = { readonly payload: string; readonly error: boolean; readonly requestId: string }

export type Functions = {
  named(name: string): LambdaFunction | undefined
  /** Invokes and waits. */
  invoke(called: LambdaFunction, event: unknown): Promise<InvocationResult>
  /** Invokes as Lambda does for an asynchronous caller: two more attempts, after one and two minutes (F37). */
  invokeLater(called: LambdaFunction, event: unknown): void
}

const retryAfterMilliseconds = [60_000, 120_000]

type Parts = {
  readonly state: State
  readonly clock: Clock
  readonly identifiers: Identifiers
  readonly timeline: Timeline
}

/**
 * Lambda functions, run in this process.
 *
 * A function's time is the simulator's: a caller that loads one for a simulator that is faster than this process gives it
 * faster timers.
 */
export const createFunctions = (parts: Parts): Functions => ({
  named: (name) => parts.state.functions.get(name),
  invoke: (called, event) => invoke(parts, called, event),
  invokeLater: (called, event) => void attempt(parts, called, event),
})

const attempt = async (parts: Parts, called: LambdaFunction, event: unknown): Promise<void> => {
  for (const pause of [...retryAfterMilliseconds, undefined]) {
    const { error } = await invoke(parts, called, event)
    if (!error || pause === undefined) return
    await parts.clock.sleep(pause)
  }
}

const invoke = async (parts: Parts, called: LambdaFunction, event: unknown): Promise<InvocationResult> => {
  const { state, clock, identifiers, timeline } = parts
  const requestId = identifiers.uuid()
  const invocation: Invocation = {
    functionName: called.name,
    requestId,
    at: clock.now(),
    event,
    outcome: 'running',
  }
  state.invocations.push(invocation)
  timeline.tell('Lambda', `invokes ${called.name} with ${JSON.stringify(event)}.`)

  let cancel = () => {}
  const timedOut = new Promise<'timed out'>((resolve) => {
    cancel = clock.after(called.timeoutSeconds * 1000, () => resolve('timed out'))
  })
  const failed = (error: object): InvocationResult => ({ payload: JSON.stringify(error), error: true, requestId })
  try {
    const returned = run(parts, called, event, requestId).then((payload) => ({ payload }))
    const ended = await Promise.race([returned, timedOut])
    if (ended === 'timed out') {
      invocation.outcome = 'timedOut'
      timeline.tell('Lambda', `ends ${called.name} after its time-out.`)
      const errorMessage = `${new Date().toISOString()} ${requestId} Task timed out after ${called.timeoutSeconds.toFixed(2)} seconds`
      return failed({ errorType: 'Sandbox.Timedout', errorMessage })
    }
    invocation.outcome = 'returned'
    return { payload: ended.payload, error: false, requestId }
  } catch (thrown) {
    invocation.outcome = 'threw'
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    timeline.tell('Lambda', `sees ${called.name} fail: ${error.message}`)
    return failed({ errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] })
  } finally {
    cancel()
  }
}

/** Runs the handler; returns its return value as JSON. */
const run = async ({ clock }: Parts, called: LambdaFunction, event: unknown, requestId: string): Promise<string> => {
  const deadline = clock.now() + called.timeoutSeconds * 1000
  // A copy, as over the wire, which the function may change.
  const value = await called.handler(JSON.parse(JSON.stringify(event)), {
    functionName: called.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: called.arn,
    memoryLimitInMB: String(called.memoryLimitInMB),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${called.name}`,
    logStreamName: `[$LATEST]${requestId}`,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - clock.now()),
  })
  return JSON.stringify(value) ?? 'null'
}
