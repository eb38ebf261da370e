import pLimit from 'p-limit'
import { AwsError } from '../aws/awsError.ts'
import type { Limits } from '../aws/send.ts'
import { callsAtOnce } from '../sweep/survey.ts'

/** Whoever was asked was silent, or refused again and again what may pass, for so long. */
export class NoAnswer extends Error {
  readonly kind: 'silent' | 'refused'
  readonly seconds: number
  constructor(kind: NoAnswer['kind'], ms: number, cause: unknown) {
    super(`${kind} for ${ms / 1000} s`, { cause })
    this.kind = kind
    this.seconds = ms / 1000
  }
}

/** How much longer it may refuse and be asked again, throttled or broken, than be silent. */
const refusalsWorth = 12

/**
 * Limits for a person who waits: one region at most so many calls at once, asked again as long as there are answers.
 *
 * @param silenceMs how long everything may stay unanswered
 */
export const givingUpAfter = (silenceMs: number): Limits => {
  const turn = pLimit(callsAtOnce)
  let heardAt = Date.now()
  let helpedAt = Date.now()
  let last: unknown
  return {
    signal: new AbortController().signal,
    requestMs: silenceMs,
    onFailedTry: () => {},
    sleep: async (ms) => {
      const now = Date.now()
      if (now - heardAt >= silenceMs) throw new NoAnswer('silent', silenceMs, last)
      if (now - helpedAt >= silenceMs * refusalsWorth) throw new NoAnswer('refused', silenceMs * refusalsWorth, last)
      await new Promise((resolve) => setTimeout(resolve, ms))
    },
    turn: (send) =>
      turn(async () => {
        try {
          const answer = await send()
          heardAt = helpedAt = Date.now()
          return answer
        } catch (error) {
          last = error
          if (isAnswer(error)) heardAt = Date.now()
          throw error
        }
      }),
  }
}

/** Somebody is there: an error that came with a status. */
const isAnswer = (error: unknown): boolean => {
  const cause = error instanceof AwsError ? error.cause : undefined
  if (typeof cause !== 'object' || cause === null || !('$metadata' in cause)) return false
  const { $metadata: metadata } = cause
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata && !!metadata.httpStatusCode
}
