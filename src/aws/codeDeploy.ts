import {
  BatchGetDeploymentTargetsCommand,
  type CodeDeployClient,
  type DeploymentTarget,
  GetDeploymentCommand,
  ListDeploymentTargetsCommand,
  ListTagsForResourceCommand,
  PutLifecycleEventHookExecutionStatusCommand,
} from '@aws-sdk/client-codedeploy'
import { AwsError } from '../awsError.ts'
import type { Hook } from '../invocation.ts'
import type { Ports } from '../ports.ts'
import { inChunksOf } from './chunks.ts'
import type { FunctionArn } from './functionArn.ts'
import { ask, type Limits } from './send.ts'

type CodeDeployPorts = Pick<Ports, 'deployment' | 'greenTargets' | 'deploymentGroupTags'>

/**
 * CodeDeploy, in the words of a gate. All of them throw AwsError.
 *
 * @param home where the function lives: its deployment groups have ARNs of the same partition, region and account
 */
export const codeDeployPorts = (client: CodeDeployClient, limits: Limits, home: FunctionArn): CodeDeployPorts => ({
  deployment: async (deploymentId) => {
    const command = new GetDeploymentCommand({ deploymentId })
    try {
      const answer = await ask('codedeploy:GetDeployment', limits, (options) => client.send(command, options))
      // Nothing at all is no deployment that does not exist.
      if (answer.deploymentInfo === undefined) throw new Error('codedeploy:GetDeployment was answered with nothing')
      return answer.deploymentInfo
    } catch (error) {
      if (error instanceof AwsError && error.code === 'DeploymentDoesNotExist') return undefined
      throw error
    }
  },

  greenTargets: async (deploymentId) => {
    try {
      const ids = await listGreenTargets(client, limits, deploymentId)
      const batches = await inChunksOf(25, ids, async (targetIds) => {
        const command = new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds: [...targetIds] })
        const send = (options: object) => client.send(command, options)
        return (await ask('codedeploy:BatchGetDeploymentTargets', limits, send)).deploymentTargets ?? []
      })
      return batches.flat().filter(isGreen)
    } catch (error) {
      // Asked for while the deployment is Created or Queued.
      if (error instanceof AwsError && error.code === 'DeploymentNotStarted') return []
      throw error
    }
  },

  deploymentGroupTags: async (application, deploymentGroup) => {
    const arn = `arn:${home.partition}:codedeploy:${home.region}:${home.account}:deploymentgroup:${application}/${deploymentGroup}`
    const tags = new Map<string, string>()
    let next: string | undefined
    do {
      const command = new ListTagsForResourceCommand({
        ResourceArn: arn,
        ...(next !== undefined && { NextToken: next }),
      })
      const page = await ask('codedeploy:ListTagsForResource', limits, (options) => client.send(command, options))
      for (const { Key: key = '', Value: value = '' } of page.Tags ?? []) tags.set(key, value)
      next = page.NextToken
    } while (next)
    return tags
  },
})

/**
 * Reports the verdict of a hook (F33).
 *
 * A second report is refused by CodeDeploy as already completed: then somebody was answered, and that is what counts.
 *
 * @returns whether this report was the one that counted
 */
export const reportHook = async (
  client: CodeDeployClient,
  limits: Limits,
  { deploymentId, executionId }: Hook,
  status: 'Succeeded' | 'Failed',
): Promise<boolean> => {
  const command = new PutLifecycleEventHookExecutionStatusCommand({
    ...(deploymentId !== undefined && { deploymentId }),
    lifecycleEventHookExecutionId: executionId,
    status,
  })
  try {
    await ask('codedeploy:PutLifecycleEventHookExecutionStatus', limits, (options) => client.send(command, options))
    return true
  } catch (error) {
    if (error instanceof AwsError && error.code === 'LifecycleEventAlreadyCompleted') return false
    throw error
  }
}

const listGreenTargets = async (client: CodeDeployClient, limits: Limits, deploymentId: string): Promise<string[]> => {
  const ids: string[] = []
  let nextToken: string | undefined
  do {
    const command = new ListDeploymentTargetsCommand({
      deploymentId,
      targetFilters: { ServerInstanceLabel: ['Green'] },
      ...(nextToken !== undefined && { nextToken }),
    })
    const page = await ask('codedeploy:ListDeploymentTargets', limits, (options) => client.send(command, options))
    ids.push(...(page.targetIds ?? []))
    nextToken = page.nextToken
  } while (nextToken)
  return ids
}

/** The filter asked for green alone; what CodeDeploy labels otherwise is not ours to count. */
const isGreen = ({ instanceTarget }: DeploymentTarget): boolean =>
  instanceTarget !== undefined && (instanceTarget.instanceLabel ?? 'Green') === 'Green'
