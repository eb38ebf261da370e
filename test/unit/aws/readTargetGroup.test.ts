import { expect } from 'chai'
import { readRouting, readTarget, readTargetGroup } from '../../../src/aws/readTargetGroup.ts'
import { targetGroup, targetHealth } from '../awsAnswers.ts'
import { arnOf } from '../builders.ts'

const [loadBalancer] = targetGroup('web').LoadBalancerArns ?? []

describe('A target group', () => {
  it('is read with nothing optional', () => {
    const traits = {
      'load balancer': loadBalancer,
      VPC: 'vpc-1',
      protocol: 'HTTP',
      port: '8080',
      'protocol version': 'HTTP2',
      'address type': 'ipv4',
      'health check protocol': 'HTTPS',
      'health check port': 'traffic-port',
      'health check path': '/up',
      matcher: '200-299',
    }
    const described = {
      ...({ VpcId: 'vpc-1', Protocol: 'HTTP', Port: 8080, ProtocolVersion: 'HTTP2', IpAddressType: 'ipv4' } as const),
      ...({ HealthCheckProtocol: 'HTTPS', HealthCheckPort: 'traffic-port', HealthCheckPath: '/up' } as const),
      Matcher: { HttpCode: '200-299' },
    }
    expect(readTargetGroup(targetGroup('web', described))).to.deep.equal({
      name: 'web',
      arn: arnOf('web'),
      type: 'instance',
      isUsed: true,
      traits,
      tags: new Map(),
      isOfApplicationLoadBalancer: true,
    })
    expect(readTargetGroup({})).to.deep.equal({
      name: '',
      arn: '',
      type: '(no type)',
      isUsed: false,
      traits: Object.fromEntries(Object.keys(traits).map((trait) => [trait, '(none)'])),
      tags: new Map(),
      isOfApplicationLoadBalancer: false,
    })
  })

  it('is used only where a load balancer is named', () => {
    expect(readTargetGroup(targetGroup('web', { LoadBalancerArns: [] })).isUsed).to.equal(false)
    const { LoadBalancerArns: _, ...without } = targetGroup('web')
    expect(readTargetGroup(without).isUsed).to.equal(false)
  })
})

describe('What a load balancer does where too few targets are healthy', () => {
  const routing = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets'
  const failover = 'target_group_health.dns_failover.minimum_healthy_targets'

  it('is read from the shares that are on, and from who decides about zones', () => {
    const attributes = [
      { Key: `${routing}.count`, Value: '1' },
      { Key: `${routing}.percentage`, Value: 'off' },
      { Key: `${failover}.percentage`, Value: '60' },
      { Key: 'load_balancing.cross_zone.enabled', Value: 'false' },
    ]
    expect(readRouting(attributes)).to.deep.equal({
      thresholds: [{ attribute: `${failover}.percentage`, percent: 60 }],
      crossZone: 'false',
    })
  })

  it('is not known where the share is no number, and nothing where AWS leaves all out', () => {
    const attribute = `${routing}.percentage`
    expect(readRouting([{ Key: attribute, Value: 'half' }, { Key: attribute }, {}])).to.deep.equal({
      thresholds: [{ attribute, percent: undefined }],
      crossZone: undefined,
    })
  })
})

describe('A target', () => {
  it('is read with its state', () => {
    expect(readTarget(targetHealth('i-1'))).to.deep.equal({ id: 'i-1', state: 'healthy', because: '' })
  })

  it("has the load balancer's reason code and description, as far as they are there", () => {
    const because = (Reason?: 'Target.Timeout', Description?: string) =>
      readTarget(
        targetHealth('i-1', 'unhealthy', {
          ...(Reason && { Reason }),
          ...(Description !== undefined && { Description }),
        }),
      ).because
    expect(because('Target.Timeout', 'Request timed out')).to.equal('Target.Timeout: Request timed out')
    expect(because('Target.Timeout')).to.equal('Target.Timeout')
    expect(because(undefined, 'Request timed out')).to.equal('Request timed out')
    expect(because('Target.Timeout', '')).to.equal('Target.Timeout')
  })

  it('of which nothing is said is unknown', () => {
    expect(readTarget({})).to.deep.equal({ id: '(no id)', state: 'unknown', because: '' })
    expect(readTarget({ Target: { Id: 'i-1' } })).to.deep.equal({ id: 'i-1', state: 'unknown', because: '' })
  })
})
