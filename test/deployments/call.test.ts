import { expect } from 'chai'
import { inServiceOf } from '../../simulator/world/state.ts'
import { stateOf, timeless } from './playedDeployment.ts'
import { type Playground, playground } from './playground.ts'

/** What a gate of a Server deployment reads. */
const reads = [
  'codedeploy:GetDeployment',
  'codedeploy:ListDeploymentTargets',
  'codedeploy:BatchGetDeploymentTargets',
  'autoscaling:DescribeAutoScalingGroups',
  'elasticloadbalancing:DescribeTargetGroups',
  'elasticloadbalancing:DescribeTargetHealth',
]

/** A plain value without the seconds at which records are written. */
const timelessly = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one) => (typeof one === 'string' ? timeless(one) : one))

const green = (deploymentId: string) => `CodeDeploy_production_${deploymentId}`

describe('A call, from its payload to its answer', () => {
  let aws: Playground
  let deploymentId: string
  afterEach(() => aws.end())

  /** A deployment of mode gate that waits at Ready. */
  const ready = async ({ settings = {}, ...options }: Parameters<typeof playground>[0] = {}) => {
    aws = await playground({ ...options, settings: { GREENLIGHT_MODE: 'gate', ...settings } })
    deploymentId = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(deploymentId, 'Ready')
  }

  it('attaches the target group that green lost, and passes once green is healthy', async () => {
    await ready()
    expect(await aws.invoke({ DeploymentId: deploymentId })).to.deep.equal({
      verdict: 'Succeeded',
      reason: `${green(deploymentId)} has 2 of 2 instances healthy behind web`,
      deploymentId,
    })
    expect(aws.changes().map(({ action }) => action)).to.deep.equal([
      'autoscaling:CreateOrUpdateTags',
      'autoscaling:SuspendProcesses',
      'autoscaling:AttachLoadBalancerTargetGroups',
    ])
    expect(aws.attaches().map(({ action, input }) => ({ action, input }))).to.deep.equal([
      {
        action: 'autoscaling:AttachLoadBalancerTargetGroups',
        input: { AutoScalingGroupName: green(deploymentId), TargetGroupARNs: [aws.world.targetGroups.get('web')?.arn] },
      },
    ])
  })

  it('changes nothing at Ready in mode heal, whoever calls: a person approves there', async () => {
    await ready({ settings: { GREENLIGHT_MODE: 'heal' } })
    for (const event of [{ DeploymentId: deploymentId }, { DeploymentId: deploymentId, DryRun: true }]) {
      expect(await aws.invoke(event)).to.deep.equal({
        verdict: 'Pending',
        reason: `nobody has asked Greenlight to gate deployment ${deploymentId}: its mode is heal, and no script of its own is at BeforeAllowTraffic`,
        deploymentId,
      })
    }
    expect(aws.changes()).to.deep.equal([])
  })

  it('as a dry run says what it would change, and changes nothing', async () => {
    await ready()
    const answered = await aws.invoke({ DeploymentId: deploymentId, DryRun: true })
    const arn = aws.world.targetGroups.get('web')?.arn
    expect(answered).to.deep.include({ verdict: 'Pending', deploymentId })
    expect(timelessly(answered['wouldChange'])).to.deep.equal([
      {
        call: 'autoscaling:CreateOrUpdateTags',
        green: green(deploymentId),
        tags: {
          'greenlight:record': deploymentId,
          'greenlight:held': `${deploymentId} HealthCheck AZRebalance AlarmNotification ReplaceUnhealthy ScheduledActions`,
          'greenlight:attached/web': deploymentId,
        },
      },
      {
        call: 'autoscaling:SuspendProcesses',
        green: green(deploymentId),
        processes: ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions'],
      },
      {
        call: 'autoscaling:AttachLoadBalancerTargetGroups',
        green: green(deploymentId),
        targetGroups: [{ name: 'web', arn }],
      },
    ])
    expect(aws.changes()).to.deep.equal([])
    expect(await aws.invoke({ DeploymentId: deploymentId, DryRun: 'yes' })).to.deep.include({
      verdict: 'Failed',
      reason: 'DryRun "yes" is not true or false',
    })
    expect(aws.changes()).to.deep.equal([])
  })

  it('asks AWS only for what the verdict needs, when nothing is missing', async () => {
    await ready({ switches: { copyLosesTargetGroups: false } })
    await aws.time.advance(60_000)
    await aws.invoke({ DeploymentId: deploymentId })
    const before = aws.calls.length
    expect(await aws.invoke({ DeploymentId: deploymentId })).to.deep.include({ verdict: 'Succeeded' })
    expect(aws.calls.slice(before).map(({ action }) => action)).to.have.members([
      'codedeploy:GetDeployment',
      'autoscaling:DescribeAutoScalingGroups',
      'elasticloadbalancing:DescribeTargetGroups',
      'codedeploy:ListDeploymentTargets',
      'codedeploy:BatchGetDeploymentTargets',
      'elasticloadbalancing:DescribeTargetHealth',
      'codedeploy:ListTagsForResource',
      // The second look.
      'codedeploy:GetDeployment',
      'codedeploy:ListTagsForResource',
      'elasticloadbalancing:DescribeTargetHealth',
    ])
  })

  for (const trafficSourcesShowAsTargetGroups of [true, false]) {
    it(`sees what AttachTrafficSources attached, where it ${trafficSourcesShowAsTargetGroups ? 'shows' : 'does not show'} as target group`, async () => {
      await ready({ switches: { trafficSourcesShowAsTargetGroups } })
      const group = aws.world.autoScalingGroups.get(green(deploymentId))
      group?.trafficSources.push({ identifier: aws.world.targetGroups.get('web')?.arn ?? '', type: 'elbv2' })
      await aws.invoke({ DeploymentId: deploymentId, WaitSeconds: 5 })
      expect(aws.attaches()).to.deep.equal([])
    })
  }

  it('answers Pending while CodeDeploy installs, and attaches nothing', async () => {
    aws = await playground()
    deploymentId = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    expect(await aws.invoke({ DeploymentId: deploymentId })).to.have.property('verdict', 'Pending')
    await aws.until(deploymentId, 'InProgress')
    expect(await aws.invoke({ DeploymentId: deploymentId })).to.deep.include({ verdict: 'Pending' })
    expect(aws.changes()).to.deep.equal([])
  })

  it('answers Pending and says what it waits for when its WaitSeconds run out', async () => {
    await ready()
    const began = aws.clock.now()
    expect(await aws.invoke({ DeploymentId: deploymentId, WaitSeconds: 2 }))
      .to.have.property('reason')
      .that.matches(/has 0 of 2 instances healthy behind web, and needs 2: i-\w+ is initial in web \(Elb\./)
    expect(aws.clock.now() - began).to.equal(2000)
  })

  it('answers a pipeline that asks again and again: Pending until the time for health is over, and then Failed', async () => {
    await ready({ settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '150' } })
    const greens = inServiceOf(aws.world, green(deploymentId))
    for (const { instanceId } of greens) aws.world.breakInstance(instanceId)
    const began = aws.clock.now()
    const verdicts: unknown[] = []
    while (verdicts.at(-1) !== 'Failed' && verdicts.length < 10) {
      verdicts.push((await aws.invoke({ DeploymentId: deploymentId, WaitSeconds: 45 }))['verdict'])
    }
    expect(verdicts).to.deep.equal(['Pending', 'Pending', 'Pending', 'Failed'])
    expect(aws.clock.now() - began).to.be.within(148_000, 156_000)
  })

  it('fails at once when the deployment is stopped while it waits', async () => {
    await ready({
      arrange: (world) =>
        void Object.assign(world.targetGroups.get('web')?.healthCheck ?? {}, { intervalSeconds: 120 }),
    })
    aws.clock.after(2_500, () => aws.world.stopDeployment(deploymentId))
    expect(await aws.invoke({ DeploymentId: deploymentId })).to.deep.equal({
      verdict: 'Failed',
      reason: `deployment ${deploymentId} is over: it is Stopped`,
      deploymentId,
    })
  })

  for (const action of [...reads, 'autoscaling:AttachLoadBalancerTargetGroups']) {
    it(`passes when the first tries of ${action} fail in any way that may pass`, async () => {
      await ready()
      for (const kind of [
        'throttle',
        'error500',
        'hang',
        'hangAfter',
        'reset',
        'resetAfter',
        'ResourceContention',
      ] as const) {
        aws.faults.add({ action, kind, principal: 'lambda' })
      }
      expect(await aws.invoke({ DeploymentId: deploymentId })).to.deep.include({ verdict: 'Succeeded' })
    })

    it(`answers Pending after 45 s and says why, while ${action} is throttled`, async () => {
      await ready()
      aws.faults.add({ action, kind: 'throttle', times: 'forever' })
      expect(await aws.invoke({ DeploymentId: deploymentId, WaitSeconds: 45 }))
        .to.deep.include({ verdict: 'Pending' })
        .and.have.property('reason')
        .that.matches(new RegExp(`^${action} failed: Throttling`))
    })
  }

  describe('has nothing to gate, and says why, when the deployment', () => {
    for (const [why, differences] of [
      [
        'is without traffic control',
        { deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' } },
      ],
      ['is in-place', { deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' } }],
      [
        'has only Classic Load Balancers (old), which Greenlight does not handle',
        { loadBalancerInfo: { elbInfoList: [{ name: 'old' }] } },
      ],
      ['is a rollback', { creator: 'codeDeployRollback' }],
      ['was made by Auto Scaling for an instance that it launched', { creator: 'autoscaling' }],
      ['was made by Auto Scaling for an instance that it terminates', { creator: 'autoscalingTermination' }],
      ['brings outdated instances up to date', { creator: 'CodeDeployAutoUpdate' }],
    ] as const) {
      it(why, async () => {
        await ready()
        Object.assign(aws.world.deployments.get(deploymentId) ?? {}, differences)
        const before = aws.calls.length
        expect(await aws.invoke({ DeploymentId: deploymentId })).to.deep.equal({
          verdict: 'Succeeded',
          reason: `nothing to gate: deployment ${deploymentId} ${why}`,
          deploymentId,
        })
        expect(aws.calls.slice(before).map(({ action }) => action)).to.deep.equal(['codedeploy:GetDeployment'])
      })
    }

    for (const computePlatform of ['ECS', 'Lambda'] as const) {
      it(`is of the ${computePlatform} platform, which hooks gate`, async () => {
        aws = await playground({
          arrange: (world) =>
            void world.createDeploymentGroup({ application: 'orders', name: 'production', computePlatform }),
        })
        deploymentId = aws.world.deploy({ application: 'orders', deploymentGroup: 'production' })
        await aws.until(deploymentId, 'InProgress')
        expect(await aws.invoke({ DeploymentId: deploymentId })).to.have.property('verdict', 'Succeeded')
        expect(aws.changes()).to.deep.equal([])
      })
    }
  })

  it('undoes nothing when it fails: the end of the deployment does', async () => {
    await ready({ settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' } })
    for (const { instanceId, autoScalingGroupName: name } of aws.world.instances.values()) {
      if (name !== 'blue') aws.world.breakInstance(instanceId)
    }
    expect(await aws.invoke({ DeploymentId: deploymentId })).to.have.property('verdict', 'Failed')
    await aws.time.advance(60_000)
    expect(aws.changes().map(({ action }) => action)).to.deep.equal([
      'autoscaling:CreateOrUpdateTags',
      'autoscaling:SuspendProcesses',
      'autoscaling:AttachLoadBalancerTargetGroups',
    ])
    expect(stateOf(aws.world, green(deploymentId))?.attached).to.deep.equal(['web'])
  })

  for (const [percent, verdict] of [
    ['50', 'Succeeded'],
    ['51', 'Failed'],
  ] as const) {
    it(`answers ${verdict} when 1 of 2 instances is healthy and MinimumHealthyPercent is ${percent}`, async () => {
      await ready({
        settings: { GREENLIGHT_MINIMUM_HEALTHY_PERCENT: percent, GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
      })
      const [first] = inServiceOf(aws.world, green(deploymentId))
      aws.world.breakInstance(first?.instanceId ?? '')
      expect(await aws.invoke({ DeploymentId: deploymentId })).to.have.property('verdict', verdict)
    })
  }

  for (const [kind, reason] of [
    ['InstanceRefreshInProgress', /^autoscaling:AttachLoadBalancerTargetGroups failed: InstanceRefreshInProgress/],
    ['ResourceContention', /^autoscaling:AttachLoadBalancerTargetGroups failed: ResourceContention/],
  ] as const) {
    it(`fails in AWS's words when AWS always refuses to attach: ${kind}`, async () => {
      await ready({
        settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
        faults: [{ action: 'autoscaling:AttachLoadBalancerTargetGroups', kind, times: 'forever' }],
      })
      expect(await aws.invoke({ DeploymentId: deploymentId }))
        .to.deep.include({ verdict: 'Failed' })
        .and.have.property('reason')
        .that.matches(reason)
    })
  }

  it('does not pass with the one instance that is left while Auto Scaling replaces the others', async () => {
    await ready()
    const [first, ...others] = [...aws.world.instances.values()].filter(
      ({ autoScalingGroupName }) => autoScalingGroupName !== 'blue',
    )
    expect(first).to.not.equal(undefined)
    for (const { instanceId } of others) aws.world.breakInstance(instanceId)
    Object.assign(aws.world.autoScalingGroups.get(green(deploymentId)) ?? {}, { healthCheckGracePeriodSeconds: 0 })
    expect(await aws.invoke({ DeploymentId: deploymentId })).to.have.property('verdict', 'Failed')
  })

  describe('attaches nothing and says why, when it is refused for', () => {
    const refused = async (event: unknown, reason: string | RegExp) => {
      const answer = await aws.invoke(event)
      expect(answer).to.have.property('verdict', 'Failed')
      if (typeof reason === 'string') expect(answer).to.have.property('reason', reason)
      else expect(answer).to.have.property('reason').that.matches(reason)
      expect(aws.changes()).to.deep.equal([])
    }
    it('a malformed deployment id', async () => {
      aws = await playground()
      await refused({ DeploymentId: 'i-123' }, 'DeploymentId "i-123" is not "d-" and capitals and digits')
      expect(aws.calls).to.deep.equal([])
    })

    it('a deployment that does not exist', async () => {
      aws = await playground()
      await refused({ DeploymentId: 'd-NOTHERE00' }, 'deployment d-NOTHERE00 does not exist in this account and region')
    })

    it('a target group that does not exist, named among those that do', async () => {
      await ready({
        arrange: (world) => {
          world.createTargetGroup({ name: 'api' })
          world.deploymentGroups.get('shop/production')?.loadBalancerInfo?.targetGroupInfoList?.push({ name: 'api' })
        },
      })
      aws.world.deleteTargetGroup('api')
      await refused({ DeploymentId: deploymentId }, 'target group api does not exist')
    })

    for (const targetType of ['ip', 'lambda', 'alb'] as const) {
      it(`a target group of type ${targetType}`, async () => {
        await ready()
        Object.assign(aws.world.targetGroups.get('web') ?? {}, { targetType })
        await refused(
          { DeploymentId: deploymentId },
          `target group web is of target type ${targetType}; an Auto Scaling group needs instance`,
        )
      })
    }

    it('a target group that no load balancer uses', async () => {
      await ready()
      Object.assign(aws.world.targetGroups.get('web') ?? {}, { loadBalancerArns: [] })
      await refused({ DeploymentId: deploymentId }, 'no load balancer uses target group web')
    })

    it('neither target group nor Classic Load Balancer', async () => {
      await ready()
      Object.assign(aws.world.deployments.get(deploymentId) ?? {}, { loadBalancerInfo: {} })
      await refused(
        { DeploymentId: deploymentId },
        `deployment ${deploymentId} is with traffic control and names neither a target group nor a Classic Load Balancer`,
      )
    })

    it('a green that does not exist', async () => {
      await ready()
      aws.world.autoScalingGroups.delete(green(deploymentId))
      await refused({ DeploymentId: deploymentId }, `green ${green(deploymentId)} does not exist`)
    })

    it('a green without instances', async () => {
      await ready()
      aws.world.setDesiredCapacity(green(deploymentId), 0)
      await aws.time.advance(600_000)
      await refused({ DeploymentId: deploymentId }, `green ${green(deploymentId)} has no instances`)
    })

    it('a green that is being deleted', async () => {
      await ready()
      Object.assign(aws.world.autoScalingGroups.get(green(deploymentId)) ?? {}, { status: 'Delete in progress' })
      await refused({ DeploymentId: deploymentId }, `green ${green(deploymentId)} is being deleted`)
    })

    for (const action of reads) {
      it(`a missing permission for ${action}, in AWS's own words`, async () => {
        await ready()
        aws.faults.add({ action, kind: 'accessDenied', times: 'forever' })
        await refused(
          { DeploymentId: deploymentId },
          new RegExp(`^${action} failed: AccessDenied.*is not authorized to perform: ${action}`),
        )
      })
    }

    it('a target group that somebody deletes while it waits', async () => {
      await ready()
      aws.clock.after(1500, () => aws.world.deleteTargetGroup('web'))
      expect(await aws.invoke({ DeploymentId: deploymentId }))
        .to.have.property('reason')
        .that.matches(/^target group web does not exist/)
    })
  })

  describe('fails the invocation for an unknown event:', () => {
    for (const event of [{}, [], 'd-ABC123', { Records: [] }, { source: 'aws.codedeploy' }]) {
      it(JSON.stringify(event), async () => {
        aws = await playground()
        expect(await aws.invoke(event))
          .to.have.property('errorMessage')
          .that.matches(/^Greenlight does not know this event/)
        expect(aws.calls).to.deep.equal([])
      })
    }
  })
})
