import type { Clock } from '../clock.ts'

/** One thing that happened in the world. */
export type TimelineEntry = {
  readonly at: Date
  /** `CodeDeploy`, `Auto Scaling`, `Load balancer`, `Lambda`, `Instance`, `You`. */
  readonly who: string
  /** A plain sentence. */
  readonly what: string
}

export type Timeline = { readonly entries: readonly TimelineEntry[]; tell(who: string, what: string): void }

export const createTimeline = (clock: Clock): Timeline => {
  const entries: TimelineEntry[] = []
  return { entries, tell: (who, what) => entries.push({ at: clock.date(), who, what }) }
}
