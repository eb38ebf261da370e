import * as v from 'valibot'
import { arnOf } from '../arn.ts'
import { type Context, operation, type Surroundings } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'
import type { AutoScalingGroup } from '../world/state.ts'

/** The name of an Auto Scaling group, or of an instance. */
export const name = v.pipe(v.string(), v.minLength(1), v.maxLength(255))

/** Declares an operation that changes one Auto Scaling group. */
export const groupOperation = <
  Schema extends v.GenericSchema<unknown, { readonly AutoScalingGroupName: string }>,
>(declared: {
  action: string
  input: Schema
  context?: (input: v.InferOutput<Schema>) => Context
  run: (group: AutoScalingGroup, input: v.InferOutput<Schema>, surroundings: Surroundings) => unknown
}) =>
  operation({
    action: declared.action,
    input: declared.input,
    resources: (input, surroundings) => [groupArn(input.AutoScalingGroupName, surroundings)],
    context: (input, surroundings) => ({
      ...tagsOfGroup(input.AutoScalingGroupName, surroundings),
      ...declared.context?.(input),
    }),
    touches: (input, { world }) => world.autoScalingGroups.get(input.AutoScalingGroupName),
    run: (input, surroundings) =>
      declared.run(groupToChange(input.AutoScalingGroupName, surroundings), input, surroundings),
  })

export const groupNamed = (groupName: string, { world }: Surroundings): AutoScalingGroup => {
  const group = world.autoScalingGroups.get(groupName)
  if (group) return group
  throw new ServiceError(
    'ValidationError',
    `AutoScalingGroup name not found - AutoScalingGroup '${groupName}' not found`,
  )
}

/** The group that a call changes; AWS refuses to change one under deletion, or one that a service manages (F52). */
export const groupToChange = (groupName: string, surroundings: Surroundings): AutoScalingGroup => {
  const group = groupNamed(groupName, surroundings)
  if (group.operator !== undefined) {
    throw new ServiceError(
      'AccessDenied',
      `${groupName} is managed by ${group.operator}, which alone may change it`,
      403,
    )
  }
  if (group.status === undefined) return group
  throw new ServiceError('ValidationError', `AutoScalingGroup ${groupName} is pending delete`)
}

/** The identifier in the middle of a real ARN is a UUID that the caller does not know: policies have a `*` there (F42). */
export const groupArn = (groupName: string, { world, region }: Surroundings): string =>
  world.autoScalingGroups.get(groupName)?.arn ??
  arnOf(region, 'autoscaling', `autoScalingGroup:*:autoScalingGroupName/${groupName}`)

/** The condition keys that IAM has for a call on a group: the group's tags (F42). */
export function tagsOfGroup(groupName: string, { world }: Surroundings): Context {
  const carried = world.autoScalingGroups.get(groupName)?.tags ?? []
  return Object.fromEntries(
    carried.flatMap(({ key, value }) => [
      [`aws:ResourceTag/${key}`, value],
      [`autoscaling:ResourceTag/${key}`, value],
    ]),
  )
}
