import { expect } from 'chai'
import type { Instance } from '../world/state.ts'
import { type Arranged, arrange, idsOf, inService, sentences, targetStates } from './arranged.ts'

describe('the simulated load balancers and Auto Scaling groups', () => {
  let arranged: Arranged
  beforeEach(async () => {
    arranged = await arrange()
  })
  afterEach(() => arranged.end())

  const web = (options = {}) =>
    arranged.simulator.world.createTargetGroup({
      name: 'web',
      requestsPerSecond: 10,
      longConnections: 20,
      deregistrationDelaySeconds: 30,
      ...options,
    })
  const group = (options = {}) =>
    arranged.simulator.world.createAutoScalingGroup({
      name: 'blue',
      targetGroups: ['web'],
      desiredCapacity: 2,
      applicationInImage: true,
      ...options,
    })

  it('start with every instance in service and healthy, and no request fails', async () => {
    const { simulator, time } = arranged
    web()
    group()
    await time.advance(60_000)
    expect(Object.values(targetStates(simulator, 'web'))).to.deep.equal(['healthy', 'healthy'])
    expect(simulator.traffic.count()).to.deep.equal({ requests: 600, failed: 0, connectionsCut: 0 })
    expect(simulator.traffic.instancesWithoutTraffic()).to.deep.equal([])
  })

  it('register every InService instance as soon as a target group is attached: initial, then healthy', async () => {
    const { simulator, time } = arranged
    const { world } = simulator
    const targetGroup = web()
    const blue = group({ targetGroups: [] })
    expect(simulator.traffic.instancesWithoutTraffic()).to.have.length(2)

    world.scaling.attach(blue, [targetGroup.arn], 'targetGroups')
    expect(Object.values(targetStates(simulator, 'web'))).to.deep.equal(['initial', 'initial'])
    await time.advance(15_000)
    expect(Object.values(targetStates(simulator, 'web'))).to.deep.equal(['healthy', 'healthy'])
    expect(simulator.traffic.instancesWithoutTraffic()).to.deep.equal([])
  })

  it('drain every instance when a target group is detached, and keep them running', async () => {
    const { simulator, time } = arranged
    const targetGroup = web()
    const blue = group()
    simulator.world.scaling.detach(blue, [targetGroup.arn], 'targetGroups')
    expect(Object.values(targetStates(simulator, 'web'))).to.deep.equal(['draining', 'draining'])
    await time.advance(31_000)
    expect(targetStates(simulator, 'web')).to.deep.equal({})
    expect(inService(simulator, 'blue')).to.have.length(2)
  })

  it('drain an instance of an attached group before it is terminated: no connection is cut', async () => {
    const { simulator, time } = arranged
    web()
    group()
    const [oldest = ''] = idsOf(simulator, 'blue')
    simulator.world.setDesiredCapacity('blue', 1)
    expect(targetStates(simulator, 'web')[oldest]).to.equal('draining')
    expect(simulator.world.instances.get(oldest)?.running).to.equal(true)
    await time.advance(60_000)
    expect(idsOf(simulator, 'blue')).to.have.length(1)
    expect(simulator.traffic.count()).to.include({ failed: 0, connectionsCut: 0 })
  })

  it('cut the connections of an instance in a group without target groups, and fail requests until health checks notice', async () => {
    const { simulator, time } = arranged
    const targetGroup = web()
    group({ targetGroups: [] })
    const ids = idsOf(simulator, 'blue')
    simulator.world.targetHealth.register(targetGroup, ids)
    await time.advance(20_000)
    const before = simulator.traffic.count()

    simulator.world.setDesiredCapacity('blue', 1)
    await time.advance(0)
    expect(simulator.traffic.count().connectionsCut).to.equal(10)
    await time.advance(60_000)
    const after = simulator.traffic.count()
    // Half of ten requests a second fail for ten to twenty seconds: two checks, ten seconds apart.
    expect(after.failed - before.failed - 10).to.be.within(50, 100)
    expect(Object.values(targetStates(simulator, 'web'))).to.deep.equal(['unused', 'healthy'])
  })

  it('register what an attached group launches when it enters service, and nothing that an unattached one launches', async () => {
    const { simulator, time } = arranged
    web()
    group()
    group({ name: 'alone', targetGroups: [] })
    simulator.world.setDesiredCapacity('blue', 3)
    simulator.world.setDesiredCapacity('alone', 3)
    expect(Object.keys(targetStates(simulator, 'web'))).to.have.length(2)
    await time.advance(60_000)
    expect(Object.values(targetStates(simulator, 'web'))).to.deep.equal(['healthy', 'healthy', 'healthy'])
    expect(simulator.traffic.instancesWithoutTraffic(['alone'])).to.have.length(3)
  })

  it('never register an instance that launched while AddToLoadBalancer was suspended', async () => {
    const { simulator, time } = arranged
    web()
    group({ suspendedProcesses: ['AddToLoadBalancer'] })
    simulator.world.setDesiredCapacity('blue', 3)
    await time.advance(60_000)
    simulator.world.resumeProcesses('blue', ['AddToLoadBalancer'])
    await time.advance(60_000)
    expect(Object.keys(targetStates(simulator, 'web'))).to.have.length(2)
  })

  it('replace an instance that an attached target group finds unhealthy, after the grace period', async () => {
    const { simulator, time } = arranged
    web()
    group({ healthCheckGracePeriodSeconds: 120 })
    const [broken = ''] = idsOf(simulator, 'blue')
    simulator.world.breakInstance(broken)
    await time.advance(60_000)
    expect(targetStates(simulator, 'web')[broken]).to.equal('unhealthy')
    expect(simulator.world.instances.get(broken)?.lifecycleState).to.equal('InService')
    await time.advance(180_000)
    expect(inService(simulator, 'blue')).to.have.length(2).and.not.include(broken)
    const [outage] = simulator.traffic.outages
    expect(((outage?.replacedAt ?? 0) - (outage?.brokenAt ?? 0)) / 1000).to.be.within(120, 180)
  })

  for (const [why, options] of [
    ['nothing is attached to the group', { targetGroups: [] }],
    ['its health check type is EC2', { healthCheckType: 'EC2' }],
    ['ReplaceUnhealthy is suspended', { suspendedProcesses: ['ReplaceUnhealthy'] }],
    ['HealthCheck is suspended', { suspendedProcesses: ['HealthCheck'] }],
  ] as const) {
    it(`never replace an unhealthy instance when ${why}`, async () => {
      const { simulator, time } = arranged
      const targetGroup = web()
      group({ healthCheckGracePeriodSeconds: 0, ...options })
      const [broken = ''] = idsOf(simulator, 'blue')
      simulator.world.targetHealth.register(targetGroup, [broken])
      await time.advance(30_000)
      simulator.world.breakInstance(broken)
      await time.advance(3_600_000)
      expect(targetStates(simulator, 'web')[broken]).to.equal('unhealthy')
      expect(inService(simulator, 'blue')).to.include(broken)
      expect(simulator.traffic.outages[0]?.replacedAt).to.equal(undefined)
    })
  }

  it('replace an instance that was marked unhealthy as soon as ReplaceUnhealthy is resumed', async () => {
    const { simulator, time } = arranged
    web()
    group({ healthCheckGracePeriodSeconds: 0, suspendedProcesses: ['ReplaceUnhealthy'] })
    const [broken = ''] = idsOf(simulator, 'blue')
    simulator.world.breakInstance(broken)
    await time.advance(120_000)
    expect(simulator.world.instances.get(broken)?.healthStatus).to.equal('Unhealthy')
    simulator.world.resumeProcesses('blue', ['ReplaceUnhealthy'])
    expect(simulator.world.instances.get(broken)?.lifecycleState).to.equal('Terminating')
  })

  describe('with HealthCheck or ReplaceUnhealthy suspended while an instance is found unhealthy, and healthy again', () => {
    const begin = async (suspendedProcesses: string[]) => {
      web()
      group({ healthCheckGracePeriodSeconds: 0, suspendedProcesses })
      const { world } = arranged.simulator
      const [id = ''] = idsOf(arranged.simulator, 'blue')
      const instance = world.instances.get(id)
      if (!instance) throw new Error('It has no instance.')
      world.breakInstance(id)
      await arranged.time.advance(60_000)
      expect(targetStates(arranged.simulator, 'web')[id]).to.equal('unhealthy')
      return { world, instance }
    }
    const heal = async (instance: Instance) => {
      instance.broken = false
      arranged.simulator.world.targetHealth.instanceChanged(instance.instanceId)
      await arranged.time.advance(60_000)
      expect(targetStates(arranged.simulator, 'web')[instance.instanceId]).to.equal('healthy')
    }

    it('mark no instance while HealthCheck is suspended', async () => {
      const { instance } = await begin(['HealthCheck'])
      expect(instance).to.include({ healthStatus: 'Healthy', lifecycleState: 'InService' })
    })

    it('keep it when one call resumes both', async () => {
      const { world, instance } = await begin(['HealthCheck', 'ReplaceUnhealthy'])
      await heal(instance)
      world.resumeProcesses('blue', ['ReplaceUnhealthy', 'HealthCheck'])
      await arranged.time.advance(600_000)
      expect(instance).to.include({ healthStatus: 'Healthy', lifecycleState: 'InService' })
    })

    it('replace it at the next check when one call resumes both and it is still unhealthy', async () => {
      const { world, instance } = await begin(['HealthCheck', 'ReplaceUnhealthy'])
      world.resumeProcesses('blue', ['ReplaceUnhealthy', 'HealthCheck'])
      expect(instance).to.include({ healthStatus: 'Healthy', lifecycleState: 'InService' })
      await arranged.time.advance(30_000)
      expect(instance).to.include({ healthStatus: 'Unhealthy', lifecycleState: 'Terminating' })
    })

    it('replace it when ReplaceUnhealthy is resumed and HealthCheck was never suspended: the mark stays', async () => {
      const { world, instance } = await begin(['ReplaceUnhealthy'])
      await heal(instance)
      expect(instance).to.include({ healthStatus: 'Unhealthy', lifecycleState: 'InService' })
      world.resumeProcesses('blue', ['ReplaceUnhealthy'])
      expect(instance.lifecycleState).to.equal('Terminating')
    })
  })

  for (const [cause, process, other] of [
    ['alarm', 'AlarmNotification', 'ScheduledActions'],
    ['scheduledAction', 'ScheduledActions', 'AlarmNotification'],
  ] as const) {
    describe(`hear of ${process}`, () => {
      const blue = () => arranged.simulator.world.autoScalingGroups.get('blue')

      it('and scale, within the limits of the group', async () => {
        const { simulator, time } = arranged
        group({ targetGroups: [], minSize: 1, maxSize: 3, suspendedProcesses: [other] })
        simulator.world[cause]('blue', 9)
        await time.advance(60_000)
        expect(inService(simulator, 'blue')).to.have.length(3)
        simulator.world[cause]('blue', 0)
        await time.advance(60_000)
        expect(inService(simulator, 'blue')).to.have.length(1)
      })

      it(`and only say so while ${process} is suspended, and do nothing when it is resumed`, async () => {
        const { simulator, time } = arranged
        group({ targetGroups: [] })
        simulator.world.suspendProcesses('blue', [process])
        simulator.world[cause]('blue', 5)
        simulator.world.resumeProcesses('blue', [process])
        await time.advance(60_000)
        expect(blue()?.desiredCapacity).to.equal(2)
        const said = cause === 'alarm' ? 'an alarm' : 'a scheduled action'
        expect(sentences(simulator)).to.deep.equal([
          `Auto Scaling suspends ${process} of blue.`,
          `Auto Scaling ignores ${said} for blue: ${process} is suspended.`,
          `Auto Scaling resumes ${process} of blue.`,
        ])
      })

      it('and do nothing about a group under deletion', async () => {
        group({ targetGroups: [] })
        Object.assign(blue() ?? {}, { status: 'Delete in progress' })
        arranged.simulator.world[cause]('blue', 5)
        expect(blue()?.desiredCapacity).to.equal(2)
      })
    })
  }

  it('fail open: without a healthy target every registered one gets requests, which fail', async () => {
    const { simulator, time } = arranged
    web()
    group({ healthCheckGracePeriodSeconds: 3_600 })
    for (const id of idsOf(simulator, 'blue')) simulator.world.breakInstance(id)
    await time.advance(60_000)
    expect(Object.values(targetStates(simulator, 'web'))).to.deep.equal(['unhealthy', 'unhealthy'])
    expect(simulator.traffic.count()).to.deep.include({ requests: 600, failed: 600 })
  })

  it('call targets unused while no load balancer uses their target group', async () => {
    const { simulator, time } = arranged
    const targetGroup = web({ loadBalancerArns: [] })
    const blue = group({ targetGroups: [] })
    simulator.world.scaling.attach(blue, [targetGroup.arn], 'targetGroups')
    await time.advance(60_000)
    const [target] = targetGroup.targets.values()
    expect(target).to.include({ state: 'unused', reason: 'Target.NotInUse' })
    expect(simulator.traffic.instancesWithoutTraffic()).to.have.length(2)
  })

  it('say why a target is unhealthy: no application, or a wrong answer', async () => {
    const { simulator, time } = arranged
    const targetGroup = web()
    group({ healthCheckGracePeriodSeconds: 3_600 })
    const [first = '', second = ''] = idsOf(simulator, 'blue')
    simulator.world.breakInstance(first)
    Object.assign(simulator.world.instances.get(second) ?? {}, { application: undefined })
    simulator.world.targetHealth.instanceChanged(second)
    await time.advance(60_000)
    expect([...targetGroup.targets.values()].map(({ reason }) => reason)).to.deep.equal([
      'Target.ResponseCodeMismatch',
      'Target.FailedHealthChecks',
    ])
  })

  it('fail every launch of a group whose attached target group was deleted, and give up after three', async () => {
    const { simulator, time } = arranged
    web()
    group()
    simulator.world.deleteTargetGroup('web')
    simulator.world.setDesiredCapacity('blue', 3)
    await time.advance(600_000)
    expect(inService(simulator, 'blue')).to.have.length(2)
    expect(simulator.world.autoScalingGroups.get('blue')?.failedLaunches).to.equal(3)
  })

  it('play the same world for the same seed, and another world for another seed', async () => {
    const { simulator } = arranged
    web()
    group()
    const again = await arrangeIds(1)
    const other = await arrangeIds(2)
    expect(idsOf(simulator, 'blue')).to.deep.equal(again)
    expect(idsOf(simulator, 'blue')).to.not.deep.equal(other)
  })

  const arrangeIds = async (seed: number) => {
    const { simulate } = await import('../simulate.ts')
    const simulator = await simulate({ seed })
    simulator.world.createTargetGroup({ name: 'web' })
    simulator.world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'], desiredCapacity: 2 })
    const ids = idsOf(simulator, 'blue')
    await simulator.close()
    return ids
  }
})
