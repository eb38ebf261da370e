import {
  AttachLoadBalancerTargetGroupsCommand,
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling'
import type { Ports } from '../reconcile.ts'
import { inChunksOf } from './chunks.ts'
import { type Limits, send } from './send.ts'

/** Both calls take so many and not one more (F21, F22). */
const groupsPerCall = 50
const targetGroupsPerCall = 10

export const autoScalingPorts = (
  client: AutoScalingClient,
  limits: Limits,
): Pick<Ports, 'autoScalingGroups' | 'attachTargetGroups'> => ({
  // Without a name Auto Scaling would describe every group of the account (F22): chunks of nothing ask nothing.
  autoScalingGroups: async (names) => {
    const answers = await inChunksOf(groupsPerCall, names, async (chunk) => {
      const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [...chunk] })
      return (
        (
          await send('autoscaling:DescribeAutoScalingGroups', command, limits, (options) =>
            client.send(command, options),
          )
        ).AutoScalingGroups ?? []
      )
    })
    return answers.flat()
  },

  // The call for target groups and not AttachTrafficSources: CodeDeploy's role, Terraform and the console read this one (F21).
  attachTargetGroups: async (autoScalingGroup, arns) => {
    for (let from = 0; from < arns.length; from += targetGroupsPerCall) {
      const command = new AttachLoadBalancerTargetGroupsCommand({
        AutoScalingGroupName: autoScalingGroup,
        TargetGroupARNs: arns.slice(from, from + targetGroupsPerCall),
      })
      await send('autoscaling:AttachLoadBalancerTargetGroups', command, limits, (options) =>
        client.send(command, options),
      )
    }
  },
})
