import { expect } from 'chai'
import { inServiceOf } from '../../../simulator/world/state.ts'
import type { PlayedDeployment } from '../playedDeployment.ts'
import { settled } from '../playedDeployment.ts'
import { atReady, begin, instancesIn, minutes } from './scene.ts'

describe('Never harm: the arrival of traffic', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  /** The instances of green on which CodeDeploy has installed nothing. */
  const empty = () =>
    inServiceOf(deployment.aws.world, deployment.green)
      .filter(({ application }) => application === undefined)
      .map(({ instanceId }) => instanceId)

  /** Installs on all of green's four instances but one, which CodeDeploy gives up, and is continued at Ready; gives that one. */
  const continuedWithoutOne = async ({ aws, id, green, later }: PlayedDeployment): Promise<string> => {
    while (instancesIn(aws.world, green).length < 4) await later(1)
    const [givenUp = ''] = instancesIn(aws.world, green)
    aws.world.failEvent(givenUp, 'Install')
    await atReady(deployment)
    aws.world.continueDeployment(id)
    return givenUp
  }

  for (const greenSuspendedAt of ['rerouting', 'ready', 'never'] as const) {
    it(`lets no alarm launch an instance without application while blue drains, where CodeDeploy suspends green: ${greenSuspendedAt}`, async () => {
      deployment = await begin({ switches: { greenSuspendedAt } })
      const { aws, id, green, later, now } = deployment
      await atReady(deployment)
      aws.world.continueDeployment(id)
      for (let seconds = 0; seconds < 70; seconds += 5) {
        aws.world.alarm(green, 4)
        await later(5)
      }
      while (!aws.world.deployments.get(id)?.instanceTerminationWaitTimeStarted) await later(5)
      expect({ empty: empty(), inService: instancesIn(aws.world, green).length }).to.deep.equal({
        empty: [],
        inService: 2,
      })
      await later(minutes(6))
      aws.world.alarm(green, 4)
      expect(await aws.played(id)).to.equal('Succeeded')
      await later(minutes(6))
      expect(now()).to.deep.equal(settled)
      expect(instancesIn(aws.world, green)).to.have.length(4)
      expect(empty()).to.deep.equal([])
      expect(aws.traffic.count().failed).to.equal(0)
    })
  }

  it('names an instance that launches into green before its deployment group names green', async () => {
    deployment = await begin({
      switches: { greenNamedAt: 'success', launchHookMovedAt: 'termination' },
      sweeps: 'whenTold',
    })
    const { aws, id, green, later, lines } = deployment
    await atReady(deployment)
    aws.world.continueDeployment(id)
    while (!aws.world.deployments.get(id)?.instanceTerminationWaitTimeStarted) await later(5)
    await later(30)
    aws.world.setDesiredCapacity(green, 3)
    await later(30)
    expect(empty()).to.have.length(1)
    await aws.sweep()
    expect(JSON.stringify(lines('Finding'))).to.include(empty().join())
  })

  it('gives an instance that CodeDeploy gave up no users before the deployment has succeeded, and names it', async () => {
    deployment = await begin({ instances: 4 })
    const { aws, id, later, now } = deployment
    const givenUp = await continuedWithoutOne(deployment)
    while (!aws.world.deployments.get(id)?.instanceTerminationWaitTimeStarted) await later(5)
    await later(minutes(4.5))
    expect(aws.world.deployments.get(id)?.status).to.equal('InProgress')
    expect(now()?.attached).to.deep.equal([])
    expect(aws.traffic.served().has(givenUp)).to.equal(false)
    const said = JSON.stringify(aws.log)
    expect(said).to.include(`terminate-instance-in-auto-scaling-group --instance-id ${givenUp}`)

    expect(await aws.played(id)).to.equal('Succeeded')
    await later(minutes(6))
    expect(now()).to.deep.equal(settled)
  })

  it('attaches although an instance was gone before its turn came', async () => {
    deployment = await begin({ instances: 3 })
    const { aws, id, green, later, now } = deployment
    await atReady(deployment)
    aws.world.setDesiredCapacity(green, 2)
    await later(20)
    aws.world.continueDeployment(id)
    while (!aws.world.deployments.get(id)?.instanceTerminationWaitTimeStarted) await later(5)
    await later(minutes(4.5))
    expect(aws.world.deployments.get(id)?.status).to.equal('InProgress')
    expect(now()).to.deep.include({ attached: ['web'], held: [] })
  })

  it('loses no request to an instance that CodeDeploy gave up, where three of four healthy are too few', async () => {
    const attribute = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage'
    deployment = await begin({
      instances: 4,
      arrange: (world) => void world.targetGroups.get('web')?.attributes.set(attribute, '80'),
    })
    const { aws, id, later, now } = deployment
    const givenUp = await continuedWithoutOne(deployment)
    expect(await aws.played(id)).to.equal('Succeeded')
    await later(minutes(20))
    expect(aws.traffic.count().failed).to.equal(0)
    expect(now()).to.deep.include({ attached: [], held: [] })
    const said = JSON.stringify(aws.log.filter(({ message }) => message === 'Not attached'))
    expect(said).to.include(attribute)
    expect(said).to.include(`terminate-instance-in-auto-scaling-group --instance-id ${givenUp}`)

    const instance = aws.world.instances.get(givenUp)
    if (instance) aws.world.scaling.terminateInstance(instance, true)
    await later(minutes(6))
    expect(now()).to.deep.equal(settled)
    expect(aws.traffic.count().failed).to.equal(0)
  })

  it('is not held beyond the end of blue where an instance of blue was gone before its turn came', async () => {
    deployment = await begin({ instances: 3, switches: { greenNamedAt: 'success' } })
    const { aws, id, later, now } = deployment
    await atReady(deployment)
    aws.world.setDesiredCapacity('blue', 2)
    await later(90)
    aws.world.continueDeployment(id)
    while (!aws.world.deployments.get(id)?.instanceTerminationWaitTimeStarted) await later(5)
    await later(minutes(4.5))
    expect(aws.world.deployments.get(id)?.status).to.equal('InProgress')
    expect(now()).to.deep.include({ attached: ['web'], held: [] })
  })
})
