import {
  BatchGetDeploymentsCommand,
  BatchGetDeploymentTargetsCommand,
  type CodeDeployClient,
  ContinueDeploymentCommand,
  type DeploymentTarget,
  GetDeploymentCommand,
  GetDeploymentGroupCommand,
  ListDeploymentsCommand,
  ListDeploymentTargetsCommand,
  ListTagsForResourceCommand,
  PutLifecycleEventHookExecutionStatusCommand,
  StopDeploymentCommand,
} from '@aws-sdk/client-codedeploy'
import type { Hook } from '../invocation/invocation.ts'
import type { Ports } from '../reconcile/ports.ts'
import { AwsError } from './awsError.ts'
import { inChunksOf } from './chunks.ts'
import type { FunctionArn } from './functionArn.ts'
import { act, ask, type Limits } from './send.ts'

type CodeDeployPorts = Pick<
  Ports,
  | 'deployment'
  | 'deploymentTargets'
  | 'deploymentGroupTags'
  | 'autoScalingGroupsNamedBy'
  | 'deploymentsUnderWay'
  | 'continueDeployment'
  | 'stopDeployment'
>

/** BatchGetDeployments and BatchGetDeploymentTargets take so many ids and not one more (F40). */
const idsPerCall = 25

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

  deploymentTargets: async (deploymentId, label) => {
    try {
      const ids = await listTargets(client, limits, deploymentId, label)
      const batches = await inChunksOf(idsPerCall, ids, async (targetIds) => {
        const command = new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds: [...targetIds] })
        const send = (options: object) => client.send(command, options)
        return (await ask('codedeploy:BatchGetDeploymentTargets', limits, send)).deploymentTargets ?? []
      })
      return batches.flat().filter((target) => isLabelled(target, label))
    } catch (error) {
      // Asked for while the deployment is Created or Queued.
      if (error instanceof AwsError && error.code === 'DeploymentNotStarted') return []
      throw error
    }
  },

  deploymentGroupTags: (application, deploymentGroup) =>
    undefinedWhereGone(async () => {
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
    }),

  autoScalingGroupsNamedBy: (applicationName, deploymentGroupName) =>
    undefinedWhereGone(async () => {
      const command = new GetDeploymentGroupCommand({ applicationName, deploymentGroupName })
      const answer = await ask('codedeploy:GetDeploymentGroup', limits, (options) => client.send(command, options))
      if (answer.deploymentGroupInfo === undefined) {
        throw new Error('codedeploy:GetDeploymentGroup was answered with nothing')
      }
      return (answer.deploymentGroupInfo.autoScalingGroups ?? []).flatMap(({ name }) => name ?? [])
    }),

  deploymentsUnderWay: async (applicationName, deploymentGroupName) => {
    const ids = await undefinedWhereGone(() => listUnderWay(client, limits, applicationName, deploymentGroupName))
    const batches = await inChunksOf(idsPerCall, ids ?? [], async (deploymentIds) => {
      const command = new BatchGetDeploymentsCommand({ deploymentIds: [...deploymentIds] })
      const send = (options: object) => client.send(command, options)
      return (await ask('codedeploy:BatchGetDeployments', limits, send)).deploymentsInfo ?? []
    })
    return batches.flat()
  },

  continueDeployment: async (deploymentId) => {
    // Without the type of wait CodeDeploy may refuse (F39).
    const command = new ContinueDeploymentCommand({ deploymentId, deploymentWaitType: 'READY_WAIT' })
    await act('codedeploy:ContinueDeployment', limits, (options) => client.send(command, options))
  },
  stopDeployment: async (deploymentId) => {
    // No traffic has moved: there is nothing that a rollback could move back.
    const command = new StopDeploymentCommand({ deploymentId, autoRollbackEnabled: false })
    await act('codedeploy:StopDeployment', limits, (options) => client.send(command, options))
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

/** How AWS says that a deployment group is not there (any more); of ListTagsForResource nobody says which it takes. */
const goneCodes = ['DeploymentGroupDoesNotExist', 'ApplicationDoesNotExist', 'InvalidArn', 'ResourceNotFound']

const undefinedWhereGone = async <Answer>(asked: () => Promise<Answer>): Promise<Answer | undefined> => {
  try {
    return await asked()
  } catch (error) {
    if (error instanceof AwsError && goneCodes.includes(error.code)) return undefined
    throw error
  }
}

const listUnderWay = async (
  client: CodeDeployClient,
  limits: Limits,
  applicationName: string,
  deploymentGroupName: string,
): Promise<string[]> => {
  const ids: string[] = []
  let nextToken: string | undefined
  do {
    const command = new ListDeploymentsCommand({
      applicationName,
      deploymentGroupName,
      includeOnlyStatuses: ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'],
      ...(nextToken !== undefined && { nextToken }),
    })
    const page = await ask('codedeploy:ListDeployments', limits, (options) => client.send(command, options))
    ids.push(...(page.deployments ?? []))
    nextToken = page.nextToken
  } while (nextToken)
  return ids
}

const listTargets = async (
  client: CodeDeployClient,
  limits: Limits,
  deploymentId: string,
  label: 'Green' | 'Blue',
): Promise<string[]> => {
  const ids: string[] = []
  let nextToken: string | undefined
  do {
    const command = new ListDeploymentTargetsCommand({
      deploymentId,
      targetFilters: { ServerInstanceLabel: [label] },
      ...(nextToken !== undefined && { nextToken }),
    })
    const page = await ask('codedeploy:ListDeploymentTargets', limits, (options) => client.send(command, options))
    ids.push(...(page.targetIds ?? []))
    nextToken = page.nextToken
  } while (nextToken)
  return ids
}

/** The filter asked for one label alone; what CodeDeploy labels otherwise is not to be counted. */
const isLabelled = ({ instanceTarget }: DeploymentTarget, label: 'Green' | 'Blue'): boolean =>
  instanceTarget !== undefined && (instanceTarget.instanceLabel ?? label) === label
