import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { type Held, heldKey, heldValue, holdProcesses, recordKey } from '../model/records.ts'
import { untagging } from './tagging.ts'

/**
 * What to hold on this green for this deployment: what nobody had suspended before. CodeDeploy copies a hold from an older
 * green; the copy is adopted, since Greenlight suspended those processes.
 */
const holdFor = ({ suspended, records: { held } }: AutoScalingGroup, deploymentId: string): Held => {
  if (held !== undefined && held.deploymentId === deploymentId) return held
  const ours = held === undefined ? [] : held.processes
  return {
    deploymentId,
    processes: holdProcesses.filter((process) => ours.includes(process) || !suspended.includes(process)),
  }
}

/** The tags that must be on green before it is held, and the processes to suspend then; nothing where it is held. */
export const holdOf = (
  green: AutoScalingGroup,
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

/** Resumes exactly what Greenlight suspended, and the keys to forget then; nothing where nothing is held. */
export const holdRelease = ({
  name: green,
  suspended,
  records: { held, attached },
}: AutoScalingGroup): { readonly resume: readonly Change[]; readonly keys: readonly string[] } => {
  if (held === undefined) return { resume: [], keys: [] }
  const processes = held.processes.filter((process) => suspended.includes(process))
  return {
    resume: processes.length > 0 ? [{ call: 'autoscaling:ResumeProcesses', green, processes }] : [],
    keys: attached.size > 0 ? [heldKey] : [heldKey, recordKey],
  }
}

/** Releases and forgets the hold, and nothing else. */
export const releaseHold = (green: AutoScalingGroup): readonly Change[] => {
  const { resume, keys } = holdRelease(green)
  return [...resume, ...untagging(green, keys)]
}
