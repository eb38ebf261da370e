import * as v from 'valibot'
import { arnOf } from '../arn.ts'
import { awsJson } from '../wire/awsJson.ts'
import { operation, type Service, type Surroundings } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'
import { configurationNamed } from '../world/deployments/configurations.ts'
import { type ComputePlatform, type Deployment, type DeploymentGroup, isOver, rollsBackOn } from '../world/state.ts'
import {
  autoRollback,
  blueGreen,
  deploymentId,
  deploymentStatus,
  inBlueGreen,
  named,
  required,
  resourceArn,
  timeRange,
  triggers,
  waitType,
} from './codeDeployInputs.ts'
import { revisionLocation, revisionOf } from './codeDeployRevisions.ts'
import { deploymentGroupShape, deploymentShape, targetShape } from './codeDeployShapes.ts'
import { pageOf } from './paging.ts'

/** Twenty-five a call (F40). */
const targetsAtMost = 25
const deploymentsAtMost = 25
/** A hundred a call, of one application (F40). */
const deploymentGroupsAtMost = 100
/** AWS does not document the page size of CodeDeploy's lists. */
const pageSize = 100

/** AWS CodeDeploy, API version 2014-10-06. */
export const codeDeploy: Service = {
  name: 'codedeploy',
  protocol: awsJson('CodeDeploy_20141006'),
  operations: {
    CreateDeployment: operation({
      action: 'codedeploy:CreateDeployment',
      input: v.strictObject({
        applicationName: named('Application'),
        deploymentGroupName: named('DeploymentGroup'),
        revision: v.optional(revisionLocation),
        deploymentConfigName: v.optional(v.string()),
        description: v.optional(
          v.pipe(v.string(), v.maxLength(256, 'DescriptionTooLongException: The description is too long.')),
        ),
        targetInstances: v.optional(v.strictObject({ autoScalingGroups: v.array(v.string()) })),
        autoRollbackConfiguration: v.optional(autoRollback),
        ignoreApplicationStopFailures: v.optional(v.boolean()),
      }),
      resources: ({ applicationName, deploymentGroupName }, { region }) => [
        deploymentGroupArn(region, applicationName, deploymentGroupName),
      ],
      touches: (_, { world }) => world.deployments.size,
      run: (input, surroundings) => {
        const { world } = surroundings
        const deploymentGroup = deploymentGroupNamed(input.applicationName, input.deploymentGroupName, surroundings)
        const before = world.codeDeploy.underWay(deploymentGroup)
        if (before) {
          const message = `The Deployment Group '${deploymentGroup.name}' already has an active Deployment '${before.deploymentId}'`
          throw new ServiceError('DeploymentLimitExceededException', message)
        }
        const configuration =
          input.deploymentConfigName === undefined
            ? deploymentGroup.configuration
            : configurationNamed(input.deploymentConfigName)
        if (!configuration) {
          throw new ServiceError(
            'DeploymentConfigDoesNotExistException',
            `No deployment configuration found for name: ${input.deploymentConfigName}`,
          )
        }
        if (platformOf(configuration.name) !== deploymentGroup.computePlatform) {
          // The only code of the model that fits, although CreateDeployment itself names no platform.
          throw new ServiceError(
            'InvalidComputePlatformException',
            `${configuration.name} is not for ${deploymentGroup.computePlatform} deployments.`,
          )
        }
        const { revision, lambdaHooks } = revisionOf(input.revision, deploymentGroup, world)
        const created = world.codeDeploy.create(deploymentGroup, {
          revision,
          lambdaHooks,
          configuration,
          description: input.description,
          green: input.targetInstances?.autoScalingGroups,
          autoRollback: input.autoRollbackConfiguration,
          ignoreApplicationStopFailures: input.ignoreApplicationStopFailures,
        })
        return { deploymentId: created.deploymentId }
      },
    }),

    GetDeployment: operation({
      action: 'codedeploy:GetDeployment',
      input: v.strictObject({ deploymentId }),
      resources: ofDeployment,
      run: (input, surroundings) => ({
        deploymentInfo: deploymentShape(deploymentOf(input.deploymentId, surroundings)),
      }),
    }),

    ListDeployments: operation({
      action: 'codedeploy:ListDeployments',
      input: v.strictObject({
        applicationName: v.optional(named('Application')),
        deploymentGroupName: v.optional(named('DeploymentGroup')),
        includeOnlyStatuses: v.optional(v.array(deploymentStatus), []),
        createTimeRange: v.optional(timeRange),
        nextToken: v.optional(v.string()),
      }),
      resources: ({ applicationName = '*', deploymentGroupName = '*' }, { region }) => [
        deploymentGroupArn(region, applicationName, deploymentGroupName),
      ],
      run: (input, surroundings) => {
        const { applicationName, deploymentGroupName, includeOnlyStatuses: statuses, createTimeRange: range } = input
        if (applicationName === undefined && deploymentGroupName !== undefined) {
          throw new ServiceError('ApplicationNameRequiredException', 'A deployment group is one of an application.')
        }
        if (applicationName !== undefined && deploymentGroupName === undefined) {
          throw new ServiceError('DeploymentGroupNameRequiredException', 'An application is given, and no group of it.')
        }
        const of =
          applicationName !== undefined && deploymentGroupName !== undefined
            ? deploymentGroupNamed(applicationName, deploymentGroupName, surroundings)
            : undefined
        const newestFirst = [...surroundings.world.deployments.values()]
          .filter(
            ({ application, deploymentGroup, status, createTime }) =>
              (!of || (application === of.application && deploymentGroup === of.name)) &&
              (statuses.length === 0 || statuses.includes(status)) &&
              (!range || (range.from <= createTime && createTime <= range.to)),
          )
          .map(({ deploymentId: id }) => id)
          .reverse()
        const { items: deployments, next } = pageOf(newestFirst, input.nextToken, pageSize, invalidToken)
        return { deployments, ...(next !== undefined && { nextToken: next }) }
      },
    }),

    BatchGetDeployments: operation({
      action: 'codedeploy:BatchGetDeployments',
      input: v.strictObject({
        deploymentIds: required(
          'DeploymentIdRequiredException',
          v.pipe(
            v.array(deploymentId),
            v.minLength(1, 'DeploymentIdRequiredException: At least one deployment id must be specified.'),
            v.maxLength(
              deploymentsAtMost,
              `BatchLimitExceededException: At most ${deploymentsAtMost} deployment ids may be specified.`,
            ),
          ),
        ),
      }),
      resources: (input, surroundings) => [
        ...new Set(input.deploymentIds.flatMap((id) => ofDeployment({ deploymentId: id }, surroundings))),
      ],
      run: (input, { world }) => ({
        // The model lists no code for a deployment that does not exist: the answer leaves it out.
        deploymentsInfo: input.deploymentIds.flatMap((id) => {
          const deployment = world.deployments.get(id)
          return deployment ? [deploymentShape(deployment)] : []
        }),
      }),
    }),

    UpdateDeploymentGroup: operation({
      action: 'codedeploy:UpdateDeploymentGroup',
      input: v.strictObject({
        applicationName: named('Application'),
        currentDeploymentGroupName: named('DeploymentGroup'),
        newDeploymentGroupName: v.optional(named('DeploymentGroup')),
        autoRollbackConfiguration: v.optional(autoRollback),
        blueGreenDeploymentConfiguration: v.optional(blueGreen),
        triggerConfigurations: v.optional(triggers),
        terminationHookEnabled: v.optional(v.boolean()),
      }),
      resources: ({ applicationName, currentDeploymentGroupName: name }, { region }) => [
        deploymentGroupArn(region, applicationName, name),
      ],
      touches: ({ applicationName, currentDeploymentGroupName: name }, { world }) =>
        world.deploymentGroups.get(`${applicationName}/${name}`),
      run: (input, surroundings) => {
        const { newDeploymentGroupName: name, blueGreenDeploymentConfiguration: wanted } = input
        const group = deploymentGroupNamed(input.applicationName, input.currentDeploymentGroupName, surroundings)
        if (name !== undefined && name !== group.name) {
          throw new ServiceError(
            'InvalidDeploymentGroupNameException',
            'This simulator does not rename deployment groups.',
          )
        }
        if (wanted && !group.blueGreen) {
          throw new ServiceError(
            inBlueGreen,
            `The deployments of ${group.name} are not blue/green on instances or ECS.`,
          )
        }
        const subscribed = input.triggerConfigurations?.map((trigger) => ({
          name: trigger.triggerName,
          topic: topicOf(trigger.triggerTargetArn, surroundings),
          events: trigger.triggerEvents,
        }))
        // A setting that is not given stays. A deployment under way keeps the settings that it started with.
        if (wanted && group.blueGreen) group.blueGreen = { ...group.blueGreen, ...wanted }
        if (subscribed) group.triggers = subscribed
        if (input.autoRollbackConfiguration) group.autoRollback = input.autoRollbackConfiguration
        group.terminationHookEnabled = input.terminationHookEnabled ?? group.terminationHookEnabled
        return { hooksNotCleanedUp: [] }
      },
    }),

    ListApplications: operation({
      action: 'codedeploy:ListApplications',
      input: v.strictObject({ nextToken: v.optional(v.string()) }),
      run: (input, { world }) => {
        const all = new Set([...world.deploymentGroups.values()].map(({ application }) => application))
        const { items: applications, next } = pageOf([...all], input.nextToken, pageSize, invalidToken)
        return { applications, ...(next !== undefined && { nextToken: next }) }
      },
    }),

    ListDeploymentGroups: operation({
      action: 'codedeploy:ListDeploymentGroups',
      input: v.strictObject({ applicationName: named('Application'), nextToken: v.optional(v.string()) }),
      resources: (input, { region }) => [arnOf(region, 'codedeploy', `application:${input.applicationName}`)],
      run: ({ applicationName, nextToken }, surroundings) => {
        const names = deploymentGroupsOf(applicationName, surroundings).map(({ name }) => name)
        const { items: deploymentGroups, next } = pageOf(names, nextToken, pageSize, invalidToken)
        return { applicationName, deploymentGroups, ...(next !== undefined && { nextToken: next }) }
      },
    }),

    BatchGetDeploymentGroups: operation({
      action: 'codedeploy:BatchGetDeploymentGroups',
      input: v.strictObject({
        applicationName: named('Application'),
        deploymentGroupNames: required(
          'DeploymentGroupNameRequiredException',
          v.pipe(
            v.array(named('DeploymentGroup')),
            v.minLength(1, 'DeploymentGroupNameRequiredException: At least one name must be specified.'),
            v.maxLength(
              deploymentGroupsAtMost,
              `BatchLimitExceededException: At most ${deploymentGroupsAtMost} names may be specified.`,
            ),
          ),
        ),
      }),
      resources: ({ applicationName, deploymentGroupNames: names }, { region }) => [
        ...new Set(names.map((name) => deploymentGroupArn(region, applicationName, name))),
      ],
      run: ({ applicationName, deploymentGroupNames: names }, surroundings) => {
        const found = deploymentGroupsOf(applicationName, surroundings).filter(({ name }) => names.includes(name))
        const missing = names.filter((name) => !found.some((group) => group.name === name))
        return {
          deploymentGroupsInfo: found.map((group) => deploymentGroupShape(surroundings.world, group)),
          // The model lists no code for one that does not exist: the answer leaves it out and names it in a sentence.
          ...(missing.length > 0 && { errorMessage: `No Deployment Group found for name: ${missing}` }),
        }
      },
    }),

    GetDeploymentGroup: operation({
      action: 'codedeploy:GetDeploymentGroup',
      input: v.strictObject({ applicationName: named('Application'), deploymentGroupName: named('DeploymentGroup') }),
      resources: ({ applicationName, deploymentGroupName }, { region }) => [
        deploymentGroupArn(region, applicationName, deploymentGroupName),
      ],
      run: (input, surroundings) => {
        const deploymentGroup = deploymentGroupNamed(input.applicationName, input.deploymentGroupName, surroundings)
        return { deploymentGroupInfo: deploymentGroupShape(surroundings.world, deploymentGroup) }
      },
    }),

    ListDeploymentTargets: operation({
      action: 'codedeploy:ListDeploymentTargets',
      input: v.strictObject({
        deploymentId,
        nextToken: v.optional(v.string()),
        targetFilters: v.optional(
          v.record(
            v.picklist(
              ['TargetStatus', 'ServerInstanceLabel'],
              (issue) => `InvalidTargetFilterNameException: ${issue.input} is no filter.`,
            ),
            v.array(v.string()),
          ),
        ),
      }),
      run: (input, surroundings) => {
        const deployment = startedDeployment(input.deploymentId, surroundings)
        const { ServerInstanceLabel: labels, TargetStatus: statuses } = input.targetFilters ?? {}
        for (const label of labels ?? []) {
          if (label !== 'Blue' && label !== 'Green')
            throw new ServiceError('InvalidInstanceTypeException', `${label} is no instance type.`)
        }
        const all = [...deployment.targets.values()]
          .filter(
            ({ label, status }) =>
              (!labels || (label && labels.includes(label))) && (!statuses || statuses.includes(status)),
          )
          .map(({ targetId }) => targetId)
        const { items: targetIds, next } = pageOf(all, input.nextToken, pageSize, invalidToken)
        return { targetIds, ...(next !== undefined && { nextToken: next }) }
      },
    }),

    BatchGetDeploymentTargets: operation({
      action: 'codedeploy:BatchGetDeploymentTargets',
      input: v.strictObject({
        deploymentId,
        targetIds: required('DeploymentTargetIdRequiredException', v.array(v.string())),
      }),
      run: (input, surroundings) => {
        const deployment = startedDeployment(input.deploymentId, surroundings)
        if (input.targetIds.length === 0) {
          throw new ServiceError('DeploymentTargetIdRequiredException', 'At least one target id must be specified.')
        }
        if (input.targetIds.length > targetsAtMost) {
          throw new ServiceError(
            'DeploymentTargetListSizeExceededException',
            `At most ${targetsAtMost} target ids may be specified.`,
          )
        }
        return {
          deploymentTargets: input.targetIds.map((id) => {
            const target = deployment.targets.get(id)
            if (!target)
              throw new ServiceError('DeploymentTargetDoesNotExistException', `The target ${id} does not exist.`)
            return targetShape(deployment, target)
          }),
        }
      },
    }),

    ListTagsForResource: operation({
      action: 'codedeploy:ListTagsForResource',
      input: v.strictObject({ ResourceArn: resourceArn, NextToken: v.optional(v.string()) }),
      resources: (input) => [input.ResourceArn],
      run: (input, surroundings) => {
        // Its model lists no code for a deployment group that does not exist.
        const { tags } = taggedGroup(input.ResourceArn, surroundings, 'InvalidArnException')
        return { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) }
      },
    }),

    TagResource: operation({
      action: 'codedeploy:TagResource',
      input: v.strictObject({
        ResourceArn: resourceArn,
        Tags: required(
          'TagRequiredException',
          v.array(
            v.strictObject({
              Key: v.pipe(
                v.string(),
                v.regex(/^.{1,128}$/su, 'InvalidTagsToAddException: A key has 1 to 128 characters.'),
              ),
              Value: v.pipe(
                v.string(),
                v.maxLength(256, 'InvalidTagsToAddException: A value has up to 256 characters.'),
              ),
            }),
          ),
        ),
      }),
      resources: (input) => [input.ResourceArn],
      touches: tagsOf,
      run: (input, surroundings) => {
        const deploymentGroup = taggedGroup(input.ResourceArn, surroundings)
        const keys = input.Tags.map(({ Key }) => Key)
        deploymentGroup.tags = [
          ...deploymentGroup.tags.filter(({ key }) => !keys.includes(key)),
          ...input.Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
        ]
        return {}
      },
    }),

    UntagResource: operation({
      action: 'codedeploy:UntagResource',
      input: v.strictObject({
        ResourceArn: resourceArn,
        TagKeys: required('TagRequiredException', v.array(v.string())),
      }),
      resources: (input) => [input.ResourceArn],
      touches: tagsOf,
      run: (input, surroundings) => {
        const deploymentGroup = taggedGroup(input.ResourceArn, surroundings)
        deploymentGroup.tags = deploymentGroup.tags.filter(({ key }) => !input.TagKeys.includes(key))
        return {}
      },
    }),

    PutLifecycleEventHookExecutionStatus: operation({
      action: 'codedeploy:PutLifecycleEventHookExecutionStatus',
      input: v.strictObject({
        deploymentId,
        lifecycleEventHookExecutionId: required('InvalidLifecycleEventHookExecutionIdException', v.string()),
        // The model lists more, the service takes these two (F33).
        status: required(
          'InvalidLifecycleEventHookExecutionStatusException',
          v.picklist(
            ['Succeeded', 'Failed'],
            (issue) => `InvalidLifecycleEventHookExecutionStatusException: The status is not valid: ${issue.input}`,
          ),
        ),
      }),
      resources: ofDeployment,
      touches: ({ lifecycleEventHookExecutionId: id }, { world }) => world.hookExecutions.get(id)?.status,
      run: (input, surroundings) => {
        const deployment = deploymentOf(input.deploymentId, surroundings)
        if (deployment.computePlatform === 'Server') {
          throw new ServiceError(
            'UnsupportedActionForDeploymentTypeException',
            'Lifecycle event hooks are for Lambda and ECS deployments.',
          )
        }
        const id = input.lifecycleEventHookExecutionId
        const execution = surroundings.world.hookExecutions.get(id)
        if (execution?.deploymentId !== deployment.deploymentId) {
          throw new ServiceError(
            'InvalidLifecycleEventHookExecutionIdException',
            `The lifecycle event hook execution id is not valid: ${id}`,
          )
        }
        if (execution.status !== 'Pending' || isOver(deployment)) {
          throw new ServiceError(
            'LifecycleEventAlreadyCompletedException',
            `The lifecycle event hook ${id} is already completed.`,
          )
        }
        surroundings.world.codeDeploy.report(execution, input.status)
        return { lifecycleEventHookExecutionId: id }
      },
    }),

    ContinueDeployment: operation({
      action: 'codedeploy:ContinueDeployment',
      input: v.strictObject({ deploymentId, deploymentWaitType: v.optional(waitType) }),
      touches: courseOf,
      run: (input, surroundings) => {
        const deployment = deploymentOf(input.deploymentId, surroundings)
        if (isOver(deployment)) throw alreadyCompleted(deployment)
        if (deployment.computePlatform !== 'Server' || deployment.deploymentStyle.deploymentType !== 'BLUE_GREEN') {
          throw new ServiceError(
            'UnsupportedActionForDeploymentTypeException',
            'Only blue/green deployments wait to be continued.',
          )
        }
        if (input.deploymentWaitType === 'TERMINATION_WAIT') {
          if (!deployment.instanceTerminationWaitTimeStarted) {
            throw new ServiceError(
              'InvalidDeploymentStatusException',
              `The deployment ${deployment.deploymentId} is not in its termination wait.`,
            )
          }
          surroundings.world.codeDeploy.continue(deployment, 'termination')
          return undefined
        }
        if (deployment.status !== 'Ready' || deployment.continued.ready) {
          throw new ServiceError(
            'DeploymentIsNotInReadyStateException',
            `The deployment ${deployment.deploymentId} is not in ready state: ${deployment.status}`,
          )
        }
        surroundings.world.codeDeploy.continue(deployment, 'ready')
        return undefined
      },
    }),

    StopDeployment: operation({
      action: 'codedeploy:StopDeployment',
      input: v.strictObject({ deploymentId, autoRollbackEnabled: v.optional(v.boolean()) }),
      touches: courseOf,
      run: (input, surroundings) => {
        const deployment = deploymentOf(input.deploymentId, surroundings)
        if (isOver(deployment)) throw alreadyCompleted(deployment)
        const rollBack = input.autoRollbackEnabled ?? rollsBackOn(deployment, 'DEPLOYMENT_STOP_ON_REQUEST')
        const status = surroundings.world.codeDeploy.stop(deployment, rollBack)
        return {
          status,
          statusMessage: status === 'Pending' ? 'The deployment is being stopped.' : 'The deployment was stopped.',
        }
      },
    }),
  },
}

/** IAM finds the deployment group by the deployment; it has none for a deployment that does not exist (F41). */
function ofDeployment(input: { deploymentId: string }, { world, region }: Surroundings): readonly string[] {
  const deployment = world.deployments.get(input.deploymentId)
  return [deploymentGroupArn(region, deployment?.application ?? '*', deployment?.deploymentGroup ?? '*')]
}

/** What continuing or stopping a deployment may change. */
function courseOf(input: { deploymentId: string }, { world }: Surroundings): unknown {
  const { status, continued, stopping } = world.deployments.get(input.deploymentId) ?? {}
  return { status, continued, stopping }
}

function tagsOf(input: { ResourceArn: string }, { world }: Surroundings): unknown {
  return [...world.deploymentGroups.values()].find(({ arn }) => arn === input.ResourceArn)?.tags
}

const deploymentGroupArn = (region: string, application: string, name: string) =>
  arnOf(region, 'codedeploy', `deploymentgroup:${application}/${name}`)

const invalidToken = () => new ServiceError('InvalidNextTokenException', 'The next token is not valid.')

/** The name of a predefined configuration says which platform it is for. */
const platformOf = (configuration: string): ComputePlatform =>
  (['Lambda', 'ECS'] as const).find((platform) => configuration.startsWith(`CodeDeployDefault.${platform}`)) ?? 'Server'

/** The name in the ARN of an SNS topic of this account and region. */
const topicOf = (arn: string, { region }: Surroundings): string => {
  const topic = arn.startsWith(arnOf(region, 'sns', '')) ? arn.split(':')[5] : undefined
  if (topic) return topic
  throw new ServiceError('InvalidTriggerConfigException', `${arn} is no topic of this account and region.`)
}

const deploymentOf = (id: string, { world }: Surroundings): Deployment => {
  const found = world.deployments.get(id)
  if (found) return found
  throw new ServiceError('DeploymentDoesNotExistException', `The deployment ${id} could not be found`)
}

const startedDeployment = (id: string, surroundings: Surroundings): Deployment => {
  const deployment = deploymentOf(id, surroundings)
  if (deployment.startTime !== undefined) return deployment
  throw new ServiceError('DeploymentNotStartedException', `The deployment ${id} has not started.`)
}

const alreadyCompleted = ({ deploymentId: id, status }: Deployment) =>
  new ServiceError('DeploymentAlreadyCompletedException', `The deployment ${id} is already complete: ${status}`)

/** The deployment groups of an application, which exists as long as it has one. */
const deploymentGroupsOf = (application: string, { world }: Surroundings): readonly DeploymentGroup[] => {
  const found = [...world.deploymentGroups.values()].filter((one) => one.application === application)
  if (found.length > 0) return found
  throw new ServiceError('ApplicationDoesNotExistException', `No application found for name: ${application}`)
}

const deploymentGroupNamed = (application: string, name: string, surroundings: Surroundings): DeploymentGroup => {
  const { world } = surroundings
  const found = world.deploymentGroups.get(`${application}/${name}`)
  if (found) return found
  deploymentGroupsOf(application, surroundings)
  throw new ServiceError('DeploymentGroupDoesNotExistException', `No Deployment Group found for name: ${name}`)
}

const taggedGroup = (
  arn: string,
  { world }: Surroundings,
  missing = 'DeploymentGroupDoesNotExistException',
): DeploymentGroup => {
  const found = [...world.deploymentGroups.values()].find((one) => one.arn === arn)
  if (found) return found
  if (arn.includes(':deploymentgroup:')) {
    throw new ServiceError(missing, `No Deployment Group found for ARN: ${arn}`)
  }
  throw new ServiceError('ArnNotSupportedException', `This simulator tags only deployment groups, not ${arn}`)
}
