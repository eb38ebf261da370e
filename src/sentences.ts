/**
 * Names in a sentence: `a, b and c`. Beyond `most` it counts the rest (`a, b and 7 more`), since a person reads the
 * reason in a terminal.
 */
export const listed = (names: readonly string[], most = 10, separator = ', '): string => {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names
  const last = shown.at(-1) ?? 'none'
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(separator)} and ${last}`
}

/** Sentences that complain about one thing, as one: `a; b and c`. */
export const complaintsListed = (complaints: readonly string[]): string => listed(complaints, 10, '; ')

/** `1 instance`, `3 instances`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** `30 s`; a time of less than ten seconds with one decimal: `1.7 s`. */
export const inSeconds = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1000
  return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`
}

/** Any thrown value as a sentence. An AwsError contains AWS's own words, see `aws/send.ts`. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** A value that somebody else sent, as short JSON: none of its control characters reaches a terminal. */
export const quoted = (value: unknown): string => {
  const json = JSON.stringify(value) ?? String(value)
  return json.length > 200 ? `${json.slice(0, 200)}…` : json
}

/** A value as one word of a shell command, whatever it contains. */
export const shellWord = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
