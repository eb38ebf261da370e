import { inSeconds } from './sentences.ts'

/** How the time of one invocation is divided, in milliseconds. */
export type Budget = {
  /** For the work: what Lambda gives, less what is kept back to answer. */
  readonly workMs: number
  /** Kept back to answer. */
  readonly answerMs: number
  /** For one AWS request, tries of the same request not counted: a hung one leaves time for two more. */
  readonly requestMs: number
}

/** @param givenMs what Lambda still gives this invocation */
export const divide = (givenMs: number): Budget => {
  const answerMs = Math.min(30_000, givenMs / 3)
  return { workMs: givenMs - answerMs, answerMs, requestMs: answerMs / 3 }
}

/** What an invocation allows its work, or its report. */
export type Allowance = Deadline & {
  /** How long one try of one request may take, in milliseconds. */
  readonly requestMs: number
}

/** The end of some work. The work passes the signal to every request and every sleep. */
export type Deadline = {
  readonly signal: AbortSignal
  /** Resolves after so many milliseconds; rejects at the deadline. */
  sleep(ms: number): Promise<void>
}

export class OutOfTime extends Error {}

/**
 * Gives work so many milliseconds and not one more: its signal aborts, and the promise returned here rejects with
 * OutOfTime even if the work ignores the signal. Later requests and sleeps of such work fail, so that it changes nothing
 * after the answer.
 */
export const within = async <T>(ms: number, work: (deadline: Deadline) => Promise<T>): Promise<T> => {
  const controller = new AbortController()
  const { signal } = controller
  // A timer and not AbortSignal.timeout, which no test clock controls.
  const late = () => controller.abort(new OutOfTime(`no answer within ${inSeconds(ms)}`))
  const timer = setTimeout(late, Math.max(0, ms))
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    // An async function, so that work which throws at once rejects, too.
    const done = (async () => work({ signal, sleep: (duration) => sleep(duration, signal) }))()
    return await Promise.race([done, aborted])
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const awake = () => {
      signal.removeEventListener('abort', interrupted)
      resolve()
    }
    const interrupted = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(awake, ms)
    signal.addEventListener('abort', interrupted, { once: true })
  })
