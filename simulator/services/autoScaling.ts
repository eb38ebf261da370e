import * as v from 'valibot'
import { ACCOUNT } from '../principal.ts'
import { awsQuery, boolean, integer, listOf } from '../wire/awsQuery.ts'
import { operation, type Service, type Surroundings } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'
import {
  type AutoScalingGroup,
  attachedArns,
  attachedTargetGroups,
  instancesOf,
  type State,
  targetGroupByArn,
} from '../world/state.ts'
import { pageOf } from './paging.ts'

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(255))
const arn = v.pipe(v.string(), v.minLength(1), v.maxLength(511))
/** F21: ten a call. */
const arns = v.pipe(listOf(arn), v.minLength(1), v.maxLength(10))
const sources = v.pipe(
  listOf(v.strictObject({ Identifier: arn, Type: v.optional(v.pipe(v.string(), v.minLength(1))) })),
  v.minLength(1),
  v.maxLength(10),
)
/** F21: fifty a group. */
const ATTACHED_AT_MOST = 50

/** Amazon EC2 Auto Scaling, API version 2011-01-01. */
export const autoScaling: Service = {
  name: 'autoscaling',
  protocol: awsQuery('2011-01-01', 'http://autoscaling.amazonaws.com/doc/2011-01-01/'),
  operations: {
    DescribeAutoScalingGroups: operation({
      action: 'autoscaling:DescribeAutoScalingGroups',
      input: v.strictObject({
        AutoScalingGroupNames: v.optional(listOf(name)),
        Filters: v.optional(listOf(v.strictObject({ Name: v.string(), Values: v.optional(listOf(v.string()), '') }))),
        IncludeInstances: v.optional(boolean),
        NextToken: v.optional(v.string()),
        MaxRecords: v.optional(v.pipe(integer, v.minValue(1), v.maxValue(100))),
      }),
      run: (input, { world, switches }) => {
        const { AutoScalingGroupNames: names = [], Filters: filters = [], MaxRecords: size = 50 } = input
        if (names.length > size) {
          // F22: 50 names, or 100 with MaxRecords.
          throw new ServiceError(
            'ValidationError',
            `The number of Auto Scaling group names exceeds the limit of ${size}`,
          )
        }
        const chosen = [...world.autoScalingGroups.values()].filter(
          (group) =>
            // F22: without names, every group of the account.
            (names.length === 0 || names.includes(group.name)) && filters.every((filter) => passes(group, filter)),
        )
        const page = pageOf(chosen, input.NextToken, size, invalidToken)
        return {
          AutoScalingGroups: page.items.map((group) =>
            groupShape(world, group, switches.trafficSourcesShowAsTargetGroups, input.IncludeInstances ?? true),
          ),
          NextToken: page.next,
        }
      },
    }),

    AttachLoadBalancerTargetGroups: operation({
      action: 'autoscaling:AttachLoadBalancerTargetGroups',
      input: v.strictObject({ AutoScalingGroupName: name, TargetGroupARNs: arns }),
      resources: (input, surroundings) => groupArn(input.AutoScalingGroupName, surroundings),
      run: (input, surroundings) => {
        const group = groupNamed(input.AutoScalingGroupName, surroundings)
        mayAttach(group, input.TargetGroupARNs, group.targetGroupArns, surroundings)
        surroundings.world.scaling.attach(group, input.TargetGroupARNs, 'targetGroups')
        return {}
      },
    }),

    DetachLoadBalancerTargetGroups: operation({
      action: 'autoscaling:DetachLoadBalancerTargetGroups',
      input: v.strictObject({ AutoScalingGroupName: name, TargetGroupARNs: arns }),
      resources: (input, surroundings) => groupArn(input.AutoScalingGroupName, surroundings),
      run: (input, surroundings) => {
        const group = groupNamed(input.AutoScalingGroupName, surroundings)
        // F21: it does not see what AttachTrafficSources attached.
        const unknown = input.TargetGroupARNs.filter((one) => !group.targetGroupArns.includes(one))
        if (unknown.length > 0) {
          throw new ServiceError(
            'ValidationError',
            `Trying to remove Target Groups that are not part of the group: ${unknown}`,
          )
        }
        surroundings.world.scaling.detach(group, input.TargetGroupARNs, 'targetGroups')
        return {}
      },
    }),

    DescribeLoadBalancerTargetGroups: operation({
      action: 'autoscaling:DescribeLoadBalancerTargetGroups',
      input: v.strictObject({
        AutoScalingGroupName: name,
        NextToken: v.optional(v.string()),
        MaxRecords: v.optional(v.pipe(integer, v.minValue(1), v.maxValue(100))),
      }),
      run: (input, surroundings) => {
        const group = groupNamed(input.AutoScalingGroupName, surroundings)
        const page = pageOf(
          attachmentStates(surroundings.world, group),
          input.NextToken,
          input.MaxRecords ?? 100,
          invalidToken,
        )
        return { LoadBalancerTargetGroups: page.items, NextToken: page.next }
      },
    }),

    AttachTrafficSources: operation({
      action: 'autoscaling:AttachTrafficSources',
      input: v.strictObject({
        AutoScalingGroupName: name,
        TrafficSources: sources,
        SkipZonalShiftValidation: v.optional(boolean),
      }),
      resources: (input, surroundings) => groupArn(input.AutoScalingGroupName, surroundings),
      run: (input, surroundings) => {
        const group = groupNamed(input.AutoScalingGroupName, surroundings)
        const wanted = identifiersOf(input.TrafficSources)
        mayAttach(
          group,
          wanted,
          identifiersOf(group.trafficSources.map(({ identifier }) => ({ Identifier: identifier }))),
          surroundings,
        )
        surroundings.world.scaling.attach(group, wanted, 'trafficSources')
        return {}
      },
    }),

    DetachTrafficSources: operation({
      action: 'autoscaling:DetachTrafficSources',
      input: v.strictObject({ AutoScalingGroupName: name, TrafficSources: sources }),
      resources: (input, surroundings) => groupArn(input.AutoScalingGroupName, surroundings),
      run: (input, surroundings) => {
        const group = groupNamed(input.AutoScalingGroupName, surroundings)
        const wanted = identifiersOf(input.TrafficSources)
        const unknown = wanted.filter((one) => !group.trafficSources.some(({ identifier }) => identifier === one))
        if (unknown.length > 0) {
          throw new ServiceError(
            'ValidationError',
            `Trying to remove traffic sources that are not part of the group: ${unknown}`,
          )
        }
        surroundings.world.scaling.detach(group, wanted, 'trafficSources')
        return {}
      },
    }),

    SetDesiredCapacity: operation({
      action: 'autoscaling:SetDesiredCapacity',
      input: v.strictObject({
        AutoScalingGroupName: name,
        DesiredCapacity: v.pipe(integer, v.minValue(0)),
        // The model has no cooldowns: nothing to honour.
        HonorCooldown: v.optional(boolean),
      }),
      resources: (input, surroundings) => groupArn(input.AutoScalingGroupName, surroundings),
      run: (input, surroundings) => {
        const group = groupNamed(input.AutoScalingGroupName, surroundings)
        const desired = input.DesiredCapacity
        if (desired < group.minSize) {
          throw new ServiceError(
            'ValidationError',
            `New SetDesiredCapacity value ${desired} is below min value ${group.minSize} for the AutoScalingGroup.`,
          )
        }
        if (desired > group.maxSize) {
          throw new ServiceError(
            'ValidationError',
            `New SetDesiredCapacity value ${desired} is above max value ${group.maxSize} for the AutoScalingGroup.`,
          )
        }
        surroundings.world.scaling.setDesiredCapacity(group, desired)
        return undefined
      },
    }),
  },
}

const groupNamed = (groupName: string, { world }: Surroundings): AutoScalingGroup => {
  const group = world.autoScalingGroups.get(groupName)
  if (group) return group
  throw new ServiceError(
    'ValidationError',
    `AutoScalingGroup name not found - AutoScalingGroup '${groupName}' not found`,
  )
}

/** F42. The identifier in the middle of a real ARN is a UUID that the caller does not know: policies have a `*` there. */
const groupArn = (groupName: string, { world, region }: Surroundings): readonly string[] => [
  world.autoScalingGroups.get(groupName)?.arn ??
    `arn:aws:autoscaling:${region}:${ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/${groupName}`,
]

const mayAttach = (
  group: AutoScalingGroup,
  wanted: readonly string[],
  attached: readonly string[],
  { world, switches }: Surroundings,
) => {
  if (group.status !== undefined) {
    throw new ServiceError('ValidationError', `AutoScalingGroup ${group.name} is pending delete`)
  }
  for (const one of wanted) {
    const targetGroup = targetGroupByArn(world, one)
    if (!targetGroup) {
      throw new ServiceError(
        'ValidationError',
        'Provided Target Groups may not be valid. Please ensure they exist and try again.',
      )
    }
    if (targetGroup.targetType !== 'instance') {
      throw new ServiceError(
        'ValidationError',
        `Target group ${one} has target type ${targetGroup.targetType}; the target type must be instance.`,
      )
    }
    if (switches.reattachIsError && attached.includes(one)) {
      throw new ServiceError('ValidationError', `Target group ${one} is already attached to ${group.name}.`)
    }
  }
  if (new Set([...attachedArns(group), ...wanted]).size > ATTACHED_AT_MOST) {
    throw new ServiceError(
      'ValidationError',
      `You may have at most ${ATTACHED_AT_MOST} target groups attached to an Auto Scaling group.`,
    )
  }
}

const identifiersOf = (trafficSources: readonly { Identifier: string; Type?: string | undefined }[]) =>
  trafficSources.map(({ Identifier }) => Identifier)

/** F22: tag keys and values, exactly, no wildcards. Filters are anded, their values ored. */
const passes = (group: AutoScalingGroup, { Name, Values }: { Name: string; Values: string[] }): boolean => {
  if (Name === 'tag-key') return group.tags.some(({ key }) => Values.includes(key))
  if (Name === 'tag-value') return group.tags.some(({ value }) => Values.includes(value))
  if (Name.startsWith('tag:'))
    return group.tags.some(({ key, value }) => `tag:${key}` === Name && Values.includes(value))
  throw new ServiceError(
    'ValidationError',
    `Filter type ${Name} is not correct. Allowed Filter types are: tag-key tag-value tag:<key>`,
  )
}

const invalidToken = () => new ServiceError('InvalidNextToken', 'The NextToken value is not valid.')

/** F23: Adding → Added → InService, Removing. */
const attachmentStates = (state: State, group: AutoScalingGroup) => {
  const members = instancesOf(state, group.name).map(({ instanceId }) => instanceId)
  const targetsOf = (targetGroupArn: string) => {
    const targets = targetGroupByArn(state, targetGroupArn)?.targets
    return members.flatMap((id) => targets?.get(id) ?? [])
  }
  const stateOf = (targetGroupArn: string) => {
    const targets = targetsOf(targetGroupArn)
    if (targets.some(({ state: health }) => health === 'initial')) return 'Adding'
    const passing = targets.some(({ state: health }) => health === 'healthy')
    return group.healthCheckType === 'ELB' && passing ? 'InService' : 'Added'
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

const groupShape = (state: State, group: AutoScalingGroup, oneList: boolean, withInstances: boolean) => ({
  AutoScalingGroupName: group.name,
  AutoScalingGroupARN: group.arn,
  LaunchTemplate: { LaunchTemplateId: 'lt-0123456789abcdef0', LaunchTemplateName: 'application', Version: '1' },
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
    InstanceType: 't3.micro',
    AvailabilityZone: instance.availabilityZone,
    LifecycleState: instance.lifecycleState,
    HealthStatus: instance.healthStatus,
    LaunchTemplate: { LaunchTemplateId: 'lt-0123456789abcdef0', LaunchTemplateName: 'application', Version: '1' },
    ProtectedFromScaleIn: false,
  })),
  CreatedTime: new Date(group.createdAt),
  SuspendedProcesses: group.suspendedProcesses.map((process) => ({
    ProcessName: process,
    SuspensionReason: `User suspended at ${new Date(group.createdAt).toISOString()}`,
  })),
  VPCZoneIdentifier: 'subnet-0a,subnet-0b,subnet-0c',
  EnabledMetrics: [],
  Status: group.status,
  Tags: group.tags.map(({ key, value, propagateAtLaunch }) => ({
    ResourceId: group.name,
    ResourceType: 'auto-scaling-group',
    Key: key,
    Value: value,
    PropagateAtLaunch: propagateAtLaunch,
  })),
  TerminationPolicies: ['Default'],
  NewInstancesProtectedFromScaleIn: false,
  ServiceLinkedRoleARN: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
  CapacityRebalance: false,
  TrafficSources: [
    ...group.trafficSources,
    ...(oneList ? attachedTargetGroups(state, group).filter((one) => group.targetGroupArns.includes(one.arn)) : [])
      .filter(({ arn: one }) => !group.trafficSources.some(({ identifier }) => identifier === one))
      .map(({ arn: one }) => ({ identifier: one, type: 'elbv2' })),
  ].map(({ identifier, type }) => ({ Identifier: identifier, Type: type })),
})
