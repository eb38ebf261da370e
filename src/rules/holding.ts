import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { type Held, heldKey, heldValue, holdProcesses, type Note } from '../model/records.ts'
import type { Arrival } from './seen.ts'
import { forgetting, noting } from './tagging.ts'

/** How long AWS may take to show what was done. */
const showsWithinMs = 10_000

/**
 * Whether what was noted may be done, though this look does not show it: then its record stays. A date that lies further in
 * the future than any clock goes wrong keeps no record.
 */
export const mayShowYet = ({ at }: Note, now: number): boolean => at !== undefined && Math.abs(now - at) < showsWithinMs

/**
 * What to hold on this green for this deployment: what nobody had suspended before. CodeDeploy copies a hold from an older
 * green; the copy is adopted, since Greenlight suspended those processes.
 */
const holdFor = ({ suspended, records: { held } }: AutoScalingGroup, deploymentId: string, now: number): Held => {
  if (held !== undefined && held.deploymentId === deploymentId) return held
  const ours = held === undefined ? [] : held.processes
  return {
    deploymentId,
    at: now,
    processes: holdProcesses.filter((process) => ours.includes(process) || !suspended.includes(process)),
  }
}

/** The tags that must be on green before it is held, and the processes to suspend then; nothing where it is held. */
export const holdOf = (
  green: AutoScalingGroup,
  deploymentId: string,
  now: number,
): { readonly tags: Readonly<Record<string, string>>; readonly suspend: readonly Change[] } => {
  const held = holdFor(green, deploymentId, now)
  if (held.processes.length === 0 || green.records.theirs.includes(heldKey)) return { tags: {}, suspend: [] }
  const processes = held.processes.filter((process) => !green.suspended.includes(process))
  return {
    tags: noting(green, deploymentId, now, { [heldKey]: heldValue(held) }),
    suspend: processes.length > 0 ? [{ call: 'autoscaling:SuspendProcesses', green: green.name, processes }] : [],
  }
}

/**
 * Whether green may scale again: CodeDeploy resumes what it suspends itself at the same time (F55). What launches earlier gets
 * no application (F10, F54).
 */
export const mayRelease = ({ name }: AutoScalingGroup, { named, isBlueOut }: Arrival): boolean =>
  isBlueOut || named.includes(name)

/** The next step of a release. Each step is taken on a look of its own, so that a resume without effect is made again. */
export type Release = {
  /** Resumes what Greenlight suspended, as far as it still is. */
  readonly resume: readonly Change[]
  /** The keys to forget, once this look shows nothing suspended. */
  readonly keys: readonly string[]
  /** Why there is nothing to do yet, in a clause. */
  readonly awaited: readonly string[]
}

export const noRelease: Release = { resume: [], keys: [], awaited: [] }

/** Resumes exactly what Greenlight suspended; forgets the hold where this look shows that nothing of it is suspended. */
export const releaseOf = ({ name: green, suspended, records: { held } }: AutoScalingGroup, now: number): Release => {
  if (held === undefined) return noRelease
  const processes = held.processes.filter((process) => suspended.includes(process))
  if (processes.length > 0) {
    return { ...noRelease, resume: [{ call: 'autoscaling:ResumeProcesses', green, processes }] }
  }
  return mayShowYet(held, now)
    ? { ...noRelease, awaited: [`${green} may not show yet that it is held`] }
    : { ...noRelease, keys: [heldKey] }
}

/** Releases and forgets the hold, and nothing else. */
export const releaseHold = (green: AutoScalingGroup, now: number): readonly Change[] => {
  const { resume, keys } = releaseOf(green, now)
  return keys.length > 0 ? forgetting(green, keys) : resume
}
