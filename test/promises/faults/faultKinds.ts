import type { Fault } from '../../../simulator/wire/faults.ts'

/** One way in which a call to AWS goes wrong. */
export type Kind = {
  /** As the table heads its column. */
  readonly head: string
  readonly fault: Omit<Fault, 'action'>
  /** Only for what changes an Auto Scaling group; the other names of the fault, of which each action meets one. */
  readonly names?: readonly Fault['kind'][]
  /** Whether the caller learns that something went wrong, so that the log must say so. */
  readonly isSeen: boolean
  /** Whether everything has to end as if nothing had gone wrong: it passes, and nothing untrue was answered. */
  readonly passes: boolean
  /** Only for what reads. */
  readonly ofReads?: boolean
}

/** Longer than one request may take: a third of the third of the time that is kept back to answer. */
const lateMs = 5_000
const forever = { times: 'forever' } as const

/** What AWS can do to a call, by the name that a test gives it. Where it may be carried out all the same, it is. */
export const kinds: Readonly<Record<string, Kind>> = {
  'throttled once': { head: 'throttle', fault: { kind: 'throttle' }, isSeen: true, passes: true },
  'throttled for ever': { head: '∞', fault: { kind: 'throttle', ...forever }, isSeen: true, passes: false },
  'HTTP 500 once': { head: '500', fault: { kind: 'error500' }, isSeen: true, passes: true },
  'HTTP 500 for ever': { head: '∞', fault: { kind: 'error500', ...forever }, isSeen: true, passes: false },
  'connection reset': { head: 'reset', fault: { kind: 'resetAfter' }, isSeen: true, passes: true },
  'accepted and never answered': { head: 'hang', fault: { kind: 'hangAfter' }, isSeen: true, passes: true },
  'never answered': { head: '∞', fault: { kind: 'hang', ...forever }, isSeen: true, passes: false },
  'answered after the deadline': {
    head: 'late',
    fault: { kind: 'latency', latencyMs: lateMs },
    isSeen: true,
    passes: true,
  },
  'access denied': { head: 'denied', fault: { kind: 'accessDenied', ...forever }, isSeen: true, passes: false },
  'refused by name': {
    head: 'in use',
    fault: { kind: 'ResourceInUse' },
    names: ['ScalingActivityInProgress', 'ResourceContention', 'InstanceRefreshInProgress'],
    isSeen: true,
    passes: false,
  },
  'malformed body': { head: 'garbage', fault: { kind: 'malformed' }, isSeen: true, passes: true },
  'empty body': { head: 'empty', fault: { kind: 'empty' }, isSeen: false, passes: true },
  'empty body for ever': { head: '∞', fault: { kind: 'empty', ...forever }, isSeen: false, passes: false },
  'not there yet': {
    head: 'not yet',
    fault: { kind: 'notYet', times: 2 },
    isSeen: false,
    passes: false,
    ofReads: true,
  },
  'stale read': { head: 'stale', fault: { kind: 'staleRead', times: 3 }, isSeen: false, passes: false, ofReads: true },
}
