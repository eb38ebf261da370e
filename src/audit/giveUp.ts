import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Limits } from '../aws/send.ts'
import { AwsError } from '../awsError.ts'
import { callsAtOnce } from '../survey.ts'

/** Whoever was asked gave no answer at all, or none that helps, for so long. */
export class NoAnswer extends Error {
  readonly seconds: number
  constructor(seconds: number, cause: unknown) {
    super(`no answer for ${seconds} s`, { cause })
    this.seconds = seconds
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
      if (now - heardAt >= silenceMs) throw new NoAnswer(silenceMs / 1000, last)
      if (now - helpedAt >= silenceMs * refusalsWorth) throw new NoAnswer((silenceMs * refusalsWorth) / 1000, last)
      await sleep(ms)
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
