import type { Clock } from '../clock.ts'

/** Whether one more call may pass: as many at once as pass in a second, and then at that rate. */
export const createRateLimit = (clock: Clock, perSecond: number | undefined): (() => boolean) => {
  if (perSecond === undefined) return () => true
  let left = perSecond
  let at = clock.now()
  return () => {
    const now = clock.now()
    left = Math.min(perSecond, left + ((now - at) / 1000) * perSecond)
    at = now
    if (left < 1) return false
    left -= 1
    return true
  }
}
