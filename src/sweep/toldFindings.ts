import type { Finding } from './finding.ts'

/** After so long the log tells a lasting finding again: it must not grow with every run. */
const toldAgainAfterMs = 3_600_000

/**
 * Remembers which findings the log has told, for as long as a Lambda environment lives.
 *
 * @returns whether a finding is news
 */
export const rememberingFindings = () => {
  const told = new Map<string, number>()
  return (finding: Finding, now: number): boolean => {
    for (const [key, at] of told) {
      // The oldest come first.
      if (now - at < toldAgainAfterMs) break
      told.delete(key)
    }
    const key = JSON.stringify({ ...finding, ageMs: undefined })
    if (told.has(key)) return false
    told.set(key, now)
    return true
  }
}
