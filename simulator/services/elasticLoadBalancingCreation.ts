import * as v from 'valibot'
import { integer, listOf } from '../wire/awsQuery.ts'
import { operation, type Service } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'
import { arn, portNumber, tag, targetGroupOf, targetGroupShape } from './elasticLoadBalancingShapes.ts'

/** What makes a target group, and a listener in front of it that no user of the world meets. */
export const creation: Service['operations'] = {
  CreateTargetGroup: operation({
    action: 'elasticloadbalancing:CreateTargetGroup',
    input: v.strictObject({
      Name: v.pipe(v.string(), v.regex(/^(?!internal-)(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/)),
      TargetType: v.optional(v.picklist(['instance', 'ip', 'lambda', 'alb']), 'instance'),
      Protocol: v.picklist(['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP', 'GENEVE']),
      ProtocolVersion: v.optional(v.picklist(['HTTP1', 'HTTP2', 'GRPC'])),
      Port: portNumber,
      VpcId: v.string(),
      IpAddressType: v.optional(v.picklist(['ipv4', 'ipv6'])),
      HealthCheckProtocol: v.optional(v.string()),
      HealthCheckPort: v.optional(v.string()),
      HealthCheckPath: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1024))),
      HealthCheckIntervalSeconds: v.optional(v.pipe(integer, v.minValue(5), v.maxValue(300))),
      HealthCheckTimeoutSeconds: v.optional(v.pipe(integer, v.minValue(2), v.maxValue(120))),
      HealthyThresholdCount: v.optional(v.pipe(integer, v.minValue(2), v.maxValue(10))),
      UnhealthyThresholdCount: v.optional(v.pipe(integer, v.minValue(2), v.maxValue(10))),
      Matcher: v.optional(v.strictObject({ HttpCode: v.string() })),
      Tags: v.optional(listOf(tag), ''),
    }),
    touches: (_input, { world }) => [...world.targetGroups.keys()],
    run: (input, { world }) => {
      // AWS answers the very same settings with the target group that there is; here they are refused too.
      if (world.targetGroups.has(input.Name)) {
        throw new ServiceError('DuplicateTargetGroupName', `A target group with the same name '${input.Name}' exists`)
      }
      const { HealthCheckIntervalSeconds: intervalSeconds = 30, HealthCheckTimeoutSeconds: timeoutSeconds = 5 } = input
      const created = world.createTargetGroup({
        name: input.Name,
        targetType: input.TargetType,
        loadBalancerArns: [],
        protocol: input.Protocol,
        protocolVersion: input.ProtocolVersion ?? 'HTTP1',
        port: input.Port,
        vpcId: input.VpcId,
        ipAddressType: input.IpAddressType ?? 'ipv4',
        healthCheck: {
          ...{ protocol: input.HealthCheckProtocol ?? 'HTTP', port: input.HealthCheckPort ?? 'traffic-port' },
          ...{ path: input.HealthCheckPath ?? '/', matcher: input.Matcher?.HttpCode ?? '200' },
          ...{ intervalSeconds, timeoutSeconds, healthyThreshold: input.HealthyThresholdCount ?? 5 },
          unhealthyThreshold: input.UnhealthyThresholdCount ?? 2,
        },
        deregistrationDelaySeconds: 300,
        tags: Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value])),
      })
      return { TargetGroups: [targetGroupShape(created)] }
    },
  }),

  CreateListener: operation({
    action: 'elasticloadbalancing:CreateListener',
    input: v.strictObject({
      LoadBalancerArn: v.string(),
      Protocol: v.picklist(['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP']),
      Port: portNumber,
      DefaultActions: v.pipe(
        listOf(v.strictObject({ Type: v.literal('forward'), TargetGroupArn: arn })),
        v.minLength(1),
        v.maxLength(1),
      ),
    }),
    resources: (input) => [input.LoadBalancerArn],
    touches: (_input, { world }) => [...world.listeners],
    run: (input, surroundings) => {
      const { world } = surroundings
      const { LoadBalancerArn: loadBalancerArn, Port: port, Protocol: protocol, DefaultActions } = input
      if (![...world.targetGroups.values()].some((one) => one.loadBalancerArns.includes(loadBalancerArn))) {
        throw new ServiceError('LoadBalancerNotFound', `Load balancers '${loadBalancerArn}' not found`)
      }
      if (world.listeners.some((one) => one.loadBalancerArn === loadBalancerArn && one.port === port)) {
        throw new ServiceError('DuplicateListener', 'A listener already exists on this port for this load balancer')
      }
      const targetGroups = DefaultActions.map(({ TargetGroupArn }) => targetGroupOf(TargetGroupArn, surroundings))
      if (targetGroups.some(({ loadBalancerArns: [one = loadBalancerArn] }) => one !== loadBalancerArn)) {
        throw new ServiceError(
          'TargetGroupAssociationLimit',
          'The target group is in use by another load balancer and cannot be used by this one',
        )
      }
      world.traffic.settle()
      for (const one of targetGroups) world.targetHealth.use(one, loadBalancerArn)
      const arn = `${loadBalancerArn.replace(':loadbalancer/', ':listener/')}/${surroundings.identifiers.hex(16)}`
      world.listeners.push({ arn, loadBalancerArn, port })
      const shape = {
        ListenerArn: arn,
        LoadBalancerArn: loadBalancerArn,
        Port: port,
        Protocol: protocol,
        DefaultActions,
      }
      return { Listeners: [shape] }
    },
  }),
}
