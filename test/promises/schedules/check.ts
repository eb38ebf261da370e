import fc from 'fast-check'
import { type Comparison, compare } from './compare.ts'
import { type Damage, noDamage, sumOf } from './damage.ts'
import { type Played, play } from './play.ts'
import { type Schedule, schedules } from './schedule.ts'

/** What was played, where every promise held. */
export type Checked = {
  readonly schedules: number
  readonly calls: number
  readonly with: Damage
  readonly without: Damage
  /** The schedules in which something was worse with Greenlight for a reason that is known by name, each with its stories. */
  readonly explained: readonly { readonly sentence: string; readonly story: readonly string[] }[]
}

/** How long a schedule that breaks a promise is made shorter, in milliseconds of real time. */
const shortenForMs = 60_000

/**
 * Plays this many schedules, drawn from a seed, each with Greenlight and without.
 *
 * @param given what is not left to chance
 * @param onPlayed hears of each that was played
 * @throws Error with the promises that were broken, or what was worse than without Greenlight for no known reason, the shortest schedule found that breaks one, and its story
 */
export const check = async (
  { seed, schedules: numRuns, given = {} }: { seed: number; schedules: number; given?: Partial<Schedule> },
  onPlayed: (played: Played) => void = () => {},
): Promise<Checked> => {
  let checked: Checked = { schedules: 0, calls: 0, with: noDamage, without: noDamage, explained: [] }
  let brokenAt: number | undefined
  const holds = async (schedule: Schedule): Promise<boolean> => {
    // Enough: what has been found by then is short enough.
    if (brokenAt !== undefined && performance.now() - brokenAt > shortenForMs) return true
    const result = await play(schedule)
    const comparison = await compare(schedule, result)
    checked = added(checked, result, comparison, seed)
    onPlayed(result)
    const isKept = brokenIn(result, comparison).length === 0
    if (!isKept) brokenAt ??= performance.now()
    return isKept
  }
  const details = await fc.check(fc.asyncProperty(schedules(given), holds), { seed, numRuns })
  if (!details.failed) return checked
  const [shortest] = details.counterexample ?? []
  throw new Error(
    shortest === undefined ? String(details.errorInstance) : await report(seed, details.numRuns, shortest),
  )
}

/** A sentence for every promise that was broken, and for what was worse with Greenlight for no known reason. */
const brokenIn = ({ broken, calls }: Played, { worse, explanation }: Comparison): readonly string[] => [
  ...broken,
  ...(explanation === undefined ? worse.map((sentence) => `Worse than without Greenlight: ${sentence}`) : []),
  // One in which Greenlight has asked AWS for nothing has proven nothing.
  ...(calls === 0 ? ['Greenlight has asked AWS for nothing.'] : []),
]

const added = (sum: Checked, { calls, story }: Played, comparison: Comparison, seed: number): Checked => {
  const { worse, explanation } = comparison
  const schedules = sum.schedules + 1
  const sentence = `seed ${seed}, schedule ${schedules}: ${worse.join('; ')}: ${explanation}`
  const both = [...story, '--- without Greenlight ---', ...comparison.story]
  return {
    schedules,
    calls: sum.calls + calls,
    with: sumOf(sum.with, comparison.with),
    without: sumOf(sum.without, comparison.without),
    explained: explanation === undefined ? sum.explained : [...sum.explained, { sentence, story: both }],
  }
}

const report = async (seed: number, which: number, shortest: Schedule): Promise<string> => {
  const told = await retell(shortest).catch((error: unknown) => [String(error)])
  return [
    `Seed ${seed}, schedule ${which} (again: npm run soak -- --seed ${seed} --schedules ${which}):`,
    ...told,
    '',
    'The shortest schedule found that does it:',
    JSON.stringify(shortest, undefined, 1),
  ].join('\n')
}

const retell = async (schedule: Schedule): Promise<readonly string[]> => {
  const played = await play(schedule)
  const comparison = await compare(schedule, played)
  const without = comparison.worse.length > 0 ? ['', '--- without Greenlight ---', ...comparison.story] : []
  return [...brokenIn(played, comparison), '', ...played.story, ...without]
}
