import { type Deployment, isOver } from '../model/deployment.ts'
import { isRefused, type RefusalKind, type Refused } from '../model/refused.ts'
import { expectsVerdict, type Trigger } from '../model/trigger.ts'
import { whyNothingToGate } from '../rules/nothingToGate.ts'
import type { Choice } from '../rules/seen.ts'
import type { Memory, Task } from './memory.ts'
import { conclude, type Move, waitFor } from './move.ts'

/** Statuses of a deployment that somebody has continued. */
const continuedStatuses: readonly string[] = ['InProgress', 'Baking', 'Succeeded']

/** @returns the move where the deployment alone decides; undefined where more has to be read */
export const decidedByDeployment = (deployment: Deployment | Refused, memory: Memory): Move | undefined => {
  const trigger = triggerOf(memory.task)
  if (isRefused(deployment)) return refuse(trigger, 'deployment', deployment.refusal)
  const { id, status, rollbackOf } = deployment
  if (!expectsVerdict(trigger) && rollbackOf !== undefined && rollbackOf !== id && isOver(deployment)) {
    // Once the rollback is over blue is back: the deployment that it took back is decided by its own row.
    const isSecond = memory.task.kind === 'deployment' && id !== memory.task.id
    if (isSecond) return conclude(undefined, `deployment ${id} is a rollback of a rollback`)
    return { kind: 'follow', deploymentId: rollbackOf, notices: [] }
  }
  const nothing = whyNothingToGate(deployment, trigger)
  if (nothing !== undefined) {
    return conclude(expectsVerdict(trigger) ? 'Succeeded' : undefined, `nothing to gate: ${nothing}`)
  }
  const { sent } = memory
  if (sent === undefined) return undefined
  if (sent.call === 'continue')
    return continuedStatuses.includes(status) ? conclude('Succeeded', sent.reason) : undefined
  const isAwaited = sent.isCertain && !isOver(deployment)
  return isAwaited ? waitFor('end', `CodeDeploy has not ended deployment ${id} yet`) : undefined
}

/** @returns the move where the tags of the deployment group decide; undefined where more has to be read */
export const decidedByChoice = ({ mode, goal }: Choice, trigger: Trigger): Move | undefined => {
  if (isRefused(mode)) {
    const { refusal: reason } = mode
    return conclude(expectsVerdict(trigger) ? 'Failed' : undefined, reason, [{ kind: 'noMode', reason }])
  }
  // Greenlight hears of every Lambda and ECS deployment of the account; one without its tags is not its business.
  return isRefused(goal) && !expectsVerdict(trigger) ? conclude(undefined, goal.refusal) : undefined
}

/** Concludes that something is refused: `Failed` for a caller that waits. */
export const refuse = (trigger: Trigger, refusal: RefusalKind, reason: string): Move => {
  const isAnswered = expectsVerdict(trigger)
  return conclude(isAnswered ? 'Failed' : undefined, reason, [{ kind: 'refused', refusal, reason, isAnswered }])
}

/** A sweep looks after what nobody decides about any more. */
export const triggerOf = (task: Task): Trigger => (task.kind === 'deployment' ? task.trigger : 'schedule')
