import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import type { Deadline } from '../deadline.ts'
import { inSeconds, reasonOf } from '../sentences.ts'
import { AwsError } from './awsError.ts'

/** What one invocation allows its requests. */
export type Limits = {
  /** Aborts when the work must stop. */
  readonly signal: AbortSignal
  readonly sleep: Deadline['sleep']
  /** How long one try of one request may take, its answer read to the end; in milliseconds. */
  readonly requestMs: number
  /** Hears of every try that failed and may pass, in a sentence. */
  readonly onFailedTry: (sentence: string) => void
  /** Runs each try in its turn, where only so many may run at once. */
  readonly turn?: <Answer>(send: () => Promise<Answer>) => Promise<Answer>
}

const firstPauseMs = 200
const longestPauseMs = 5_000

/**
 * Sends a request that only reads, again and again until AWS answers or the signal aborts.
 *
 * The SDK's own retries have a budget for each client. An outage of minutes uses it up, and a warm Lambda environment
 * inherits it: the next invocation would fail on the first throttled request.
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
    // Random between the half and the whole, so that callers that AWS throttled together do not return together.
    await limits.sleep(pauseMs * (0.5 + Math.random() / 2))
  }
}

type Request<Answer> = (options: { readonly abortSignal: AbortSignal }) => Promise<Answer>

/**
 * Sends a request that changes something, once: what was read before it is not true for long, so the loop looks again
 * before the next try.
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
    // The SDK knows this name as one that may pass. Its own requestTimeout ends with the headers, not with the body.
    overdue.abort(Object.assign(new Error(`no answer within ${inSeconds(requestMs)}`), { name: 'TimeoutError' }))
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
    ? // The SDK adds a line for debugging.
      `its answer cannot be read: ${reasonOf(cause).split('\n', 1)[0]}`
    : `${name === '' ? '' : `${name}: `}${reasonOf(cause)}`
  return new AwsError(`${action} failed: ${said}`, {
    code: name.replace(/Exception$/, ''),
    mayPass: isUnreadable || isThrottlingError(error) || isTransientError(error) || isServerError(error),
    // Only a 4xx says that AWS did nothing.
    mayBeDone: !(status >= 400 && status < 500),
    cause,
  })
}

/** The error for an answer that AWS cannot have meant: it is asked again. */
export const unreadable = (why: string): Error => Object.assign(new Error(why), { $response: { statusCode: 200 } })

/** An answer that was cut or garbled on its way: AWS refused nothing, and the next one will be whole. */
const isUnreadableSuccess = (cause: unknown): boolean => {
  if (!(cause instanceof Error) || '$fault' in cause || !('$response' in cause)) return false
  const { $response: response } = cause
  return typeof response === 'object' && response !== null && 'statusCode' in response && response.statusCode === 200
}
