import * as v from 'valibot'
import { awsQuery, integer, listOf } from '../wire/awsQuery.ts'
import { operation, type Service, type Surroundings } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'
import { type Instance, type TargetGroup, targetGroupByArn, targetOn } from '../world/state.ts'
import { attributesOf, setAttribute, whyNotAttribute, whyNotTogether } from '../world/targetGroupAttributes.ts'
import { creation } from './elasticLoadBalancingCreation.ts'
import {
  arn,
  attributesShape,
  healthShape,
  loadBalancerShape,
  nameOf,
  notRegistered,
  portNumber,
  tag,
  targetGroupOf,
  targetGroupShape,
} from './elasticLoadBalancingShapes.ts'
import { pageOf } from './paging.ts'

/** Twenty names (or ARNs) a call (F19). */
const targetGroupsAtMost = 20

const targets = listOf(
  v.strictObject({
    Id: v.pipe(v.string(), v.minLength(1)),
    Port: v.optional(portNumber),
    AvailabilityZone: v.optional(v.string()),
  }),
)

/** Elastic Load Balancing version 2, API version 2015-12-01. */
export const elasticLoadBalancing: Service = {
  name: 'elasticloadbalancing',
  protocol: awsQuery('2015-12-01', 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/'),
  operations: {
    DescribeTargetGroups: operation({
      action: 'elasticloadbalancing:DescribeTargetGroups',
      input: v.strictObject({
        LoadBalancerArn: v.optional(v.string()),
        TargetGroupArns: v.optional(listOf(v.string())),
        Names: v.optional(listOf(v.pipe(v.string(), v.minLength(1), v.maxLength(32)))),
        Marker: v.optional(v.string()),
        PageSize: v.optional(v.pipe(integer, v.minValue(1), v.maxValue(400))),
      }),
      run: (input, { world }) => {
        const {
          Names: names = [],
          TargetGroupArns: arns = [],
          LoadBalancerArn: loadBalancer,
          PageSize: size = 400,
        } = input
        const given = [names.length > 0, arns.length > 0, loadBalancer !== undefined].filter(Boolean).length
        if (given > 1) {
          throw new ServiceError(
            'ValidationError',
            'Only one of names, target group ARNs and load balancer ARN may be given',
          )
        }
        if (names.length > targetGroupsAtMost) {
          throw new ServiceError(
            'ValidationError',
            `The number of target group names exceeds the limit of ${targetGroupsAtMost}`,
          )
        }
        if (arns.length > targetGroupsAtMost) {
          throw new ServiceError(
            'ValidationError',
            `The number of target group ARNs exceeds the limit of ${targetGroupsAtMost}`,
          )
        }
        const all = [...world.targetGroups.values()]
        // A missing one fails the whole call, and the error does not name it (F19).
        if (names.some((name) => !world.targetGroups.has(name)) || arns.some((one) => !targetGroupByArn(world, one))) {
          throw new ServiceError('TargetGroupNotFound', 'One or more target groups not found')
        }
        const behind = loadBalancer && all.filter(({ loadBalancerArns }) => loadBalancerArns.includes(loadBalancer))
        if (loadBalancer !== undefined && behind?.length === 0) {
          throw new ServiceError('LoadBalancerNotFound', 'One or more load balancers not found')
        }
        const chosen = all.filter(
          (one) =>
            (names.length === 0 || names.includes(one.name)) &&
            (arns.length === 0 || arns.includes(one.arn)) &&
            (!behind || behind.includes(one)),
        )
        const { items, next } = pageOf(chosen, input.Marker, size, invalidMarker)
        return { TargetGroups: items.map(targetGroupShape), NextMarker: next }
      },
    }),

    DescribeTargetHealth: operation({
      action: 'elasticloadbalancing:DescribeTargetHealth',
      input: v.strictObject({ TargetGroupArn: arn, Targets: v.optional(targets) }),
      run: (input, surroundings) => {
        const targetGroup = targetGroupOf(input.TargetGroupArn, surroundings)
        const asked = input.Targets ?? []
        const shown =
          asked.length === 0
            ? [...targetGroup.targets.values()]
            : asked.map(({ Id, Port = targetGroup.port }) => {
                // A target is an instance on a port.
                return targetOn(targetGroup, Id, Port) ?? notRegistered(Id, Port)
              })
        return { TargetHealthDescriptions: shown.map(healthShape) }
      },
    }),

    RegisterTargets: operation({
      action: 'elasticloadbalancing:RegisterTargets',
      input: v.strictObject({ TargetGroupArn: arn, Targets: v.pipe(targets, v.minLength(1)) }),
      resources: (input) => [input.TargetGroupArn],
      touches: theTargets,
      run: (input, surroundings) => {
        const targetGroup = targetGroupOf(input.TargetGroupArn, surroundings)
        mayBeTargets(targetGroup, input.Targets, surroundings)
        const { targetHealth } = surroundings.world
        for (const { Id, Port } of input.Targets) targetHealth.register(targetGroup, [Id], Port)
        return {}
      },
    }),

    DeregisterTargets: operation({
      action: 'elasticloadbalancing:DeregisterTargets',
      input: v.strictObject({ TargetGroupArn: arn, Targets: v.pipe(targets, v.minLength(1)) }),
      resources: (input) => [input.TargetGroupArn],
      touches: theTargets,
      run: (input, surroundings) => {
        const targetGroup = targetGroupOf(input.TargetGroupArn, surroundings)
        // AWS ignores a target that is not registered.
        const { targetHealth } = surroundings.world
        for (const { Id, Port } of input.Targets) targetHealth.deregister(targetGroup, [Id], Port)
        return {}
      },
    }),

    ...creation,

    DescribeTargetGroupAttributes: operation({
      action: 'elasticloadbalancing:DescribeTargetGroupAttributes',
      input: v.strictObject({ TargetGroupArn: arn }),
      run: (input, surroundings) => attributesShape(targetGroupOf(input.TargetGroupArn, surroundings)),
    }),

    ModifyTargetGroupAttributes: operation({
      action: 'elasticloadbalancing:ModifyTargetGroupAttributes',
      input: v.strictObject({
        TargetGroupArn: arn,
        Attributes: v.pipe(listOf(v.strictObject({ Key: v.string(), Value: v.string() })), v.minLength(1)),
      }),
      resources: (input) => [input.TargetGroupArn],
      touches: ({ TargetGroupArn }, { world }) => {
        const targetGroup = targetGroupByArn(world, TargetGroupArn)
        return targetGroup && [...attributesOf(targetGroup)]
      },
      run: (input, surroundings) => {
        const targetGroup = targetGroupOf(input.TargetGroupArn, surroundings)
        const [refusal] = input.Attributes.flatMap(({ Key, Value }) => whyNotAttribute(Key, Value) ?? [])
        if (refusal !== undefined) throw new ServiceError('ValidationError', refusal)
        const changed = input.Attributes.map(({ Key, Value }) => [Key, Value] as const)
        const contradiction = whyNotTogether(targetGroup, changed)
        if (contradiction !== undefined) throw new ServiceError('InvalidConfigurationRequest', contradiction)
        surroundings.world.traffic.settle()
        for (const [key, value] of changed) setAttribute(targetGroup, key, value)
        return attributesShape(targetGroup)
      },
    }),

    DescribeTags: operation({
      action: 'elasticloadbalancing:DescribeTags',
      input: v.strictObject({ ResourceArns: v.pipe(listOf(arn), v.minLength(1), v.maxLength(targetGroupsAtMost)) }),
      run: (input, surroundings) => ({
        TagDescriptions: input.ResourceArns.map((one) => ({
          ResourceArn: one,
          Tags: [...targetGroupOf(one, surroundings).tags].map(([Key, Value]) => ({ Key, Value })),
        })),
      }),
    }),

    AddTags: operation({
      action: 'elasticloadbalancing:AddTags',
      input: v.strictObject({
        ResourceArns: v.pipe(listOf(arn), v.minLength(1)),
        Tags: v.pipe(listOf(tag), v.minLength(1)),
      }),
      resources: (input) => input.ResourceArns,
      touches: (input, { world }) => input.ResourceArns.map((one) => [...(targetGroupByArn(world, one)?.tags ?? [])]),
      run: (input, surroundings) => {
        const tagged = input.ResourceArns.map((one) => targetGroupOf(one, surroundings))
        for (const { tags } of tagged) for (const { Key, Value } of input.Tags) tags.set(Key, Value)
        return {}
      },
    }),

    DescribeLoadBalancers: operation({
      action: 'elasticloadbalancing:DescribeLoadBalancers',
      input: v.strictObject({
        LoadBalancerArns: v.optional(listOf(v.string()), ''),
        Names: v.optional(listOf(v.string()), ''),
        Marker: v.optional(v.string()),
        PageSize: v.optional(v.pipe(integer, v.minValue(1), v.maxValue(400))),
      }),
      run: (input, { world }) => {
        const { LoadBalancerArns: arns, Names: names } = input
        const all = [...new Set([...world.targetGroups.values()].flatMap(({ loadBalancerArns }) => loadBalancerArns))]
        const chosen = all.filter(
          (one) => (names.length === 0 || names.includes(nameOf(one))) && (arns.length === 0 || arns.includes(one)),
        )
        if (chosen.length < Math.max(names.length, arns.length)) {
          throw new ServiceError('LoadBalancerNotFound', 'One or more load balancers not found')
        }
        const { items, next } = pageOf(chosen, input.Marker, input.PageSize ?? 400, invalidMarker)
        return { LoadBalancers: items.map((one) => loadBalancerShape(one, world.region)), NextMarker: next }
      },
    }),
  },
}

const invalidMarker = () => new ServiceError('ValidationError', 'The marker is not valid')

/** What a call on a target group may change: its targets. */
function theTargets(input: { TargetGroupArn: string }, { world }: Surroundings): unknown {
  return [...(targetGroupByArn(world, input.TargetGroupArn)?.targets.values() ?? [])]
}

const mayBeTargets = (targetGroup: TargetGroup, wanted: readonly { Id: string }[], { world }: Surroundings) => {
  if (targetGroup.targetType !== 'instance') {
    throw new ServiceError(
      'InvalidTarget',
      `This simulator registers only instances, but ${targetGroup.name} has target type ${targetGroup.targetType}.`,
    )
  }
  const asleep = wanted.filter(({ Id }) => !isRunning(world.instances.get(Id)))
  if (asleep.length > 0) {
    const ids = asleep.map(({ Id }) => `'${Id}'`).join(', ')
    throw new ServiceError(
      'InvalidTarget',
      `The following targets are not in a running state and cannot be registered: ${ids}`,
    )
  }
}

/** EC2 has started it, and has not begun to end it (F63). */
const isRunning = (instance: Instance | undefined): boolean =>
  instance?.running === true && (instance.lifecycleState !== 'Pending' || instance.inServiceAt !== undefined)
