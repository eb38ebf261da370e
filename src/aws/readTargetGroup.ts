import type {
  TargetGroup as Described,
  TargetGroupAttribute,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Routing, Target, TargetGroup } from '../model/targetGroup.ts'

const none = '(none)'

/** Parses what `DescribeTargetGroups` answers. */
export const readTargetGroup = ({
  TargetGroupName: name = '',
  TargetGroupArn: arn = '',
  TargetType: type,
  LoadBalancerArns: loadBalancers = [],
  ...described
}: Described): TargetGroup => ({
  name,
  arn,
  type: type ?? '(no type)',
  isUsed: loadBalancers.length > 0,
  traits: {
    'load balancer': [...loadBalancers].sort().join(', ') || none,
    VPC: described.VpcId ?? none,
    protocol: described.Protocol ?? none,
    port: String(described.Port ?? none),
    'protocol version': described.ProtocolVersion ?? none,
    'address type': described.IpAddressType ?? none,
    'health check protocol': described.HealthCheckProtocol ?? none,
    'health check port': described.HealthCheckPort ?? none,
    'health check path': described.HealthCheckPath ?? none,
    matcher: described.Matcher?.HttpCode ?? described.Matcher?.GrpcCode ?? none,
  },
  tags: new Map(),
  isOfApplicationLoadBalancer:
    loadBalancers.length > 0 && loadBalancers.every((balancer) => balancer.includes(':loadbalancer/app/')),
})

/** Parses what `DescribeTargetHealth` answers (F29). */
export const readTarget = ({ Target: target, TargetHealth: health }: TargetHealthDescription): Target => ({
  id: target?.Id ?? '(no id)',
  state: health?.State ?? 'unknown',
  because: [health?.Reason, health?.Description].filter((part) => part !== undefined && part !== '').join(': '),
})

/** Parses what `DescribeTargetGroupAttributes` answers (F53). A share that is `off`, or not there, is no threshold. */
export const readRouting = (attributes: readonly TargetGroupAttribute[]): Routing => ({
  thresholds: attributes.flatMap(({ Key: attribute = '', Value: value = 'off' }) =>
    /^target_group_health\..*\.minimum_healthy_targets\.percentage$/.test(attribute) && value !== 'off'
      ? [{ attribute, percent: /^\d{1,3}$/.test(value) ? Number(value) : undefined }]
      : [],
  ),
  crossZone: attributes.find(({ Key: key }) => key === 'load_balancing.cross_zone.enabled')?.Value,
})
