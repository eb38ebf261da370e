import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import type { CodeDeployClient } from '@aws-sdk/client-codedeploy'
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Change, Outcome, Refusal } from '../model/change.ts'
import type { Changing } from '../reconcile/ports.ts'
import { listed } from '../sentences.ts'
import { changeAutoScalingGroup } from './autoScaling.ts'
import { AwsError } from './awsError.ts'
import { steerDeployment } from './codeDeploy.ts'
import { changeTargets } from './elasticLoadBalancing.ts'
import type { Limits } from './send.ts'

type Clients = {
  readonly autoScaling: AutoScalingClient
  readonly codeDeploy: CodeDeployClient
  readonly elasticLoadBalancing: ElasticLoadBalancingV2Client
}

/** Makes changes, each once. What AWS refuses is an outcome. */
export const changing = ({ autoScaling, codeDeploy, elasticLoadBalancing }: Clients, limits: Limits): Changing => ({
  change: async (change) => {
    try {
      if ('instances' in change) await changeTargets(change, elasticLoadBalancing, limits)
      else if ('green' in change) await changeAutoScalingGroup(change, autoScaling, limits)
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

/** How Auto Scaling says that it is busy with something else, which ends (F38, F57). */
const busyCodes = ['ResourceInUse', 'ResourceContention', 'ScalingActivityInProgress', 'InstanceRefreshInProgress']
/** One of the instances is not running: the next look shows which ones green has. */
const notRunningCode = 'InvalidTarget'

const refusalOf = (error: AwsError, change: Change): Refusal => {
  const { message } = error
  const kind = kindOf(error, change)
  // IAM allows only what the stack's parameter matches: the reader has to know which.
  const hint = kind === 'denied' ? hintAbout(change) : ''
  return { reason: `${message}${hint}`, kind }
}

const hintAbout = (change: Change): string => {
  if (!('green' in change)) return ''
  const [parameter, name] =
    'instances' in change
      ? ['TestTargetGroupNamePattern', listed(change.targetGroups.map((one) => one.name))]
      : ['AutoScalingGroupNamePattern', change.green]
  return `; the stack's parameter ${parameter} must match ${name}`
}

const kindOf = ({ mayPass, mayBeDone, code }: AwsError, change: Change): Refusal['kind'] => {
  if (mayPass || busyCodes.includes(code) || code === notRunningCode) return 'passing'
  if (code === 'AccessDenied') return 'denied'
  // CodeDeploy has a code for each state in which a deployment cannot be continued or stopped (F39).
  const isInvalid = code === 'ValidationError' || ('deploymentId' in change && !mayBeDone)
  return isInvalid ? 'invalid' : 'unknown'
}
