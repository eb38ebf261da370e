import { arnOf } from '../arn.ts'
import type { Identifiers } from '../identifiers.ts'
import type { TargetGroup } from './state.ts'

/** A target group to arrange; everything but the name has a default. */
export type TargetGroupOptions = {
  name: string
  targetType?: TargetGroup['targetType']
  /** Empty: no load balancer uses it. By default one does. */
  loadBalancerArns?: readonly string[]
  protocol?: string
  protocolVersion?: string
  vpcId?: string
  ipAddressType?: TargetGroup['ipAddressType']
  port?: number
  healthCheck?: Partial<TargetGroup['healthCheck']>
  deregistrationDelaySeconds?: number
  /** As ModifyTargetGroupAttributes would set them. */
  attributes?: Readonly<Record<string, string>>
  tags?: Readonly<Record<string, string>>
  requestsPerSecond?: number
  longConnections?: number
}

/** The kind of load balancer that serves this protocol, as in its ARN. */
const kindOf = ({ protocol = 'HTTP' }: TargetGroupOptions): string =>
  protocol === 'GENEVE' ? 'gwy' : protocol.startsWith('HTTP') ? 'app' : 'net'

/** Makes a target group. */
export const newTargetGroup = (
  options: TargetGroupOptions,
  { region, identifiers }: { region: string; identifiers: Identifiers },
): TargetGroup => {
  const arn = (resource: string) => arnOf(region, 'elasticloadbalancing', `${resource}/${identifiers.hex(16)}`)
  return {
    name: options.name,
    arn: arn(`targetgroup/${options.name}`),
    targetType: options.targetType ?? 'instance',
    loadBalancerArns: [...(options.loadBalancerArns ?? [arn(`loadbalancer/${kindOf(options)}/${options.name}`)])],
    protocol: options.protocol ?? 'HTTP',
    protocolVersion: options.protocolVersion ?? 'HTTP1',
    port: options.port ?? 80,
    vpcId: options.vpcId ?? 'vpc-0123456789abcdef0',
    ipAddressType: options.ipAddressType ?? 'ipv4',
    healthCheck: {
      protocol: 'HTTP',
      port: 'traffic-port',
      path: '/',
      matcher: '200',
      intervalSeconds: 10,
      timeoutSeconds: 5,
      healthyThreshold: 3,
      unhealthyThreshold: 2,
      ...options.healthCheck,
    },
    deregistrationDelaySeconds: options.deregistrationDelaySeconds ?? 60,
    attributes: new Map(Object.entries(options.attributes ?? {})),
    tags: new Map(Object.entries(options.tags ?? {})),
    requestsPerSecond: options.requestsPerSecond ?? 0,
    longConnections: options.longConnections ?? 0,
    targets: new Map(),
    otherPorts: new Set(),
  }
}
