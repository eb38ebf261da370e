import { type AutoScalingGroup, targetGroupName } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { attachedKey } from '../model/records.ts'
import { changed, type Decision } from './decision.ts'
import { leftAttached } from './detaching.ts'
import { lasting } from './ending.ts'
import { mayShowYet, releaseOf } from './holding.ts'
import { forgetting } from './tagging.ts'

/**
 * Ends a green about which no deployment decides any more: what is held is released, and what is attached stays, since
 * nobody can say who else carries the traffic.
 *
 * @param why no deployment decides
 */
export const orphan = (all: readonly AutoScalingGroup[], why: string, now: number): Decision => {
  const greens = lasting(all)
  const left = greens.flatMap(({ name, records: { attached } }) =>
    [...attached.keys()].map((targetGroup) => leftAttached(targetGroup, name, why)),
  )
  return changed(
    greens.flatMap((green) => releaseOrphan(green, now)),
    why,
    left,
  )
}

/** Releases, and forgets what is not so any more. */
export const releaseOrphan = (green: AutoScalingGroup, now: number): readonly Change[] => {
  const { resume, keys } = releaseOf(green, now)
  const attached = new Set(green.attached.map(targetGroupName))
  const gone = [...green.records.attached].filter(([name, note]) => !attached.has(name) && !mayShowYet(note, now))
  return [...resume, ...forgetting(green, [...keys, ...gone.map(([name]) => attachedKey(name))])]
}
