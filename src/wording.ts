/** What a question that somebody waits on is answered with: the verdict, and always a reason, a plain sentence. */
export type Verdict = {
  readonly verdict: 'Succeeded' | 'Failed' | 'Pending'
  readonly reason: string
}

/** How an invocation ended. Who notifies waits for no verdict, and gets none but by what was done: it is undefined then. */
export type Conclusion = { readonly verdict: Verdict['verdict'] | undefined; readonly reason: string }

/**
 * Names in a sentence: `a, b and c`. Beyond `most` the rest is counted, since a reason is read by a person in a
 * terminal: `a, b and 7 more`.
 */
export const listed = (names: readonly string[], most = 10, separator = ', '): string => {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names
  const last = shown.at(-1) ?? 'none'
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(separator)} and ${last}`
}

/** `1 instance`, `3 instances`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Any thrown value as a sentence. AWS's own words are in it, see `aws/send.ts`. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** Somebody else's value in a sentence of ours: as JSON, so that no control character of it reaches a terminal, and short. */
export const quoted = (value: unknown): string => {
  const json = JSON.stringify(value) ?? String(value)
  return json.length > 200 ? `${json.slice(0, 200)}…` : json
}
