import sinon from 'sinon'
import { createIdentifiers } from './identifiers.ts'
import { describeInFlight, inFlight, isServed, watchRequests } from './inFlight.ts'

/** Time that jumps to the next timer, but only when nothing is in flight. */
export type VirtualTime = {
  /** Lets time pass until the promise has settled; returns its value or throws its reason. */
  run<T>(promise: Promise<T>): Promise<T>
  /** Lets this many milliseconds pass, with everything that is due in them. */
  advance(milliseconds: number): Promise<void>
  /** Resolves when nothing is in flight any more. */
  quiet(): Promise<void>
  /** Lets time pass until the next timer; returns false where there is none. */
  jump(): Promise<boolean>
  /** Gives the process its own time back. */
  restore(): void
}

/** How many turns of the event loop have nothing in flight before time jumps: enough for a stream to deliver its last chunk. */
const quietTurns = 5
/** The same where all simulators answer in process: without sockets, every promise that can settle does so in one turn. */
const quietTurnsInProcess = 1
/** The real time after which `run` gives up a promise that no timer and no request can settle. */
const stalledAfterMilliseconds = 5_000
/** The real time after which it gives up a script or a request that does not end. */
const stuckAfterMilliseconds = 120_000

/** The process's real time, beneath virtual time. */
const real = { setTimeout, setImmediate, now: performance.now.bind(performance) }

/**
 * Puts `setTimeout`, `setInterval`, `Date`, `performance.now` and `AbortSignal.timeout` of this process on virtual time. Promises,
 * sockets, files and child processes stay real: time stands still while a request from this process to a simulator, a
 * script of one of its instances, or a file access is under way (`inFlight.ts`). Several simulators may share it.
 *
 * Load code that takes `setTimeout` from `node:timers/promises` after this, or it keeps the real one.
 *
 * `Math.random` comes from a seed meanwhile, because the SDK's pauses between retries depend on it.
 *
 * @param start what `Date` shows at first
 * @param seed the same seed gives the same `Math.random`
 */
export const virtualTime = ({
  start = new Date('2026-11-23T09:00:00Z'),
  seed = 1,
}: {
  start?: Date
  seed?: number
} = {}): VirtualTime => {
  const fake = sinon.useFakeTimers({
    now: start,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    // The SDK clears timers that it never set, and later clears timers that it set before this.
    shouldClearNativeTimers: true,
  })
  const unwatch = watchRequests()
  const own = { abortAfter: AbortSignal.timeout, random: Math.random }
  // sinon does not fake this one, and a deadline in real time would never come.
  AbortSignal.timeout = (milliseconds) => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(new DOMException('The operation timed out.', 'TimeoutError')), milliseconds)
    return controller.signal
  }
  Math.random = createIdentifiers(seed).chance

  const jump = oneJumpAtATime(fake)
  return {
    run: async (promise) => {
      let settled = false
      const over = () => {
        settled = true
      }
      promise.then(over, over)
      await jumpUntil(jump, () => settled)
      return promise
    },
    advance: async (milliseconds) => {
      let passed = false
      setTimeout(() => {
        passed = true
      }, milliseconds)
      await jumpUntil(jump, () => passed)
      await quiet()
    },
    quiet,
    jump: () => jump(() => false),
    restore: () => {
      unwatch()
      AbortSignal.timeout = own.abortAfter
      Math.random = own.random
      fake.restore()
    },
  }
}

const turn = () => new Promise<void>((resolve) => real.setImmediate(resolve))
const breath = () => new Promise<void>((resolve) => real.setTimeout(resolve, 1))

const quiet = async (): Promise<void> => {
  const began = real.now()
  const enough = isServed() ? quietTurns : quietTurnsInProcess
  for (let turns = 0; turns < enough; ) {
    await turn()
    const busy = inFlight()
    turns = busy ? 0 : turns + 1
    if (real.now() - began > stuckAfterMilliseconds) {
      throw new Error(
        `Virtual time stands still because something does not end: ${JSON.stringify(describeInFlight())}.`,
      )
    }
    // A script needs the processor; the answer to a request needs turns of this loop.
    if (busy === 'script') await breath()
  }
}

/** Lets time pass until the next timer, unless `isOver` says that nobody waits any more; returns false where there is no timer. */
type Jump = (isOver: () => boolean) => Promise<boolean>

/** One jump at a time, for any number of waiting tests: a second one must not jump on the quiet that the first has just ended. */
const oneJumpAtATime = (fake: sinon.SinonFakeTimers): Jump => {
  let last: Promise<unknown> = Promise.resolve()
  return (isOver) => {
    const jumped = last.then(async () => {
      await quiet()
      if (isOver()) return true
      if (fake.countTimers() === 0) return false
      fake.next()
      return true
    })
    last = jumped.catch(() => {})
    return jumped
  }
}

const jumpUntil = async (jump: Jump, isOver: () => boolean): Promise<void> => {
  let idleSince: number | undefined
  while (!isOver()) {
    if (await jump(isOver)) {
      idleSince = undefined
      continue
    }
    idleSince ??= real.now()
    if (real.now() - idleSince > stalledAfterMilliseconds) {
      throw new Error(
        `Virtual time waits for a promise that no timer and no request can settle: ${JSON.stringify(describeInFlight())}.`,
      )
    }
    await breath()
  }
}
