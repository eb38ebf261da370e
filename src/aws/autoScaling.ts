import {
  AttachLoadBalancerTargetGroupsCommand,
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling'
import type { Ports } from '../ports.ts'
import { inChunksOf } from './chunks.ts'
import { act, ask, type Limits } from './send.ts'

/** DescribeAutoScalingGroups takes so many names and not one more (F22). */
const groupsPerCall = 50

/** Auto Scaling, in the words of a gate. All of them throw AwsError. */
export const autoScalingPorts = (
  client: AutoScalingClient,
  limits: Limits,
): Pick<Ports, 'autoScalingGroups' | 'attachTargetGroups'> => ({
  // Without a name Auto Scaling would describe every group of the account (F22): chunks of nothing ask nothing.
  autoScalingGroups: async (names) => {
    const answers = await inChunksOf(groupsPerCall, names, async (chunk) => {
      const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [...chunk] })
      return (
        (await ask('autoscaling:DescribeAutoScalingGroups', limits, (options) => client.send(command, options)))
          .AutoScalingGroups ?? []
      )
    })
    return answers.flat()
  },

  // The call for target groups and not AttachTrafficSources: CodeDeploy's role, Terraform and the console read this one (F21).
  attachTargetGroups: async (autoScalingGroup, arns) => {
    const command = new AttachLoadBalancerTargetGroupsCommand({
      AutoScalingGroupName: autoScalingGroup,
      TargetGroupARNs: [...arns],
    })
    await act('autoscaling:AttachLoadBalancerTargetGroups', limits, (options) => client.send(command, options))
  },
})
