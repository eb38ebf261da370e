import { arnOf } from '../arn.ts'
import { launchHookOf, terminationHookName } from '../world/deployments/launchHooks.ts'
import {
  type Deployment,
  type DeploymentGroup,
  type DeploymentTarget,
  isOver,
  type Revision,
  type State,
} from '../world/state.ts'

const time = (milliseconds: number | undefined) => (milliseconds === undefined ? undefined : new Date(milliseconds))

const revisionShape = (application: string, { version, location }: Revision) =>
  location ?? {
    revisionType: 'S3',
    s3Location: { bucket: 'releases', key: `${application}/${version}.zip`, bundleType: 'zip' },
  }

/** A `DeploymentInfo`, as in the answer of GetDeployment. */
export const deploymentShape = (deployment: Deployment) => ({
  ...wholeDeploymentShape(deployment),
  ...Object.fromEntries(deployment.leftOut.map((member) => [member, undefined])),
})

const wholeDeploymentShape = (deployment: Deployment) => ({
  applicationName: deployment.application,
  deploymentGroupName: deployment.deploymentGroup,
  deploymentConfigName: deployment.configuration.name,
  deploymentId: deployment.deploymentId,
  revision: revisionShape(deployment.application, deployment.revision),
  status: deployment.status,
  errorInformation: deployment.errorInformation,
  createTime: time(deployment.createTime),
  startTime: time(deployment.startTime),
  completeTime: time(deployment.completeTime),
  deploymentOverview: overview(deployment),
  description: deployment.description,
  creator: deployment.creator,
  ignoreApplicationStopFailures: deployment.ignoreApplicationStopFailures,
  autoRollbackConfiguration: deployment.autoRollback,
  updateOutdatedInstancesOnly: false,
  rollbackInfo: deployment.rollbackInfo,
  deploymentStyle: deployment.deploymentStyle,
  targetInstances: deployment.targetInstances,
  instanceTerminationWaitTimeStarted: deployment.instanceTerminationWaitTimeStarted,
  blueGreenDeploymentConfiguration: deployment.blueGreen,
  loadBalancerInfo: deployment.loadBalancerInfo,
  fileExistsBehavior: 'DISALLOW',
  deploymentStatusMessages: [],
  computePlatform: deployment.computePlatform,
})

const overview = ({ targets }: Deployment) => {
  const count = { Pending: 0, InProgress: 0, Succeeded: 0, Failed: 0, Skipped: 0, Ready: 0 }
  for (const { status } of targets.values()) if (status !== 'Unknown') count[status] += 1
  return count
}

/** A `DeploymentGroupInfo`, as in the answer of GetDeploymentGroup. */
export const deploymentGroupShape = (state: State, group: DeploymentGroup) => ({
  applicationName: group.application,
  deploymentGroupId: group.id,
  deploymentGroupName: group.name,
  deploymentConfigName: group.configuration.name,
  ec2TagFilters: [],
  onPremisesInstanceTagFilters: [],
  autoScalingGroups: group.autoScalingGroups.map((name) => {
    const hook = launchHookOf(state.autoScalingGroups.get(name), group)?.name
    return { name, hook, ...(group.terminationHookEnabled && { terminationHook: hook && terminationHookName(hook) }) }
  }),
  serviceRoleArn: group.serviceRoleArn,
  targetRevision: revisionShape(group.application, group.revision),
  triggerConfigurations: group.triggers.map(({ topic, name = topic, events }) => ({
    triggerName: name,
    triggerTargetArn: arnOf(state.region, 'sns', topic),
    triggerEvents: events,
  })),
  autoRollbackConfiguration: group.autoRollback,
  deploymentStyle: group.deploymentStyle,
  outdatedInstancesStrategy: 'UPDATE',
  blueGreenDeploymentConfiguration: group.blueGreen,
  loadBalancerInfo: group.loadBalancerInfo,
  lastSuccessfulDeployment: lastDeployment(state, group.lastSuccessful),
  lastAttemptedDeployment: lastDeployment(state, group.lastAttempted),
  computePlatform: group.computePlatform,
  ecsServices: group.computePlatform === 'ECS' ? [{ serviceName: 'service', clusterName: 'cluster' }] : undefined,
  terminationHookEnabled: group.terminationHookEnabled,
})

const lastDeployment = (state: State, id: string | undefined) => {
  const deployment = id === undefined ? undefined : state.deployments.get(id)
  if (!deployment) return undefined
  return {
    deploymentId: deployment.deploymentId,
    status: deployment.status,
    endTime: isOver(deployment) ? time(deployment.completeTime) : undefined,
    createTime: time(deployment.createTime),
  }
}

/** A `DeploymentTarget`, as in the answer of BatchGetDeploymentTargets. */
export const targetShape = (deployment: Deployment, target: DeploymentTarget) => {
  const common = {
    deploymentId: deployment.deploymentId,
    targetId: target.targetId,
    targetArn: target.arn,
    status: target.status,
    lastUpdatedAt: time(target.lastUpdatedAt),
    lifecycleEvents: target.lifecycleEvents.map((event) => ({
      lifecycleEventName: event.name,
      status: event.status,
      startTime: time(event.startTime),
      endTime: time(event.endTime),
      diagnostics: event.diagnostics,
    })),
  }
  switch (deployment.computePlatform) {
    case 'Server':
      return { deploymentTargetType: 'InstanceTarget', instanceTarget: { ...common, instanceLabel: target.label } }
    case 'Lambda':
      return { deploymentTargetType: 'LambdaTarget', lambdaTarget: common }
    case 'ECS':
      return { deploymentTargetType: 'ECSTarget', ecsTarget: common }
  }
}
