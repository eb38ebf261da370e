import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { TargetGroup } from '../model/targetGroup.ts'
import type { Reading } from '../reconcile/ports.ts'
import { listed } from '../sentences.ts'
import { AwsError } from './awsError.ts'
import { inChunksOf } from './chunks.ts'
import { readTarget, readTargetGroup } from './readTargetGroup.ts'
import { ask, type Limits, unreadable } from './send.ts'

/** The most names that one DescribeTargetGroups takes (F19). */
const namesPerCall = 20

/** Elastic Load Balancing, as Greenlight reads it. */
export const elasticLoadBalancingReading = (
  client: ElasticLoadBalancingV2Client,
  limits: Limits,
): Pick<Reading, 'targetGroups' | 'targetHealth'> => {
  const describe = async (names: readonly string[]): Promise<readonly TargetGroup[]> => {
    const command = new DescribeTargetGroupsCommand({ Names: [...names] })
    const send = async (options: object) => {
      const found = ((await client.send(command, options)).TargetGroups ?? []).map(readTargetGroup)
      const left = names.filter((name) => !found.some((targetGroup) => targetGroup.name === name))
      // Of one that does not exist it says so.
      if (left.length > 0) throw unreadable(`it leaves out ${listed(left)}`)
      return found
    }
    try {
      return await ask('elasticloadbalancing:DescribeTargetGroups', limits, send)
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
