import {
  BatchGetDeploymentTargetsCommand,
  type CodeDeployClient,
  type DeploymentTarget,
  GetDeploymentCommand,
  ListDeploymentTargetsCommand,
  ListTagsForResourceCommand,
  PutLifecycleEventHookExecutionStatusCommand,
} from '@aws-sdk/client-codedeploy'
import type { Hook } from '../invocation.ts'
import type { Ports } from '../reconcile.ts'
import { inChunksOf } from './chunks.ts'
import type { FunctionArn } from './functionArn.ts'
import { isNamed, type Limits, send } from './send.ts'

type CodeDeployPorts = Pick<Ports, 'deployment' | 'greenTargets' | 'deploymentGroupTags'>

/** @param home where the function lives: its deployment groups have ARNs of the same partition, region and account */
export const codeDeployPorts = (client: CodeDeployClient, limits: Limits, home: FunctionArn): CodeDeployPorts => ({
  deployment: async (deploymentId) => {
    try {
      const command = new GetDeploymentCommand({ deploymentId })
      return (await send('codedeploy:GetDeployment', command, limits, (options) => client.send(command, options)))
        .deploymentInfo
    } catch (error) {
      if (isNamed(error, 'DeploymentDoesNotExistException')) return undefined
      throw error
    }
  },

  greenTargets: async (deploymentId) => {
    const ids = await listGreenTargets(client, limits, deploymentId)
    const batches = await inChunksOf(25, ids, async (targetIds) => {
      const command = new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds: [...targetIds] })
      return (
        (
          await send('codedeploy:BatchGetDeploymentTargets', command, limits, (options) =>
            client.send(command, options),
          )
        ).deploymentTargets ?? []
      )
    })
    return batches.flat().filter(isGreen)
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
      const page = await send('codedeploy:ListTagsForResource', command, limits, (options) =>
        client.send(command, options),
      )
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
    await send('codedeploy:PutLifecycleEventHookExecutionStatus', command, limits, (options) =>
      client.send(command, options),
    )
    return true
  } catch (error) {
    if (isNamed(error, 'LifecycleEventAlreadyCompletedException')) return false
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
    const page = await send('codedeploy:ListDeploymentTargets', command, limits, (options) =>
      client.send(command, options),
    )
    ids.push(...(page.targetIds ?? []))
    nextToken = page.nextToken
  } while (nextToken)
  return ids
}

/** The filter asked for green alone; what CodeDeploy labels otherwise is not ours to count. */
const isGreen = ({ instanceTarget }: DeploymentTarget): boolean =>
  instanceTarget !== undefined && (instanceTarget.instanceLabel ?? 'Green') === 'Green'
