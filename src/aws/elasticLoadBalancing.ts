import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Ports } from '../reconcile.ts'
import { inChunksOf } from './chunks.ts'
import { isNamed, type Limits, send } from './send.ts'

/** DescribeTargetGroups takes so many names and not one more (F19). */
const namesPerCall = 20

export const elasticLoadBalancingPorts = (
  client: ElasticLoadBalancingV2Client,
  limits: Limits,
): Pick<Ports, 'targetGroups' | 'targetHealth'> => {
  const describe = async (names: readonly string[]): Promise<readonly TargetGroup[]> => {
    const command = new DescribeTargetGroupsCommand({ Names: [...names] })
    try {
      return (
        (
          await send('elasticloadbalancing:DescribeTargetGroups', command, limits, (options) =>
            client.send(command, options),
          )
        ).TargetGroups ?? []
      )
    } catch (error) {
      if (!isNamed(error, 'TargetGroupNotFoundException')) throw error
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
      const answer = await send('elasticloadbalancing:DescribeTargetHealth', command, limits, (options) =>
        client.send(command, options),
      )
      return answer.TargetHealthDescriptions ?? []
    },
  }
}
