import * as v from 'valibot'
import { awsQuery, integer, listOf } from '../wire/awsQuery.ts'
import { operation, type Service, type Surroundings } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'
import { type Target, type TargetGroup, targetGroupByArn } from '../world/state.ts'
import { pageOf } from './paging.ts'

const arn = v.pipe(
  v.string(),
  v.regex(/^arn:[^:]+:elasticloadbalancing:/, (issue) => `'${issue.input}' is not a valid target group ARN`),
)
/** Twenty names (or ARNs) a call (F19). */
const targetGroupsAtMost = 20

const targets = listOf(
  v.strictObject({
    Id: v.pipe(v.string(), v.minLength(1)),
    Port: v.optional(v.pipe(integer, v.minValue(1), v.maxValue(65_535))),
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
        const { items, next } = pageOf(
          chosen,
          input.Marker,
          size,
          () => new ServiceError('ValidationError', 'The marker is not valid'),
        )
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
                const target = targetGroup.targets.get(Id)
                // A target is an instance on a port.
                return target?.port === Port ? target : notRegistered(Id, Port)
              })
        return { TargetHealthDescriptions: shown.map((target) => healthShape(targetGroup, target)) }
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
        surroundings.world.targetHealth.register(
          targetGroup,
          input.Targets.map(({ Id }) => Id),
        )
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
        surroundings.world.targetHealth.deregister(
          targetGroup,
          input.Targets.map(({ Id }) => Id),
        )
        return {}
      },
    }),
  },
}

/** What a call on a target group may change: its targets. */
function theTargets(input: { TargetGroupArn: string }, { world }: Surroundings): unknown {
  return [...(targetGroupByArn(world, input.TargetGroupArn)?.targets.values() ?? [])]
}

const targetGroupOf = (targetGroupArn: string, { world }: Surroundings): TargetGroup => {
  const found = targetGroupByArn(world, targetGroupArn)
  if (found) return found
  throw new ServiceError('TargetGroupNotFound', `Target groups '${targetGroupArn}' not found`)
}

const mayBeTargets = (
  targetGroup: TargetGroup,
  wanted: readonly { Id: string; Port?: number | undefined }[],
  { world }: Surroundings,
) => {
  if (targetGroup.targetType !== 'instance') {
    throw new ServiceError(
      'InvalidTarget',
      `This simulator registers only instances, but ${targetGroup.name} has target type ${targetGroup.targetType}.`,
    )
  }
  for (const { Id, Port } of wanted) {
    if (!world.instances.get(Id)?.running) {
      throw new ServiceError(
        'InvalidTarget',
        `The following targets are not in a running state and cannot be registered: '${Id}'`,
      )
    }
    if (Port !== undefined && Port !== targetGroup.port) {
      throw new ServiceError(
        'ValidationError',
        `This simulator has one port for each target group: ${targetGroup.port}, not ${Port}.`,
      )
    }
  }
}

const notRegistered = (id: string, port: number): Target => ({
  id,
  port,
  state: 'unused',
  reason: 'Target.NotRegistered',
  description: 'Target is not registered to the target group',
  draining: undefined,
})

const healthShape = (targetGroup: TargetGroup, target: Target) => ({
  Target: { Id: target.id, Port: target.port },
  HealthCheckPort: String(targetGroup.port),
  TargetHealth: { State: target.state, Reason: target.reason, Description: target.description },
})

const targetGroupShape = (targetGroup: TargetGroup) => ({
  TargetGroupArn: targetGroup.arn,
  TargetGroupName: targetGroup.name,
  ...(targetGroup.targetType !== 'lambda' && {
    Protocol: targetGroup.protocol,
    Port: targetGroup.port,
    VpcId: targetGroup.vpcId,
    HealthCheckPort: 'traffic-port',
    HealthCheckProtocol: 'HTTP',
    ProtocolVersion: 'HTTP1',
    IpAddressType: 'ipv4',
  }),
  HealthCheckEnabled: true,
  HealthCheckIntervalSeconds: targetGroup.healthCheck.intervalSeconds,
  HealthCheckTimeoutSeconds: targetGroup.healthCheck.timeoutSeconds,
  HealthyThresholdCount: targetGroup.healthCheck.healthyThreshold,
  UnhealthyThresholdCount: targetGroup.healthCheck.unhealthyThreshold,
  HealthCheckPath: targetGroup.healthCheck.path,
  Matcher: { HttpCode: '200' },
  LoadBalancerArns: targetGroup.loadBalancerArns,
  TargetType: targetGroup.targetType,
})
