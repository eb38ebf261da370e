/**
 * The scaling processes that a hold suspends. HealthCheck is among them, so that Auto Scaling marks no instance unhealthy
 * meanwhile: it would terminate that instance at the release (F28).
 */
export const holdProcesses = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions']

/** A sweep finds records by this key (F22): Greenlight writes it first and removes it last. */
export const recordKey = 'greenlight:record'
export const heldKey = 'greenlight:held'
const attachedPrefix = 'greenlight:attached/'

export const attachedKey = (targetGroup: string): string => `${attachedPrefix}${targetGroup}`

/** Which deployment's Greenlight suspended which processes. */
export type Held = { readonly deploymentId: string; readonly processes: readonly string[] }

/** What Greenlight has done to a green, noted as tags on green itself. There is no other state. */
export type Records = {
  /** Id of the deployment whose records these are. */
  readonly record: string | undefined
  /** Name of each target group that Greenlight attached → id of the deployment for which it did so. */
  readonly attached: ReadonlyMap<string, string>
  readonly held: Held | undefined
}

/** Reads records from the tags of an Auto Scaling group. It ignores a process that no hold suspends. */
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

/** The value of the tag `greenlight:held`. */
export const heldValue = ({ deploymentId, processes }: Held): string => [deploymentId, ...processes].join(' ')

/** The names of the target groups that are on record as attached for this deployment. */
export const attachedFor = ({ attached }: Records, deploymentId: string): readonly string[] =>
  [...attached].filter(([, of]) => of === deploymentId).map(([name]) => name)
