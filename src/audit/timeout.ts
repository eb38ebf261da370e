import pLimit from 'p-limit'
import { AwsError } from '../aws/awsError.ts'
import type { Limits } from '../aws/send.ts'
import { callsAtOnce } from '../sweep/survey.ts'

/** AWS has not answered, or has answered only with errors that may pass, for so long that the audit gives up. */
export class TimedOut extends Error {
  readonly kind: 'noAnswer' | 'onlyErrors'
  readonly seconds: number
  constructor(kind: TimedOut['kind'], ms: number, cause: unknown) {
    super(`${kind} for ${ms / 1000} s`, { cause })
    this.kind = kind
    this.seconds = ms / 1000
  }
}

/** An endpoint that throttles will answer in the end, so the audit waits longer for it than for a silent one. */
const timesLongerWithErrors = 12

/**
 * Limits for one region of the audit: a person waits for it, and there is no deadline as in Lambda. It repeats requests
 * for as long as AWS answers.
 *
 * @param silenceMs how long AWS may answer nothing at all
 */
export const limitsWithTimeout = (silenceMs: number): Limits => {
  const turn = pLimit(callsAtOnce)
  let answeredAt = performance.now()
  let succeededAt = performance.now()
  let lastError: unknown
  return {
    signal: new AbortController().signal,
    requestMs: silenceMs,
    onFailedTry: () => {},
    sleep: async (ms) => {
      const now = performance.now()
      const errorsMs = silenceMs * timesLongerWithErrors
      if (now - answeredAt >= silenceMs) throw new TimedOut('noAnswer', silenceMs, lastError)
      if (now - succeededAt >= errorsMs) throw new TimedOut('onlyErrors', errorsMs, lastError)
      await new Promise((resolve) => setTimeout(resolve, ms))
    },
    turn: (send) =>
      turn(async () => {
        try {
          const answer = await send()
          answeredAt = succeededAt = performance.now()
          return answer
        } catch (error) {
          lastError = error
          if (isAnswer(error)) answeredAt = performance.now()
          throw error
        }
      }),
  }
}

/** An error with an HTTP status came from a server. */
const isAnswer = (error: unknown): boolean => {
  const cause = error instanceof AwsError ? error.cause : undefined
  if (typeof cause !== 'object' || cause === null || !('$metadata' in cause)) return false
  const { $metadata: metadata } = cause
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata && !!metadata.httpStatusCode
}
