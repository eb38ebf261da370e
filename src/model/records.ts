/**
 * The scaling processes that a hold suspends. HealthCheck is among them, so that Auto Scaling marks no instance unhealthy
 * meanwhile: it would terminate that instance at the release (F28).
 */
export const holdProcesses = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions']

/** What a hold suspends, less what CodeDeploy suspends and resumes by itself (F55). */
export const ownProcesses = holdProcesses.filter(
  (process) => !['AlarmNotification', 'ScheduledActions'].includes(process),
)

/** A sweep finds records by this key (F22): Greenlight writes it first and removes it last. */
export const recordKey = 'greenlight:record'
export const heldKey = 'greenlight:held'
const attachedPrefix = 'greenlight:attached/'
const testingPrefix = 'greenlight:testing/'

export const attachedKey = (targetGroup: string): string => `${attachedPrefix}${targetGroup}`
export const testingKey = (targetGroup: string): string => `${testingPrefix}${targetGroup}`

/** For which deployment Greenlight did something, and when it wrote that down. */
export type Note = {
  readonly deploymentId: string
  /** In milliseconds since 1970; undefined in what an older version wrote. */
  readonly at: number | undefined
}

/** Which scaling processes Greenlight suspended. */
export type Held = Note & { readonly processes: readonly string[] }

/** What Greenlight has done to a green, noted as tags on green itself. There is no other state. */
export type Records = {
  /** Id of the deployment whose records these are. */
  readonly record: string | undefined
  /** By name of each target group that Greenlight attached. */
  readonly attached: ReadonlyMap<string, Note>
  /** By name of each test target group in which Greenlight registered instances of green. */
  readonly testing: ReadonlyMap<string, Note>
  readonly held: Held | undefined
  /** The keys of what was attached or registered on blue, and that CodeDeploy copied: they describe nothing here. */
  readonly copied: readonly string[]
  /** The keys of what another deployment of the same green, which is under way, has noted: that deployment decides about them. */
  readonly theirs: readonly string[]
}

/** Reads records from the tags of an Auto Scaling group. It ignores a process that no hold suspends. */
export const readRecords = (tags: ReadonlyMap<string, string>): Records => {
  const held = tags.get(heldKey)
  return {
    record: tags.get(recordKey),
    attached: readNotes(tags, attachedPrefix),
    testing: readNotes(tags, testingPrefix),
    held: held === undefined ? undefined : { ...readNote(held), processes: processesIn(held) },
    copied: [],
    theirs: [],
  }
}

const readNotes = (tags: ReadonlyMap<string, string>, prefix: string): ReadonlyMap<string, Note> =>
  new Map(
    [...tags].flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), readNote(value)] as const] : [],
    ),
  )

const readNote = (value: string): Note => {
  const [deploymentId = '', second = ''] = value.trim().split(/\s+/)
  return { deploymentId, at: /^\d{1,12}$/.test(second) ? Number(second) * 1000 : undefined }
}

const processesIn = (value: string): readonly string[] => {
  const words = value.split(/\s+/)
  return holdProcesses.filter((process) => words.includes(process))
}

/** The value of a tag `greenlight:attached/…` or `greenlight:testing/…`. */
export const noteValue = ({ deploymentId, at }: Note): string =>
  at === undefined ? deploymentId : `${deploymentId} ${Math.floor(at / 1000)}`

/** The value of the tag `greenlight:held`. */
export const heldValue = ({ processes, ...note }: Held): string => [noteValue(note), ...processes].join(' ')

/** Whether two values of a record differ in nothing but the second in which they were written. */
export const isSameRecord = (one: string | undefined, other: string): boolean =>
  one !== undefined && withoutSecond(one) === withoutSecond(other)

const withoutSecond = (value: string): string => value.replace(/^(\S+) \d+/, '$1')

/** When something was noted, by the clock of the reader: a date in the future counts as now. */
export const notedAt = ({ at }: Note, now: number): number | undefined =>
  at === undefined ? undefined : Math.min(at, now)

/** The names of the target groups that are on record as attached for this deployment. */
export const attachedFor = ({ attached }: Records, deploymentId: string): readonly string[] =>
  [...attached].filter(([, note]) => note.deploymentId === deploymentId).map(([name]) => name)
