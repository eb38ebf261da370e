import {
  AttachLoadBalancerTargetGroupsCommand,
  AutoScalingClient,
  CreateOrUpdateTagsCommand,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling'
import { CodeDeployClient, GetDeploymentCommand, ListTagsForResourceCommand } from '@aws-sdk/client-codedeploy'
import type { Simulator } from '../../simulator/simulate.ts'
import type { Handler } from '../../tools/lambdaFunction.ts'

/**
 * A handler that attaches target groups one after the other, as fast as Never worse allows, or faster.
 *
 * @param asks when it asks for the deployment's status: side by side with each change, or only before the first
 */
export const handMade = (
  { endpoint, world, credentials }: Simulator,
  functionName: string,
  asks: 'side by side' | 'once',
): Handler => {
  const options = { endpoint, region: world.region, credentials: credentials({ kind: 'lambda', functionName }) }
  const codeDeploy = new CodeDeployClient(options)
  const autoScaling = new AutoScalingClient(options)
  const status = (deploymentId: string) => codeDeploy.send(new GetDeploymentCommand({ deploymentId }))

  return async (event) => {
    const { DeploymentId: id } = Object(event)
    const green = `CodeDeploy_production_${id}`
    const again = () => (asks === 'once' ? undefined : status(id))
    const tag = (key: string) => ({ ResourceId: green, ResourceType: 'auto-scaling-group', Key: key, Value: id })
    const attach = (name: string) =>
      new AttachLoadBalancerTargetGroupsCommand({
        AutoScalingGroupName: green,
        TargetGroupARNs: [world.targetGroups.get(name)?.arn ?? ''],
      })
    await status(id)
    const arn = world.deploymentGroups.get('shop/production')?.arn
    await codeDeploy.send(new ListTagsForResourceCommand({ ResourceArn: arn }))
    await autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [green] }))
    const keys = ['greenlight:record', 'greenlight:attached/web', 'greenlight:attached/api']
    await Promise.all([autoScaling.send(new CreateOrUpdateTagsCommand({ Tags: keys.map(tag) })), status(id)])
    await Promise.all([again(), autoScaling.send(attach('web'))])
    await autoScaling.send(attach('api'))
    return { verdict: 'Pending', reason: 'by hand', deploymentId: id }
  }
}
