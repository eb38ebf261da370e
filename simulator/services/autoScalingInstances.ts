import * as v from 'valibot'
import { boolean, integer, listOf } from '../wire/awsQuery.ts'
import { operation, type Surroundings } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'
import type { AutoScalingGroup, Instance, ScalingActivity } from '../world/state.ts'
import { unitsOf } from '../world/state.ts'
import { groupArn, groupNamed, groupOperation, groupToChange, name, tagsOfGroup } from './autoScalingGroup.ts'
import { pageOf } from './paging.ts'

const ids = v.pipe(listOf(v.pipe(v.string(), v.minLength(1), v.maxLength(19))), v.maxLength(20))

/** Declares an operation that changes one instance, which says its Auto Scaling group. */
const instanceOperation = <Schema extends v.GenericSchema<unknown, { readonly InstanceId: string }>>(declared: {
  action: string
  input: Schema
  run: (instance: Instance, input: v.InferOutput<Schema>, surroundings: Surroundings) => unknown
}) => {
  const groupOf = ({ InstanceId }: { readonly InstanceId: string }, { world }: Surroundings) =>
    world.instances.get(InstanceId)?.autoScalingGroupName ?? ''
  return operation({
    action: declared.action,
    input: declared.input,
    resources: (input, surroundings) => [groupArn(groupOf(input, surroundings), surroundings)],
    context: (input, surroundings) => tagsOfGroup(groupOf(input, surroundings), surroundings),
    touches: (input, { world }) => world.instances.get(input.InstanceId),
    run: (input, surroundings) => {
      const instance = surroundings.world.instances.get(input.InstanceId)
      if (instance === undefined || instance.lifecycleState === 'Terminated') {
        throw new ServiceError(
          'ValidationError',
          `Instance Id not found - No managed instance found for instance ID ${input.InstanceId}`,
        )
      }
      groupToChange(instance.autoScalingGroupName, surroundings)
      return declared.run(instance, input, surroundings)
    },
  })
}

/** The operations of Auto Scaling on single instances, and on what became of them. */
export const instanceOperations = {
  EnterStandby: groupOperation({
    action: 'autoscaling:EnterStandby',
    input: v.strictObject({
      AutoScalingGroupName: name,
      InstanceIds: v.optional(ids, ''),
      ShouldDecrementDesiredCapacity: boolean,
    }),
    run: (group, input, surroundings) => {
      const { InstanceIds, ShouldDecrementDesiredCapacity: decrement } = input
      const instances = membersOf(group, InstanceIds, surroundings, 'InService')
      if (decrement && group.desiredCapacity - unitsOf(instances) < group.minSize) {
        throw new ServiceError('ValidationError', `${group.name} may not have fewer than ${group.minSize}.`)
      }
      return activities(surroundings, () => surroundings.world.scaling.enterStandby(group, instances, decrement))
    },
  }),

  ExitStandby: groupOperation({
    action: 'autoscaling:ExitStandby',
    input: v.strictObject({ AutoScalingGroupName: name, InstanceIds: v.optional(ids, '') }),
    run: (group, input, surroundings) => {
      const instances = membersOf(group, input.InstanceIds, surroundings, 'Standby')
      if (group.desiredCapacity + unitsOf(instances) > group.maxSize) {
        throw new ServiceError('ValidationError', `${group.name} may not have more than ${group.maxSize}.`)
      }
      return activities(surroundings, () => surroundings.world.scaling.exitStandby(group, instances))
    },
  }),

  SetInstanceProtection: groupOperation({
    action: 'autoscaling:SetInstanceProtection',
    input: v.strictObject({
      AutoScalingGroupName: name,
      InstanceIds: v.pipe(ids, v.minLength(1)),
      ProtectedFromScaleIn: boolean,
    }),
    run: (group, input, surroundings) => {
      for (const instance of membersOf(group, input.InstanceIds, surroundings))
        instance.protectedFromScaleIn = input.ProtectedFromScaleIn
      return {}
    },
  }),

  SetInstanceHealth: instanceOperation({
    action: 'autoscaling:SetInstanceHealth',
    input: v.strictObject({
      InstanceId: v.pipe(v.string(), v.minLength(1), v.maxLength(19)),
      HealthStatus: v.picklist(['Healthy', 'Unhealthy']),
      ShouldRespectGracePeriod: v.optional(boolean, 'true'),
    }),
    run: (instance, input, { world }) => {
      world.scaling.setInstanceHealth(instance, input.HealthStatus, input.ShouldRespectGracePeriod)
      return undefined
    },
  }),

  TerminateInstanceInAutoScalingGroup: instanceOperation({
    action: 'autoscaling:TerminateInstanceInAutoScalingGroup',
    input: v.strictObject({
      InstanceId: v.pipe(v.string(), v.minLength(1), v.maxLength(19)),
      ShouldDecrementDesiredCapacity: boolean,
    }),
    run: (instance, input, surroundings) => {
      const { world } = surroundings
      const { ShouldDecrementDesiredCapacity: decrement } = input
      const group = groupNamed(instance.autoScalingGroupName, surroundings)
      if (decrement && group.desiredCapacity - instance.units < group.minSize) {
        throw new ServiceError('ValidationError', `${group.name} may not have fewer than ${group.minSize}.`)
      }
      const { Activities } = activities(surroundings, () => world.scaling.terminateInstance(instance, decrement))
      return { Activity: Activities[0] }
    },
  }),

  DescribeScalingActivities: operation({
    action: 'autoscaling:DescribeScalingActivities',
    input: v.strictObject({
      ActivityIds: v.optional(listOf(v.string()), ''),
      AutoScalingGroupName: v.optional(name),
      IncludeDeletedGroups: v.optional(boolean, 'false'),
      MaxRecords: v.optional(v.pipe(integer, v.minValue(1), v.maxValue(100)), '100'),
      NextToken: v.optional(v.string()),
    }),
    run: (input, surroundings) => {
      const { world } = surroundings
      const { ActivityIds: wanted, AutoScalingGroupName: groupName, IncludeDeletedGroups: alsoDeleted } = input
      if (groupName !== undefined && !alsoDeleted) groupNamed(groupName, surroundings)
      // The newest first.
      const chosen = world.scalingActivities
        .filter(
          ({ id, autoScalingGroupName: of }) =>
            (groupName ?? of) === of &&
            (alsoDeleted || world.autoScalingGroups.has(of)) &&
            (wanted.length === 0 || wanted.includes(id)),
        )
        .toReversed()
      const page = pageOf(
        chosen,
        input.NextToken,
        input.MaxRecords,
        () => new ServiceError('InvalidNextToken', 'The NextToken value is not valid.'),
      )
      return { Activities: page.items.map(activityShape), NextToken: page.next }
    },
  }),
}

/** The instances of these ids, which are all of this group and in this state. */
const membersOf = (
  group: AutoScalingGroup,
  instanceIds: readonly string[],
  { world }: Surroundings,
  state?: string,
): readonly Instance[] =>
  instanceIds.map((id) => {
    const instance = world.instances.get(id)
    if (instance?.autoScalingGroupName !== group.name) {
      throw new ServiceError('ValidationError', `The instance ${id} is not part of Auto Scaling group ${group.name}.`)
    }
    if (state !== undefined && instance.lifecycleState !== state) {
      throw new ServiceError('ValidationError', `The instance ${id} is in ${instance.lifecycleState}, not in ${state}.`)
    }
    return instance
  })

/** The answer of an operation that begins activities: those that `act` has begun. */
const activities = ({ world }: Surroundings, act: () => void) => {
  const before = world.scalingActivities.length
  act()
  return { Activities: world.scalingActivities.slice(before).map(activityShape) }
}

const activityShape = (activity: ScalingActivity) => ({
  ActivityId: activity.id,
  AutoScalingGroupName: activity.autoScalingGroupName,
  Description: activity.description,
  Cause: activity.cause,
  StartTime: new Date(activity.startTime),
  EndTime: activity.endTime === undefined ? undefined : new Date(activity.endTime),
  StatusCode: activity.status,
  Progress: activity.endTime === undefined ? 50 : 100,
})
