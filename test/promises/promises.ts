/** What Greenlight promises: by name, in a sentence. `npm test` says of each how many tests have proven it. */
export const promises = {
  answered: 'Every hook ends in exactly one accepted verdict, in time',
  true: 'A verdict says what is so, and its reason why',
  settled: 'Green keeps its target groups after success, and nothing of ours after failure',
  'never worse': 'Nothing gets or loses traffic, or is changed, that is not ours to change',
  repeatable: 'Twice, late, out of order or five at once end like once',
  'least power': 'The roles may do what the code does, and nothing else',
  'never silent': 'What is refused or left undone is in the log, with the reason',
} as const

export type PromiseName = keyof typeof promises

/**
 * Says in the title of a suite or a test which promises it proves: `describe(`Any schedule ${proves('settled')}`, …)`.
 *
 * @returns `[settled]`, as the reporter reads it
 */
export const proves = (...names: readonly PromiseName[]): string => `[${names.join(', ')}]`

/** The promises that a title says it proves. */
export const provenBy = (title: string): readonly PromiseName[] => {
  const named = [...title.matchAll(/\[([^\]]*)\]/g)].flatMap(([, names = '']) => names.split(', '))
  return Object.keys(promises).filter((name): name is PromiseName => named.includes(name))
}
