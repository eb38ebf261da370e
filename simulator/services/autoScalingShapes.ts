import { arnOf, globalArnOf } from '../arn.ts'
import { terminationHookName } from '../world/deployments/launchHooks.ts'
import {
  type AutoScalingGroup,
  attachedArns,
  attachedTargetGroups,
  instancesOf,
  type State,
  targetGroupByArn,
} from '../world/state.ts'

/** Adding → Added → InService, Removing (F23). */
export const attachmentStates = (state: State, group: AutoScalingGroup) => {
  const members = instancesOf(state, group.name).map(({ instanceId }) => instanceId)
  const targetsOf = (targetGroupArn: string) => {
    const targets = targetGroupByArn(state, targetGroupArn)?.targets
    return members.flatMap((id) => targets?.get(id) ?? [])
  }
  const stateOf = (targetGroupArn: string) => {
    const targets = targetsOf(targetGroupArn)
    if (targets.some(({ state: health }) => health === 'initial')) return 'Adding'
    return group.healthCheckType === 'ELB' && group.passedArns.includes(targetGroupArn) ? 'InService' : 'Added'
  }
  const attached = group.targetGroupArns.map((one) => ({ LoadBalancerTargetGroupARN: one, State: stateOf(one) }))
  const removing = [...state.targetGroups.values()]
    .filter(
      ({ arn: one }) =>
        !attachedArns(group).includes(one) && targetsOf(one).some((target) => target.state === 'draining'),
    )
    .map(({ arn: one }) => ({ LoadBalancerTargetGroupARN: one, State: 'Removing' }))
  return [...attached, ...removing]
}

export type TagShape = ReturnType<typeof tagShapes>[number]

export const tagShapes = (group: AutoScalingGroup) =>
  group.tags.map(({ key, value, propagateAtLaunch }) => ({
    ResourceId: group.name,
    ResourceType: 'auto-scaling-group',
    Key: key,
    Value: value,
    PropagateAtLaunch: propagateAtLaunch,
  }))

const launchTemplate = { LaunchTemplateId: 'lt-0123456789abcdef0', LaunchTemplateName: 'application', Version: '1' }

const hasWeights = ({ instanceTypes, desiredCapacityType = 'units' }: AutoScalingGroup): boolean =>
  instanceTypes.length > 0 && desiredCapacityType === 'units'

/** Weights by instance type; where processors or memory are counted, what the instances have to have (F58). */
const mixedInstancesPolicy = (group: AutoScalingGroup) => ({
  LaunchTemplate: {
    LaunchTemplateSpecification: launchTemplate,
    Overrides: hasWeights(group)
      ? group.instanceTypes.map(({ name, units }) => ({ InstanceType: name, WeightedCapacity: String(units) }))
      : [{ InstanceRequirements: { VCpuCount: { Min: 1 }, MemoryMiB: { Min: 1 } } }],
  },
})

export const groupShape = (state: State, group: AutoScalingGroup, oneList: boolean, withInstances: boolean) => ({
  AutoScalingGroupName: group.name,
  AutoScalingGroupARN: group.arn,
  ...(group.instanceTypes.length === 0
    ? { LaunchTemplate: launchTemplate }
    : { MixedInstancesPolicy: mixedInstancesPolicy(group) }),
  DesiredCapacityType: group.desiredCapacityType,
  MinSize: group.minSize,
  MaxSize: group.maxSize,
  DesiredCapacity: group.desiredCapacity,
  DefaultCooldown: 300,
  AvailabilityZones: ['a', 'b', 'c'].map((zone) => `${state.region}${zone}`),
  LoadBalancerNames: group.loadBalancerNames,
  TargetGroupARNs: oneList ? attachedArns(group) : group.targetGroupArns,
  HealthCheckType: group.healthCheckType,
  HealthCheckGracePeriod: group.healthCheckGracePeriodSeconds,
  Instances: (withInstances ? instancesOf(state, group.name) : []).map((instance) => ({
    InstanceId: instance.instanceId,
    InstanceType: instance.instanceType,
    WeightedCapacity: hasWeights(group) ? String(instance.units) : undefined,
    AvailabilityZone: instance.availabilityZone,
    LifecycleState: instance.lifecycleState,
    HealthStatus: instance.healthStatus,
    LaunchTemplate: launchTemplate,
    ProtectedFromScaleIn: instance.protectedFromScaleIn,
  })),
  CreatedTime: new Date(group.createdAt),
  SuspendedProcesses: group.suspendedProcesses.map((process) => ({
    ProcessName: process,
    SuspensionReason: `User suspended at ${new Date(group.createdAt).toISOString()}`,
  })),
  VPCZoneIdentifier: 'subnet-0a,subnet-0b,subnet-0c',
  EnabledMetrics: [],
  Status: group.status,
  Tags: tagShapes(group),
  TerminationPolicies: ['Default'],
  NewInstancesProtectedFromScaleIn: false,
  ServiceLinkedRoleARN: globalArnOf(
    state.region,
    'iam',
    'role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling',
  ),
  CapacityRebalance: false,
  DeletionProtection: group.deletionProtection,
  Operator: group.operator === undefined ? undefined : { Principal: group.operator },
  TrafficSources: [
    ...group.trafficSources,
    ...(oneList ? attachedTargetGroups(state, group).filter((one) => group.targetGroupArns.includes(one.arn)) : [])
      .filter(({ arn: one }) => !group.trafficSources.some(({ identifier }) => identifier === one))
      .map(({ arn: one }) => ({ identifier: one, type: 'elbv2' })),
  ].map(({ identifier, type }) => ({ Identifier: identifier, Type: type })),
})

/** CodeDeploy's hooks on a group: one for what it launches and, where the deployment group says so, one for what it terminates. */
export const lifecycleHooks = (state: State, group: AutoScalingGroup) =>
  group.launchHooks.flatMap(({ name, deploymentGroupId }) => {
    const owner = [...state.deploymentGroups.values()].find(({ id }) => id === deploymentGroupId)
    const shape = (LifecycleHookName: string, transition: 'LAUNCHING' | 'TERMINATING') => ({
      LifecycleHookName,
      AutoScalingGroupName: group.name,
      LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
      NotificationTargetARN: arnOf(state.region, 'sqs', 'codedeploy-auto-scaling-lifecycle-hook'),
      NotificationMetadata: deploymentGroupId,
      HeartbeatTimeout: 600,
      GlobalTimeout: 60_000,
      DefaultResult: 'ABANDON',
    })
    const termination = owner?.terminationHookEnabled ? [shape(terminationHookName(name), 'TERMINATING')] : []
    return [shape(name, 'LAUNCHING'), ...termination]
  })
