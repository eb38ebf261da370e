import { expect } from 'chai'
import { customConfiguration } from '../../../simulator/world/deployments/configurations.ts'
import { ready } from '../deploymentStates.ts'
import { notifications } from '../notifications.ts'
import {
  createDiscovering,
  inMode,
  type PlayedDeployment,
  productionOf,
  settled,
  stateOf,
  untouched,
} from '../playedDeployment.ts'
import { atReady, begin, instancesIn, minutes, watchUsers } from './scene.ts'

const stops = ({ actions }: PlayedDeployment) =>
  actions().filter((action) => /^(Stop|Continue)Deployment$/.test(action))

/** The targets of green in a deployment. */
const targetsOf = ({ aws, id }: PlayedDeployment) =>
  [...(aws.world.deployments.get(id)?.targets.values() ?? [])].filter(({ label }) => label === 'Green')

describe('Never harm: the gate', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  describe('that scripts ask after another script of seven minutes', () => {
    /** All of green is in BeforeAllowTraffic, whose other script is done now. */
    const asking = async (healthy: boolean) => {
      deployment = await begin({ via: 'nobody', sweeps: false, healthy })
      const { aws, later } = deployment
      await ready(deployment, 'InProgress')
      for (const target of targetsOf(deployment)) {
        target.status = 'InProgress'
        for (const event of target.lifecycleEvents) {
          if (event.name === 'BeforeAllowTraffic') Object.assign(event, { status: 'InProgress', startTime: Date.now() })
        }
      }
      await later(minutes(7))
      const began = Date.now()
      const asks = async () => ({
        verdict: (await aws.invoke({ DeploymentId: deployment.id }))['verdict'],
        seconds: Math.round((Date.now() - began) / 1000),
      })
      const first = asks()
      await later(3)
      return Promise.all([first, asks()])
    }

    it('passes each instance of a release that becomes healthy', async () => {
      const answers = await asking(true)
      expect(answers.map(({ verdict }) => verdict)).to.deep.equal(['Succeeded', 'Succeeded'])
    })

    it('fails a bad release only after the whole time', async () => {
      const answers = await asking(false)
      expect(answers.map(({ verdict }) => verdict)).to.deep.equal(['Failed', 'Failed'])
      for (const { seconds } of answers) expect(seconds).to.be.within(299, 320)
    })
  })

  it('fails a bad release in time although a pipeline asks again every 45 seconds', async () => {
    deployment = await begin({ via: 'nobody', sweeps: false, mode: 'gate', healthy: false })
    const { aws, id } = deployment
    await atReady(deployment)
    const began = Date.now()
    const verdicts: unknown[] = []
    while (verdicts.at(-1) !== 'Failed' && Date.now() - began < minutes(20) * 1000) {
      verdicts.push((await aws.invoke({ DeploymentId: id, WaitSeconds: 45 }))['verdict'])
    }
    expect(verdicts.at(-1)).to.equal('Failed')
    expect((Date.now() - began) / 1000).to.be.within(299, 360)
  })

  for (const [mode, healthy, seconds] of [
    ['observe', false, 55],
    ['observe', true, 5],
    ['heal', false, 55],
    ['heal', true, 5],
    ['gaet', false, 55],
    ['gaet', true, 5],
  ] as const) {
    const release = healthy ? 'good' : 'bad'
    it(`neither stops nor continues once its mode is ${mode}: a ${release} release, ${seconds} s after Ready of 60`, async () => {
      deployment = await begin({ mode: 'gate', healthy, settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' } })
      const { aws, id, later, now } = deployment
      await aws.until(id, 'Ready')
      await later(seconds)
      expect(now()).to.deep.include({ attached: ['web'] })
      inMode(aws.world, mode)
      await later(minutes(15))
      expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
      expect(stops(deployment)).to.deep.equal([])
      if (mode === 'observe') expect(now()?.held).to.deep.equal([])
      aws.world.stopDeployment(id)
      await later(minutes(6))
      expect(now()?.held).to.deep.equal([])
    })
  }

  for (const seconds of [2, 20, 120]) {
    it(`leaves green attached where its mode is observe and a person stops it ${seconds} s later`, async () => {
      deployment = await begin({ mode: 'gate', healthy: false })
      const { aws, id, later, now, actions } = deployment
      await aws.until(id, 'Ready')
      await later(5)
      inMode(aws.world, 'observe')
      await later(seconds)
      aws.world.stopDeployment(id)
      await later(minutes(12))
      expect(actions()).to.not.include('DetachLoadBalancerTargetGroups')
      expect(now()).to.deep.include({ attached: ['web'], held: [] })
    })
  }

  describe('between batches, when the first one serves', () => {
    const complaints: Readonly<Record<string, (deployment: PlayedDeployment) => void>> = {
      'a target group that no load balancer uses any more': ({ aws: { world } }) =>
        void Object.assign(world.targetGroups.get('extra') ?? {}, { loadBalancerArns: [] }),
      'fifty other target groups on green': ({ aws: { world }, green }) => {
        const group = world.autoScalingGroups.get(green)
        for (let number = 0; number < 50; number++) {
          const { arn } = world.createTargetGroup({ name: `other-${number}` })
          group?.targetGroupArns.push(arn)
        }
      },
    }
    for (const [complaint, appears] of Object.entries(complaints)) {
      it(`stops nobody: ${complaint}`, async () => {
        deployment = await begin({
          via: 'nobody',
          mode: 'gate',
          waitsAtReady: false,
          instances: 3,
          switches: { scriptsBeforeReady: true },
          arrange: (world) => {
            world.createTargetGroup({ name: 'extra' })
            const production = productionOf(world)
            production.loadBalancerInfo = { targetGroupInfoList: [{ name: 'web' }, { name: 'extra' }] }
            production.revision = { version: 'v1' }
            Object.assign(production, { configuration: customConfiguration(1, 1) })
          },
        })
        const { aws, id, later } = deployment
        const hasServed = () => targetsOf(deployment).some(({ status }) => status === 'Succeeded')
        await aws.until(id, 'InProgress')
        while (!hasServed()) await later(0.2)
        appears(deployment)
        await aws.invoke(notifications.EventBridge(id))
        await later(1)
        await aws.invoke(notifications.EventBridge(id))
        expect(stops(deployment)).to.deep.equal([])
        expect(await aws.played(id)).to.equal('Succeeded')
      })
    }
  })

  for (const hook of [false, true]) {
    it(`gives green no users because somebody asks at Ready in mode heal, by a ${hook ? 'hook' : 'call'}`, async () => {
      deployment = await begin({ mode: 'heal' })
      const { aws, id, green, later, now } = deployment
      await atReady(deployment)
      const users = watchUsers(aws)
      const answer = aws.invoke(
        hook ? { DeploymentId: id, LifecycleEventHookExecutionId: 'e-1' } : { DeploymentId: id, WaitSeconds: 45 },
      )
      await later(120)
      expect(now()?.attached).to.deep.equal([])
      expect(instancesIn(aws.world, green).filter((instanceId) => users.has(instanceId))).to.deep.equal([])
      if (!hook) expect(await answer).to.include({ verdict: 'Pending' })
      aws.world.stopDeployment(id)
      await answer
    })
  }

  for (const desiredCapacityType of [undefined, 'vcpu', 'memory-mib'] as const) {
    it(`counts instances where capacity is counted in ${desiredCapacityType ?? 'weights'}`, async () => {
      deployment = await begin({
        mode: 'gate',
        arrange: (world) => {
          const weights = { 'm6i.2xlarge': 4 }
          const options = { weights, desiredCapacityType, desiredCapacity: 8, targetGroups: ['web'] }
          world.createAutoScalingGroup({ name: 'weighted', ...options })
          productionOf(world).autoScalingGroups = ['weighted']
        },
      })
      const { aws, id, green, later, now } = deployment
      expect(await aws.played(id)).to.equal('Succeeded')
      expect(instancesIn(aws.world, green)).to.have.length(2)
      await later(minutes(6))
      expect(now()).to.deep.equal(settled)
    })
  }

  describe('of a target group that fails open below 60 % of healthy targets', () => {
    const health = 'target_group_health'
    const percentage = 'minimum_healthy_targets.percentage'
    for (const [attribute, value, isAttached] of [
      [`${health}.unhealthy_state_routing.${percentage}`, '60', false],
      [`${health}.dns_failover.${percentage}`, '60', false],
      [`${health}.unhealthy_state_routing.${percentage}`, '40', true],
      [`${health}.unhealthy_state_routing.${percentage}`, 'off', true],
    ] as const) {
      it(`loses no request to a bad release: ${attribute}=${value}`, async () => {
        deployment = await begin({
          healthy: false,
          mode: 'gate',
          settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
          arrange: (world) => void world.targetGroups.get('web')?.attributes.set(attribute, value),
        })
        const { aws, id, later } = deployment
        await aws.until(id, 'Ready')
        await later(minutes(5))
        expect(aws.traffic.count().failed).to.equal(0)
        // Nobody is stopped for what Greenlight could not try.
        expect(aws.world.deployments.get(id)?.status).to.equal(isAttached ? 'Stopped' : 'Ready')
        if (isAttached) return
        const said = JSON.stringify(aws.log.filter(({ level }) => level === 'ERROR'))
        expect(said).to.include(attribute)
        expect(await aws.invoke({ DeploymentId: id })).to.include({ verdict: 'Failed' })
      })
    }
  })

  it('stops nobody where AddToLoadBalancer is suspended on green at Ready and attaching registers no instance', async () => {
    deployment = await begin({
      mode: 'gate',
      settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
      switches: { greenSuspendedAt: 'ready', attachRegistersThoughSuspended: false },
    })
    const { aws, id, later, now } = deployment
    await aws.until(id, 'Ready')
    await later(minutes(5))
    expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
    expect(JSON.stringify(aws.log.filter(({ level }) => level === 'ERROR'))).to.include('AddToLoadBalancer')
    aws.world.continueDeployment(id)
    expect(await aws.played(id)).to.equal('Succeeded')
    await later(minutes(6))
    expect(now()).to.deep.equal(settled)
  })

  it('stops nobody for a standing green that has its target groups still and of which CodeDeploy deregistered the instances', async () => {
    const green = 'CodeDeploy_standing'
    deployment = await begin({
      settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
      arrange: (world) => {
        world.createAutoScalingGroup({ name: green, desiredCapacity: 2, targetGroups: ['web'] })
        createDiscovering(world, 'gate')
      },
    })
    const { aws, later } = deployment
    const { world } = aws
    world.stopDeployment(deployment.id)
    const [web] = world.targetGroups.values()
    if (web !== undefined) world.targetHealth.deregister(web, instancesIn(world, green))
    const id = world.deploy({ deploymentGroup: 'discovering', green: [green], revision: { version: 'v2' } })
    await aws.until(id, 'Ready')
    await later(minutes(5))
    expect(world.deployments.get(id)?.status).to.equal('Ready')
    expect(JSON.stringify(aws.log.filter(({ level }) => level === 'ERROR'))).to.include('greenlight:test-target-groups')
    expect(await aws.invoke({ DeploymentId: id })).to.include({ verdict: 'Failed' })
    world.continueDeployment(id)
    expect(await aws.played(id)).to.equal('Succeeded')
    await later(minutes(6))
    expect(stateOf(world, green)).to.deep.equal(settled)
  })

  for (const [healthy, status, end] of [
    [false, 'Stopped', untouched],
    [true, 'Succeeded', settled],
  ] as const) {
    it(`decides about both of two deployment groups that share a standing green: ${status}`, async () => {
      const green = 'CodeDeploy_standing'
      deployment = await begin({
        settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
        arrange: (world) => {
          world.createAutoScalingGroup({ name: green, desiredCapacity: 2 })
          for (const name of ['one', 'two']) {
            world.createDeploymentGroup({
              name,
              greenFleet: 'DISCOVER_EXISTING',
              autoScalingGroup: 'blue',
              targetGroups: ['web'],
              readyWaitMinutes: 60,
              tags: { 'greenlight:mode': 'gate' },
            })
          }
        },
      })
      const { aws, later, actions } = deployment
      const { world } = aws
      world.stopDeployment(deployment.id)
      const deploy = (deploymentGroup: string) =>
        world.deploy({ deploymentGroup, green: [green], revision: { version: 'v2', healthy } })
      const ids = [deploy('one'), deploy('two')]
      await later(minutes(20))
      expect(ids.map((id) => world.deployments.get(id)?.status)).to.deep.equal([status, status])
      await later(minutes(20))
      expect(stateOf(world, green)).to.deep.equal(end)
      expect(actions().filter((action) => action === 'CreateOrUpdateTags').length).to.be.below(5)
    })
  }
})
