import type { Call } from '../../../simulator/simulate.ts'
import { textsIn } from './request.ts'

/**
 * Least power: judges a call of Greenlight's by what the template's policies say to it. Greenlight asks for nothing that
 * they deny, and the gate function, which knows its greens by name, never lists all Auto Scaling groups of the account.
 *
 * @param decision `true`, or why it is denied
 */
export const overreaches = (
  { action, input, principal }: Pick<Call, 'action' | 'input' | 'principal'>,
  decision: true | string,
): string | undefined => {
  if (principal.kind !== 'lambda') return undefined
  if (decision !== true) return `${action} is not allowed: ${decision}`
  // CodeDeploy takes only functions of such names for hooks.
  const isGate = principal.functionName.startsWith('CodeDeployHook_')
  if (
    isGate &&
    action === 'autoscaling:DescribeAutoScalingGroups' &&
    textsIn(input, 'AutoScalingGroupNames').length === 0
  ) {
    return `${action} asks for every Auto Scaling group`
  }
  return undefined
}
