import type { Call } from '../../../simulator/simulate.ts'
import { groupsIn, isRead, textsIn } from './request.ts'

/**
 * Least power: judges a call of Greenlight's by what the template's policies say to it. They allow what Greenlight does to
 * the copies that CodeDeploy makes and in target groups for tests, and to no other; and the gate function, which knows its greens by
 * name, never lists all Auto Scaling groups of the account.
 *
 * @param decision `true`, or why it is denied
 */
export const overreaches = (
  { action, input, principal }: Pick<Call, 'action' | 'input' | 'principal'>,
  decision: true | string,
): string | undefined => {
  if (principal.kind !== 'lambda') return undefined
  const others = isRead(action) ? [] : groupsIn(input).filter((name) => !name.startsWith('CodeDeploy_'))
  if (decision !== true) return others.length > 0 ? undefined : `${action} is not allowed: ${decision}`
  const targetGroup =
    /Targets$/.test(action) && !isRead(action) ? /\/([^/]+)\//.exec(String(input['TargetGroupArn']))?.[1] : undefined
  if (targetGroup !== undefined && !targetGroup.startsWith('greenlight-'))
    return `${action} is allowed for ${targetGroup}, which is for more than tests`
  if (others.length > 0) return `${action} is allowed for ${others}, which is no copy of CodeDeploy's`
  // CodeDeploy takes only functions of such names for hooks.
  const isGate = principal.functionName.startsWith('CodeDeployHook_')
  if (
    isGate &&
    action === 'autoscaling:DescribeAutoScalingGroups' &&
    textsIn(input, 'AutoScalingGroupNames').length === 0 &&
    // By the tag of the copy that CodeDeploy made for one deployment.
    !JSON.stringify(input['Filters'] ?? '').includes('tag:CodeDeployProvisioningDeploymentId')
  ) {
    return `${action} asks for every Auto Scaling group`
  }
  return undefined
}
