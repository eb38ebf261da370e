import {
  DeregisterTargetsCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Change } from '../model/change.ts'
import type { Reading } from '../reconcile/ports.ts'
import { listed } from '../sentences.ts'
import { AwsError } from './awsError.ts'
import { inChunksOf } from './chunks.ts'
import { readRouting, readTarget, readTargetGroup } from './readTargetGroup.ts'
import { act, ask, type Limits, unreadable } from './send.ts'

/** The most names that one DescribeTargetGroups takes (F19), and the most ARNs that one DescribeTags does. */
const mostPerCall = 20

/** Elastic Load Balancing, as Greenlight reads it. */
export const elasticLoadBalancingReading = (
  client: ElasticLoadBalancingV2Client,
  limits: Limits,
): Pick<Reading, 'targetGroups' | 'targetGroupTags' | 'targetHealth' | 'routing'> => {
  const describe = foundAmong(async (names) => {
    const command = new DescribeTargetGroupsCommand({ Names: [...names] })
    const send = async (options: object) => {
      const found = ((await client.send(command, options)).TargetGroups ?? []).map(readTargetGroup)
      mustHaveAll(
        names,
        found.map(({ name }) => name),
      )
      return found
    }
    return ask('elasticloadbalancing:DescribeTargetGroups', limits, send)
  })
  const describeTags = foundAmong(async (arns) => {
    const command = new DescribeTagsCommand({ ResourceArns: [...arns] })
    const send = async (options: object) => {
      const { TagDescriptions = [] } = await client.send(command, options)
      const found = TagDescriptions.map(({ ResourceArn: arn = '', Tags = [] }) => {
        return [arn, new Map(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))] as const
      })
      mustHaveAll(
        arns,
        found.map(([arn]) => arn),
      )
      return found
    }
    return ask('elasticloadbalancing:DescribeTags', limits, send)
  })
  return {
    targetGroups: async (names) => {
      const found = (await inChunksOf(mostPerCall, names, describe)).flat()
      return new Map(found.map((targetGroup) => [targetGroup.name, targetGroup]))
    },
    targetGroupTags: async (arns) => new Map((await inChunksOf(mostPerCall, arns, describeTags)).flat()),
    routing: async (TargetGroupArn) => {
      const command = new DescribeTargetGroupAttributesCommand({ TargetGroupArn })
      const send = async (options: object) => {
        const { Attributes: attributes = [] } = await client.send(command, options)
        // Every target group has attributes: without them nobody knows of a threshold.
        if (attributes.length === 0) throw unreadable('it has no attributes')
        return readRouting(attributes)
      }
      return ask('elasticloadbalancing:DescribeTargetGroupAttributes', limits, send)
    },
    targetHealth: async (TargetGroupArn) => {
      const command = new DescribeTargetHealthCommand({ TargetGroupArn })
      const send = (options: object) => client.send(command, options)
      try {
        const answer = await ask('elasticloadbalancing:DescribeTargetHealth', limits, send)
        return (answer.TargetHealthDescriptions ?? []).map(readTarget)
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
  }
}

const isNotFound = (error: unknown): boolean => error instanceof AwsError && error.code === 'TargetGroupNotFound'

/** One that is missing fails the call for all (F19): then it asks one by one, to learn which are there. */
const foundAmong = <Found>(ask: (keys: readonly string[]) => Promise<readonly Found[]>) => {
  const find = async (keys: readonly string[]): Promise<readonly Found[]> => {
    try {
      return await ask(keys)
    } catch (error) {
      if (!isNotFound(error)) throw error
      return keys.length === 1 ? [] : (await inChunksOf(1, keys, find)).flat()
    }
  }
  return find
}

/** Of one that does not exist it says so: an answer that leaves one out was cut. */
const mustHaveAll = (asked: readonly string[], found: readonly string[]): void => {
  const left = asked.filter((key) => !found.includes(key))
  if (left.length > 0) throw unreadable(`it leaves out ${listed(left)}`)
}

export type RegistrationChange = Extract<Change, { instances: unknown }>

/**
 * Registers or deregisters instances of green, once.
 *
 * @throws AwsError
 */
export const changeTargets = async (
  { call, targetGroups, instances }: RegistrationChange,
  client: ElasticLoadBalancingV2Client,
  limits: Limits,
): Promise<void> => {
  for (const { arn: TargetGroupArn } of targetGroups) {
    const input = { TargetGroupArn, Targets: instances.map((Id) => ({ Id })) }
    await act(call, limits, (options) =>
      call === 'elasticloadbalancing:RegisterTargets'
        ? client.send(new RegisterTargetsCommand(input), options)
        : client.send(new DeregisterTargetsCommand(input), options),
    )
  }
}
