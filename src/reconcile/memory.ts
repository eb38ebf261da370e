import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import { type Change, isRegistration, keyOf, type Outcome, type Refusal } from '../model/change.ts'
import type { Notice } from '../model/notice.ts'
import { attachedKey, type Held, heldKey, type Note, testingKey } from '../model/records.ts'
import type { RefusalKind } from '../model/refused.ts'
import type { Trigger } from '../model/trigger.ts'
import type { Healing, Move, Wait } from './move.ts'

/** What an invocation is asked to reconcile. */
export type Task =
  | {
      readonly kind: 'deployment'
      readonly id: string
      readonly trigger: Trigger
      readonly isDryRun: boolean
      /** Names of the Auto Scaling groups whose records name this deployment, as far as a sweep has found them. */
      readonly recorded?: readonly string[]
      /** The id of the instance whose script calls. */
      readonly caller?: string | undefined
    }
  /** An Auto Scaling group on record about which no deployment decides any more, and why. */
  | { readonly kind: 'orphan'; readonly autoScalingGroup: string; readonly why: string }

/** A change that AWS was asked for, and how it refused, if it did. */
export type Try = {
  /** When it was sent last; where AWS refused it again and again, when it refused first. Milliseconds since 1970. */
  readonly at: number
  readonly refusal: Refusal | undefined
}

/** What this invocation did to one green, though somebody may have removed the tags that say so. */
type OwnActs = {
  readonly held: Held | undefined
  readonly attached: Readonly<Record<string, Note>>
  readonly testing: Readonly<Record<string, Note>>
}

/** Everything that one invocation remembers of its own looks and acts. Nothing else changes between two looks. */
export type Memory = {
  readonly task: Task
  /** The deployment that is decided about: the one that was asked about, or the one that it rolls back. */
  readonly deploymentId: string
  readonly beganAt: number
  /** Since when each kind of thing is waited for. */
  readonly since: Readonly<Partial<Record<Wait, number>>>
  /** By `keyOf` the change. */
  readonly tried: Readonly<Record<string, Try>>
  /** The first refusal that was final: the invocation fails with it in the end. */
  readonly refused: string | undefined
  /** What CodeDeploy was asked to do with the deployment; the next look tells whether it did. */
  readonly sent: Sent | undefined
  /** By name of green. */
  readonly ownActs: Readonly<Record<string, OwnActs>>
  /** Ids of instances that a load balancer refused to take, since they are not running. */
  readonly notRunning: readonly string[]
  readonly healing: Healing | undefined
  /** What was told already and is told once. */
  readonly told: readonly Notice['kind'][]
}

type Sent =
  | { readonly call: 'continue'; readonly reason: string }
  | { readonly call: 'stop'; readonly reason: string; readonly refusal: RefusalKind; readonly isCertain: boolean }

export const begin = (task: Task, now: number): Memory => ({
  task,
  deploymentId: task.kind === 'deployment' ? task.id : '',
  beganAt: now,
  since: {},
  tried: {},
  refused: undefined,
  sent: undefined,
  ownActs: {},
  notRunning: [],
  healing: undefined,
  told: [],
})

/** Names of the Auto Scaling groups whose records name the deployment, as far as a sweep has found them. */
export const recordedOf = ({ task }: Memory): readonly string[] =>
  task.kind === 'deployment' ? (task.recorded ?? []) : []

/** The id of the instance whose script calls. */
export const callerOf = ({ task }: Memory): string | undefined => (task.kind === 'deployment' ? task.caller : undefined)

/** What is remembered of a move, before it is carried out. */
export const rememberMove = (memory: Memory, move: Move, now: number): Memory => {
  const told = [...new Set([...memory.told, ...move.notices.map(({ kind }) => kind)])]
  const heard: Memory = { ...memory, told }
  switch (move.kind) {
    case 'follow':
      return { ...heard, deploymentId: move.deploymentId }
    case 'wait':
      return { ...heard, since: { ...memory.since, [move.on]: memory.since[move.on] ?? move.since ?? now } }
    case 'change': {
      const { refused = memory.refused, healing = memory.healing } = move
      return { ...heard, refused, healing }
    }
    default:
      return heard
  }
}

/** A change that is about to be sent may be done, whatever becomes of its answer. */
export const rememberSending = (memory: Memory, change: Change, now: number): Memory => {
  const { deploymentId } = memory
  const noted = ({ targetGroups }: Extract<Change, { targetGroups: unknown }>): Readonly<Record<string, Note>> =>
    Object.fromEntries(targetGroups.map(({ name }) => [name, { deploymentId, at: now }]))
  switch (change.call) {
    case 'autoscaling:SuspendProcesses':
      return withActs(memory, change.green, (acts) => ({
        ...acts,
        held: { deploymentId, at: now, processes: change.processes },
      }))
    case 'autoscaling:AttachLoadBalancerTargetGroups':
      return withActs(memory, change.green, (acts) => ({ ...acts, attached: { ...acts.attached, ...noted(change) } }))
    case 'elasticloadbalancing:RegisterTargets':
      return withActs(memory, change.green, (acts) => ({ ...acts, testing: { ...acts.testing, ...noted(change) } }))
    case 'autoscaling:DeleteTags':
      return withActs(memory, change.green, ({ held, attached, testing }) => ({
        held: change.keys.includes(heldKey) ? undefined : held,
        attached: without(attached, change.keys, attachedKey),
        testing: without(testing, change.keys, testingKey),
      }))
    case 'codedeploy:StopDeployment':
      return { ...memory, sent: { call: 'stop', reason: change.reason, refusal: change.refusal, isCertain: false } }
    case 'codedeploy:ContinueDeployment':
      return { ...memory, sent: { call: 'continue', reason: change.reason } }
    default:
      return memory
  }
}

const without = (
  notes: Readonly<Record<string, Note>>,
  keys: readonly string[],
  keyOf: (name: string) => string,
): Readonly<Record<string, Note>> =>
  Object.fromEntries(Object.entries(notes).filter(([name]) => !keys.includes(keyOf(name))))

/** @param isGate whether the row `gate` made the change: then the time for health begins with what it registers */
export const rememberOutcome = (
  memory: Memory,
  change: Change,
  outcome: Outcome,
  { isGate, now }: { readonly isGate: boolean; readonly now: number },
): Memory => {
  const key = keyOf(change)
  const { at: firstAt, refusal: before } = memory.tried[key] ?? { at: now, refusal: undefined }
  const refusal = outcome.kind === 'done' ? undefined : outcome.refusal
  // The patience with a refusal that comes again counts from the first one.
  const at = before !== undefined && refusal !== undefined ? firstAt : now
  const startsHealth = isGate && isRegistration(change) && memory.since.health === undefined
  return {
    ...memory,
    tried: { ...memory.tried, [key]: { at, refusal } },
    since: startsHealth ? { ...memory.since, health: now } : memory.since,
    sent: sentAfter(memory.sent, change, outcome),
    healing: outcome.kind === 'refused' ? memory.healing : healedBy(change, memory.healing),
    notRunning: [...memory.notRunning, ...notRunningBy(change, refusal)],
  }
}

/** AWS refuses to register all of them where one is not running, and names that one. */
const notRunningBy = (change: Change, refusal: Refusal | undefined): readonly string[] => {
  if (refusal === undefined || change.call !== 'elasticloadbalancing:RegisterTargets') return []
  const words = refusal.reason.split(/[^\w-]+/)
  return change.instances.filter((id) => words.includes(id))
}

const sentAfter = (sent: Memory['sent'], { call }: Change, { kind }: Outcome): Memory['sent'] => {
  if (call !== 'codedeploy:StopDeployment' && call !== 'codedeploy:ContinueDeployment') return sent
  if (kind === 'refused') return undefined
  return kind === 'done' && sent !== undefined && sent.call === 'stop' ? { ...sent, isCertain: true } : sent
}

const healedBy = (change: Change, healing: Healing | undefined): Healing | undefined => {
  if (healing === undefined || change.call !== 'autoscaling:AttachLoadBalancerTargetGroups') return healing
  const { autoScalingGroups, targetGroups } = healing
  return {
    ...healing,
    autoScalingGroups: [...new Set([...autoScalingGroups, change.green])],
    targetGroups: [...new Set([...targetGroups, ...change.targetGroups.map(({ name }) => name)])],
  }
}

const noActs: OwnActs = { held: undefined, attached: {}, testing: {} }

const withActs = (memory: Memory, green: string, change: (acts: OwnActs) => OwnActs): Memory => ({
  ...memory,
  ownActs: { ...memory.ownActs, [green]: change(memory.ownActs[green] ?? noActs) },
})

/** A green with what this invocation has done to it, whether its tags say so or not, and has heard about its instances. */
export const withOwnActs = (green: AutoScalingGroup, { ownActs, notRunning }: Memory): AutoScalingGroup => {
  const { held, attached, testing } = ownActs[green.name] ?? noActs
  return {
    ...green,
    notRunning: green.inService.filter((id) => notRunning.includes(id)),
    records: {
      ...green.records,
      held: green.records.held ?? held,
      attached: new Map([...Object.entries(attached), ...green.records.attached]),
      testing: new Map([...Object.entries(testing), ...green.records.testing]),
    },
  }
}
