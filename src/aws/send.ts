import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import type { Deadline } from '../invocation/deadline.ts'
import { reasonOf } from '../wording.ts'
import { AwsError } from './awsError.ts'

/** What one invocation allows its requests. */
export type Limits = {
  /** Aborts when the work must stop. */
  readonly signal: AbortSignal
  readonly sleep: Deadline['sleep']
  /** How long one try of one request may take, its answer read to the end; in milliseconds. */
  readonly requestMs: number
  /** Told of every try that failed and may pass, in a sentence. */
  readonly onFailedTry: (sentence: string) => void
  /** Runs each try when its turn has come, where only so many may be made at once. */
  readonly turn?: <Answer>(send: () => Promise<Answer>) => Promise<Answer>
}

const firstPauseMs = 200
const longestPauseMs = 5_000

/**
 * Asks AWS a question, again and again until it is answered or the signal aborts.
 *
 * Not by the SDK's own retries: they have a budget for each client, which an outage of minutes uses up and a warm
 * Lambda environment inherits, so that its next invocation would fail on the first throttled request.
 *
 * @param action the IAM action, which is also how people know the operation: `codedeploy:GetDeployment`
 * @param request sends the command; called once for each try
 * @throws AwsError where AWS refuses, or nothing more may be asked
 */
export const ask = async <Answer>(action: string, limits: Limits, request: Request<Answer>): Promise<Answer> => {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      return await act(action, limits, request)
    } catch (error) {
      if (!(error instanceof AwsError && error.mayPass)) throw error
      limits.onFailedTry(error.message)
    }
    // Somewhere between the half and the whole of it, so that many who were throttled together do not return together.
    await limits.sleep(pauseMs * (0.5 + Math.random() / 2))
  }
}

type Request<Answer> = (options: { readonly abortSignal: AbortSignal }) => Promise<Answer>

/**
 * Has AWS change something: one try, since what was read just before is not true for long. Whoever calls looks again
 * before the next one.
 *
 * @throws AwsError
 */
export const act = <Answer>(action: string, limits: Limits, request: Request<Answer>): Promise<Answer> => {
  const { turn = (send) => send() } = limits
  return turn(() => once(action, limits, request))
}

const once = async <Answer>(
  action: string,
  { signal, requestMs }: Limits,
  request: Request<Answer>,
): Promise<Answer> => {
  const overdue = new AbortController()
  const timer = setTimeout(() => {
    // Named as the SDK names what may pass. Its own requestTimeout ends with the headers of an answer, not with its body.
    overdue.abort(Object.assign(new Error(`no answer within ${requestMs / 1000} s`), { name: 'TimeoutError' }))
  }, requestMs)
  const abortSignal = AbortSignal.any([signal, overdue.signal])
  const aborted = new Promise<never>((_, reject) => {
    abortSignal.addEventListener('abort', () => reject(abortSignal.reason), { once: true })
  })
  try {
    abortSignal.throwIfAborted()
    return await Promise.race([request({ abortSignal }), aborted])
  } catch (error) {
    throw refusalOf(action, error)
  } finally {
    clearTimeout(timer)
  }
}

const refusalOf = (action: string, cause: unknown): AwsError => {
  const name = cause instanceof Error && cause.name !== 'Error' ? cause.name : ''
  // The SDK's own classification, which asks for its own kind of error.
  const error = (cause instanceof Error ? cause : new Error()) as Parameters<typeof isServerError>[0]
  const { httpStatusCode: status = 0 } = error.$metadata ?? {}
  const isUnreadable = isUnreadableSuccess(cause)
  const said = isUnreadable
    ? // The SDK adds a line for those who debug.
      `its answer cannot be read: ${reasonOf(cause).split('\n', 1)[0]}`
    : `${name === '' ? '' : `${name}: `}${reasonOf(cause)}`
  return new AwsError(`${action} failed: ${said}`, {
    code: name.replace(/Exception$/, ''),
    mayPass: isUnreadable || isThrottlingError(error) || isTransientError(error) || isServerError(error),
    // Only an answer of this kind says that nothing was done.
    mayBeDone: !(status >= 400 && status < 500),
    cause,
  })
}

/** Cut or garbled on its way: AWS refused nothing, and the next answer will be whole. */
const isUnreadableSuccess = (cause: unknown): boolean => {
  if (!(cause instanceof Error) || '$fault' in cause || !('$response' in cause)) return false
  const { $response: response } = cause
  return typeof response === 'object' && response !== null && 'statusCode' in response && response.statusCode === 200
}
