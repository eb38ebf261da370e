import {
  BatchGetDeploymentsCommand,
  BatchGetDeploymentTargetsCommand,
  type CodeDeployClient,
  ContinueDeploymentCommand,
  type DeploymentInfo,
  type DeploymentTarget,
  GetDeploymentCommand,
  GetDeploymentGroupCommand,
  ListDeploymentsCommand,
  type ListDeploymentsCommandInput,
  ListDeploymentTargetsCommand,
  type ListDeploymentTargetsCommandInput,
  ListTagsForResourceCommand,
  PutLifecycleEventHookExecutionStatusCommand,
  StopDeploymentCommand,
} from '@aws-sdk/client-codedeploy'
import type { Change } from '../model/change.ts'
import type { FunctionArn } from '../model/functionArn.ts'
import { isRefused } from '../model/refused.ts'
import type { Reading } from '../reconcile/ports.ts'
import { AwsError } from './awsError.ts'
import { inChunksOf } from './chunks.ts'
import { allOf, type Page } from './pages.ts'
import { readDeployment, readUnderWay } from './readDeployment.ts'
import { instanceId, readBlue, readProgress } from './readProgress.ts'
import { act, ask, type Limits } from './send.ts'

type CodeDeployReading = Omit<
  Reading,
  'autoScalingGroups' | 'copies' | 'targetGroups' | 'targetGroupTags' | 'targetHealth' | 'routing'
>

/** The most ids that one BatchGetDeployments or BatchGetDeploymentTargets takes (F40). */
export const idsPerCall = 25

/**
 * CodeDeploy, as Greenlight reads it.
 *
 * @param home where the function lives: its deployment groups have ARNs of the same partition, region and account
 */
export const codeDeployReading = (client: CodeDeployClient, limits: Limits, home: FunctionArn): CodeDeployReading => ({
  deployment: async (deploymentId) => {
    const command = new GetDeploymentCommand({ deploymentId })
    try {
      const answer = await ask('codedeploy:GetDeployment', limits, (options) => client.send(command, options))
      // An empty answer does not say that there is no such deployment.
      if (answer.deploymentInfo === undefined) throw new Error('codedeploy:GetDeployment was answered with nothing')
      const deployment = readDeployment(answer.deploymentInfo)
      return isRefused(deployment) ? { ...deployment, isGone: false } : deployment
    } catch (error) {
      if (!(error instanceof AwsError && error.code === 'DeploymentDoesNotExist')) throw error
      return { refusal: `deployment ${deploymentId} does not exist in this account and region`, isGone: true }
    }
  },

  progress: progressReading(client, limits),
  progressUpTo: async (deploymentId, instance) => {
    const first = (ids: readonly string[]) => {
      const before = ids
        .filter((id) => instanceId(id) < instance)
        .sort((one, other) => (instanceId(one) < instanceId(other) ? -1 : 1))
      return [...before.slice(0, idsPerCall - 1), ...ids.filter((id) => instanceId(id) === instance)]
    }
    return readProgress(await targetsOf(client, limits, deploymentId, 'Green', first))
  },
  givenUp: async (deploymentId) => {
    const targetFilters = { ServerInstanceLabel: ['Green'], TargetStatus: ['Failed', 'Skipped'] }
    return new Set((await targetIds(client, limits, { deploymentId, targetFilters })).map(instanceId))
  },
  blueTargets: async (deploymentId) => readBlue(await targetsOf(client, limits, deploymentId, 'Blue')),

  deploymentGroupTags: (application, deploymentGroup) => {
    const { partition, region, account } = home
    const of = `arn:${partition}:codedeploy:${region}:${account}:deploymentgroup:${application}/${deploymentGroup}`
    return tagsOf(client, limits, of)
  },

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
    const ids = await undefinedWhereGone(() =>
      allOf(
        deploymentIds(client, limits, { applicationName, deploymentGroupName, includeOnlyStatuses: [...underWay] }),
      ),
    )
    const described = (await describeDeployments(client, limits, ids ?? [])).map(readUnderWay)
    const unknown = (ids ?? []).filter((listed) => !described.some(({ id }) => id === listed))
    // It was there a moment ago: what is not described of it may be anything.
    return [...described, ...unknown.map((id) => readUnderWay({ deploymentId: id }))]
  },
})

/** How far CodeDeploy is with the green targets of a Server deployment. */
export const progressReading =
  (client: CodeDeployClient, limits: Limits): Reading['progress'] =>
  async (deploymentId) =>
    readProgress(await targetsOf(client, limits, deploymentId, 'Green'))

/** The tags of a deployment group; undefined where it does not exist any more. */
export const tagsOf = (
  client: CodeDeployClient,
  limits: Limits,
  ResourceArn: string,
): Promise<ReadonlyMap<string, string> | undefined> =>
  undefinedWhereGone(async () => {
    const tags = await allOf(async (NextToken) => {
      const command = new ListTagsForResourceCommand({ ResourceArn, ...(NextToken !== undefined && { NextToken }) })
      const page = await ask('codedeploy:ListTagsForResource', limits, (options) => client.send(command, options))
      return { items: page.Tags, next: page.NextToken }
    })
    return new Map(tags.map(({ Key: key = '', Value: value = '' }) => [key, value]))
  })

type Steering = Extract<Change, { deploymentId: string }>

/**
 * Continues or stops a deployment, once.
 *
 * @throws AwsError
 */
export const steerDeployment = async (
  { call, deploymentId }: Steering,
  client: CodeDeployClient,
  limits: Limits,
): Promise<void> => {
  await act(call, limits, (options): Promise<unknown> => {
    if (call === 'codedeploy:StopDeployment') {
      // No traffic has moved: there is nothing that a rollback could move back.
      return client.send(new StopDeploymentCommand({ deploymentId, autoRollbackEnabled: false }), options)
    }
    // Without the type of wait CodeDeploy may refuse (F39).
    return client.send(new ContinueDeploymentCommand({ deploymentId, deploymentWaitType: 'READY_WAIT' }), options)
  })
}

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
  { deploymentId, executionId }: { readonly deploymentId: string | undefined; readonly executionId: string },
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
export const goneCodes = [
  ...['DeploymentGroupDoesNotExist', 'ApplicationDoesNotExist', 'InvalidArn', 'ResourceNotFound'],
  // Tags name deployment groups, too: there is none of such a name.
  ...['InvalidApplicationName', 'InvalidDeploymentGroupName'],
]

const undefinedWhereGone = async <Answer>(asked: () => Promise<Answer>): Promise<Answer | undefined> => {
  try {
    return await asked()
  } catch (error) {
    if (error instanceof AwsError && goneCodes.includes(error.code)) return undefined
    throw error
  }
}

/** Statuses of a deployment that is not over (F7). */
export const underWay = ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'] as const

/** Asks for a page of ids of all deployments that the input selects, newest first. */
export const deploymentIds =
  (client: CodeDeployClient, limits: Limits, input: ListDeploymentsCommandInput) =>
  async (nextToken: string | undefined): Promise<Page<string>> => {
    const command = new ListDeploymentsCommand({ ...input, ...(nextToken !== undefined && { nextToken }) })
    const page = await ask('codedeploy:ListDeployments', limits, (options) => client.send(command, options))
    return { items: page.deployments, next: page.nextToken }
  }

/** Describes deployments by their ids; one that does not exist is missing from the answer. */
export const describeDeployments = async (
  client: CodeDeployClient,
  limits: Limits,
  ids: readonly string[],
): Promise<readonly DeploymentInfo[]> => {
  const batches = await inChunksOf(idsPerCall, ids, async (chunk) => {
    const command = new BatchGetDeploymentsCommand({ deploymentIds: [...chunk] })
    const send = (options: object) => client.send(command, options)
    return (await ask('codedeploy:BatchGetDeployments', limits, send)).deploymentsInfo ?? []
  })
  return batches.flat()
}

/** @throws AwsError, also where the deployment has not begun */
const targetIds = (
  client: CodeDeployClient,
  limits: Limits,
  input: ListDeploymentTargetsCommandInput,
): Promise<readonly string[]> =>
  allOf(async (nextToken) => {
    const command = new ListDeploymentTargetsCommand({ ...input, ...(nextToken !== undefined && { nextToken }) })
    const page = await ask('codedeploy:ListDeploymentTargets', limits, (options) => client.send(command, options))
    return { items: page.targetIds, next: page.nextToken }
  })

const targetsOf = async (
  client: CodeDeployClient,
  limits: Limits,
  deploymentId: string,
  label: 'Green' | 'Blue',
  choose = (ids: readonly string[]): readonly string[] => ids,
): Promise<readonly DeploymentTarget[]> => {
  try {
    const targetFilters = { ServerInstanceLabel: [label] }
    const ids = choose(await targetIds(client, limits, { deploymentId, targetFilters }))
    const batches = await inChunksOf(idsPerCall, ids, async (targetIds) => {
      const command = new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds: [...targetIds] })
      const send = (options: object) => client.send(command, options)
      const { deploymentTargets = [] } = await ask('codedeploy:BatchGetDeploymentTargets', limits, send)
      return [...deploymentTargets, ...undescribed(targetIds, deploymentTargets)]
    })
    return batches.flat().filter((target) => isLabelled(target, label))
  } catch (error) {
    // The deployment has not begun.
    if (error instanceof AwsError && error.code === 'DeploymentNotStarted') return []
    throw error
  }
}

/** A target that is listed and not described is there all the same: nobody knows how far CodeDeploy is with it. */
const undescribed = (ids: readonly string[], described: readonly DeploymentTarget[]): readonly DeploymentTarget[] => {
  const known = new Set(described.map(({ instanceTarget }) => instanceId(instanceTarget?.targetId)))
  return ids.filter((id) => !known.has(instanceId(id))).map((targetId) => ({ instanceTarget: { targetId } }))
}

/** The filter asked for one label alone; what CodeDeploy labels otherwise is not to be counted. */
const isLabelled = ({ instanceTarget }: DeploymentTarget, label: 'Green' | 'Blue'): boolean =>
  instanceTarget !== undefined && (instanceTarget.instanceLabel ?? label) === label
