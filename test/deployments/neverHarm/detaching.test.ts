import { expect } from 'chai'
import { inServiceOf } from '../../../simulator/world/state.ts'
import { notifications } from '../notifications.ts'
import {
  badRelease,
  createDiscovering,
  type DeploymentOptions,
  type PlayedDeployment,
  productionOf,
  settled,
  stateOf,
  untouched,
  type World,
} from '../playedDeployment.ts'
import { begin, instancesIn, minutes, watchUsers } from './scene.ts'

/** The instances that the target group has registered and does not drain. */
const registeredIn = (world: World, targetGroup: string): readonly string[] =>
  [...(world.targetGroups.get(targetGroup)?.targets.values() ?? [])]
    .filter(({ state }) => state !== 'draining')
    .map(({ id }) => id)

describe('Never harm: detaching', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  describe('a green of six that serves, after CodeDeploy has failed with five of six of blue deregistered', () => {
    const failHalfway = async (options: DeploymentOptions): Promise<PlayedDeployment> => {
      deployment = await begin({ instances: 6, mode: 'gate', ...options })
      const { aws, id, later } = deployment
      // What blue launches needs no script here.
      productionOf(aws.world).revision = { version: 'v1' }
      aws.world.failDeregistration(inServiceOf(aws.world, 'blue').at(-1)?.instanceId ?? '')
      if ((await aws.played(id)) !== 'Failed') throw new Error('the deployment does not fail')
      await later(120)
      // An alarm lets blue's idle five go.
      aws.world.setDesiredCapacity('blue', 1)
      await later(minutes(3))
      return deployment
    }

    it('stays attached when blue lets its idle five go, until blue is as large as green', async () => {
      const { aws, green, later, now } = await failHalfway({})
      await later(minutes(30))
      expect(now()).to.deep.include({ attached: ['web'], held: [] })
      expect(registeredIn(aws.world, 'web')).to.include.members(instancesIn(aws.world, green))
      expect(aws.traffic.count().failed).to.equal(0)

      aws.world.setDesiredCapacity('blue', 6)
      await later(minutes(15))
      expect(now()).to.deep.equal(untouched)
      expect(aws.traffic.count().failed).to.equal(0)
    })

    it('stays attached when its checks fail for three minutes, hours later', async () => {
      const { aws, green, later, now } = await failHalfway({
        sweeps: 'whenTold',
        // So that Auto Scaling does not replace it meanwhile.
        arrange: (world) => void Object.assign(world.autoScalingGroups.get('blue') ?? {}, { healthCheckType: 'EC2' }),
      })
      await later(minutes(180))
      const serving = inServiceOf(aws.world, green)
      for (const { instanceId } of serving) aws.world.breakInstance(instanceId)
      await later(60)
      await aws.sweep()
      await later(60)
      await aws.sweep()
      for (const instance of serving) {
        instance.broken = false
        aws.world.targetHealth.instanceChanged(instance.instanceId)
      }
      await later(60)
      await aws.sweep()
      await later(60)
      expect(now()?.attached).to.deep.equal(['web'])
      expect(registeredIn(aws.world, 'web')).to.include.members(instancesIn(aws.world, green))
    })
  })

  describe('a green that two deployments share, and a stop of the first that Greenlight hears of late', () => {
    const green = 'CodeDeploy_standing'
    const hears = (id: string) => deployment.aws.invoke(notifications.EventBridge(id))

    // Blue is in the target group beside green for the first seconds, then it drains, and then it is gone.
    for (const seconds of [0, 4, 20, 90, 600]) {
      it(`takes no users from the second, ${seconds} s after that was continued`, async () => {
        deployment = await begin({
          via: 'nobody',
          sweeps: 'whenTold',
          arrange: (world) => {
            world.createAutoScalingGroup({ name: green, desiredCapacity: 2 })
            createDiscovering(world, 'gate')
          },
        })
        const { aws, later } = deployment
        const { world } = aws
        world.stopDeployment(deployment.id)
        const readyWith = async (version: string) => {
          const id = world.deploy({ deploymentGroup: 'discovering', green: [green], revision: { version } })
          await aws.until(id, 'Ready')
          return id
        }
        const first = await readyWith('v2')
        expect(await aws.invoke({ DeploymentId: first })).to.include({ verdict: 'Succeeded' })
        world.stopDeployment(first)
        await later(60)
        const second = await readyWith('v3')

        world.continueDeployment(second)
        await later(seconds)
        await hears(first)
        await later(minutes(10))
        expect(aws.traffic.count().failed).to.equal(0)

        expect(world.deployments.get(second)?.status).to.equal('Succeeded')
        await hears(second)
        await aws.sweep()
        expect(stateOf(world, green)).to.deep.equal(settled)
        expect(aws.traffic.count().failed).to.equal(0)
      })
    }
  })

  for (const [how, mode, healthy] of [
    ['a person stops it at Ready', 'heal', true],
    ['a person stops it at Ready', 'gate', true],
    ['the gate stops it', 'gate', false],
  ] as const) {
    it(`takes green out of a deployment group that names blue and green from the beginning when ${how}, in mode ${mode}`, async () => {
      const green = 'CodeDeploy_standing'
      deployment = await begin({
        ...badRelease,
        // A gate takes longer than the person.
        settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: healthy ? '300' : '15' },
        arrange: (world) => {
          badRelease.arrange(world)
          world.createAutoScalingGroup({ name: green, desiredCapacity: 2 })
          world.createDeploymentGroup({
            name: 'both',
            greenFleet: 'DISCOVER_EXISTING',
            autoScalingGroup: ['blue', green],
            targetGroups: ['web'],
            readyWaitMinutes: 60,
            tags: { 'greenlight:mode': mode },
          })
        },
      })
      const { aws, later } = deployment
      aws.world.stopDeployment(deployment.id)
      const users = watchUsers(aws)
      const id = aws.world.deploy({
        deploymentGroup: 'both',
        green: [green],
        revision: { version: 'v2', healthy: false },
      })
      await aws.until(id, 'Ready')
      if (healthy) {
        await later(20)
        expect(stateOf(aws.world, green)?.held).to.have.length(5)
        aws.world.stopDeployment(id)
      } else expect(await aws.played(id)).to.equal('Stopped')
      await later(minutes(11))
      expect(stateOf(aws.world, green)).to.deep.equal(untouched)
      expect([...users].filter((instanceId) => instancesIn(aws.world, green).includes(instanceId))).to.deep.equal([])
    })
  }

  it('takes green out of a target group that only green has when nobody there is healthy', async () => {
    deployment = await begin({
      ...badRelease,
      mode: 'gate',
      arrange: (world) => {
        badRelease.arrange(world)
        world.createTargetGroup({ name: 'extra', deregistrationDelaySeconds: 5 })
        productionOf(world).loadBalancerInfo = { targetGroupInfoList: [{ name: 'web' }, { name: 'extra' }] }
      },
    })
    const { aws, id, later, now } = deployment
    await aws.until(id, 'Ready')
    await later(10)
    expect(now()?.attached).to.deep.equal(['web', 'extra'])
    expect(await aws.played(id)).to.equal('Stopped')
    await later(minutes(11))
    expect(now()).to.deep.equal(untouched)
  })

  it('leaves nothing suspended on a green that serves in one target group while it drains from another', async () => {
    deployment = await begin({
      mode: 'gate',
      arrange: (world) => {
        Object.assign(world.targetGroups.get('web') ?? {}, { deregistrationDelaySeconds: 3600 })
        world.createTargetGroup({ name: 'extra', requestsPerSecond: 20 })
        productionOf(world).loadBalancerInfo = { targetGroupInfoList: [{ name: 'web' }, { name: 'extra' }] }
      },
    })
    const { aws, id, later, now } = deployment
    await aws.until(id, 'Ready')
    // Users of extra have found green, and the gate waits for the last health check.
    await later(12)
    aws.world.stopDeployment(id)
    await later(minutes(11))
    expect(now()).to.deep.include({ attached: ['extra'], held: [] })
  })
})
