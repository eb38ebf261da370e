import type { Conclusion } from '../model/verdict.ts'
import type { Seen } from '../rules/seen.ts'
import type { Settings } from '../settings.ts'
import { carryOut } from './carryOut.ts'
import { triggerOf } from './early.ts'
import { confirm, type Looking, look } from './look.ts'
import { begin, rememberMove, type Task } from './memory.ts'
import type { Move } from './move.ts'
import { nextMove } from './nextMove.ts'
import type { Ports } from './ports.ts'
import { telling, type Writers } from './tell.ts'

/** What the loop works with. */
export type Tools = Writers & {
  readonly ports: Ports
  readonly settings: Settings
  /** Resolves after so many milliseconds; rejects when the work must stop. */
  readonly sleep: (ms: number) => Promise<void>
  /** Hears how many instances green has. */
  readonly sized?: (instances: number) => void
}

const firstPauseMs = 1_000
const longestPauseMs = 5_000

/**
 * Looks, decides and acts, again and again, until there is a conclusion.
 *
 * @throws Error where the invocation must fail: AWS could not be asked, or refused a change for good
 */
export const reconcile = async (task: Task, tools: Tools): Promise<Conclusion> => {
  const { ports, settings, sleep, sized = () => {} } = tools
  const now = startClock()
  const looking: Looking = { ports, settings, sleep, now }
  const tell = telling(triggerOf(task), tools)
  const pause = pausing(sleep)

  let memory = begin(task, now())
  let seen = await look(memory, undefined, looking)
  for (;;) {
    if ('greens' in seen) sized(seen.greens.reduce((sum, { instances }) => sum + instances.length, 0))
    const move = nextMove(seen, memory, now())
    tell.move(move)
    if (move.kind === 'conclude') return move.conclusion
    if (move.kind === 'fail') throw new Error(move.reason)
    memory = rememberMove(memory, move, now())

    const changes = move.kind === 'change' ? move.changes : []
    const carriedOut = await carryOut(changes, seen, memory, { ports, tell, now })
    memory = carriedOut.memory
    if (move.kind === 'wait' || carriedOut.result === 'refused') await pause()
    const isConfirming = move.kind === 'change' && move.next === 'confirm' && carriedOut.result === 'done'
    seen = isConfirming ? await confirm(seen, memory, changes.length > 0, looking) : await look(memory, seen, looking)
  }
}

/** What a run would see and do first. */
export type FirstLook = { readonly seen: Seen; readonly move: Move }

/** Looks once and decides, and changes nothing. Throws AwsError where AWS could not be asked. */
export const lookOnce = async (
  task: Task,
  { ports, settings, sleep }: Pick<Looking, 'ports' | 'settings' | 'sleep'>,
): Promise<FirstLook> => {
  const now = startClock()
  const memory = begin(task, now())
  const seen = await look(memory, undefined, { ports, settings, sleep, now })
  return { seen, move: nextMove(seen, memory, now()) }
}

/** The wall clock at the start and what has passed since: setting the clock neither ends nor lengthens a wait. */
const startClock = (): (() => number) => {
  const [wall, start] = [Date.now(), performance.now()]
  return () => wall + Math.round(performance.now() - start)
}

/** Pauses grow from a second to five. */
const pausing = (sleep: Tools['sleep']): (() => Promise<void>) => {
  let nextMs = firstPauseMs
  return async () => {
    const ms = nextMs
    nextMs = Math.min(longestPauseMs, nextMs * 1.5)
    await sleep(ms)
  }
}
