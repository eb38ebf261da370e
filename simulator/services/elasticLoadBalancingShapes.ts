import * as v from 'valibot'
import { integer } from '../wire/awsQuery.ts'
import type { Surroundings } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'
import { type Target, type TargetGroup, targetGroupByArn } from '../world/state.ts'
import { attributesOf } from '../world/targetGroupAttributes.ts'

/** The ARN of a target group. */
export const arn = v.pipe(
  v.string(),
  v.regex(/^arn:[^:]+:elasticloadbalancing:/, (issue) => `'${issue.input}' is not a valid target group ARN`),
)

/** A port. */
export const portNumber = v.pipe(integer, v.minValue(1), v.maxValue(65_535))
/** A tag as calls give it. */
export const tag = v.strictObject({ Key: v.string(), Value: v.optional(v.string(), '') })

/**
 * The target group of this ARN.
 *
 * @throws ServiceError TargetGroupNotFound
 */
export const targetGroupOf = (targetGroupArn: string, { world }: Surroundings): TargetGroup => {
  const found = targetGroupByArn(world, targetGroupArn)
  if (found) return found
  throw new ServiceError('TargetGroupNotFound', `Target groups '${targetGroupArn}' not found`)
}

/** The attributes of a target group, as answers list them. */
export const attributesShape = (targetGroup: TargetGroup) => ({
  Attributes: [...attributesOf(targetGroup)].map(([Key, Value]) => ({ Key, Value })),
})

/** `arn:…:loadbalancer/app/NAME/ID` */
export const nameOf = (loadBalancerArn: string): string => loadBalancerArn.split('/')[2] ?? ''

const kinds: Readonly<Record<string, string>> = { app: 'application', net: 'network', gwy: 'gateway' }

/** A load balancer is no more than its ARN here: it lives as long as a target group names it. */
export const loadBalancerShape = (loadBalancerArn: string, region: string) => ({
  LoadBalancerArn: loadBalancerArn,
  LoadBalancerName: nameOf(loadBalancerArn),
  DNSName: `${nameOf(loadBalancerArn)}.${region}.elb.amazonaws.com`,
  Scheme: 'internet-facing',
  State: { Code: 'active' },
  Type: kinds[loadBalancerArn.split('/')[1] ?? ''],
  VpcId: 'vpc-0123456789abcdef0',
  IpAddressType: 'ipv4',
  AvailabilityZones: ['a', 'b', 'c'].map((zone) => ({ ZoneName: `${region}${zone}`, SubnetId: `subnet-0${zone}` })),
})

/** What AWS says of a target that nobody has registered. */
export const notRegistered = (id: string, port: number): Target => ({
  id,
  port,
  zone: '',
  state: 'unused',
  reason: 'Target.NotRegistered',
  description: 'Target is not registered to the target group',
  draining: undefined,
})

/** A target with its health. */
export const healthShape = (target: Target) => ({
  Target: { Id: target.id, Port: target.port },
  HealthCheckPort: String(target.port),
  TargetHealth: { State: target.state, Reason: target.reason, Description: target.description },
})

/** A target group, as answers show it. */
export const targetGroupShape = (targetGroup: TargetGroup) => ({
  TargetGroupArn: targetGroup.arn,
  TargetGroupName: targetGroup.name,
  ...(targetGroup.targetType !== 'lambda' && {
    Protocol: targetGroup.protocol,
    Port: targetGroup.port,
    VpcId: targetGroup.vpcId,
    HealthCheckPort: targetGroup.healthCheck.port,
    HealthCheckProtocol: targetGroup.healthCheck.protocol,
    ProtocolVersion: targetGroup.protocolVersion,
    IpAddressType: targetGroup.ipAddressType,
  }),
  HealthCheckEnabled: true,
  HealthCheckIntervalSeconds: targetGroup.healthCheck.intervalSeconds,
  HealthCheckTimeoutSeconds: targetGroup.healthCheck.timeoutSeconds,
  HealthyThresholdCount: targetGroup.healthCheck.healthyThreshold,
  UnhealthyThresholdCount: targetGroup.healthCheck.unhealthyThreshold,
  HealthCheckPath: targetGroup.healthCheck.path,
  Matcher: { HttpCode: targetGroup.healthCheck.matcher },
  LoadBalancerArns: targetGroup.loadBalancerArns,
  TargetType: targetGroup.targetType,
})
