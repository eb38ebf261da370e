import { AwsError } from '../aws/awsError.ts'
import type { Log } from '../log.ts'
import type { Meter } from '../meter.ts'
import { type Change, factsOf, outstanding } from '../model/change.ts'
import type { Green } from '../model/green.ts'
import { attachedKey, heldKey, type Records } from '../model/records.ts'
import type { Ports } from './ports.ts'

/** How long AWS may take to show what was changed, before it is changed again. */
const unseenForMs = 10_000
/** How long a refused change may still show as somebody else's, who was faster. */
const refusedForMs = 5_000

/** What became of a list of changes in one turn. */
export type Acted =
  | { readonly act: 'changed' }
  /** A change got no answer that says whether it was made: the next look tells. */
  | { readonly act: 'unanswered'; readonly reason: string }
  /** All is tried, and what was changed does not show yet. */
  | { readonly act: 'waiting'; readonly reason: string }

/**
 * Makes at most one change a turn, so that everything is read again after every act (design 2.2), and remembers what it
 * has tried.
 *
 * `perform` takes what is to be done, in order. What is refused for good makes it throw AwsError; with `andGoOn` it keeps
 * the refusal in mind, makes no more attachment, and goes on with what takes back, so that a forbidden attachment does
 * not keep a hold for ever. `settleAccounts` throws the first refusal kept in mind.
 */
export const acting = (ports: Ports, log: Log, meter: Meter) => {
  const tried = new Map<string, { readonly at: number; readonly refusal: AwsError | undefined }>()
  const held = new Map<string, NonNullable<Records['held']>>()
  const attached = new Map<string, Map<string, string>>()
  let refused: AwsError | undefined

  /** What was done, or may have been done, is undone later even if another invocation took its record away meanwhile. */
  const remember = (change: Change, deploymentId: string): void => {
    if (change.call === 'autoscaling:SuspendProcesses') {
      held.set(change.green, { deploymentId, processes: change.processes })
    }
    if (change.call === 'autoscaling:AttachLoadBalancerTargetGroups') {
      const known = attached.get(change.green) ?? new Map()
      for (const { name } of change.targetGroups) known.set(name, deploymentId)
      attached.set(change.green, known)
    }
    if (change.call === 'autoscaling:DeleteTags') {
      if (change.keys.includes(heldKey)) held.delete(change.green)
      const known = attached.get(change.green)
      for (const name of known?.keys() ?? []) if (change.keys.includes(attachedKey(name))) known?.delete(name)
    }
  }

  const send = async (change: Change): Promise<void> => {
    switch (change.call) {
      case 'autoscaling:CreateOrUpdateTags':
        return ports.tag(change.green, change.tags)
      case 'autoscaling:DeleteTags':
        return ports.untag(change.green, change.keys)
      case 'autoscaling:SuspendProcesses':
        await ports.suspend(change.green, change.processes)
        return meter.count('Held')
      case 'autoscaling:ResumeProcesses':
        await ports.resume(change.green, change.processes)
        return meter.count('Released')
      case 'autoscaling:AttachLoadBalancerTargetGroups':
        await ports.attachTargetGroups(change.green, arnsOf(change))
        return meter.count('Attached', change.targetGroups.length)
      case 'autoscaling:DetachLoadBalancerTargetGroups':
        await ports.detachTargetGroups(change.green, arnsOf(change))
        return meter.count('Detached', change.targetGroups.length)
      case 'codedeploy:ContinueDeployment':
        return ports.continueDeployment(change.deploymentId)
      case 'codedeploy:StopDeployment':
        return ports.stopDeployment(change.deploymentId)
    }
  }

  return {
    /** A green with what this invocation has done to it, whether its tags tell (any more) or not. */
    remembered: (green: Green): Green => ({
      ...green,
      records: {
        ...green.records,
        held: green.records.held ?? held.get(green.name),
        attached: new Map([...(attached.get(green.name) ?? []), ...green.records.attached]),
      },
    }),

    perform: async (changes: readonly Change[], deploymentId: string, { andGoOn = false } = {}): Promise<Acted> => {
      const left = changes.filter((change) => refused === undefined || takesBack(change))
      let isAwaited = false
      for (const change of left) {
        const key = JSON.stringify(change)
        const { at = 0, refusal } = tried.get(key) ?? {}
        const passed = Date.now() - at
        if (refusal !== undefined && !refusal.mayPass) {
          // F21, F39: what is so already may be refused. Somebody faster is no reason to fail; the next look tells.
          if (passed < refusedForMs && refusal.code !== 'AccessDenied') {
            return { act: 'waiting', reason: refusal.message }
          }
          if (!andGoOn) throw refusal
          refused ??= refusal
          continue
        }
        if (tried.has(key) && refusal === undefined && passed < unseenForMs) {
          isAwaited = true
          continue
        }

        log.info('Changing', factsOf(change))
        remember(change, deploymentId)
        try {
          await send(change)
          tried.set(key, { at: Date.now(), refusal: undefined })
          return { act: 'changed' }
        } catch (error) {
          if (!(error instanceof AwsError)) throw error
          const told = withParameter(error, change)
          log.warn('AWS refused a change', { ...factsOf(change), reason: told.message, mayPass: told.mayPass })
          tried.set(key, { at: refusal === undefined ? Date.now() : at, refusal: told })
          return { act: told.mayBeDone ? 'unanswered' : 'waiting', reason: told.message }
        }
      }
      // Nothing is made any more, and nothing that was made has yet to be seen.
      if (refused !== undefined && (left.length < changes.length || !isAwaited)) throw refused
      return { act: 'waiting', reason: changes.map(outstanding).join(', ') }
    },

    /** @throws AwsError where something was refused on the way */
    settleAccounts: (): void => {
      if (refused !== undefined) throw refused
    },
  }
}

const arnsOf = ({ targetGroups }: Extract<Change, { targetGroups: unknown }>): readonly string[] =>
  targetGroups.map(({ arn }) => arn)

const takesBack = ({ call }: Change): boolean =>
  call === 'autoscaling:ResumeProcesses' || call === 'autoscaling:DeleteTags'

/** IAM forbids what the stack's parameter does not match: say which one (design 2.5). */
const withParameter = (error: AwsError, change: Change): AwsError => {
  if (error.code !== 'AccessDenied' || !('green' in change)) return error
  const { code, mayPass, mayBeDone } = error
  const hint = `; the stack's parameter AutoScalingGroupNamePattern must match ${change.green}`
  return new AwsError(`${error.message}${hint}`, { code, mayPass, mayBeDone, cause: error })
}
