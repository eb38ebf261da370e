import type { Finding } from './finding.ts'

/** A finding that is still so is told again after this long: the log must not grow with every run. */
const toldAgainAfterMs = 3_600_000

/** Remembers, as long as a Lambda environment lives, which findings were told; a new environment tells all of them. */
export const remembering = () => {
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
