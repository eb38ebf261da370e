/** The simulated time. Everything that happens by itself in the world happens on this clock. */
export type Clock = {
  /** How many simulated seconds pass in one second of this process's time. */
  readonly speed: number
  /** Simulated milliseconds since 1970. */
  now(): number
  date(): Date
  /** Runs `act` once, after this many simulated milliseconds; returns a function that cancels it. */
  after(milliseconds: number, act: () => void): () => void
  /** Runs `act` at this interval; returns a function that ends it. */
  every(milliseconds: number, act: () => void): () => void
  /** Resolves after this many simulated milliseconds, or never if the clock closes before. */
  sleep(milliseconds: number): Promise<void>
  /** Cancels everything that is still to come. */
  close(): void
}

/** The longest timer that Node.js has; a longer wait is several timers. */
const longestTimer = 2 ** 31 - 1

/**
 * A clock on the global `setTimeout` and `Date`, **looked up at every call**: under `virtualTime` they are sinon's and
 * time is virtual, otherwise this is the wall clock, `speed` times as fast.
 *
 * @param start what the clock shows now; by default the process's own time
 */
export const createClock = ({ speed = 1, start }: { speed?: number; start?: Date } = {}): Clock => {
  const began = Date.now()
  const shown = start?.getTime() ?? began
  const pending = new Set<() => void>()
  let closed = false

  const now = () => shown + (Date.now() - began) * speed

  const after = (milliseconds: number, act: () => void) => {
    if (closed) return () => {}
    const due = now() + milliseconds
    let timer: ReturnType<typeof setTimeout>
    const cancel = () => {
      clearTimeout(timer)
      pending.delete(cancel)
    }
    const wait = () => {
      const left = Math.max(0, due - now()) / speed
      timer = setTimeout(
        () => {
          if (left > longestTimer) return wait()
          pending.delete(cancel)
          act()
        },
        Math.min(left, longestTimer),
      )
    }
    pending.add(cancel)
    wait()
    return cancel
  }

  const every = (milliseconds: number, act: () => void) => {
    let cancel = () => {}
    const again = () => {
      cancel = after(milliseconds, again)
      act()
    }
    cancel = after(milliseconds, again)
    return () => cancel()
  }

  return {
    speed,
    now,
    date: () => new Date(now()),
    after,
    every,
    sleep: (milliseconds) => new Promise((resolve) => after(milliseconds, resolve)),
    close: () => {
      closed = true
      for (const cancel of [...pending]) cancel()
    },
  }
}
