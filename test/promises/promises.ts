/**
 * What Greenlight promises: by name, in a sentence. A suite or a test that proves one names it in brackets in its title, as
 * in `is settled after a failure [settled, never worse]`, and `npm test` says of each how many tests have proven it.
 */
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

/** The promises that a title names. */
export const provenBy = (title: string): readonly PromiseName[] => {
  const named = [...title.matchAll(/\[([^\]]*)\]/g)].flatMap(([, names = '']) => names.split(', '))
  return Object.keys(promises).filter((name): name is PromiseName => named.includes(name))
}
