import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { TargetGroup } from '../model/targetGroup.ts'
import type { Reading } from '../reconcile/ports.ts'
import { AwsError } from './awsError.ts'
import { inChunksOf } from './chunks.ts'
import { readTarget, readTargetGroup } from './readTargetGroup.ts'
import { ask, type Limits } from './send.ts'

/** The most names that one DescribeTargetGroups takes (F19). */
const namesPerCall = 20

/** Elastic Load Balancing, as Greenlight reads it. */
export const elasticLoadBalancingReading = (
  client: ElasticLoadBalancingV2Client,
  limits: Limits,
): Pick<Reading, 'targetGroups' | 'targetHealth'> => {
  const describe = async (names: readonly string[]): Promise<readonly TargetGroup[]> => {
    const command = new DescribeTargetGroupsCommand({ Names: [...names] })
    const send = (options: object) => client.send(command, options)
    try {
      const { TargetGroups = [] } = await ask('elasticloadbalancing:DescribeTargetGroups', limits, send)
      return TargetGroups.map(readTargetGroup)
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'TargetGroupNotFound') throw error
      if (names.length === 1) return []
      // One missing name fails the call for all (F19): ask one by one to learn which.
      return (await inChunksOf(1, names, describe)).flat()
    }
  }
  return {
    targetGroups: async (names) => {
      const found = (await inChunksOf(namesPerCall, names, describe)).flat()
      return new Map(found.map((targetGroup) => [targetGroup.name, targetGroup]))
    },
    targetHealth: async (TargetGroupArn) => {
      const command = new DescribeTargetHealthCommand({ TargetGroupArn })
      const send = (options: object) => client.send(command, options)
      const answer = await ask('elasticloadbalancing:DescribeTargetHealth', limits, send)
      return (answer.TargetHealthDescriptions ?? []).map(readTarget)
    },
  }
}
