import type { Clock } from '../clock.ts'

/** One thing that happened in the world. */
export type TimelineEntry = {
  readonly at: Date
  /** The subject of the sentence: `CodeDeploy`, `Auto Scaling`, `Load balancer`, `Lambda`, `Instance`, `Script`. */
  readonly who: string
  /** The rest of the sentence. */
  readonly what: string
} & About

/** What a sentence is about, for those who put several together. */
export type About = { readonly instanceId?: string; readonly deploymentId?: string }

export type Timeline = {
  readonly entries: readonly TimelineEntry[]
  tell(who: string, what: string, about?: About): void
}

/** @param onTold hears of every entry */
export const createTimeline = (clock: Clock, onTold: (entry: TimelineEntry) => void = () => {}): Timeline => {
  const entries: TimelineEntry[] = []
  return {
    entries,
    tell: (who, what, { instanceId, deploymentId } = {}) => {
      const about = {
        ...(instanceId !== undefined && { instanceId }),
        ...(deploymentId !== undefined && { deploymentId }),
      }
      const entry = { at: clock.date(), who, what, ...about }
      entries.push(entry)
      onTold(entry)
    },
  }
}
