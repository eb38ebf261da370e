import {
  AttachLoadBalancerTargetGroupsCommand,
  type AutoScalingClient,
  CreateOrUpdateTagsCommand,
  DeleteTagsCommand,
  DescribeAutoScalingGroupsCommand,
  DetachLoadBalancerTargetGroupsCommand,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling'
import type { Changing, Reading } from '../reconcile/ports.ts'
import { inChunksOf } from './chunks.ts'
import { act, ask, type Limits } from './send.ts'

/** DescribeAutoScalingGroups takes so many names and not one more (F22). */
const groupsPerCall = 50

type AutoScalingChanging = Pick<
  Changing,
  'attachTargetGroups' | 'detachTargetGroups' | 'suspend' | 'resume' | 'tag' | 'untag'
>

/** Auto Scaling, in the words of a gate. All of them throw AwsError. */
export const autoScalingPorts = (client: AutoScalingClient, limits: Limits) => ({
  ...autoScalingReading(client, limits),
  ...autoScalingChanging(client, limits),
})

/** What only looks: whoever bundles no more than this has no call in it that changes something. */
export const autoScalingReading = (client: AutoScalingClient, limits: Limits): Pick<Reading, 'autoScalingGroups'> => ({
  // Without a name Auto Scaling would describe every group of the account (F22): chunks of nothing ask nothing.
  autoScalingGroups: async (names) => {
    const answers = await inChunksOf(groupsPerCall, names, async (chunk) => {
      const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [...chunk] })
      return (
        (await ask('autoscaling:DescribeAutoScalingGroups', limits, (options) => client.send(command, options)))
          .AutoScalingGroups ?? []
      )
    })
    // Whatever else AWS may answer with: only what was asked for by name may be acted on.
    return answers.flat().filter(({ AutoScalingGroupName: name = '' }) => names.includes(name))
  },
})

const autoScalingChanging = (client: AutoScalingClient, limits: Limits): AutoScalingChanging => ({
  // The calls for target groups and not those for traffic sources: CodeDeploy's role, Terraform and the console read
  // these (F21).
  attachTargetGroups: async (AutoScalingGroupName, arns) => {
    const command = new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs: [...arns] })
    await act('autoscaling:AttachLoadBalancerTargetGroups', limits, (options) => client.send(command, options))
  },
  detachTargetGroups: async (AutoScalingGroupName, arns) => {
    const command = new DetachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs: [...arns] })
    await act('autoscaling:DetachLoadBalancerTargetGroups', limits, (options) => client.send(command, options))
  },

  suspend: async (AutoScalingGroupName, processes) => {
    const command = new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: named(processes) })
    await act('autoscaling:SuspendProcesses', limits, (options) => client.send(command, options))
  },
  resume: async (AutoScalingGroupName, processes) => {
    const command = new ResumeProcessesCommand({ AutoScalingGroupName, ScalingProcesses: named(processes) })
    await act('autoscaling:ResumeProcesses', limits, (options) => client.send(command, options))
  },

  tag: async (autoScalingGroup, tags) => {
    const command = new CreateOrUpdateTagsCommand({
      Tags: Object.entries(tags).map(([Key, Value]) => ({
        ...tagOf(autoScalingGroup, Key),
        Value,
        // A record is about the group, not about its instances.
        PropagateAtLaunch: false,
      })),
    })
    await act('autoscaling:CreateOrUpdateTags', limits, (options) => client.send(command, options))
  },
  untag: async (autoScalingGroup, keys) => {
    const command = new DeleteTagsCommand({ Tags: keys.map((Key) => tagOf(autoScalingGroup, Key)) })
    await act('autoscaling:DeleteTags', limits, (options) => client.send(command, options))
  },
})

/** Without a name Auto Scaling would suspend or resume every process (F28). */
const named = (processes: readonly string[]): string[] => {
  if (processes.length === 0) throw new Error('no scaling process is named')
  return [...processes]
}

const tagOf = (ResourceId: string, Key: string) => ({ ResourceId, ResourceType: 'auto-scaling-group', Key })
