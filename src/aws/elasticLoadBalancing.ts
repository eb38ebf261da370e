import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Ports } from '../reconcile/ports.ts'
import { AwsError } from './awsError.ts'
import { inChunksOf } from './chunks.ts'
import { ask, type Limits } from './send.ts'

/** DescribeTargetGroups takes so many names and not one more (F19). */
const namesPerCall = 20

/** Elastic Load Balancing, in the words of a gate. All of them throw AwsError. */
export const elasticLoadBalancingPorts = (
  client: ElasticLoadBalancingV2Client,
  limits: Limits,
): Pick<Ports, 'targetGroups' | 'targetHealth'> => {
  const describe = async (names: readonly string[]): Promise<readonly TargetGroup[]> => {
    const command = new DescribeTargetGroupsCommand({ Names: [...names] })
    try {
      return (
        (await ask('elasticloadbalancing:DescribeTargetGroups', limits, (options) => client.send(command, options)))
          .TargetGroups ?? []
      )
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'TargetGroupNotFound') throw error
      if (names.length === 1) return []
      // One missing name fails the call for all (F19): ask one by one to learn which.
      return (await inChunksOf(1, names, describe)).flat()
    }
  }
  return {
    targetGroups: async (names) => {
      const groups = (await inChunksOf(namesPerCall, names, describe)).flat()
      return new Map(groups.map((group) => [group.TargetGroupName ?? '', group]))
    },
    targetHealth: async (arn) => {
      const command = new DescribeTargetHealthCommand({ TargetGroupArn: arn })
      const answer = await ask('elasticloadbalancing:DescribeTargetHealth', limits, (options) =>
        client.send(command, options),
      )
      return answer.TargetHealthDescriptions ?? []
    },
  }
}
