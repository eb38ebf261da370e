import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { attachedKey, heldKey, isSameRecord, type Note, noteValue, recordKey, testingKey } from '../model/records.ts'

/** The most tags that one call takes (F28). */
const mostTagsPerCall = 25

/**
 * Writes those of the tags that are not there with these values yet; the first key comes first. What another deployment under
 * way has noted stays: each would take it from the other for ever.
 */
export const tagging = (green: AutoScalingGroup, tags: Readonly<Record<string, string>>): readonly Change[] => {
  const missing = Object.entries(tags).filter(
    ([key, value]) => !green.records.theirs.includes(key) && !isSameRecord(green.tags.get(key), value),
  )
  const calls = Array.from({ length: Math.ceil(missing.length / mostTagsPerCall) }, (_, index) => index)
  return calls.map((index) => ({
    call: 'autoscaling:CreateOrUpdateTags',
    green: green.name,
    tags: Object.fromEntries(missing.slice(index * mostTagsPerCall, (index + 1) * mostTagsPerCall)),
  }))
}

/**
 * Forgets these records, as far as they are there or this invocation wrote them: as many as one call takes, since the next
 * look sees the rest. The key by which a sweep finds them goes with the last one.
 *
 * @param keepsRecord whether that key stays all the same
 */
export const forgetting = (
  green: AutoScalingGroup,
  keys: readonly string[],
  keepsRecord = false,
): readonly Change[] => {
  const recorded = recordedKeys(green)
  const forgotten = recorded.filter((key) => keys.includes(key)).slice(0, mostTagsPerCall)
  const isAlone = recorded.length === forgotten.length && green.records.theirs.length === 0
  const isLast = isAlone && forgotten.length < mostTagsPerCall
  const all = [...forgotten, ...(isLast && !keepsRecord && green.records.record !== undefined ? [recordKey] : [])]
  return all.length > 0 ? [{ call: 'autoscaling:DeleteTags', green: green.name, keys: all }] : []
}

/** The keys of all that is on record about a green, but for the key by which a sweep finds it. */
const recordedKeys = ({ records: { held, attached, testing, copied } }: AutoScalingGroup): readonly string[] => [
  ...(held === undefined ? [] : [heldKey]),
  ...[...attached.keys()].map(attachedKey),
  ...[...testing.keys()].map(testingKey),
  ...copied,
]

/**
 * The tags that note something for this deployment. What another deployment of the same green has noted is noted for this one
 * from then on, so that one deployment decides about all of it. What this invocation remembers is noted anew where somebody
 * has removed its tag: a hold on record tells that the rest is on record, too.
 */
export const noting = (
  { records: { attached, testing } }: AutoScalingGroup,
  deploymentId: string,
  now: number,
  tags: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => {
  const noted = (notes: ReadonlyMap<string, Note>, keyOf: (name: string) => string) =>
    [...notes].map(([name, note]) => {
      const own = note.deploymentId === deploymentId ? note : { deploymentId, at: now }
      return [keyOf(name), noteValue(own)]
    })
  const all = [...noted(attached, attachedKey), ...noted(testing, testingKey)]
  return { [recordKey]: deploymentId, ...Object.fromEntries(all), ...tags }
}
