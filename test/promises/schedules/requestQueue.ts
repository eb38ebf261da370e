import type { Clock } from '../../../simulator/clock.ts'
import type { VirtualTime } from '../../../simulator/virtualTime.ts'

/** A request that waits for its turn. */
type Waiting = { readonly go: () => void }

/** A deployment may wait for an hour at Ready, and another one for the instances of its copy. */
const mostSteps = 60_000

/**
 * Lets requests go one at a time, each when everything that the one before has caused has happened.
 *
 * @param drawn for each time that requests wait, which of them goes: 0 the one that waits longest, 1 the next and so on;
 *   beyond the last one none goes, and time passes until the next timer. When they are used up, or `inOrder` is called,
 *   requests go in their order, and none waits
 */
export const requestQueue = (time: VirtualTime, clock: Clock, drawn: readonly number[]) => {
  const waiting: Waiting[] = []
  const watchers: (() => void)[] = []
  let left = [...drawn]
  let steps = 0
  let idle = 0

  /** One request, or the next timer; nothing where it is so already. */
  const step = async (isSo: () => boolean): Promise<void> => {
    await time.quiet()
    // What ended just now may be what was waited for, before anything else begins.
    if (isSo()) return
    for (const watch of watchers) watch()
    steps += 1
    if (steps > mostSteps) throw new Error(`This never ends: it has taken ${steps} steps.`)
    const next = waiting.length > 0 ? waiting[(left.shift() ?? 0) % (waiting.length + 1)] : undefined
    if (next !== undefined) {
      waiting.splice(waiting.indexOf(next), 1)
      return next.go()
    }
    // What the last timer set off may have ended what was waited for.
    idle = (await time.jump()) ? 0 : idle + 1
    if (idle > 2) throw new Error('Nothing is to come any more, and something is waited for.')
  }
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await step(isSo)
  }

  return {
    /** Resolves when it is the turn of this caller. */
    mine: () => new Promise<void>((go) => void waiting.push({ go })),
    /** Is called before every step. */
    watch: (watcher: () => void): void => void watchers.push(watcher),
    until,
    /** Lets this many milliseconds pass. */
    pass: async (milliseconds: number): Promise<void> => {
      let passed = false
      clock.after(milliseconds, () => {
        passed = true
      })
      await until(() => passed)
    },
    isAnybodyWaiting: () => waiting.length > 0,
    inOrder: (): void => {
      left = []
    },
  }
}
