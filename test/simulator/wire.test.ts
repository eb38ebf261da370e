import {
  AttachLoadBalancerTargetGroupsCommand,
  AttachTrafficSourcesCommand,
  DescribeAutoScalingGroupsCommand,
  type DescribeAutoScalingGroupsCommandInput,
  DescribeLoadBalancerTargetGroupsCommand,
  DescribePoliciesCommand,
  DetachLoadBalancerTargetGroupsCommand,
  DetachTrafficSourcesCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling'
import {
  BatchGetDeploymentTargetsCommand,
  ContinueDeploymentCommand,
  CreateDeploymentCommand,
  GetDeploymentCommand,
  GetDeploymentGroupCommand,
  ListApplicationsCommand,
  ListDeploymentTargetsCommand,
  ListTagsForResourceCommand,
  PutLifecycleEventHookExecutionStatusCommand,
  StopDeploymentCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-codedeploy'
import {
  DeregisterTargetsCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect } from 'chai'
import { type Arranged, arrange, arrangeBlueGreen, idsOf, inService } from './arranged.ts'

/** What a call was refused with: the code that the SDK made of it, the HTTP status, the message. */
const refusal = async (time: Arranged['time'], sent: Promise<unknown>) => {
  try {
    await time.run(sent)
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
    return { code: name, status: $metadata?.httpStatusCode, message }
  }
  throw new Error('It was not refused.')
}

describe('the simulator, spoken to by the SDK clients over HTTP', () => {
  let arranged: Arranged
  let clients: ReturnType<Arranged['clients']>
  let webArn: string
  const world = () => arranged.simulator.world
  const run = <T>(sent: Promise<T>) => arranged.time.run(sent)
  const refused = (sent: Promise<unknown>) => refusal(arranged.time, sent)
  const code = async (sent: Promise<unknown>) => (await refused(sent)).code

  const begin = async (...options: Parameters<typeof arrange>) => {
    arranged = await arrange(...options)
    arrangeBlueGreen(arranged.simulator, { readyWaitMinutes: 30, tags: { team: 'shop' } })
    clients = arranged.clients()
    webArn = world().targetGroups.get('web')?.arn ?? ''
  }
  beforeEach(() => begin())
  afterEach(() => arranged.end())

  /** A deployment that is Ready. */
  const ready = async () => {
    const deploymentId = world().deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await arranged.time.advance(120_000)
    expect(world().deployments.get(deploymentId)?.status).to.equal('Ready')
    return deploymentId
  }

  describe('as CodeDeploy', () => {
    it('tells a deployment with its times, load balancer and green (F14)', async () => {
      const deploymentId = await ready()
      const { deploymentInfo } = await run(clients.codeDeploy.send(new GetDeploymentCommand({ deploymentId })))
      expect(deploymentInfo).to.deep.include({
        applicationName: 'shop',
        deploymentGroupName: 'production',
        deploymentId,
        status: 'Ready',
        creator: 'user',
        computePlatform: 'Server',
        deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
        targetInstances: { autoScalingGroups: [`CodeDeploy_production_${deploymentId}`] },
        loadBalancerInfo: { targetGroupInfoList: [{ name: 'web' }] },
        instanceTerminationWaitTimeStarted: false,
        createTime: new Date('2026-11-23T09:00:00Z'),
      })
      expect(deploymentInfo?.completeTime).to.equal(undefined)
      expect(deploymentInfo?.blueGreenDeploymentConfiguration?.deploymentReadyOption).to.deep.equal({
        actionOnTimeout: 'STOP_DEPLOYMENT',
        waitTimeInMinutes: 30,
      })
    })

    it('creates a deployment of a bundle, one at a time (F40)', async () => {
      world().putBundle('releases', 'shop.zip', { version: 'v3' })
      const input = {
        applicationName: 'shop',
        deploymentGroupName: 'production',
        revision: { revisionType: 'S3', s3Location: { bucket: 'releases', key: 'shop.zip', bundleType: 'zip' } },
      } as const
      const { deploymentId = '' } = await run(clients.codeDeploy.send(new CreateDeploymentCommand(input)))
      expect(world().deployments.get(deploymentId)?.revision.version).to.equal('v3')
      expect(await refused(clients.codeDeploy.send(new CreateDeploymentCommand(input)))).to.include({
        code: 'DeploymentLimitExceededException',
        status: 400,
      })
    })

    it('reads the hooks of an AppSpec for Lambda or ECS', async () => {
      world().createDeploymentGroup({ application: 'mailer', name: 'production', computePlatform: 'Lambda' })
      const content = 'version: 0.0\nResources: []\nHooks:\n  - BeforeAllowTraffic: CodeDeployHook_x\n'
      const create = (appSpec: string) =>
        clients.codeDeploy.send(
          new CreateDeploymentCommand({
            applicationName: 'mailer',
            deploymentGroupName: 'production',
            revision: { revisionType: 'AppSpecContent', appSpecContent: { content: appSpec } },
          }),
        )
      expect(await code(create('Hooks: 5'))).to.equal('InvalidRevisionException')
      const { deploymentId = '' } = await run(create(content))
      expect(world().deployments.get(deploymentId)?.lambdaHooks).to.deep.equal({
        BeforeAllowTraffic: 'CodeDeployHook_x',
      })
    })

    it('tells a deployment group and its tags, and changes them', async () => {
      const names = { applicationName: 'shop', deploymentGroupName: 'production' }
      const { deploymentGroupInfo } = await run(clients.codeDeploy.send(new GetDeploymentGroupCommand(names)))
      expect(deploymentGroupInfo?.autoScalingGroups?.map(({ name }) => name)).to.deep.equal(['blue'])
      const ResourceArn = world().deploymentGroups.get('shop/production')?.arn
      await run(
        clients.codeDeploy.send(
          new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'greenlight:mode', Value: 'gate' }] }),
        ),
      )
      await run(clients.codeDeploy.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['team'] })))
      const { Tags } = await run(clients.codeDeploy.send(new ListTagsForResourceCommand({ ResourceArn })))
      expect(Tags).to.deep.equal([{ Key: 'greenlight:mode', Value: 'gate' }])
    })

    it('lists the green targets and their lifecycle events (F40)', async () => {
      const deploymentId = await ready()
      const list = new ListDeploymentTargetsCommand({ deploymentId, targetFilters: { ServerInstanceLabel: ['Green'] } })
      const { targetIds = [] } = await run(clients.codeDeploy.send(list))
      expect(targetIds).to.deep.equal(inService(arranged.simulator, `CodeDeploy_production_${deploymentId}`))
      const get = new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds })
      const { deploymentTargets = [] } = await run(clients.codeDeploy.send(get))
      const [target] = deploymentTargets
      expect(target?.instanceTarget).to.include({ instanceLabel: 'Green', status: 'Ready' })
      expect(target?.instanceTarget?.lifecycleEvents?.map(({ status }) => status)).to.deep.equal([
        ...Array(7).fill('Succeeded'),
        ...Array(3).fill('Pending'),
      ])
      expect(target?.instanceTarget?.lifecycleEvents?.[0]?.startTime).to.be.instanceOf(Date)
    })

    it('continues and stops, with the errors of F39', async () => {
      const created = world().deploy({ deploymentGroup: 'production' })
      const go = (deploymentId: string, deploymentWaitType: 'READY_WAIT' | 'TERMINATION_WAIT' = 'READY_WAIT') =>
        clients.codeDeploy.send(new ContinueDeploymentCommand({ deploymentId, deploymentWaitType }))
      const stop = (deploymentId: string) => clients.codeDeploy.send(new StopDeploymentCommand({ deploymentId }))
      expect(await code(go(created))).to.equal('DeploymentIsNotInReadyStateException')
      await arranged.time.advance(120_000)
      expect(await code(go(created, 'TERMINATION_WAIT'))).to.equal('InvalidDeploymentStatusException')
      await run(go(created))
      await arranged.time.advance(1_000)
      expect(world().deployments.get(created)?.status).to.equal('InProgress')
      expect((await run(stop(created))).status).to.equal('Pending')
      await arranged.time.advance(10_000)
      expect(await code(stop(created))).to.equal('DeploymentAlreadyCompletedException')
      expect(await code(go(created))).to.equal('DeploymentAlreadyCompletedException')
      expect(await code(go('d-NOSUCH123'))).to.equal('DeploymentDoesNotExistException')
      // @ts-expect-error a wait type that there is not
      expect(await code(go(created, 'LUNCH'))).to.equal('InvalidDeploymentWaitTypeException')
    })

    it('takes one report a hook, and none for Server (F33)', async () => {
      const server = await ready()
      world().createDeploymentGroup({ name: 'ecs', computePlatform: 'ECS' })
      world().createFunction({ name: 'CodeDeployHook_test', handler: () => undefined })
      const ecs = world().deploy({ deploymentGroup: 'ecs', lambdaHooks: { BeforeAllowTraffic: 'CodeDeployHook_test' } })
      await arranged.time.advance(60_000)
      const [execution = ''] = world().hookExecutions.keys()
      const report = (deploymentId: string, id: string, status: 'Succeeded' | 'Failed' | 'Skipped') =>
        clients.codeDeploy.send(
          new PutLifecycleEventHookExecutionStatusCommand({ deploymentId, lifecycleEventHookExecutionId: id, status }),
        )
      expect(await code(report(server, execution, 'Succeeded'))).to.equal('UnsupportedActionForDeploymentTypeException')
      expect(await code(report(ecs, 'another', 'Succeeded'))).to.equal('InvalidLifecycleEventHookExecutionIdException')
      expect(await code(report(ecs, execution, 'Skipped'))).to.equal(
        'InvalidLifecycleEventHookExecutionStatusException',
      )
      const { lifecycleEventHookExecutionId } = await run(report(ecs, execution, 'Succeeded'))
      expect(lifecycleEventHookExecutionId).to.equal(execution)
      expect(await code(report(ecs, execution, 'Failed'))).to.equal('LifecycleEventAlreadyCompletedException')
    })

    it('refuses with the exceptions of its model', async () => {
      const get = (deploymentId: string) => clients.codeDeploy.send(new GetDeploymentCommand({ deploymentId }))
      const group = (applicationName: string, deploymentGroupName: string) =>
        clients.codeDeploy.send(new GetDeploymentGroupCommand({ applicationName, deploymentGroupName }))
      expect(await code(get(''))).to.equal('DeploymentIdRequiredException')
      expect(await refused(get('nope'))).to.deep.equal({
        code: 'InvalidDeploymentIdException',
        status: 400,
        message: 'Specified DeploymentId is not in the valid format: nope',
      })
      expect(await code(get('d-NOSUCH123'))).to.equal('DeploymentDoesNotExistException')
      expect(await code(group('nobody', 'production'))).to.equal('ApplicationDoesNotExistException')
      expect(await code(group('shop', 'nobody'))).to.equal('DeploymentGroupDoesNotExistException')
      expect(await code(group('a b', 'production'))).to.equal('InvalidApplicationNameException')
      const tags = (ResourceArn: string) => clients.codeDeploy.send(new ListTagsForResourceCommand({ ResourceArn }))
      expect(await code(tags('shop'))).to.equal('InvalidArnException')
      expect(await code(tags('arn:aws:codedeploy:eu-west-1:123456789012:application:shop'))).to.equal(
        'ArnNotSupportedException',
      )
      const targets = (deploymentId: string, targetIds: string[]) =>
        clients.codeDeploy.send(new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds }))
      const created = world().deploy({ deploymentGroup: 'production' })
      expect(await code(targets(created, ['i-1']))).to.equal('DeploymentNotStartedException')
      await arranged.time.advance(60_000)
      expect(await code(targets(created, ['i-1']))).to.equal('DeploymentTargetDoesNotExistException')
      expect(await code(targets(created, Array(26).fill('i-1')))).to.equal('DeploymentTargetListSizeExceededException')
      expect(await code(clients.codeDeploy.send(new ListApplicationsCommand({})))).to.equal('UnknownOperationException')
    })
  })

  describe('as Auto Scaling', () => {
    const describeGroups = (input: DescribeAutoScalingGroupsCommandInput) =>
      clients.autoScaling.send(new DescribeAutoScalingGroupsCommand(input))
    const attach = (AutoScalingGroupName: string, TargetGroupARNs: string[]) =>
      clients.autoScaling.send(new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs }))

    it('describes groups by name, a missing one simply absent, all of them without names (F22)', async () => {
      world().createAutoScalingGroup({ name: 'other', tags: { team: 'mail' }, suspendedProcesses: ['AZRebalance'] })
      const { AutoScalingGroups: found = [] } = await run(
        describeGroups({ AutoScalingGroupNames: ['other', 'nobody'] }),
      )
      expect(found).to.have.length(1)
      expect(found[0]).to.deep.include({
        AutoScalingGroupName: 'other',
        MinSize: 0,
        DesiredCapacity: 2,
        HealthCheckType: 'ELB',
        TargetGroupARNs: [],
        LoadBalancerNames: [],
        TrafficSources: [],
      })
      expect(found[0]?.Instances?.map(({ LifecycleState }) => LifecycleState)).to.deep.equal(['InService', 'InService'])
      expect(found[0]?.CreatedTime).to.be.instanceOf(Date)
      expect(found[0]?.SuspendedProcesses?.map(({ ProcessName }) => ProcessName)).to.deep.equal(['AZRebalance'])
      const { AutoScalingGroups: all = [] } = await run(describeGroups({ AutoScalingGroupNames: [] }))
      expect(all).to.have.length(2)
    })

    it('filters by tag keys and values, exactly (F22)', async () => {
      world().createAutoScalingGroup({ name: 'other', tags: { team: 'mail' } })
      const named = async (Name: string, Values: string[]) =>
        (await run(describeGroups({ Filters: [{ Name, Values }] }))).AutoScalingGroups?.map(
          (one) => one.AutoScalingGroupName,
        )
      expect(await named('tag-key', ['team'])).to.deep.equal(['other'])
      expect(await named('tag:team', ['mail', 'shop'])).to.deep.equal(['other'])
      expect(await named('tag-value', ['ma*'])).to.deep.equal([])
      expect(await code(describeGroups({ Filters: [{ Name: 'colour', Values: ['green'] }] }))).to.equal(
        'ValidationError',
      )
    })

    it('pages, and takes at most 50 names, 100 with MaxRecords (F22)', async () => {
      for (let index = 0; index < 3; index += 1)
        world().createAutoScalingGroup({ name: `a${index}`, desiredCapacity: 0 })
      const first = await run(describeGroups({ MaxRecords: 3 }))
      expect(first.AutoScalingGroups).to.have.length(3)
      const second = await run(
        describeGroups({ MaxRecords: 3, ...(first.NextToken && { NextToken: first.NextToken }) }),
      )
      expect(second.AutoScalingGroups).to.have.length(1)
      expect(second.NextToken).to.equal(undefined)
      expect(await code(describeGroups({ AutoScalingGroupNames: Array(51).fill('a') }))).to.equal('ValidationError')
      await run(describeGroups({ AutoScalingGroupNames: Array(100).fill('a'), MaxRecords: 100 }))
      expect(await code(describeGroups({ MaxRecords: 101 }))).to.equal('ValidationError')
      expect(await code(describeGroups({ NextToken: 'mine' }))).to.equal('InvalidNextToken')
    })

    it('attaches, describes and detaches target groups, ten a call (F21, F23)', async () => {
      const other = world().createTargetGroup({ name: 'other' }).arn
      const state = async () =>
        (
          await run(
            clients.autoScaling.send(new DescribeLoadBalancerTargetGroupsCommand({ AutoScalingGroupName: 'blue' })),
          )
        ).LoadBalancerTargetGroups?.find((one) => one.LoadBalancerTargetGroupARN === other)?.State
      await run(attach('blue', [other]))
      expect(await state()).to.equal('Adding')
      await arranged.time.advance(20_000)
      expect(await state()).to.equal('InService')
      const detach = (arn: string) =>
        clients.autoScaling.send(
          new DetachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName: 'blue', TargetGroupARNs: [arn] }),
        )
      await run(detach(other))
      expect(await state()).to.equal('Removing')
      await arranged.time.advance(61_000)
      expect(await state()).to.equal(undefined)
      expect(await code(detach(other))).to.equal('ValidationError')
      expect(await code(attach('blue', Array(11).fill(other)))).to.equal('ValidationError')
      expect(await code(attach('blue', []))).to.equal('ValidationError')
    })

    it('refuses to attach what does not exist, what is not of type instance, and to what is being deleted', async () => {
      const ip = world().createTargetGroup({ name: 'ip', targetType: 'ip' }).arn
      expect(await refused(attach('blue', [`${webArn}x`]))).to.include({ code: 'ValidationError', status: 400 })
      expect(await code(attach('blue', [ip]))).to.equal('ValidationError')
      expect((await refused(attach('nobody', [webArn]))).message).to.contain("AutoScalingGroup 'nobody' not found")
      Object.assign(world().autoScalingGroups.get('blue') ?? {}, { status: 'Delete in progress' })
      expect((await refused(attach('blue', [webArn]))).message).to.contain('pending delete')
    })

    it('takes attaching what is attached already as done, or, switched, as an error (F21)', async () => {
      await run(attach('blue', [webArn]))
      await arranged.end()
      await begin({ switches: { reattachIsError: true } })
      expect(await code(attach('blue', [webArn]))).to.equal('ValidationError')
    })

    it('keeps the two attach families apart, or, switched, shows both in both lists (F21, F22)', async () => {
      for (const trafficSourcesShowAsTargetGroups of [false, true]) {
        await arranged.end()
        await begin({ switches: { trafficSourcesShowAsTargetGroups } })
        const other = world().createTargetGroup({ name: 'other' }).arn
        const TrafficSources = [{ Identifier: other, Type: 'elbv2' }]
        await run(
          clients.autoScaling.send(new AttachTrafficSourcesCommand({ AutoScalingGroupName: 'blue', TrafficSources })),
        )
        const { AutoScalingGroups: [blue] = [] } = await run(describeGroups({ AutoScalingGroupNames: ['blue'] }))
        const sources = blue?.TrafficSources?.map(({ Identifier }) => Identifier)
        const both = trafficSourcesShowAsTargetGroups
        expect(blue?.TargetGroupARNs).to.deep.equal(both ? [webArn, other] : [webArn])
        expect(sources).to.have.members(both ? [webArn, other] : [other])
        const list = new DescribeLoadBalancerTargetGroupsCommand({ AutoScalingGroupName: 'blue' })
        const { LoadBalancerTargetGroups: listed = [] } = await run(clients.autoScaling.send(list))
        expect(listed.map((one) => one.LoadBalancerTargetGroupARN)).to.deep.equal([webArn])
        const detach = new DetachTrafficSourcesCommand({ AutoScalingGroupName: 'blue', TrafficSources })
        await run(clients.autoScaling.send(detach))
        expect(world().autoScalingGroups.get('blue')?.trafficSources).to.deep.equal([])
      }
    })

    it('sets the desired capacity, between minimum and maximum', async () => {
      const set = (DesiredCapacity: number) =>
        clients.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'blue', DesiredCapacity }))
      await run(set(3))
      expect(world().autoScalingGroups.get('blue')?.desiredCapacity).to.equal(3)
      expect((await refused(set(21))).message).to.contain('above max value 20')
      expect(await code(set(-1))).to.equal('ValidationError')
    })

    it('refuses an operation that it does not have', async () => {
      expect(await code(clients.autoScaling.send(new DescribePoliciesCommand({})))).to.equal('InvalidAction')
    })
  })

  describe('as Elastic Load Balancing', () => {
    const byName = (Names: string[]) => clients.elb.send(new DescribeTargetGroupsCommand({ Names }))
    const health = (Targets?: { Id: string }[]) =>
      clients.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: webArn, ...(Targets && { Targets }) }))

    it('describes target groups; one missing name fails the whole call, more than twenty are too many (F19)', async () => {
      const { TargetGroups: [web] = [] } = await run(byName(['web']))
      expect(web).to.deep.include({
        TargetGroupName: 'web',
        TargetGroupArn: webArn,
        TargetType: 'instance',
        Port: 80,
        HealthCheckIntervalSeconds: 10,
        Matcher: { HttpCode: '200' },
      })
      expect(web?.LoadBalancerArns).to.have.length(1)
      expect(await refused(byName(['web', 'nobody']))).to.deep.equal({
        code: 'TargetGroupNotFoundException',
        status: 400,
        message: 'One or more target groups not found',
      })
      expect(await code(byName(Array(21).fill('web')))).to.equal('ValidationError')
      expect(await code(byName(['x'.repeat(33)]))).to.equal('ValidationError')
    })

    it('tells target health with reason and description (F29), and that of a target that is not registered', async () => {
      const { TargetHealthDescriptions: all = [] } = await run(health())
      expect(all.map(({ TargetHealth }) => TargetHealth)).to.deep.equal([{ State: 'healthy' }, { State: 'healthy' }])
      const { TargetHealthDescriptions: [one] = [] } = await run(health([{ Id: 'i-0000' }]))
      expect(one?.TargetHealth).to.deep.equal({
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      })
    })

    it('registers and deregisters targets', async () => {
      const [first = ''] = idsOf(arranged.simulator, 'blue')
      const input = { TargetGroupArn: webArn, Targets: [{ Id: first }] }
      const state = async () => (await run(health([{ Id: first }]))).TargetHealthDescriptions?.[0]?.TargetHealth?.State
      await run(clients.elb.send(new DeregisterTargetsCommand(input)))
      expect(await state()).to.equal('draining')
      await run(clients.elb.send(new RegisterTargetsCommand(input)))
      expect(await state()).to.equal('initial')
      const nobody = new RegisterTargetsCommand({ TargetGroupArn: webArn, Targets: [{ Id: 'i-0' }] })
      expect(await code(clients.elb.send(nobody))).to.equal('InvalidTargetException')
    })

    it('refuses what it does not have or cannot read', async () => {
      const of = (TargetGroupArn: string) => clients.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
      expect(await code(of(`${webArn}x`))).to.equal('TargetGroupNotFoundException')
      expect(await code(of('web'))).to.equal('ValidationError')
      expect(await code(clients.elb.send(new DescribeLoadBalancersCommand({})))).to.equal('InvalidAction')
    })
  })

  it('writes down every call: who, the IAM action, the ARNs it is checked on, how it ended (F41, F42)', async () => {
    const deploymentId = world().deploy({ deploymentGroup: 'production' })
    const { codeDeploy, autoScaling } = arranged.clients({ kind: 'lambda', functionName: 'gate' })
    await run(codeDeploy.send(new GetDeploymentCommand({ deploymentId })))
    await code(
      autoScaling.send(
        new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName: 'none', TargetGroupARNs: [webArn] }),
      ),
    )
    const principal = { kind: 'lambda', functionName: 'gate' }
    expect(arranged.simulator.calls.map(({ at: _, ...call }) => call)).to.deep.equal([
      {
        service: 'codedeploy',
        action: 'codedeploy:GetDeployment',
        principal,
        input: { deploymentId },
        resources: ['arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production'],
        outcome: 'ok',
      },
      {
        service: 'autoscaling',
        action: 'autoscaling:AttachLoadBalancerTargetGroups',
        principal,
        input: { AutoScalingGroupName: 'none', TargetGroupARNs: [webArn] },
        resources: ['arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/none'],
        outcome: 'ValidationError',
      },
    ])
  })

  it('asks authorize before every call, and denies in the words of AWS', async () => {
    await arranged.end()
    await begin({ authorize: ({ action }) => action.startsWith('codedeploy:') || 'You shall not pass' })
    await run(
      clients.codeDeploy.send(
        new ListTagsForResourceCommand({ ResourceArn: world().deploymentGroups.get('shop/production')?.arn }),
      ),
    )
    const describe = clients.autoScaling.send(new DescribeAutoScalingGroupsCommand({}))
    expect(await refused(describe)).to.deep.equal({ code: 'AccessDenied', status: 403, message: 'You shall not pass' })
    arranged.simulator.faults.add({ kind: 'accessDenied', action: 'codedeploy:GetDeployment' })
    const deploymentId = world().deploy({ deploymentGroup: 'production' })
    expect(await refused(clients.codeDeploy.send(new GetDeploymentCommand({ deploymentId })))).to.deep.equal({
      code: 'AccessDeniedException',
      status: 400,
      message:
        'User: arn:aws:iam::123456789012:user/you is not authorized to perform: codedeploy:GetDeployment on resource: ' +
        'arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production because no identity-based policy ' +
        'allows the codedeploy:GetDeployment action',
    })
  })

  it('refuses an unsigned request with MissingAuthenticationToken', async () => {
    const { handle } = arranged.simulator
    const body = 'Action=DescribeAutoScalingGroups&Version=2011-01-01'
    const query = await handle({ method: 'POST', path: '/', headers: {}, body })
    expect(query.status).to.equal(403)
    expect(query.body).to.contain('<Code>MissingAuthenticationToken</Code>')
    const headers = { 'x-amz-target': 'CodeDeploy_20141006.GetDeployment' }
    const json = await handle({ method: 'POST', path: '/', headers, body: '{}' })
    expect(JSON.parse(json.body)).to.include({ __type: 'MissingAuthenticationToken' })
    expect((await handle({ method: 'GET', path: '/', headers: {}, body: '' })).status).to.equal(403)
  })
})
