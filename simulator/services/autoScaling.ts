import * as v from 'valibot'
import { awsQuery, boolean, integer, listOf } from '../wire/awsQuery.ts'
import { type Context, operation, type Service, type Surroundings } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'
import { scalingProcesses } from '../world/scaling.ts'
import { type AutoScalingGroup, attachedArns, type Tag, targetGroupByArn } from '../world/state.ts'
import { groupArn, groupNamed, groupOperation, groupToChange, name, tagsOfGroup } from './autoScalingGroup.ts'
import { groupOperations } from './autoScalingGroups.ts'
import { instanceOperations } from './autoScalingInstances.ts'
import { attachmentStates, groupShape, lifecycleHooks, type TagShape, tagShapes } from './autoScalingShapes.ts'
import { pageOf } from './paging.ts'

const arn = v.pipe(v.string(), v.minLength(1), v.maxLength(511))
/** Ten a call (F21). */
const arns = v.pipe(listOf(arn), v.minLength(1), v.maxLength(10))
const sources = v.pipe(
  listOf(v.strictObject({ Identifier: arn, Type: v.optional(v.pipe(v.string(), v.minLength(1))) })),
  v.minLength(1),
  v.maxLength(10),
)
/** Fifty a group (F21). */
const attachedAtMost = 50
/** Fifty a group (F28). */
const tagsAtMost = 50

const filtersBy = <Name extends v.GenericSchema<string>>(filterName: Name) =>
  v.optional(listOf(v.strictObject({ Name: filterName, Values: v.optional(listOf(v.string()), '') })), '')

/** What DescribeTags filters by. */
const tagFilter = v.picklist(['auto-scaling-group', 'key', 'value', 'propagate-at-launch'])

const filteredBy: Record<v.InferOutput<typeof tagFilter>, (tag: TagShape) => string> = {
  'auto-scaling-group': (tag) => tag.ResourceId,
  key: (tag) => tag.Key,
  value: (tag) => tag.Value,
  'propagate-at-launch': (tag) => String(tag.PropagateAtLaunch),
}

const maxRecords = v.optional(v.pipe(integer, v.minValue(1), v.maxValue(100)))

const processes = v.strictObject({
  AutoScalingGroupName: name,
  ScalingProcesses: v.optional(
    listOf(v.picklist(scalingProcesses, (issue) => `${issue.input} is no scaling process`)),
    '',
  ),
})

/** Twenty-five a call (F28). */
const tags = v.pipe(
  listOf(
    v.strictObject({
      // Optional in the model, but AWS cannot tag without them.
      ResourceId: name,
      ResourceType: v.literal('auto-scaling-group'),
      Key: v.pipe(
        v.string(),
        v.minLength(1),
        v.maxLength(128),
        v.check((key) => !key.startsWith('aws:'), 'keys that begin with aws: are for AWS to use'),
      ),
      Value: v.optional(v.pipe(v.string(), v.maxLength(256))),
      PropagateAtLaunch: v.optional(boolean, 'false'),
    }),
  ),
  v.minLength(1),
  v.maxLength(25),
)

/** Amazon EC2 Auto Scaling, API version 2011-01-01. */
export const autoScaling: Service = {
  name: 'autoscaling',
  protocol: awsQuery('2011-01-01', 'http://autoscaling.amazonaws.com/doc/2011-01-01/'),
  operations: {
    ...groupOperations,
    ...instanceOperations,
    DescribeAutoScalingGroups: operation({
      action: 'autoscaling:DescribeAutoScalingGroups',
      input: v.strictObject({
        AutoScalingGroupNames: v.optional(listOf(name)),
        Filters: filtersBy(v.string()),
        IncludeInstances: v.optional(boolean),
        NextToken: v.optional(v.string()),
        MaxRecords: maxRecords,
      }),
      run: (input, { world, switches }) => {
        const { AutoScalingGroupNames: names = [], MaxRecords: size = 50 } = input
        if (names.length > size) {
          // 50 names, or 100 with MaxRecords (F22).
          throw new ServiceError(
            'ValidationError',
            `The number of Auto Scaling group names exceeds the limit of ${size}`,
          )
        }
        const chosen = [...world.autoScalingGroups.values()].filter(
          (group) =>
            // Without names, every group of the account (F22).
            (names.length === 0 || names.includes(group.name)) &&
            input.Filters.every((filter) => passes(group, filter)),
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

    AttachLoadBalancerTargetGroups: groupOperation({
      action: 'autoscaling:AttachLoadBalancerTargetGroups',
      input: v.strictObject({ AutoScalingGroupName: name, TargetGroupARNs: arns }),
      context: (input) => ({ 'autoscaling:TargetGroupARNs': input.TargetGroupARNs }),
      run: (group, input, surroundings) => {
        mayAttach(group, input.TargetGroupARNs, group.targetGroupArns, surroundings)
        surroundings.world.scaling.attach(group, input.TargetGroupARNs, 'targetGroups')
        return {}
      },
    }),

    DetachLoadBalancerTargetGroups: groupOperation({
      action: 'autoscaling:DetachLoadBalancerTargetGroups',
      input: v.strictObject({ AutoScalingGroupName: name, TargetGroupARNs: arns }),
      context: (input) => ({ 'autoscaling:TargetGroupARNs': input.TargetGroupARNs }),
      run: (group, input, surroundings) => {
        // It does not see what AttachTrafficSources attached (F21).
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
        MaxRecords: maxRecords,
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

    DescribeLifecycleHooks: operation({
      action: 'autoscaling:DescribeLifecycleHooks',
      input: v.strictObject({
        AutoScalingGroupName: name,
        LifecycleHookNames: v.optional(v.pipe(listOf(name), v.maxLength(50)), ''),
      }),
      run: ({ AutoScalingGroupName: groupName, LifecycleHookNames: wanted }, surroundings) => {
        const hooks = lifecycleHooks(surroundings.world, groupNamed(groupName, surroundings))
        return {
          LifecycleHooks: hooks.filter((hook) => wanted.length === 0 || wanted.includes(hook.LifecycleHookName)),
        }
      },
    }),

    AttachTrafficSources: groupOperation({
      action: 'autoscaling:AttachTrafficSources',
      input: v.strictObject({
        AutoScalingGroupName: name,
        TrafficSources: sources,
        SkipZonalShiftValidation: v.optional(boolean),
      }),
      context: (input) => ({ 'autoscaling:TrafficSourceIdentifiers': identifiersOf(input.TrafficSources) }),
      run: (group, input, surroundings) => {
        const wanted = identifiersOf(input.TrafficSources)
        mayAttach(
          group,
          wanted,
          group.trafficSources.map(({ identifier }) => identifier),
          surroundings,
        )
        surroundings.world.scaling.attach(group, wanted, 'trafficSources')
        return {}
      },
    }),

    DetachTrafficSources: groupOperation({
      action: 'autoscaling:DetachTrafficSources',
      input: v.strictObject({ AutoScalingGroupName: name, TrafficSources: sources }),
      context: (input) => ({ 'autoscaling:TrafficSourceIdentifiers': identifiersOf(input.TrafficSources) }),
      run: (group, input, surroundings) => {
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

    SetDesiredCapacity: groupOperation({
      action: 'autoscaling:SetDesiredCapacity',
      input: v.strictObject({
        AutoScalingGroupName: name,
        DesiredCapacity: v.pipe(integer, v.minValue(0)),
        // The simulated groups have no cooldowns.
        HonorCooldown: v.optional(boolean),
      }),
      run: (group, input, surroundings) => {
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

    SuspendProcesses: groupOperation({
      action: 'autoscaling:SuspendProcesses',
      input: processes,
      run: (group, input, surroundings) => {
        surroundings.world.scaling.suspend(group, orAll(input.ScalingProcesses))
        return undefined
      },
    }),

    ResumeProcesses: groupOperation({
      action: 'autoscaling:ResumeProcesses',
      input: processes,
      run: (group, input, surroundings) => {
        surroundings.world.scaling.resume(group, orAll(input.ScalingProcesses))
        return undefined
      },
    }),

    CreateOrUpdateTags: operation({
      action: 'autoscaling:CreateOrUpdateTags',
      input: v.strictObject({ Tags: tags }),
      resources: ofTagged,
      context: (input, surroundings) => ({
        ...tagsOfTagged(input, surroundings),
        ...Object.fromEntries(input.Tags.map(({ Key, Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
      }),
      touches: theTagged,
      run: (input, surroundings) => {
        const tagged = tagsByGroup(input.Tags, surroundings).map(({ group, asked }) => ({
          group,
          tags: withTags(
            group.tags,
            asked.map(({ Key, Value = '', PropagateAtLaunch }) => ({
              key: Key,
              value: Value,
              propagateAtLaunch: PropagateAtLaunch,
            })),
          ),
        }))
        // The call changes every group or none.
        // AWS's own do not count.
        const full = tagged.find(
          ({ tags: all }) => all.filter(({ key }) => !key.startsWith('aws:')).length > tagsAtMost,
        )
        if (full) {
          throw new ServiceError('LimitExceeded', `${full.group.name} may have at most ${tagsAtMost} tags.`)
        }
        for (const { group, tags: all } of tagged) group.tags = all
        return undefined
      },
    }),

    DeleteTags: operation({
      action: 'autoscaling:DeleteTags',
      input: v.strictObject({ Tags: tags }),
      resources: ofTagged,
      context: tagsOfTagged,
      touches: theTagged,
      run: (input, surroundings) => {
        for (const { group, asked } of tagsByGroup(input.Tags, surroundings)) {
          // A given value has to match the tag's; a missing tag is no error.
          group.tags = group.tags.filter(
            ({ key, value }) => !asked.some((one) => one.Key === key && (one.Value ?? value) === value),
          )
        }
        return undefined
      },
    }),

    DescribeTags: operation({
      action: 'autoscaling:DescribeTags',
      input: v.strictObject({
        Filters: filtersBy(tagFilter),
        NextToken: v.optional(v.string()),
        MaxRecords: maxRecords,
      }),
      run: (input, { world }) => {
        const all = [...world.autoScalingGroups.values()].flatMap(tagShapes)
        const chosen = all.filter((tag) =>
          input.Filters.every(({ Name, Values }) => Values.includes(filteredBy[Name](tag))),
        )
        const page = pageOf(chosen, input.NextToken, input.MaxRecords ?? 50, invalidToken)
        return { Tags: page.items, NextToken: page.next }
      },
    }),
  },
}

type Tagging = { readonly Tags: readonly { readonly ResourceId: string; readonly Key: string }[] }

/** The ARNs that IAM checks a call about tags on: every group that the tags belong to. */
function ofTagged({ Tags }: Tagging, surroundings: Surroundings): readonly string[] {
  return [...new Set(Tags.map(({ ResourceId }) => groupArn(ResourceId, surroundings)))]
}

/** The condition keys of a call about tags. IAM looks at one group after the other; of several, the last one's tags show. */
function tagsOfTagged({ Tags }: Tagging, surroundings: Surroundings): Context {
  const carried = Tags.map(({ ResourceId }) => tagsOfGroup(ResourceId, surroundings))
  return { ...Object.assign({}, ...carried), 'aws:TagKeys': [...new Set(Tags.map(({ Key }) => Key))] }
}

function theTagged({ Tags }: Tagging, { world }: Surroundings): unknown {
  return Tags.map(({ ResourceId }) => world.autoScalingGroups.get(ResourceId)?.tags)
}

/** The processes that a call names; all of them where it names none. */
const orAll = (named: readonly string[]): readonly string[] => (named.length === 0 ? scalingProcesses : named)

/** The tags of a call, by group; throws for a group that does not exist. */
const tagsByGroup = <Asked extends { ResourceId: string }>(asked: readonly Asked[], surroundings: Surroundings) =>
  [...new Set(asked.map(({ ResourceId }) => ResourceId))].map((groupName) => ({
    group: groupToChange(groupName, surroundings),
    asked: asked.filter(({ ResourceId }) => ResourceId === groupName),
  }))

const withTags = (before: readonly Tag[], added: readonly Tag[]): Tag[] => [
  ...new Map([...before, ...added].map((tag) => [tag.key, tag])).values(),
]

const mayAttach = (
  group: AutoScalingGroup,
  wanted: readonly string[],
  attached: readonly string[],
  { world, switches }: Surroundings,
) => {
  if (group.instanceRefresh !== undefined) {
    throw new ServiceError('InstanceRefreshInProgress', `An instance refresh of ${group.name} is in progress.`)
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
  if (new Set([...attachedArns(group), ...wanted]).size > attachedAtMost) {
    throw new ServiceError(
      'ValidationError',
      `You may have at most ${attachedAtMost} target groups attached to an Auto Scaling group.`,
    )
  }
}

const identifiersOf = (trafficSources: readonly { Identifier: string; Type?: string | undefined }[]) =>
  trafficSources.map(({ Identifier }) => Identifier)

/** Tag keys and values, exactly, no wildcards. Filters are anded, their values ored (F22). */
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
