import fc from 'fast-check'
import { type Played, play } from './play.ts'
import { type Schedule, schedules } from './schedule.ts'

/** What was played, where every promise held. */
export type Checked = { readonly schedules: number; readonly calls: number }

/** How long a schedule that breaks a promise is made shorter, in milliseconds of real time. */
const shortenForMs = 60_000

/**
 * Plays this many schedules, drawn from a seed.
 *
 * @param given what is not left to chance
 * @param onPlayed hears of each that was played
 * @throws Error with the promises that were broken, the shortest schedule found that breaks one, and its story
 */
export const check = async (
  { seed, schedules: numRuns, given = {} }: { seed: number; schedules: number; given?: Partial<Schedule> },
  onPlayed: (played: Played) => void = () => {},
): Promise<Checked> => {
  let calls = 0
  let played = 0
  let brokenAt: number | undefined
  const holds = async (schedule: Schedule): Promise<boolean> => {
    // Enough: what has been found by then is short enough.
    if (brokenAt !== undefined && performance.now() - brokenAt > shortenForMs) return true
    const result = await play(schedule)
    calls += result.calls
    played += 1
    onPlayed(result)
    // One in which Greenlight has asked AWS for nothing has proven nothing.
    const isKept = result.broken.length === 0 && result.calls > 0
    if (!isKept) brokenAt ??= performance.now()
    return isKept
  }
  const details = await fc.check(fc.asyncProperty(schedules(given), holds), { seed, numRuns })
  if (!details.failed) return { schedules: played, calls }
  const [shortest] = details.counterexample ?? []
  throw new Error(
    shortest === undefined ? String(details.errorInstance) : await report(seed, details.numRuns, shortest),
  )
}

const report = async (seed: number, which: number, shortest: Schedule): Promise<string> => {
  const told = await play(shortest).catch((error: unknown) => ({ broken: [String(error)], story: [], calls: 1 }))
  const broken = told.calls === 0 ? ['Greenlight has asked AWS for nothing.'] : told.broken
  return [
    `Seed ${seed}, schedule ${which} (again: npm run soak -- --seed ${seed} --schedules ${which}):`,
    ...broken,
    '',
    'The shortest schedule found that does it:',
    JSON.stringify(shortest, undefined, 1),
    '',
    ...told.story,
  ].join('\n')
}
