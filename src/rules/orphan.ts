import { type AutoScalingGroup, targetGroupName } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { attachedKey } from '../model/records.ts'
import { changed, type Decision } from './decision.ts'
import { leftAttached } from './detaching.ts'
import { lasting } from './ending.ts'
import { mayShowYet, releaseOf } from './holding.ts'
import type { Seen } from './seen.ts'
import { forgetting } from './tagging.ts'
import { withdrawalOf } from './testing.ts'

type SeenOrphan = Extract<Seen, { row: 'orphan' }>

/**
 * Ends a green about which no deployment decides any more: what is held is released, what was only tested is deregistered, and
 * what is attached stays, since nobody can say who else carries the traffic.
 */
export const orphan = (seen: SeenOrphan, now: number): Decision => {
  const { why } = seen
  const greens = lasting(seen.greens)
  const left = greens.flatMap(({ name, records: { attached } }) =>
    [...attached.keys()].map((targetGroup) => leftAttached(targetGroup, name, why)),
  )
  return changed(
    greens.flatMap((green) => releaseOrphan(green, seen, now)),
    why,
    left,
  )
}

/** Releases, and forgets what is not so any more. */
const releaseOrphan = (green: AutoScalingGroup, seen: SeenOrphan, now: number): readonly Change[] => {
  const withdrawal = withdrawalOf(green, { ...seen, goal: { wanted: [] } }, now)
  const { resume, keys } = releaseOf(green, now)
  const attached = new Set(green.attached.map(targetGroupName))
  const gone = [...green.records.attached].filter(([name, note]) => !attached.has(name) && !mayShowYet(note, now))
  return [
    ...withdrawal.deregister,
    ...resume,
    ...forgetting(green, [...keys, ...withdrawal.keys, ...gone.map(([name]) => attachedKey(name))]),
  ]
}
