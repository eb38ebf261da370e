import { type AutoScalingGroup, targetGroupName } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { attachedKey, recordKey } from '../model/records.ts'
import { listed } from '../sentences.ts'
import { changed, type Decision } from './decision.ts'
import { holdRelease } from './holding.ts'
import { untagging } from './tagging.ts'

/**
 * Ends a green about which no deployment decides any more: what is held is released, and what is attached stays, since
 * nobody can say who else carries the traffic.
 *
 * @param why no deployment decides
 */
export const orphan = (greens: readonly AutoScalingGroup[], why: string): Decision => {
  const left = greens.flatMap(({ name, records: { attached } }) =>
    attached.size > 0
      ? [{ kind: 'attached' as const, reason: `${listed([...attached.keys()])} is left attached to ${name}: ${why}` }]
      : [],
  )
  return changed(greens.flatMap(releaseOrphan), why, left)
}

/** Releases, and forgets what is not so any more. */
export const releaseOrphan = (green: AutoScalingGroup): readonly Change[] => {
  const { resume, keys } = holdRelease(green)
  const attached = new Set(green.attached.map(targetGroupName))
  const names = [...green.records.attached.keys()]
  const gone = names.filter((target) => !attached.has(target)).map(attachedKey)
  const isLast = gone.length === names.length && green.records.record !== undefined
  return [...resume, ...untagging(green, [...new Set([...keys, ...gone, ...(isLast ? [recordKey] : [])])])]
}
