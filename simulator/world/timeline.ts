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

/** @param onTold hears of every entry */
export const createTimeline = (clock: Clock, onTold: (entry: TimelineEntry) => void = () => {}): Timeline => {
  const entries: TimelineEntry[] = []
  return {
    entries,
    tell: (who, what) => {
      const entry = { at: clock.date(), who, what }
      entries.push(entry)
      onTold(entry)
    },
  }
}
