import * as v from 'valibot'
import { boolean, integer, listOf } from '../wire/awsQuery.ts'
import { operation, type Surroundings } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'
import type { AutoScalingGroup, Instance, ScalingActivity } from '../world/state.ts'
import { unitsOf } from '../world/state.ts'
import { groupNamed, groupOperation, name } from './autoScalingGroup.ts'
import { pageOf } from './paging.ts'

const ids = v.pipe(listOf(v.pipe(v.string(), v.minLength(1), v.maxLength(19))), v.maxLength(20))

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
  state: string,
): readonly Instance[] =>
  instanceIds.map((id) => {
    const instance = world.instances.get(id)
    if (instance?.autoScalingGroupName !== group.name) {
      throw new ServiceError('ValidationError', `The instance ${id} is not part of Auto Scaling group ${group.name}.`)
    }
    if (instance.lifecycleState !== state) {
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
