import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Invocation, LambdaFunction, State } from './state.ts'
import type { Timeline } from './timeline.ts'

/** The result of a function: its return value as JSON, or Lambda's words for its failure. */
type InvocationResult = { readonly payload: string; readonly error: boolean; readonly requestId: string }

export type Functions = {
  named(name: string): LambdaFunction | undefined
  /** Whether as many invocations run as may: Lambda refuses another synchronous one, and keeps an asynchronous one for later. */
  isBusy(called: LambdaFunction): boolean
  /** Invokes and waits. */
  invoke(called: LambdaFunction, event: unknown): Promise<InvocationResult>
  /**
   * Invokes as Lambda does for an asynchronous caller: two more attempts, after one and two minutes (F37). While too many
   * invocations run, it tries again after a second and then ever more rarely, for six hours.
   */
  invokeLater(called: LambdaFunction, event: unknown): void
}

const retryAfterMilliseconds = [60_000, 120_000]
const queuedMilliseconds = 6 * 3_600_000
const longestBackOffMilliseconds = 300_000

type Parts = {
  readonly state: State
  readonly clock: Clock
  readonly identifiers: Identifiers
  readonly timeline: Timeline
  /** How many invocations of all functions may run at once. */
  readonly concurrency: number | undefined
}

type Runtime = Parts & {
  /** How many invocations of each function run. */
  readonly running: Map<string, number>
}

/**
 * Lambda functions, run in this process.
 *
 * A function's time is the simulator's: a caller that loads one for a simulator that is faster than this process gives it
 * faster timers.
 */
export const createFunctions = (parts: Parts): Functions => {
  const runtime: Runtime = { ...parts, running: new Map() }
  return {
    named: (name) => parts.state.functions.get(name),
    isBusy: (called) => isBusy(runtime, called),
    invoke: (called, event) => invoke(runtime, called, event),
    invokeLater: (called, event) => void attempt(runtime, called, event),
  }
}

const isBusy = ({ running, concurrency }: Runtime, { name, reservedConcurrency }: LambdaFunction): boolean => {
  const all = [...running.values()].reduce((sum, count) => sum + count, 0)
  return (
    all >= (concurrency ?? Number.POSITIVE_INFINITY) || (running.get(name) ?? 0) >= (reservedConcurrency ?? all + 1)
  )
}

const attempt = async (runtime: Runtime, called: LambdaFunction, event: unknown): Promise<void> => {
  const { clock, timeline } = runtime
  const giveUpAt = clock.now() + queuedMilliseconds
  for (const pause of [...retryAfterMilliseconds, undefined]) {
    for (let backOff = 1_000; isBusy(runtime, called); backOff = Math.min(2 * backOff, longestBackOffMilliseconds)) {
      if (clock.now() >= giveUpAt) {
        timeline.tell('Lambda', `drops an event for ${called.name}, which too many invocations have kept waiting.`)
        return
      }
      await clock.sleep(backOff)
    }
    const { error } = await invoke(runtime, called, event)
    if (!error || pause === undefined) return
    await clock.sleep(pause)
  }
}

const invoke = async (runtime: Runtime, called: LambdaFunction, event: unknown): Promise<InvocationResult> => {
  const { running } = runtime
  const count = (more: number) => running.set(called.name, (running.get(called.name) ?? 0) + more)
  count(1)
  try {
    return await runToItsEnd(runtime, called, event)
  } finally {
    count(-1)
  }
}

const runToItsEnd = async (parts: Parts, called: LambdaFunction, event: unknown): Promise<InvocationResult> => {
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
