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
import { copyTag } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import type { Reading } from '../reconcile/ports.ts'
import { inChunksOf } from './chunks.ts'
import { allOf } from './pages.ts'
import { readAutoScalingGroup } from './readAutoScalingGroup.ts'
import { act, ask, type Limits } from './send.ts'

/** The most names that one DescribeAutoScalingGroups takes (F22). */
const groupsPerCall = 50

/** What only looks at Auto Scaling: a bundle with no more than this contains no call that changes something. */
export const autoScalingReading = (
  client: AutoScalingClient,
  limits: Limits,
): Pick<Reading, 'autoScalingGroups' | 'copies'> => ({
  copies: async (deploymentId) => {
    const copies = await allOf(async (NextToken) => {
      const command = new DescribeAutoScalingGroupsCommand({
        Filters: [{ Name: `tag:${copyTag}`, Values: [deploymentId] }],
        ...(NextToken !== undefined && { NextToken }),
      })
      const send = (options: object) => client.send(command, options)
      const page = await ask('autoscaling:DescribeAutoScalingGroups', limits, send)
      return { items: page.AutoScalingGroups, next: page.NextToken }
    })
    return copies.flatMap(({ AutoScalingGroupName: name, CreatedTime: createdAt, Tags = [] }) =>
      // Whatever else AWS answers: this names what Greenlight changes.
      name !== undefined && Tags.some(({ Key, Value }) => Key === copyTag && Value === deploymentId)
        ? [{ name, createdAt: createdAt?.getTime() ?? 0 }]
        : [],
    )
  },

  // Without a name Auto Scaling would describe every group of the account (F22): no names, no call.
  autoScalingGroups: async (names) => {
    const answers = await inChunksOf(groupsPerCall, names, async (chunk) => {
      const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [...chunk] })
      const send = (options: object) => client.send(command, options)
      return (await ask('autoscaling:DescribeAutoScalingGroups', limits, send)).AutoScalingGroups ?? []
    })
    // Whatever else AWS answers: Greenlight acts only on what it asked for by name.
    return answers
      .flat()
      .map(readAutoScalingGroup)
      .filter(({ name }) => names.includes(name))
  },
})

export type GreenChange = Exclude<Extract<Change, { green: string }>, { instances: unknown }>

/**
 * Makes a change on an Auto Scaling group, once.
 *
 * @throws AwsError
 */
export const changeAutoScalingGroup = async (
  change: GreenChange,
  client: AutoScalingClient,
  limits: Limits,
): Promise<void> => {
  // Without a name Auto Scaling would suspend or resume every process (F28).
  if ('processes' in change && change.processes.length === 0) throw new Error('no scaling process is named')
  await act(change.call, limits, (options) => sendChange(change, client, options))
}

const sendChange = (
  change: GreenChange,
  client: AutoScalingClient,
  options: { readonly abortSignal: AbortSignal },
): Promise<unknown> => {
  const AutoScalingGroupName = change.green
  switch (change.call) {
    // The calls for target groups and not those for traffic sources: CodeDeploy's role, Terraform and the console read
    // these (F21).
    case 'autoscaling:AttachLoadBalancerTargetGroups': {
      const input = { AutoScalingGroupName, TargetGroupARNs: arnsOf(change) }
      return client.send(new AttachLoadBalancerTargetGroupsCommand(input), options)
    }
    case 'autoscaling:DetachLoadBalancerTargetGroups': {
      const input = { AutoScalingGroupName, TargetGroupARNs: arnsOf(change) }
      return client.send(new DetachLoadBalancerTargetGroupsCommand(input), options)
    }
    case 'autoscaling:SuspendProcesses': {
      const input = { AutoScalingGroupName, ScalingProcesses: [...change.processes] }
      return client.send(new SuspendProcessesCommand(input), options)
    }
    case 'autoscaling:ResumeProcesses': {
      const input = { AutoScalingGroupName, ScalingProcesses: [...change.processes] }
      return client.send(new ResumeProcessesCommand(input), options)
    }
    case 'autoscaling:CreateOrUpdateTags': {
      // A record is about the group, not about its instances: no instance gets it at launch.
      const Tags = Object.entries(change.tags).map(([Key, Value]) => ({
        ...tagOf(change.green, Key),
        ...{ Value, PropagateAtLaunch: false },
      }))
      return client.send(new CreateOrUpdateTagsCommand({ Tags }), options)
    }
    case 'autoscaling:DeleteTags': {
      const Tags = change.keys.map((key) => tagOf(change.green, key))
      return client.send(new DeleteTagsCommand({ Tags }), options)
    }
  }
}

const arnsOf = ({ targetGroups }: Extract<GreenChange, { targetGroups: unknown }>): string[] =>
  targetGroups.map(({ arn }) => arn)

const tagOf = (ResourceId: string, Key: string) => ({ ResourceId, ResourceType: 'auto-scaling-group', Key })
