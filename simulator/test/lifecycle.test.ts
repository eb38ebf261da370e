import { expect } from 'chai'
import type { SimulateOptions } from '../simulate.ts'
import type { DeploymentGroupOptions } from '../world/arrange.ts'
import { customConfiguration } from '../world/deployments/configurations.ts'
import type { Revision } from '../world/state.ts'
import {
  type Arranged,
  arrange,
  arrangeBlueGreen,
  greenOf,
  idsOf,
  inService,
  sentences,
  targetStates,
} from './arranged.ts'

describe('a simulated blue/green deployment', () => {
  let arranged: Arranged
  afterEach(() => arranged.end())

  const begin = async (
    group: Partial<DeploymentGroupOptions> = {},
    options: SimulateOptions = {},
    revision: Revision = { version: 'v2' },
  ) => {
    arranged = await arrange(options)
    arrangeBlueGreen(arranged.simulator, group)
    const id = arranged.simulator.world.deploy({ deploymentGroup: 'production', revision })
    const deployment = arranged.simulator.world.deployments.get(id)
    if (!deployment) throw new Error('There is no deployment.')
    return { id, deployment, green: greenOf(id), ...arranged, world: arranged.simulator.world }
  }

  /** Lets time pass until `isSo` is true, or for an hour. */
  const passUntil = async (isSo: () => boolean) => {
    for (let seconds = 0; !isSo() && seconds < 3_600; seconds += 1) await arranged.time.advance(1_000)
    expect(isSo()).to.equal(true)
  }

  it('copies blue, installs, moves traffic, drains and terminates blue, and has the deployment group name green', async () => {
    const { id, green, simulator, time, world } = await begin()
    expect(await time.run(world.deploymentEnded(id))).to.equal('Succeeded')
    expect([...world.autoScalingGroups.keys()]).to.deep.equal([green])
    expect(world.deploymentGroups.get('shop/production')?.autoScalingGroups).to.deep.equal([green])
    expect(inService(simulator, green).map((one) => world.instances.get(one)?.application?.version)).to.deep.equal([
      'v2',
      'v2',
    ])
    expect(Object.keys(targetStates(simulator, 'web'))).to.deep.equal(inService(simulator, green))
    expect(simulator.traffic.count()).to.include({ failed: 0 })
  })

  it('copies tags, suspended processes, health check type and the number of healthy instances', async () => {
    arranged = await arrange()
    const { world } = arranged.simulator
    world.createTargetGroup({ name: 'web' })
    world.createAutoScalingGroup({
      name: 'blue',
      targetGroups: ['web'],
      desiredCapacity: 3,
      healthCheckType: 'EC2',
      suspendedProcesses: ['AZRebalance'],
      tags: { team: 'shop' },
    })
    world.createDeploymentGroup({ name: 'production', autoScalingGroup: 'blue', targetGroups: ['web'] })
    const green = greenOf(world.deploy({ deploymentGroup: 'production' }))
    await passUntil(() => world.autoScalingGroups.has(green))
    expect(world.autoScalingGroups.get(green)).to.deep.include({
      healthCheckType: 'EC2',
      suspendedProcesses: ['AZRebalance'],
      tags: [
        { key: 'team', value: 'shop', propagateAtLaunch: false },
        { key: 'CodeDeployProvisioningDeploymentId', value: green.split('_').at(-1), propagateAtLaunch: true },
      ],
      desiredCapacity: 3,
      targetGroupArns: [],
    })
  })

  it('has the defect: green scales in without draining and out without traffic, and its unhealthy instances stay', async () => {
    const { id, green, simulator, time, world } = await begin()
    await time.run(world.deploymentEnded(id))
    const [oldest = ''] = inService(simulator, green)
    const connectionsCut = () => simulator.traffic.count().connectionsCut
    world.setDesiredCapacity(green, 3)
    await time.advance(120_000)
    expect(simulator.traffic.instancesWithoutTraffic()).to.have.length(1)
    world.setDesiredCapacity(green, 2)
    await time.advance(120_000)
    expect(connectionsCut()).to.equal(10)
    expect(inService(simulator, green)).to.not.include(oldest)
    const [broken = ''] = Object.keys(targetStates(simulator, 'web')).filter((one) =>
      inService(simulator, green).includes(one),
    )
    world.breakInstance(broken)
    await time.advance(3_600_000)
    expect(simulator.traffic.outages[0]?.replacedAt).to.equal(undefined)
  })

  it('does not have the defect where a switch lets the copy keep its target groups', async () => {
    const { id, green, simulator, time, world } = await begin({}, { switches: { copyLosesTargetGroups: false } })
    await time.run(world.deploymentEnded(id))
    expect(world.autoScalingGroups.get(green)?.targetGroupArns).to.deep.equal([world.targetGroups.get('web')?.arn])
    world.setDesiredCapacity(green, 3)
    await time.advance(120_000)
    expect(simulator.traffic.instancesWithoutTraffic()).to.deep.equal([])
    world.setDesiredCapacity(green, 2)
    await time.advance(120_000)
    world.breakInstance(inService(simulator, green)[0] ?? '')
    await time.advance(600_000)
    expect(simulator.traffic.outages[0]?.replacedAt).to.be.a('number')
    expect(simulator.traffic.count().connectionsCut).to.equal(0)
  })

  it('runs these events on green and on blue, in this order', async () => {
    const { id, deployment, time, world } = await begin()
    await time.run(world.deploymentEnded(id))
    const events = (label: string) =>
      [...deployment.targets.values()]
        .find((target) => target.label === label)
        ?.lifecycleEvents.map(({ name }) => name)
        .join(' ')
    expect(events('Green')).to.equal(
      'ApplicationStop DownloadBundle BeforeInstall Install AfterInstall ApplicationStart ValidateService BeforeAllowTraffic AllowTraffic AfterAllowTraffic',
    )
    expect(events('Blue')).to.equal('BeforeBlockTraffic BlockTraffic AfterBlockTraffic')
    expect([...deployment.targets.values()].every(({ status }) => status === 'Succeeded')).to.equal(true)
  })

  it('waits at Ready until somebody continues it, and gives green no traffic before', async () => {
    const { id, deployment, green, simulator, time, world } = await begin({ readyWaitMinutes: 30 })
    await passUntil(() => deployment.status === 'Ready')
    await time.advance(20 * 60_000)
    expect(deployment.status).to.equal('Ready')
    expect(Object.keys(targetStates(simulator, 'web'))).to.have.members(idsOf(simulator, 'blue'))
    world.continueDeployment(id)
    expect(await time.run(world.deploymentEnded(id))).to.equal('Succeeded')
    expect(Object.keys(targetStates(simulator, 'web'))).to.have.members(idsOf(simulator, green))
  })

  it('is Stopped when nobody continues it in time, and leaves green running', async () => {
    const { id, deployment, green, simulator, time, world } = await begin({ readyWaitMinutes: 30 })
    expect(await time.run(world.deploymentEnded(id))).to.equal('Stopped')
    expect(deployment.completeTime).to.be.closeTo((deployment.startTime ?? 0) + 30 * 60_000, 120_000)
    expect(inService(simulator, green)).to.have.length(2)
    expect(world.deploymentGroups.get('shop/production')?.autoScalingGroups).to.deep.equal(['blue'])
  })

  it('does not wait at Ready where its deployment group does not ask for it', async () => {
    const { id, simulator, time, world } = await begin()
    await time.run(world.deploymentEnded(id))
    expect(sentences(simulator).join('\n')).to.not.contain('Ready')
  })

  it('stops on request, Pending at first, and marks as Skipped what has not begun', async () => {
    const { deployment, time, world } = await begin()
    await passUntil(() => [...deployment.targets.values()].some(({ status }) => status === 'InProgress'))
    expect(world.codeDeploy.stop(deployment, false)).to.equal('Pending')
    expect(deployment.status).to.equal('InProgress')
    await time.advance(10_000)
    expect(deployment).to.deep.include({
      status: 'Stopped',
      errorInformation: { code: 'MANUAL_STOP', message: 'The deployment was stopped by a request.' },
    })
    const [target] = deployment.targets.values()
    expect(target?.lifecycleEvents.at(-1)?.status).to.equal('Skipped')
    const before = sentences(arranged.simulator).length
    await time.advance(3_600_000)
    expect(sentences(arranged.simulator)).to.have.length(before)
  })

  it('fails when the load balancer never finds green healthy, and leaves green running', async () => {
    const { id, deployment, green, simulator, time, world } = await begin({}, {}, { version: 'v2', healthy: false })
    expect(await time.run(world.deploymentEnded(id))).to.equal('Failed')
    expect(deployment.errorInformation?.code).to.equal('HEALTH_CONSTRAINTS')
    expect(inService(simulator, green)).to.have.length(2)
    expect(Object.keys(targetStates(simulator, 'web'))).to.include.members(idsOf(simulator, 'blue'))
  })

  it('runs BeforeAllowTraffic after Ready, or before it where a switch says so', async () => {
    for (const [scriptsBeforeReady, status] of [
      [false, 'Pending'],
      [true, 'Succeeded'],
    ] as const) {
      const { deployment } = await begin({ readyWaitMinutes: 30 }, { switches: { scriptsBeforeReady } })
      await passUntil(() => deployment.status === 'Ready')
      const [target] = deployment.targets.values()
      expect(target?.lifecycleEvents.find(({ name }) => name === 'BeforeAllowTraffic')?.status).to.equal(status)
      expect(target?.lifecycleEvents.find(({ name }) => name === 'AllowTraffic')?.status).to.equal('Pending')
      if (!scriptsBeforeReady) await arranged.end()
    }
  })

  it('finishes a batch, traffic included, before the next one installs, where scripts run before Ready and nothing waits', async () => {
    const { deployment } = await begin(
      { configuration: 'CodeDeployDefault.OneAtATime' },
      { switches: { scriptsBeforeReady: true } },
    )
    const events = (index: number) => [...deployment.targets.values()][index]?.lifecycleEvents ?? []
    await passUntil(() => events(0).at(-1)?.status === 'Succeeded')
    expect(events(1)[0]?.status).to.be.oneOf(['Pending', 'InProgress'])
  })

  it('installs batch after batch, each as large as the configuration says', async () => {
    const { deployment } = await begin({ configuration: customConfiguration(1, 1) })
    const status = (index: number) => [...deployment.targets.values()][index]?.lifecycleEvents[0]?.status
    await passUntil(() => status(0) === 'Succeeded')
    expect(status(1)).to.equal('Pending')
  })

  it('names green in targetInstances once the first instance installs, or from the start where a switch says so', async () => {
    for (const targetInstancesAbsentEarly of [true, false]) {
      const { deployment, green, time } = await begin({}, { switches: { targetInstancesAbsentEarly } })
      await time.advance(3_000)
      expect(deployment.status).to.equal('InProgress')
      expect(deployment.targetInstances).to.deep.equal(
        targetInstancesAbsentEarly ? undefined : { autoScalingGroups: [green] },
      )
      await passUntil(() => deployment.targets.size > 0)
      expect(deployment.targetInstances).to.deep.equal({ autoScalingGroups: [green] })
      if (targetInstancesAbsentEarly) await arranged.end()
    }
  })

  it('succeeds after the termination wait, or before it where a switch says so', async () => {
    for (const successBeforeTerminationWait of [false, true]) {
      const { deployment, id, time, world } = await begin(
        { terminateBlueAfterMinutes: 60 },
        { switches: { successBeforeTerminationWait } },
      )
      await passUntil(() => deployment.instanceTerminationWaitTimeStarted)
      expect(deployment.status).to.equal(successBeforeTerminationWait ? 'Succeeded' : 'InProgress')
      expect(world.autoScalingGroups.has('blue')).to.equal(true)
      await time.advance(61 * 60_000)
      expect(await time.run(world.deploymentEnded(id))).to.equal('Succeeded')
      expect(world.autoScalingGroups.has('blue')).to.equal(false)
      if (!successBeforeTerminationWait) await arranged.end()
    }
  })

  it('has the deployment group name green once traffic has moved, or only after success where a switch says so', async () => {
    for (const greenNamedAt of ['rerouting', 'success'] as const) {
      const { deployment, green, world, time, id } = await begin({}, { switches: { greenNamedAt } })
      await passUntil(() => deployment.instanceTerminationWaitTimeStarted)
      const named = () => world.deploymentGroups.get('shop/production')?.autoScalingGroups
      expect(named()).to.deep.equal([greenNamedAt === 'rerouting' ? green : 'blue'])
      await time.run(world.deploymentEnded(id))
      expect(named()).to.deep.equal([green])
      if (greenNamedAt === 'rerouting') await arranged.end()
    }
  })

  for (const [launchHookMovedAt, keepBlue, hooked, version] of [
    ['rerouting', false, 'green', 'v2'],
    ['termination', false, 'blue', undefined],
    ['termination', true, 'green', 'v2'],
  ] as const) {
    it(`has its launch hook on ${hooked} once traffic has moved, where CodeDeploy moves it at ${launchHookMovedAt} and ${keepBlue ? 'keeps' : 'terminates'} blue, and installs only there`, async () => {
      const { id, deployment, green, simulator, time, world } = await begin(
        { terminateBlueAfterMinutes: 60, keepBlue },
        { switches: { launchHookMovedAt } },
      )
      const hooks = (name: string) => world.autoScalingGroups.get(name)?.launchHooks.length
      expect(hooks('blue')).to.equal(1)
      await passUntil(() => keepBlue || deployment.instanceTerminationWaitTimeStarted)
      if (keepBlue) await time.run(world.deploymentEnded(id))
      expect({ blue: hooks('blue'), green: hooks(green) }).to.deep.equal({ blue: 0, green: 0, [hooked]: 1 })
      world.setDesiredCapacity(green, 3)
      await time.advance(120_000)
      expect(world.instances.get(inService(simulator, green).at(-1) ?? '')?.application?.version).to.equal(version)
      await time.run(world.deploymentEnded(id))
      expect(hooks(green)).to.equal(1)
    })
  }

  for (const copyTagNamesItsDeployment of [true, false]) {
    it(`tags the copy of a copy with ${copyTagNamesItsDeployment ? 'its own' : 'the first'} deployment where a switch says so`, async () => {
      const { id, time, world } = await begin({}, { switches: { copyTagNamesItsDeployment } })
      await time.run(world.deploymentEnded(id))
      const next = world.deploy({ deploymentGroup: 'production' })
      await time.run(world.deploymentEnded(next))
      expect(world.autoScalingGroups.get(greenOf(next))?.tags.map(({ value }) => value)).to.deep.equal([
        copyTagNamesItsDeployment ? next : id,
      ])
    })
  }

  it('takes as green the one of two standing groups that it names, where its deployment group names both', async () => {
    arranged = await arrange()
    const { simulator, time } = arranged
    const { world } = simulator
    arrangeBlueGreen(simulator)
    world.createAutoScalingGroup({ name: 'green' })
    const both = { autoScalingGroup: ['blue', 'green'], targetGroups: ['web'], keepBlue: true }
    world.createDeploymentGroup({ name: 'standing', greenFleet: 'DISCOVER_EXISTING', ...both })
    const id = world.deploy({ deploymentGroup: 'standing', green: ['green'] })
    expect(await time.run(world.deploymentEnded(id))).to.equal('Succeeded')
    const labels = [...(world.deployments.get(id)?.targets.values() ?? [])].map(({ targetId, label }) => [
      targetId,
      label,
    ])
    expect(labels).to.have.deep.members([
      ...inService(simulator, 'green').map((one) => [one, 'Green']),
      ...inService(simulator, 'blue').map((one) => [one, 'Blue']),
    ])
    expect(Object.keys(targetStates(simulator, 'web'))).to.have.members(inService(simulator, 'green'))
  })

  it('keeps blue where its deployment group says so, deregistered but still attached', async () => {
    const { id, simulator, time, world } = await begin({ keepBlue: true })
    await time.run(world.deploymentEnded(id))
    expect(inService(simulator, 'blue')).to.have.length(2)
    expect(world.autoScalingGroups.get('blue')?.targetGroupArns).to.have.length(1)
    expect(simulator.traffic.instancesWithoutTraffic()).to.have.members(idsOf(simulator, 'blue'))
  })

  it('has Auto Scaling deploy to each instance that it launches where a deployment group names the Auto Scaling group', async () => {
    for (const launchDeploymentStyle of ['BLUE_GREEN', 'IN_PLACE'] as const) {
      const { id, green, simulator, time, world } = await begin({}, { switches: { launchDeploymentStyle } })
      await time.run(world.deploymentEnded(id))
      world.setDesiredCapacity(green, 3)
      await time.advance(120_000)
      const launched = [...world.deployments.values()].at(-1)
      expect(launched).to.deep.include({ creator: 'autoscaling', status: 'Succeeded' })
      expect(launched?.deploymentStyle.deploymentType).to.equal(launchDeploymentStyle)
      const [instance = ''] = launched?.targets.keys() ?? []
      expect(world.instances.get(instance)?.application?.version).to.equal('v2')
      expect(inService(simulator, green)).to.include(instance)
      expect(world.deploymentGroups.get('shop/production')?.lastAttempted).to.equal(id)
      if (launchDeploymentStyle === 'BLUE_GREEN') await arranged.end()
    }
  })

  it('counts such a deployment as the last attempted one where a switch says so', async () => {
    const { id, green, time, world } = await begin({}, { switches: { launchDeploymentsAreLastAttempted: true } })
    await time.run(world.deploymentEnded(id))
    world.setDesiredCapacity(green, 3)
    await time.advance(120_000)
    const launched = [...world.deployments.values()].at(-1)
    expect(world.deploymentGroups.get('shop/production')?.lastAttempted).to.equal(launched?.deploymentId)
    expect(launched?.creator).to.equal('autoscaling')
  })

  for (const terminationHookEnabled of [true, false]) {
    it(`${terminationHookEnabled ? 'makes a' : 'makes no'} termination deployment for an instance that scales in, with the hook ${terminationHookEnabled ? 'on' : 'off'}`, async () => {
      const { id, green, time, world } = await begin({ terminationHookEnabled })
      await time.run(world.deploymentEnded(id))
      await time.advance(60_000)
      const before = world.deployments.size
      world.setDesiredCapacity(green, 1)
      await time.advance(120_000)
      const made = [...world.deployments.values()].slice(before)
      expect(made.map(({ creator, status }) => ({ creator, status }))).to.deep.equal(
        terminationHookEnabled ? [{ creator: 'autoscalingTermination', status: 'Succeeded' }] : [],
      )
      expect(inService(arranged.simulator, green)).to.have.length(1)
      const [instance = ''] = made[0]?.targets.keys() ?? []
      expect(world.instances.get(instance)?.running).to.equal(terminationHookEnabled ? false : undefined)
    })
  }

  it('also updates outdated instances, in place', async () => {
    const { id, green, simulator, time, world } = await begin()
    await time.run(world.deploymentEnded(id))
    const update = world.updateOutdated('production')
    expect(await time.run(world.deploymentEnded(update))).to.equal('Succeeded')
    expect(world.deployments.get(update)?.creator).to.equal('CodeDeployAutoUpdate')
    expect([...(world.deployments.get(update)?.targets.keys() ?? [])]).to.deep.equal(inService(simulator, green))
  })

  it('installs nothing on an instance that green launches at Ready', async () => {
    const { deployment, green, simulator, time, world } = await begin({ readyWaitMinutes: 60 })
    await passUntil(() => deployment.status === 'Ready')
    world.setDesiredCapacity(green, 3)
    await time.advance(120_000)
    const launched = inService(simulator, green).at(-1) ?? ''
    expect(world.instances.get(launched)?.application).to.equal(undefined)
  })

  it('is rolled back by another deployment, which moves the traffic back to blue', async () => {
    for (const [rollbackTargetInstances, expected] of [
      ['empty', () => []],
      ['green', (green: string) => [green]],
      ['blue', () => ['blue']],
    ] as const) {
      const { id, deployment, green, simulator, time, world } = await begin(
        { terminateBlueAfterMinutes: 60 },
        { switches: { rollbackTargetInstances } },
      )
      await passUntil(() => deployment.instanceTerminationWaitTimeStarted)
      world.stopDeployment(id, { rollBack: true })
      await time.advance(10_000)
      const rollback = [...world.deployments.values()].at(-1)
      expect(rollback).to.deep.include({ creator: 'codeDeployRollback' })
      expect(rollback?.rollbackInfo?.rollbackTriggeringDeploymentId).to.equal(id)
      expect(deployment.rollbackInfo?.rollbackDeploymentId).to.equal(rollback?.deploymentId)
      expect(await time.run(world.deploymentEnded(rollback?.deploymentId ?? ''))).to.equal('Succeeded')
      expect(rollback?.targetInstances).to.deep.equal({ autoScalingGroups: expected(green) })
      expect(world.deploymentGroups.get('shop/production')?.autoScalingGroups).to.deep.equal(['blue'])
      expect(Object.keys(targetStates(simulator, 'web'))).to.have.members(idsOf(simulator, 'blue'))
      world.setDesiredCapacity('blue', 3)
      await time.advance(120_000)
      expect(world.instances.get(inService(simulator, 'blue').at(-1) ?? '')?.application?.version).to.equal('v1')
      if (rollbackTargetInstances !== 'blue') await arranged.end()
    }
  })

  for (const [what, ends, status] of [
    ['fails before its traffic moves', undefined, 'Failed'],
    ['is stopped at Ready', (id: string) => arranged.simulator.world.stopDeployment(id, { rollBack: true }), 'Stopped'],
  ] as const) {
    it(`is not rolled back when it ${what}, and only a message says so`, async () => {
      const hooks = { BeforeInstall: [{ script: '/no/such/script' }] }
      const revision = { version: 'v2', ...(status === 'Failed' && { hooks }) }
      const { id, deployment, time, world } = await begin({ autoRollback: true, readyWaitMinutes: 30 }, {}, revision)
      if (ends) await passUntil(() => deployment.status === 'Ready')
      ends?.(id)
      expect(await time.run(world.deploymentEnded(id))).to.equal(status)
      expect(world.deployments.size).to.equal(1)
      expect(Object.keys(deployment.rollbackInfo ?? {})).to.deep.equal(['rollbackMessage'])
    })
  }

  describe('has its green suspended by CodeDeploy itself', () => {
    const three = ['AddToLoadBalancer', 'AlarmNotification', 'ScheduledActions']

    for (const [greenSuspendedAt, atReady, whileTrafficMoves] of [
      ['rerouting', [], three],
      ['ready', three, three],
      ['never', [], []],
    ] as const) {
      it(`${greenSuspendedAt}, until blue is deregistered`, async () => {
        const { id, deployment, green, world } = await begin(
          { readyWaitMinutes: 30 },
          { switches: { greenSuspendedAt } },
        )
        const suspended = () => world.autoScalingGroups.get(green)?.suspendedProcesses
        await passUntil(() => deployment.status === 'Ready')
        expect(suspended()).to.deep.equal(atReady)
        world.continueDeployment(id)
        await passUntil(() => [...(world.targetGroups.get('web')?.targets.values() ?? [])].length === 4)
        expect(suspended()).to.deep.equal(whileTrafficMoves)
        await passUntil(() => deployment.instanceTerminationWaitTimeStarted)
        expect(suspended()).to.deep.equal([])
      })
    }

    it('for good where blue cannot be deregistered', async () => {
      const { id, green, simulator, time, world } = await begin()
      world.failDeregistration(inService(simulator, 'blue')[1] ?? '')
      expect(await time.run(world.deploymentEnded(id))).to.equal('Failed')
      expect(world.autoScalingGroups.get(green)?.suspendedByCodeDeploy).to.deep.equal(three)
    })

    it('and resumed whoever suspended it, so that only the others are told apart', async () => {
      const { id, deployment, green, time, world } = await begin({ readyWaitMinutes: 30 })
      await passUntil(() => deployment.status === 'Ready')
      world.suspendProcesses(green, ['AlarmNotification', 'HealthCheck'])
      world.continueDeployment(id)
      await time.advance(3_000)
      expect(world.autoScalingGroups.get(green)?.suspendedByCodeDeploy).to.deep.equal([
        'AddToLoadBalancer',
        'ScheduledActions',
      ])
      await time.run(world.deploymentEnded(id))
      expect(world.autoScalingGroups.get(green)?.suspendedProcesses).to.deep.equal(['HealthCheck'])
    })
  })

  for (const [event, ignoreApplicationStopFailures, status, last] of [
    ['ApplicationStop', true, 'Succeeded', 'Succeeded'],
    ['ApplicationStop', false, 'Failed', 'Skipped'],
    ['Install', true, 'Failed', 'Skipped'],
  ] as const) {
    const ignoring = ignoreApplicationStopFailures ? 'ignores' : 'does not ignore'
    it(`${status === 'Failed' ? 'gives an instance up' : 'goes on with an instance'} whose ${event} fails where it ${ignoring} a failed ApplicationStop, and leaves the instance in service`, async () => {
      arranged = await arrange()
      const { simulator, time } = arranged
      const { world } = simulator
      arrangeBlueGreen(simulator)
      const id = world.deploy({ deploymentGroup: 'production', ignoreApplicationStopFailures })
      await passUntil(() => idsOf(simulator, greenOf(id)).length === 2)
      const [first = '', second = ''] = idsOf(simulator, greenOf(id))
      world.failEvent(first, event)
      expect(await time.run(world.deploymentEnded(id))).to.equal('Succeeded')
      const target = (instanceId: string) => world.deployments.get(id)?.targets.get(instanceId)
      const eventOf = (name: string) => target(first)?.lifecycleEvents.find((one) => one.name === name)?.status
      expect({
        target: target(first)?.status,
        event: eventOf(event),
        last: eventOf('AfterAllowTraffic'),
      }).to.deep.equal({ target: status, event: 'Failed', last })
      expect(target(second)?.status).to.equal('Succeeded')
      expect(inService(simulator, greenOf(id))).to.deep.equal([first, second])
    })
  }

  it('waits for what takes longer on one instance, while the others go on', async () => {
    const { deployment, green, simulator, world } = await begin()
    await passUntil(() => idsOf(simulator, green).length === 2)
    const [first = '', second = ''] = idsOf(simulator, green)
    world.delayEvent(second, 'BeforeAllowTraffic', 7)
    const eventOf = (instanceId: string, name: string) =>
      deployment.targets.get(instanceId)?.lifecycleEvents.find((one) => one.name === name)
    await passUntil(() => eventOf(first, 'AllowTraffic')?.status === 'Succeeded')
    expect(eventOf(second, 'BeforeAllowTraffic')?.status).to.equal('InProgress')
    await passUntil(() => eventOf(second, 'BeforeAllowTraffic')?.status === 'Succeeded')
    const { startTime = 0, endTime = 0 } = eventOf(second, 'BeforeAllowTraffic') ?? {}
    expect(endTime - startTime).to.be.within(420_000, 425_000)
  })

  it('skips an instance that ends before its turn comes', async () => {
    const { deployment, green, simulator, time, world, id } = await begin({ configuration: customConfiguration(1, 1) })
    await passUntil(() => deployment.targets.size > 0)
    const [, second] = inService(simulator, green).flatMap((one) => world.instances.get(one) ?? [])
    if (second) second.running = false
    expect(await time.run(world.deploymentEnded(id))).to.equal('Succeeded')
    const greens = [...deployment.targets.values()].filter(({ label }) => label === 'Green')
    expect(greens.map(({ status }) => status)).to.deep.equal(['Succeeded', 'Skipped'])
  })

  it('is rolled back when it fails, where its deployment group says so', async () => {
    const { id, deployment, time, world } = await begin({ autoRollback: true }, {}, { version: 'v2', healthy: false })
    await time.run(world.deploymentEnded(id))
    expect(await time.run(world.deploymentEnded(deployment.rollbackInfo?.rollbackDeploymentId ?? ''))).to.equal(
      'Succeeded',
    )
  })

  it('goes to an existing Auto Scaling group, with DISCOVER_EXISTING', async () => {
    arranged = await arrange()
    const { simulator, time } = arranged
    arrangeBlueGreen(simulator, { greenFleet: 'DISCOVER_EXISTING' })
    simulator.world.createAutoScalingGroup({ name: 'green' })
    const id = simulator.world.deploy({ deploymentGroup: 'production', green: ['green'] })
    expect(await time.run(simulator.world.deploymentEnded(id))).to.equal('Succeeded')
    expect(simulator.world.deploymentGroups.get('shop/production')?.autoScalingGroups).to.deep.equal(['green'])
  })

  it('deploys in place, out of the load balancer and back, where the style says so', async () => {
    arranged = await arrange()
    const { simulator, time } = arranged
    arrangeBlueGreen(simulator, {
      deploymentStyle: { deploymentType: 'IN_PLACE' },
      configuration: 'CodeDeployDefault.OneAtATime',
    })
    const id = simulator.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    expect(await time.run(simulator.world.deploymentEnded(id))).to.equal('Succeeded')
    expect(Object.values(targetStates(simulator, 'web'))).to.deep.equal(['healthy', 'healthy'])
    expect(simulator.traffic.count()).to.include({ failed: 0 })
    const [first] = simulator.world.deployments.get(id)?.targets.values() ?? []
    expect(first?.lifecycleEvents.map(({ name }) => name)).to.include.members([
      'BlockTraffic',
      'Install',
      'BeforeAllowTraffic',
    ])
  })

  it('keeps a status that a test sets', async () => {
    const { id, deployment, time, world } = await begin({ readyWaitMinutes: 30 })
    await passUntil(() => deployment.status === 'Ready')
    deployment.status = 'Failed'
    expect(await time.run(world.deploymentEnded(id))).to.equal('Failed')
  })
})

describe('a simulated deployment to Lambda or ECS', () => {
  let arranged: Arranged
  afterEach(() => arranged.end())

  /** A deployment whose BeforeAllowTraffic hook reports this, this many minutes after its invocation, or never. */
  const begin = async (
    report: 'Succeeded' | 'Failed' | undefined,
    {
      minutes = 0,
      returnsAfterMs = 0,
      platform = 'ECS',
      options = {},
    }: { minutes?: number; returnsAfterMs?: number; platform?: 'ECS' | 'Lambda'; options?: SimulateOptions } = {},
  ) => {
    arranged = await arrange(options)
    const { simulator, time } = arranged
    const { world } = simulator
    const events: unknown[] = []
    world.createFunction({
      name: 'CodeDeployHook_test',
      handler: async (event) => {
        events.push(event)
        const { LifecycleEventHookExecutionId: id } = event as { LifecycleEventHookExecutionId: string }
        await simulator.clock.sleep(minutes * 60_000)
        const execution = world.hookExecutions.get(id)
        if (report && execution?.status === 'Pending') world.codeDeploy.report(execution, report)
        await simulator.clock.sleep(returnsAfterMs)
      },
    })
    world.createDeploymentGroup({ name: 'production', computePlatform: platform })
    const id = world.deploy({
      deploymentGroup: 'production',
      lambdaHooks: { BeforeAllowTraffic: 'CodeDeployHook_test' },
    })
    const status = await time.run(world.deploymentEnded(id))
    return { id, status, events, deployment: world.deployments.get(id), world }
  }

  it('sends the hook two ids and nothing else, and goes on when the hook reports Succeeded', async () => {
    for (const platform of ['ECS', 'Lambda'] as const) {
      const { id, status, events, world } = await begin('Succeeded', { platform })
      expect(status).to.equal('Succeeded')
      const [execution = ''] = world.hookExecutions.keys()
      expect(events).to.deep.equal([{ DeploymentId: id, LifecycleEventHookExecutionId: execution }])
      if (platform === 'ECS') await arranged.end()
    }
  })

  it('fails when the hook reports Failed', async () => {
    const { status, deployment } = await begin('Failed')
    expect(status).to.equal('Failed')
    expect(deployment?.errorInformation?.code).to.equal('HOOK_EXECUTION_FAILURE')
    const [target] = deployment?.targets.values() ?? []
    expect(target?.lifecycleEvents.find(({ name }) => name === 'AllowTraffic')?.status).to.equal('Skipped')
  })

  it('hangs for one hour and then fails when the hook never reports', async () => {
    const { status, deployment } = await begin(undefined)
    expect(status).to.equal('Failed')
    expect((deployment?.completeTime ?? 0) - (deployment?.startTime ?? 0)).to.be.within(3_600_000, 3_660_000)
  })

  it('invokes the hook twice with the same execution id where a switch says so', async () => {
    const { status, events } = await begin('Succeeded', { options: { switches: { hookInvokedTwice: true } } })
    expect(status).to.equal('Succeeded')
    expect(events).to.have.length(2)
    expect(events[0]).to.deep.equal(events[1])
  })

  for (const hookInvokedSynchronously of [true, false]) {
    it(`${hookInvokedSynchronously ? 'waits for the hook to return as well, where a switch says so' : 'goes on at the report, and waits for nothing else'}`, async () => {
      const { deployment } = await begin('Succeeded', {
        options: { switches: { hookInvokedSynchronously } },
        returnsAfterMs: 120_000,
      })
      const [target] = deployment?.targets.values() ?? []
      const event = target?.lifecycleEvents.find(({ name }) => name === 'BeforeAllowTraffic')
      expect((event?.endTime ?? 0) - (event?.startTime ?? 0)).to.equal(hookInvokedSynchronously ? 120_000 : 0)
    })
  }

  it('fails when its hook names a function that does not exist', async () => {
    arranged = await arrange()
    const { world } = arranged.simulator
    world.createDeploymentGroup({ name: 'production', computePlatform: 'Lambda' })
    const id = world.deploy({ deploymentGroup: 'production', lambdaHooks: { BeforeAllowTraffic: 'nobody' } })
    expect(await arranged.time.run(world.deploymentEnded(id))).to.equal('Failed')
    expect(world.deployments.get(id)?.errorInformation?.message).to.contain('nobody')
  })
})
