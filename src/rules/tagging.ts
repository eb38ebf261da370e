import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { attachedKey } from '../model/records.ts'

/** The most tags that one call takes (F28). */
const mostTagsPerCall = 25

/** Writes those of the tags that are not there with these values yet; the first key comes first. */
export const tagging = (green: AutoScalingGroup, tags: Readonly<Record<string, string>>): readonly Change[] => {
  const missing = Object.entries(tags).filter(([key, value]) => green.tags.get(key) !== value)
  const calls = Array.from({ length: Math.ceil(missing.length / mostTagsPerCall) }, (_, index) => index)
  return calls.map((index) => ({
    call: 'autoscaling:CreateOrUpdateTags',
    green: green.name,
    tags: Object.fromEntries(missing.slice(index * mostTagsPerCall, (index + 1) * mostTagsPerCall)),
  }))
}

/** Removes these tags, if there are any to remove. */
export const untagging = ({ name: green }: AutoScalingGroup, keys: readonly string[]): readonly Change[] =>
  keys.length > 0 ? [{ call: 'autoscaling:DeleteTags', green, keys }] : []

/**
 * Keys of the records of other deployments' attachments. CodeDeploy copies tags from blue to green, so Greenlight removes
 * them and never acts on them.
 *
 * @param spared ids of deployments whose records stay
 */
export const foreignKeys = (
  { records: { attached } }: AutoScalingGroup,
  deploymentId: string,
  spared: ReadonlySet<string> = new Set(),
): readonly string[] =>
  [...attached].filter(([, id]) => id !== deploymentId && !spared.has(id)).map(([name]) => attachedKey(name))
