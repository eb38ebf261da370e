import {
  AttachLoadBalancerTargetGroupsCommand,
  AttachTrafficSourcesCommand,
  CreateOrUpdateTagsCommand,
  DeleteAutoScalingGroupCommand,
  type DeleteAutoScalingGroupCommandInput,
  DescribeAutoScalingGroupsCommand,
  SetInstanceHealthCommand,
  SetInstanceProtectionCommand,
  StartInstanceRefreshCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
  type UpdateAutoScalingGroupCommandInput,
} from '@aws-sdk/client-auto-scaling'
import { expect } from 'chai'
import { type Arranged, arrange, arrangeBlueGreen, idsOf, inService, sentences, targetStates } from './arranged.ts'

describe('somebody who makes trouble by hand', () => {
  let arranged: Arranged
  let client: ReturnType<Arranged['clients']>['autoScaling']
  const begin = async (...options: Parameters<typeof arrange>) => {
    arranged = await arrange(...options)
    arrangeBlueGreen(arranged.simulator)
    client = arranged.clients().autoScaling
  }
  beforeEach(() => begin())
  afterEach(() => arranged.end())

  const world = () => arranged.simulator.world
  const advance = (seconds: number) => arranged.time.advance(seconds * 1000)
  const blue = () => {
    const found = world().autoScalingGroups.get('blue')
    if (found === undefined) throw new Error('There is no blue.')
    return found
  }
  /** The name of the error that a call is refused with. */
  const refusal = async (sent: Promise<unknown>) => {
    try {
      await arranged.time.run(sent)
      return 'accepted'
    } catch (error) {
      return (error as Error).name
    }
  }
  const AutoScalingGroupName = 'blue'
  const webArn = () => world().targetGroups.get('web')?.arn ?? ''
  const attach = (arn: string) =>
    client.send(new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs: [arn] }))

  describe('with one instance', () => {
    for (const [how, respects, replaced] of [
      ['has it replaced by calling it unhealthy', false, true],
      ['waits for its grace period, where nobody says otherwise', true, false],
    ] as const) {
      it(how, async () => {
        const [id = ''] = idsOf(arranged.simulator, 'blue')
        const input = { InstanceId: id, HealthStatus: 'Unhealthy', ShouldRespectGracePeriod: respects }
        await arranged.time.run(client.send(new SetInstanceHealthCommand(input)))
        expect(world().instances.get(id)?.lifecycleState).to.equal(replaced ? 'Terminating' : 'InService')
      })
    }

    for (const [how, ShouldDecrementDesiredCapacity, left] of [
      ['terminates it, and gets another', false, 2],
      ['terminates it, and gets no other', true, 1],
    ] as const) {
      it(how, async () => {
        const [InstanceId = ''] = idsOf(arranged.simulator, 'blue')
        const input = { InstanceId, ShouldDecrementDesiredCapacity }
        await arranged.time.run(client.send(new TerminateInstanceInAutoScalingGroupCommand(input)))
        await advance(120)
        expect(inService(arranged.simulator, 'blue')).to.have.length(left).and.not.include(InstanceId)
        expect(await refusal(client.send(new TerminateInstanceInAutoScalingGroupCommand(input)))).to.equal(
          'ValidationError',
        )
      })
    }

    it('protects it from scale-in', async () => {
      const [id = '', other = ''] = idsOf(arranged.simulator, 'blue')
      const input = { AutoScalingGroupName, InstanceIds: [id], ProtectedFromScaleIn: true }
      await arranged.time.run(client.send(new SetInstanceProtectionCommand(input)))
      world().setDesiredCapacity('blue', 0)
      await advance(120)
      expect(inService(arranged.simulator, 'blue')).to.deep.equal([id])
      expect(world().instances.get(other)?.lifecycleState).to.equal('Terminated')
    })
  })

  describe('with a whole group', () => {
    const update = (changes: Partial<UpdateAutoScalingGroupCommandInput>) =>
      client.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, ...changes }))
    const remove = (options: Partial<DeleteAutoScalingGroupCommandInput> = {}) =>
      client.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName, ...options }))

    it('updates it, and its desired capacity stays within its limits', async () => {
      await arranged.time.run(update({ MinSize: 3, MaxSize: 4, HealthCheckType: 'EC2', HealthCheckGracePeriod: 7 }))
      const { minSize, maxSize, desiredCapacity, healthCheckType, healthCheckGracePeriodSeconds } = blue()
      expect([minSize, maxSize, desiredCapacity, healthCheckType, healthCheckGracePeriodSeconds]).to.deep.equal([
        ...[3, 4, 3, 'EC2', 7],
      ])
      expect(await refusal(update({ DesiredCapacity: 5 }))).to.equal('ValidationError')
      expect(await refusal(update({ MinSize: 5 }))).to.equal('ValidationError')
    })

    for (const [how, protection, options, answer] of [
      ['may not delete it with its instances', 'none', {}, 'ResourceInUseFault'],
      ['deletes it by force', 'none', { ForceDelete: true }, 'accepted'],
      ['may not do that where force is prevented', 'prevent-force-deletion', { ForceDelete: true }, 'ValidationError'],
      ['may not where all deletion is prevented', 'prevent-all-deletion', {}, 'ValidationError'],
    ] as const) {
      it(how, async () => {
        await arranged.time.run(update({ DeletionProtection: protection }))
        expect(await refusal(remove(options))).to.equal(answer)
        await advance(120)
        expect(world().autoScalingGroups.has('blue')).to.equal(answer !== 'accepted')
      })
    }

    it('keeps CodeDeploy from deleting blue by protecting it', async () => {
      await arranged.time.run(update({ DeletionProtection: 'prevent-force-deletion' }))
      const id = world().deploy({ deploymentGroup: 'production' })
      expect(await arranged.time.run(world().deploymentEnded(id))).to.equal('Succeeded')
      expect(inService(arranged.simulator, 'blue')).to.have.length(2)
    })
  })

  describe('by an instance refresh', () => {
    const refresh = () => client.send(new StartInstanceRefreshCommand({ AutoScalingGroupName }))

    it('replaces one instance after the other; meanwhile nothing can be attached', async () => {
      const spare = world().createTargetGroup({ name: 'spare' }).arn
      const before = idsOf(arranged.simulator, 'blue')
      await arranged.time.run(refresh())
      const sources = { AutoScalingGroupName, TrafficSources: [{ Identifier: spare }] }
      expect([
        await refusal(attach(spare)),
        await refusal(client.send(new AttachTrafficSourcesCommand(sources))),
        await refusal(refresh()),
      ]).to.deep.equal(Array(3).fill('InstanceRefreshInProgressFault'))
      await advance(10)
      const ending = before.filter((id) => world().instances.get(id)?.lifecycleState === 'Terminating')
      expect(ending).to.deep.equal(before.slice(0, 1))
      await advance(300)
      expect(inService(arranged.simulator, 'blue')).to.have.length(2).and.not.include.members(before)
      expect(await refusal(attach(spare))).to.equal('accepted')
    })

    it('waits while InstanceRefresh is suspended, and ends with its group', async () => {
      const before = idsOf(arranged.simulator, 'blue')
      world().suspendProcesses('blue', ['InstanceRefresh'])
      world().startInstanceRefresh('blue')
      await advance(300)
      expect(inService(arranged.simulator, 'blue')).to.deep.equal(before)
      await arranged.time.run(world().scaling.deleteGroup(blue()))
      await advance(60)
      expect(sentences(arranged.simulator)).to.include('Auto Scaling ends the instance refresh of blue.')
    })
  })

  it('is refused by a group that an AWS service manages, whatever the change', async () => {
    world().createAutoScalingGroup({ name: 'managed', operator: 'ecs.amazonaws.com' })
    const managed = { AutoScalingGroupName: 'managed' }
    const Tags = [{ ResourceId: 'managed', ResourceType: 'auto-scaling-group', Key: 'team', Value: 'shop' }]
    const [InstanceId = ''] = idsOf(arranged.simulator, 'managed')
    expect([
      await refusal(
        client.send(new AttachLoadBalancerTargetGroupsCommand({ ...managed, TargetGroupARNs: [webArn()] })),
      ),
      await refusal(client.send(new SuspendProcessesCommand(managed))),
      await refusal(client.send(new CreateOrUpdateTagsCommand({ Tags }))),
      await refusal(client.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus: 'Unhealthy' }))),
    ]).to.deep.equal(Array(4).fill('AccessDenied'))
    const described = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['managed'] })
    const { AutoScalingGroups: [group] = [] } = await arranged.time.run(client.send(described))
    expect(group?.Operator).to.deep.equal({ Principal: 'ecs.amazonaws.com' })
  })

  describe('by attaching and detaching', () => {
    for (const attachRegistersThoughSuspended of [true, false]) {
      const does = attachRegistersThoughSuspended ? 'all' : 'none'
      it(`registers ${does} of the instances while AddToLoadBalancer is suspended, as a switch says`, async () => {
        await arranged.end()
        await begin({ switches: { attachRegistersThoughSuspended } })
        const spare = world().createTargetGroup({ name: 'spare' }).arn
        world().suspendProcesses('blue', ['AddToLoadBalancer'])
        await arranged.time.run(attach(spare))
        const registered = Object.keys(targetStates(arranged.simulator, 'spare'))
        expect(registered).to.have.length(attachRegistersThoughSuspended ? 2 : 0)
      })
    }

    it('waits until that shows, and until it is done, where switches say so', async () => {
      await arranged.end()
      await begin({ switches: { attachmentsShowAfter: 5, attachmentsActAfter: 10 } })
      const spare = world().createTargetGroup({ name: 'spare' }).arn
      const seen = () => [
        blue().targetGroupArns.includes(spare),
        Object.values(targetStates(arranged.simulator, 'spare'))[0],
      ]
      world().scaling.attach(blue(), [spare], 'targetGroups')
      const attaching = [seen(), await advance(5).then(seen), await advance(10).then(seen)]
      expect(attaching).to.deep.equal([
        [false, undefined],
        [true, undefined],
        [true, 'initial'],
      ])
      await advance(20)
      world().scaling.detach(blue(), [spare], 'targetGroups')
      const detaching = [seen(), await advance(5).then(seen), await advance(10).then(seen)]
      expect(detaching).to.deep.equal([
        [true, 'healthy'],
        [false, 'healthy'],
        [false, 'draining'],
      ])
    })
  })

  it('has a bad release replaced only in a target group where an instance has passed', async () => {
    const spare = world().createTargetGroup({ name: 'spare' })
    Object.assign(blue(), { healthCheckGracePeriodSeconds: 0 })
    const [bad = '', other = ''] = idsOf(arranged.simulator, 'blue')
    const install = (id: string, unhealthyIn: readonly string[]) => {
      Object.assign(world().instances.get(id) ?? {}, { application: { version: 'v2', healthy: true, unhealthyIn } })
      world().targetHealth.instanceChanged(id)
    }
    for (const id of [bad, other]) install(id, ['spare'])
    world().scaling.attach(blue(), [spare.arn], 'targetGroups')
    await advance(600)
    expect(inService(arranged.simulator, 'blue')).to.deep.equal([bad, other])
    expect(Object.values(targetStates(arranged.simulator, 'spare'))).to.deep.equal(['unhealthy', 'unhealthy'])
    install(other, [])
    await advance(120)
    expect(inService(arranged.simulator, 'blue')).to.include(other).and.not.include(bad)
  })
})
