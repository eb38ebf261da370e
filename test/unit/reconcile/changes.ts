import type { Change, Outcome, Refusal } from '../../../src/model/change.ts'
import type { Trigger } from '../../../src/model/trigger.ts'
import { begin, type Memory, rememberOutcome, rememberSending } from '../../../src/reconcile/memory.ts'
import { deploymentId, greenName } from '../builders.ts'

export const tag = {
  call: 'autoscaling:CreateOrUpdateTags',
  green: greenName,
  tags: { 'greenlight:record': deploymentId },
} as const satisfies Change
export const suspend = {
  call: 'autoscaling:SuspendProcesses',
  green: greenName,
  processes: ['HealthCheck'],
} as const satisfies Change
export const attach = {
  call: 'autoscaling:AttachLoadBalancerTargetGroups',
  green: greenName,
  targetGroups: [{ name: 'web', arn: 'arn' }],
} as const satisfies Change
export const detach = { ...attach, call: 'autoscaling:DetachLoadBalancerTargetGroups' } as const satisfies Change
export const register = {
  call: 'elasticloadbalancing:RegisterTargets',
  green: greenName,
  targetGroups: [{ name: 'greenlight-web', arn: 'arn' }],
  instances: ['i-1', 'i-2'],
} as const satisfies Change
export const deregister = { ...register, call: 'elasticloadbalancing:DeregisterTargets' } as const satisfies Change
export const resume = { ...suspend, call: 'autoscaling:ResumeProcesses' } as const satisfies Change
export const forget = {
  call: 'autoscaling:DeleteTags',
  green: greenName,
  keys: ['greenlight:held', 'greenlight:attached/web', 'greenlight:testing/greenlight-web'],
} as const satisfies Change
export const stop = {
  call: 'codedeploy:StopDeployment',
  deploymentId,
  reason: 'green is sick',
  refusal: 'unhealthy',
} as const satisfies Change
export const continueIt = {
  call: 'codedeploy:ContinueDeployment',
  deploymentId,
  reason: 'green is healthy',
} as const satisfies Change

/** Elastic Load Balancing refuses the whole call where one of the instances is not running. */
export const notRunning: Refusal = {
  reason: "InvalidTarget: The following targets are not in a running state and cannot be registered: 'i-2'",
  kind: 'passing',
}
export const denied: Refusal = { reason: 'denied', kind: 'denied' }
export const invalid: Refusal = { reason: 'already so', kind: 'invalid' }
export const throttled: Refusal = { reason: 'throttled', kind: 'passing' }

export const unknown: Refusal = { reason: 'limit exceeded', kind: 'unknown' }

export const done: Outcome = { kind: 'done' }
export const refusedBy = (refusal: Refusal): Outcome => ({ kind: 'refused', refusal })

/** The memory of an invocation that has just begun. */
export const begun = (
  trigger: Trigger = 'hook',
  { isDryRun = false, now = 0, caller = undefined as string | undefined } = {},
): Memory => begin({ kind: 'deployment', id: deploymentId, trigger, isDryRun, caller }, now)

/** The same after a change was sent and answered. */
export const afterChange = (
  memory: Memory,
  change: Change,
  outcome: Outcome = done,
  { isGate = false, now = 0 } = {},
): Memory => rememberOutcome(rememberSending(memory, change, now), change, outcome, { isGate, now })
