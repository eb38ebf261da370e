import type { Change } from '../model/change.ts'
import type { Green } from '../model/green.ts'
import { attachedKey, type Held, heldKey, heldValue, holdProcesses, recordKey } from '../model/records.ts'

/**
 * What is to be held on this green for this deployment: what nobody had suspended before. A hold that CodeDeploy copied
 * from an older green is adopted, since what it suspended was suspended by us (design 2.4).
 */
const holdFor = ({ suspended, records: { held } }: Green, deploymentId: string): Held => {
  if (held?.deploymentId === deploymentId) return held
  const ours = held?.processes ?? []
  return {
    deploymentId,
    processes: holdProcesses.filter((process) => ours.includes(process) || !suspended.includes(process)),
  }
}

/** The tag that has to be there before green is held, and the processes to suspend then; nothing where all is so. */
export const holdOf = (
  green: Green,
  deploymentId: string,
): { readonly tags: Readonly<Record<string, string>>; readonly suspend: readonly Change[] } => {
  const held = holdFor(green, deploymentId)
  if (held.processes.length === 0) return { tags: {}, suspend: [] }
  const processes = held.processes.filter((process) => !green.suspended.includes(process))
  return {
    tags: { [recordKey]: deploymentId, [heldKey]: heldValue(held) },
    suspend: processes.length > 0 ? [{ call: 'autoscaling:SuspendProcesses', green: green.name, processes }] : [],
  }
}

/** Gives back exactly what we suspended, and forgets it; nothing where nothing is held. */
export const releaseOf = ({
  name: green,
  suspended,
  records: { held, attached },
}: Green): { readonly resume: readonly Change[]; readonly keys: readonly string[] } => {
  if (held === undefined) return { resume: [], keys: [] }
  const processes = held.processes.filter((process) => suspended.includes(process))
  return {
    resume: processes.length > 0 ? [{ call: 'autoscaling:ResumeProcesses', green, processes }] : [],
    keys: attached.size > 0 ? [heldKey] : [heldKey, recordKey],
  }
}

/** Most tags that one call takes (F28). */
const mostTagsPerCall = 25

/** Writes those of the tags that are not there with these values yet; the first key comes first. */
export const tagging = (green: Green, tags: Readonly<Record<string, string>>): readonly Change[] => {
  const missing = Object.entries(tags).filter(([key, value]) => green.tags.get(key) !== value)
  const calls = Array.from({ length: Math.ceil(missing.length / mostTagsPerCall) }, (_, index) => index)
  return calls.map((index) => ({
    call: 'autoscaling:CreateOrUpdateTags',
    green: green.name,
    tags: Object.fromEntries(missing.slice(index * mostTagsPerCall, (index + 1) * mostTagsPerCall)),
  }))
}

/** Removes these tags, if there are any to remove. */
export const untagging = ({ name: green }: Pick<Green, 'name'>, keys: readonly string[]): readonly Change[] =>
  keys.length > 0 ? [{ call: 'autoscaling:DeleteTags', green, keys }] : []

/** Keys of the records of other deployments' attachments, which CodeDeploy copied: removed, never acted on (design 2.4). */
export const foreignKeys = (
  { records: { attached } }: Green,
  deploymentId: string,
  spared: ReadonlySet<string> = new Set(),
): readonly string[] =>
  [...attached].filter(([, id]) => id !== deploymentId && !spared.has(id)).map(([name]) => attachedKey(name))
