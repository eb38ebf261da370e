import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import type { CodeDeployClient } from '@aws-sdk/client-codedeploy'
import type { Change, Outcome, Refusal } from '../model/change.ts'
import type { Changing } from '../reconcile/ports.ts'
import { changeAutoScalingGroup } from './autoScaling.ts'
import { AwsError } from './awsError.ts'
import { steerDeployment } from './codeDeploy.ts'
import type { Limits } from './send.ts'

type Clients = { readonly autoScaling: AutoScalingClient; readonly codeDeploy: CodeDeployClient }

/** Makes changes, each once. What AWS refuses is an outcome. */
export const changing = ({ autoScaling, codeDeploy }: Clients, limits: Limits): Changing => ({
  change: async (change) => {
    try {
      if ('green' in change) await changeAutoScalingGroup(change, autoScaling, limits)
      else await steerDeployment(change, codeDeploy, limits)
      return { kind: 'done' }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      return outcomeOf(error, change)
    }
  },
})

/** The outcome of a change that AWS did not carry out, or did not answer. */
export const outcomeOf = (error: AwsError, change: Change): Outcome => ({
  kind: error.mayBeDone ? 'unanswered' : 'refused',
  refusal: refusalOf(error, change),
})

const refusalOf = ({ message, mayPass, code }: AwsError, change: Change): Refusal => {
  const isAccessDenied = code === 'AccessDenied'
  // IAM allows only what the stack's parameter matches: the reader has to know which.
  const hint =
    isAccessDenied && 'green' in change
      ? `; the stack's parameter AutoScalingGroupNamePattern must match ${change.green}`
      : ''
  return { reason: `${message}${hint}`, mayPass, isAccessDenied }
}
