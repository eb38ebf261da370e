import { TerminateInstanceInAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling'
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupAttributesCommand,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect } from 'chai'
import { type Arranged, arrange, idsOf, targetStates } from './arranged.ts'

const routing = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets'
const failover = 'target_group_health.dns_failover.minimum_healthy_targets'
const crossZone = 'load_balancing.cross_zone.enabled'

describe('a simulated load balancer', () => {
  let arranged: Arranged
  beforeEach(async () => {
    arranged = await arrange()
  })
  afterEach(() => arranged.end())

  /** Instances in the zones a, b, c, a, b, c, of which some are broken, seen by users for 100 s once that is noticed. */
  const share = async (
    broken: readonly number[],
    options: { attributes?: Record<string, string>; protocol?: string },
  ) => {
    const { simulator, time } = arranged
    const { world, traffic } = simulator
    world.createTargetGroup({ name: 'web', requestsPerSecond: 6, ...options })
    world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'], desiredCapacity: 6, healthCheckType: 'EC2' })
    const ids = idsOf(simulator, 'blue')
    for (const index of broken) world.breakInstance(ids[index] ?? '')
    await time.advance(60_000)
    const before = new Map([...traffic.served()].map(([id, { requests }]) => [id, requests]))
    await time.advance(100_000)
    return ids.map((id) => Math.round((traffic.served().get(id)?.requests ?? 0) - (before.get(id) ?? 0)))
  }

  const zonal = { [crossZone]: 'false' }
  const zoneA = [0, 3]
  for (const [does, broken, options, requests] of [
    ['sends requests to the healthy targets', [0, 3], {}, [0, 150, 150, 0, 150, 150]],
    [
      'sends requests to every target below a percentage of healthy ones',
      [0, 1, 2],
      { attributes: { [`${routing}.percentage`]: '60' } },
      [100, 100, 100, 100, 100, 100],
    ],
    [
      'sends requests to the healthy targets where just as many are healthy as the percentage says',
      [0, 1, 2],
      { attributes: { [`${routing}.percentage`]: '50' } },
      [0, 0, 0, 200, 200, 200],
    ],
    [
      'sends requests to every target below a count of healthy ones',
      [0],
      { attributes: { [`${routing}.count`]: '6' } },
      [100, 100, 100, 100, 100, 100],
    ],
    [
      'keeps the share of a zone in that zone without cross-zone balancing',
      [0],
      { attributes: zonal },
      [0, 100, 100, 200, 100, 100],
    ],
    ['takes a zone without a healthy target out of DNS', zoneA, { attributes: zonal }, [0, 150, 150, 0, 150, 150]],
    [
      'keeps such a zone in DNS where the fail-over is off, and sends its requests to every target there',
      zoneA,
      { attributes: { ...zonal, [`${failover}.count`]: 'off' } },
      [100, 100, 100, 100, 100, 100],
    ],
    [
      'takes a zone below a percentage of healthy targets out of DNS',
      [0],
      { attributes: { ...zonal, [`${failover}.percentage`]: '60' } },
      [0, 150, 150, 0, 150, 150],
    ],
    [
      'uses every zone where none has enough',
      [0, 1, 2, 3, 4, 5],
      { attributes: zonal },
      [100, 100, 100, 100, 100, 100],
    ],
    ['is zonal by default where it is a network load balancer', [0], { protocol: 'TCP' }, [0, 100, 100, 200, 100, 100]],
    [
      'is zonal no more where the target group says so',
      [0],
      { protocol: 'TCP', attributes: { [crossZone]: 'true' } },
      [0, 120, 120, 120, 120, 120],
    ],
  ] as const) {
    it(does, async () => {
      expect(await share(broken, options)).to.deep.equal(requests)
    })
  }

  it('counts, for each instance, its requests, how many failed, and where it had the first', async () => {
    const { simulator, time } = arranged
    const { world, traffic } = simulator
    const web = world.createTargetGroup({ name: 'web', requestsPerSecond: 2 })
    world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'], desiredCapacity: 1, healthCheckType: 'EC2' })
    world.createAutoScalingGroup({ name: 'green', desiredCapacity: 1 })
    const [[blue = ''], [green = '']] = [idsOf(simulator, 'blue'), idsOf(simulator, 'green')]
    const start = Date.now()
    await time.advance(100_000)
    expect(Object.fromEntries(traffic.served())).to.deep.equal({
      [blue]: { requests: 200, failed: 0, first: { at: start, targetGroup: 'web' } },
    })
    world.targetHealth.assumeHealthy(web, green)
    world.breakInstance(blue)
    const at = Date.now()
    await time.advance(5_000)
    expect(traffic.served().get(blue)).to.include({ requests: 205, failed: 5 })
    expect(traffic.served().get(green)).to.deep.equal({ requests: 5, failed: 0, first: { at, targetGroup: 'web' } })
  })

  it('finds a release unhealthy in one target group alone, or on one port alone', async () => {
    const { simulator, time } = arranged
    const { world } = simulator
    const [web, admin] = ['web', 'admin'].map((name) => world.createTargetGroup({ name }))
    if (web === undefined || admin === undefined) throw new Error('There are two.')
    world.createAutoScalingGroup({ name: 'blue', desiredCapacity: 1 })
    const [id = ''] = idsOf(simulator, 'blue')
    const instance = world.instances.get(id)
    Object.assign(instance ?? {}, { application: { version: 'v2', healthy: true, unhealthyIn: ['admin', 'web:8081'] } })
    const { elb } = arranged.clients()
    const Targets = [{ Id: id }, { Id: id, Port: 8081 }, { Id: id, Port: 8082 }]
    await time.run(elb.send(new RegisterTargetsCommand({ TargetGroupArn: web.arn, Targets })))
    world.targetHealth.register(admin, [id])
    await time.advance(30_000)
    const found = [...web.targets.values(), ...admin.targets.values()].map(({ port, state }) => [port, state])
    expect(found).to.deep.equal([
      [80, 'healthy'],
      [8081, 'unhealthy'],
      [8082, 'healthy'],
      [80, 'unhealthy'],
    ])
    world.targetHealth.deregister(web, [id], 8081)
    expect([...web.targets.values()].map(({ state }) => state)).to.deep.equal(['healthy', 'draining', 'healthy'])
    await time.advance(61_000)
    expect([...web.targets.keys()]).to.deep.equal([id, `${id}:8082`])
  })

  for (const [does, switches, left] of [
    ['keeps a terminated instance', {}, 'unused'],
    ['forgets one', { terminatedTargetsLeave: true }, undefined],
  ] as const) {
    it(`sends no user to a target group that only tests use, and ${does}`, async () => {
      await arranged.end()
      arranged = await arrange({ switches })
      const { simulator, time } = arranged
      const { world, traffic } = simulator
      const { loadBalancerArns } = world.createTargetGroup({ name: 'web', requestsPerSecond: 6 })
      const test = world.createTargetGroup({ name: 'greenlight-web', loadBalancerArns })
      world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'], desiredCapacity: 1 })
      world.createAutoScalingGroup({ name: 'green', desiredCapacity: 1, maxSize: 1, healthCheckType: 'ELB' })
      const [[blue], [green = '']] = [idsOf(simulator, 'blue'), idsOf(simulator, 'green')]
      const { elb, autoScaling } = arranged.clients()
      await time.run(elb.send(new RegisterTargetsCommand({ TargetGroupArn: test.arn, Targets: [{ Id: green }] })))
      await time.advance(60_000)
      expect(test.targets.get(green)?.state).to.equal('healthy')
      world.breakInstance(green)
      await time.advance(600_000)
      // Auto Scaling asks only the target groups that it has attached.
      expect([test.targets.get(green)?.state, idsOf(simulator, 'green')]).to.deep.equal(['unhealthy', [green]])
      expect([...traffic.served().keys()]).to.deep.equal([blue])

      await time.run(
        autoScaling.send(
          new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: green, ShouldDecrementDesiredCapacity: false }),
        ),
      )
      await time.advance(120_000)
      expect(world.instances.get(green)?.lifecycleState).to.equal('Terminated')
      expect(test.targets.get(green)?.state).to.equal(left)
    })
  }

  it('has the attributes of its target group as AWS gives them, and as somebody sets them', async () => {
    const { simulator, time } = arranged
    const { arn: TargetGroupArn } = simulator.world.createTargetGroup({ name: 'web', deregistrationDelaySeconds: 300 })
    const { elb } = arranged.clients()
    const described = async () => {
      const { Attributes = [] } = await time.run(elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn })))
      return Object.fromEntries(Attributes.map(({ Key, Value }) => [Key, Value]))
    }
    const modify = (attributes: Record<string, string>) => {
      const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }))
      return time.run(elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes })))
    }
    const initial = {
      'deregistration_delay.timeout_seconds': '300',
      [crossZone]: 'use_load_balancer_configuration',
      [`${failover}.count`]: '1',
      [`${failover}.percentage`]: 'off',
      [`${routing}.count`]: '1',
      [`${routing}.percentage`]: 'off',
    }
    expect(await described()).to.deep.equal(initial)
    const changed: Record<string, string> = {
      [`${routing}.percentage`]: '60',
      'deregistration_delay.timeout_seconds': '3600',
    }
    await modify(changed)
    expect(await described()).to.deep.equal({ ...initial, ...changed })
    for (const [code, refused] of [
      ['ValidationError', { [`${routing}.count`]: 'off' }],
      ['ValidationError', { [crossZone]: 'yes' }],
      ['ValidationError', { nonsense: '1' }],
      // DNS fail-over comes with or before routing to every target.
      ['InvalidConfigurationRequestException', { [`${failover}.percentage`]: '59', [`${routing}.percentage`]: '60' }],
      ['InvalidConfigurationRequestException', { [`${routing}.count`]: '2' }],
    ] as const) {
      const refusal = await modify({ [`${routing}.percentage`]: '1', ...refused }).catch(({ name }) => name)
      expect(refusal, JSON.stringify(refused)).to.equal(code)
    }
    for (const percentage of ['60', 'off']) {
      await modify({ [`${failover}.percentage`]: percentage })
      changed[`${failover}.percentage`] = percentage
      expect(await described()).to.deep.equal({ ...initial, ...changed })
    }
    expect(await described()).to.deep.equal({ ...initial, ...changed })
  })

  it('is described by its name or ARN as long as a target group names it', async () => {
    const { simulator, time } = arranged
    simulator.world.createTargetGroup({ name: 'web' })
    simulator.world.createTargetGroup({ name: 'stream', protocol: 'TCP' })
    const { elb } = arranged.clients()
    const describe = async (Names?: string[]) =>
      (await time.run(elb.send(new DescribeLoadBalancersCommand({ ...(Names && { Names }) })))).LoadBalancers?.map(
        ({ LoadBalancerName, Type }) => [LoadBalancerName, Type],
      )
    const [web, stream] = [
      ['web', 'application'],
      ['stream', 'network'],
    ]
    expect(await describe()).to.deep.equal([web, stream])
    expect(await describe(['stream'])).to.deep.equal([stream])
    expect(await describe(['none']).catch(({ name }) => name)).to.equal('LoadBalancerNotFoundException')
    expect(targetStates(simulator, 'web')).to.deep.equal({})
  })
})
