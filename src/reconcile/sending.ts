import { type Change, keyOf, outstanding } from '../model/change.ts'
import type { Memory, Try } from './memory.ts'

/** How long AWS may take to show a change, before Greenlight sends it again. */
const unseenForMs = 10_000
/** How long a refused change may still show as done by somebody who was faster (F21, F39). */
const refusedForMs = 5_000
/** How long a change is sent again whose refusal nobody foresaw. */
const unknownForMs = 30_000

/** What of a list of changes may be sent now. */
export type Sendable =
  | { readonly kind: 'send'; readonly changes: readonly Change[]; readonly refused: string | undefined }
  | { readonly kind: 'wait'; readonly reason: string }
  /** Nothing is left that may be sent, and something was refused for good. */
  | { readonly kind: 'refused'; readonly reason: string }

type Patience = {
  /** How long a change is sent again whose refusal passes, from the first refusal. */
  readonly passingForMs: number
  readonly goesOn: boolean
}

/**
 * @param changes what is to be done, in order
 * @param goesOn whether a final refusal stops only what gives: a forbidden attachment must not keep a hold for ever
 */
export const sendable = (
  changes: readonly Change[],
  memory: Memory,
  now: number,
  { passingForMs, goesOn }: Patience,
): Sendable => {
  const left = changes.filter((change) => memory.refused === undefined || releases(change))
  const states = left.map((change) => ({ change, ...stateOf(change, memory, now, passingForMs) }))
  const stop = states.findIndex(
    ({ state, change }) =>
      state === 'justRefused' || (state === 'refused' && !goesOn) || (state === 'unseen' && isDetach(change)),
  )
  const before = stop < 0 ? states : states.slice(0, stop)
  const firstRefused = before.find(({ state }) => state === 'refused')
  // An attachment that follows a refused record would have none.
  const isBarred = ({ call }: Change, index: number) =>
    firstRefused !== undefined && index > before.indexOf(firstRefused) && gives.includes(call)
  const open = before
    .filter(({ state, change }, index) => state === 'open' && !isBarred(change, index))
    .map(({ change }) => change)
  const refused = memory.refused ?? (firstRefused === undefined ? undefined : firstRefused.reason)
  if (open.length > 0) return { kind: 'send', changes: open, refused }

  const stopped = states[stop]
  if (stopped !== undefined && stopped.state !== 'unseen')
    return { kind: stopped.state === 'refused' ? 'refused' : 'wait', reason: stopped.reason }
  const isUnseen = before.some(({ state }) => state === 'unseen')
  if (refused !== undefined && (left.length < changes.length || !isUnseen)) return { kind: 'refused', reason: refused }
  return { kind: 'wait', reason: changes.map(outstanding).join(', ') }
}

type State = {
  /** `unseen`: sent, and not shown yet. `justRefused`: somebody may have been faster; the next looks tell. */
  readonly state: 'open' | 'unseen' | 'justRefused' | 'refused'
  readonly reason: string
}

const neverTried: Try = { at: Number.NEGATIVE_INFINITY, refusal: undefined }

const stateOf = (change: Change, { tried }: Memory, now: number, passingForMs: number): State => {
  const { at, refusal } = tried[keyOf(change)] ?? neverTried
  if (refusal === undefined) return { state: now - at < unseenForMs ? 'unseen' : 'open', reason: '' }
  const { kind, reason } = refusal
  const patienceMs = { passing: passingForMs, denied: 0, invalid: refusedForMs, unknown: unknownForMs }[kind]
  if (now - at >= patienceMs) return { state: 'refused', reason }
  return { state: kind === 'invalid' ? 'justRefused' : 'open', reason }
}

/** What comes after it depends on what it drains: it waits until the detach shows. */
const isDetach = ({ call }: Change): boolean => call === 'autoscaling:DetachLoadBalancerTargetGroups'

/** Whether a change takes back what Greenlight did. */
export const takesBack = (change: Change): boolean => releases(change) || isDetach(change)

/** To detach is not among them: what production lost by a refused act may be what keeps it up. */
const releases = ({ call }: Change): boolean => freeing.includes(call)

const freeing: readonly Change['call'][] = [
  'autoscaling:ResumeProcesses',
  'autoscaling:DeleteTags',
  'elasticloadbalancing:DeregisterTargets',
]

const gives: readonly Change['call'][] = [
  'autoscaling:CreateOrUpdateTags',
  'autoscaling:SuspendProcesses',
  'autoscaling:AttachLoadBalancerTargetGroups',
  'elasticloadbalancing:RegisterTargets',
]

/**
 * The first of the changes, as many as one look may decide: one plan holds what only gives, on record first; what takes
 * something away needs a look of its own.
 */
export const planOf = (changes: readonly Change[]): readonly Change[] => {
  const [first] = changes
  if (first !== undefined && releases(first) && first.call !== 'autoscaling:DeleteTags') return [first]
  const end = changes.findIndex(({ call }, index) => index > 0 && !gives.includes(call))
  return end < 0 ? changes : changes.slice(0, end)
}
