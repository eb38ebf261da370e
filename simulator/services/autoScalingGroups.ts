import * as v from 'valibot'
import { boolean, integer } from '../wire/awsQuery.ts'
import { ServiceError } from '../wire/serviceError.ts'
import { instancesOf } from '../world/state.ts'
import { groupOperation, name } from './autoScalingGroup.ts'

const count = v.optional(v.pipe(integer, v.minValue(0)))

/** The operations of Auto Scaling that change or end a whole group. */
export const groupOperations = {
  UpdateAutoScalingGroup: groupOperation({
    action: 'autoscaling:UpdateAutoScalingGroup',
    input: v.strictObject({
      AutoScalingGroupName: name,
      MinSize: count,
      MaxSize: count,
      DesiredCapacity: count,
      HealthCheckType: v.optional(v.picklist(['EC2', 'ELB'])),
      HealthCheckGracePeriod: count,
      DeletionProtection: v.optional(v.picklist(['none', 'prevent-force-deletion', 'prevent-all-deletion'])),
    }),
    run: (group, input, { world }) => {
      const { MinSize: minSize = group.minSize, MaxSize: maxSize = group.maxSize } = input
      const within = Math.min(maxSize, Math.max(minSize, group.desiredCapacity))
      const { DesiredCapacity: desired = within } = input
      if (minSize > maxSize || desired < minSize || desired > maxSize) {
        throw new ServiceError(
          'ValidationError',
          `Desired capacity:${desired} must be between the specified min size:${minSize} and max size:${maxSize}`,
        )
      }
      Object.assign(group, {
        minSize,
        maxSize,
        healthCheckType: input.HealthCheckType ?? group.healthCheckType,
        healthCheckGracePeriodSeconds: input.HealthCheckGracePeriod ?? group.healthCheckGracePeriodSeconds,
        deletionProtection: input.DeletionProtection ?? group.deletionProtection,
      })
      if (desired !== group.desiredCapacity) world.scaling.setDesiredCapacity(group, desired)
      return undefined
    },
  }),

  DeleteAutoScalingGroup: groupOperation({
    action: 'autoscaling:DeleteAutoScalingGroup',
    input: v.strictObject({ AutoScalingGroupName: name, ForceDelete: v.optional(boolean, 'false') }),
    run: (group, { ForceDelete: force }, { world }) => {
      const { deletionProtection: protection } = group
      if (protection === 'prevent-all-deletion' || (force && protection === 'prevent-force-deletion')) {
        throw new ServiceError('ValidationError', `The deletion protection of ${group.name} is ${protection}.`)
      }
      if (!force && instancesOf(world, group.name).length > 0) {
        throw new ServiceError(
          'ResourceInUse',
          'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
        )
      }
      void world.scaling.deleteGroup(group)
      return undefined
    },
  }),

  StartInstanceRefresh: groupOperation({
    action: 'autoscaling:StartInstanceRefresh',
    input: v.strictObject({ AutoScalingGroupName: name, Strategy: v.optional(v.literal('Rolling')) }),
    run: (group, _input, { world }) => {
      if (group.instanceRefresh !== undefined) {
        throw new ServiceError('InstanceRefreshInProgress', `An instance refresh of ${group.name} is in progress.`)
      }
      return { InstanceRefreshId: world.scaling.startInstanceRefresh(group) }
    },
  }),
}
