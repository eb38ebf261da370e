/** The scaling processes that a hold suspends, HealthCheck among them so that nothing is marked unhealthy and killed at the release (F28). */
export const holdProcesses = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions']

/** The one key that a sweep can filter by (F22): written first, removed last. */
export const recordKey = 'greenlight:record'
export const heldKey = 'greenlight:held'
const attachedPrefix = 'greenlight:attached/'

export const attachedKey = (targetGroup: string): string => `${attachedPrefix}${targetGroup}`

/** Which deployment's Greenlight suspended which processes. */
export type Held = { readonly deploymentId: string; readonly processes: readonly string[] }

/** What Greenlight has written down about a green, on green itself: there is no other state (design 2.4). */
export type Records = {
  /** Id of the deployment whose records these are. */
  readonly record: string | undefined
  /** Name of each target group that Greenlight attached → id of the deployment that it did so for. */
  readonly attached: ReadonlyMap<string, string>
  readonly held: Held | undefined
}

/** Reads records from the tags of an Auto Scaling group; a process that no hold suspends is not believed. */
export const readRecords = (tags: ReadonlyMap<string, string>): Records => {
  const [deploymentId, ...processes] = (tags.get(heldKey) ?? '').split(/\s+/)
  return {
    record: tags.get(recordKey),
    attached: new Map(
      [...tags].flatMap(([key, value]) =>
        key.startsWith(attachedPrefix) ? [[key.slice(attachedPrefix.length), value] as const] : [],
      ),
    ),
    held: tags.has(heldKey)
      ? { deploymentId: deploymentId ?? '', processes: holdProcesses.filter((process) => processes.includes(process)) }
      : undefined,
  }
}

/** The value of the tag that says what is held. */
export const heldValue = ({ deploymentId, processes }: Held): string => [deploymentId, ...processes].join(' ')

/** The names of the target groups that are on record as attached for this deployment. */
export const attachedFor = ({ attached }: Records, deploymentId: string): readonly string[] =>
  [...attached].filter(([, of]) => of === deploymentId).map(([name]) => name)
