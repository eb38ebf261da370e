import { isStatus, type Status } from '../model/deployment.ts'
import type { Mode } from '../model/mode.ts'
import type { Progress } from '../model/progress.ts'
import type { Trigger } from '../model/trigger.ts'

/** What Greenlight does about a deployment. Each has its rule in `rules.ts`. */
export type Row =
  | 'preflight'
  | 'gate'
  | 'hold'
  | 'arrive'
  | 'settle'
  | 'settleAndJudge'
  | 'undo'
  | 'endAndWatch'
  | 'leave'
  | 'pending'
  /** A call comes here instead of `gate` while another instance of green is to act, or nobody invited it. */
  | 'awaitTurn'
  | 'awaitEnd'
  | 'handOver'
  | 'refuseStatus'

/** Why Greenlight runs, as the table distinguishes it. The mode of its deployment group decides about a notification. */
export type Column = Exclude<Trigger, 'notification'> | 'notificationInGate' | 'notificationInHeal'

/** How far CodeDeploy is with green decides. */
type ByProgress = Readonly<Record<Progress['step'], Row>>

const byProgress = {
  installing: 'preflight',
  betweenBatches: 'preflight',
  installed: 'leave',
  shifting: 'leave',
  arrived: 'arrive',
} as const satisfies ByProgress

const always = <const R extends Row>(row: R) => ({
  ...{ hook: row, call: row, notificationInGate: row, notificationInHeal: row },
  ...{ schedule: row, healing: row, aftermath: row },
})
const later = { schedule: 'handOver', healing: 'handOver', aftermath: 'awaitEnd' } as const
const notBegun = { ...always('preflight'), ...later, hook: 'gate', call: 'pending' } as const
const underWay = {
  ...notBegun,
  call: 'gate',
  notificationInGate: byProgress,
  notificationInHeal: byProgress,
} as const
/** A person's approval at Ready is never overtaken by traffic, unless somebody asked for the gate by name. */
const ready = { ...underWay, notificationInGate: 'gate', notificationInHeal: 'hold' } as const
const succeeded = {
  ...always('settle'),
  hook: 'settleAndJudge',
  call: 'settleAndJudge',
  healing: 'endAndWatch',
} as const
const failed = { ...always('undo'), healing: 'endAndWatch' } as const
const unknown = { ...always('refuseStatus'), ...later } as const

/** The row, by the status that CodeDeploy gives and by why Greenlight runs. Nothing else chooses it. */
export const table = {
  Created: notBegun,
  Queued: notBegun,
  InProgress: underWay,
  Baking: underWay,
  Ready: ready,
  Succeeded: succeeded,
  Failed: failed,
  Stopped: failed,
  anythingElse: unknown,
} as const satisfies Readonly<Record<Status | 'anythingElse', Readonly<Record<Column, Row | ByProgress>>>>

/** What a look reads for each row, and so all that its rule can use. */
export const reads = {
  preflight: ['choice', 'goal', 'greens', 'targetGroups', 'progress'],
  gate: ['choice', 'goal', 'greens', 'targetGroups', 'progress', 'health', 'routing', 'arrival'],
  hold: ['choice', 'goal', 'greens'],
  arrive: ['choice', 'goal', 'greens', 'targetGroups', 'progress', 'health', 'arrival'],
  settle: ['choice', 'goal', 'greens', 'targetGroups', 'ending', 'health', 'routing'],
  settleAndJudge: ['choice', 'goal', 'greens', 'targetGroups', 'ending', 'progress', 'health', 'routing'],
  undo: ['choice', 'goal', 'greens', 'targetGroups', 'ending', 'health', 'routing'],
  endAndWatch: ['choice', 'goal', 'greens', 'targetGroups', 'ending', 'health', 'routing'],
  awaitTurn: ['choice', 'greens', 'turn'],
  leave: ['choice'],
  pending: ['choice'],
  refuseStatus: ['choice'],
  awaitEnd: [],
  handOver: [],
} as const satisfies Readonly<Record<Row, readonly string[]>>

/** Rows in which what only gives is made in one plan: the deployment is under way. */
export const plannedRows: readonly Row[] = ['gate', 'hold', 'arrive']
/** Rows that go on after a final refusal: a forbidden attachment must not keep a hold for ever. */
export const persistentRows: readonly Row[] = ['arrive', 'settle', 'settleAndJudge', 'undo', 'endAndWatch']

/** Rows that finish what was begun, also where a tag of the deployment group does not say how much Greenlight may do. */
export const finishingRows: readonly Row[] = ['arrive', 'settle', 'settleAndJudge', 'undo', 'endAndWatch']

/** Rows that need no tags of the deployment group, and so no mode. */
type ModelessRow = { [R in Row]: (typeof reads)[R] extends readonly [] ? R : never }[Row]
export const isModeless = (row: Row | 'byProgress'): row is ModelessRow =>
  row !== 'byProgress' && reads[row].length === 0

/** @param mode decides about a notification alone; mode `observe` announces what mode `gate` would do */
export const columnOf = (trigger: Trigger, mode: Mode): Column => {
  if (trigger !== 'notification') return trigger
  return mode === 'heal' ? 'notificationInHeal' : 'notificationInGate'
}

/** The row of a deployment; 'byProgress' where the look must first read how far CodeDeploy is. */
export const rowOf = (status: string, column: Column, progress: Progress | undefined): Row | 'byProgress' => {
  const cell: Row | ByProgress = table[isStatus(status) ? status : 'anythingElse'][column]
  if (typeof cell === 'string') return cell
  return progress === undefined ? 'byProgress' : cell[progress.step]
}
