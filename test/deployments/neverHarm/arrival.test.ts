import { expect } from 'chai'
import { inServiceOf } from '../../../simulator/world/state.ts'
import type { PlayedDeployment } from '../playedDeployment.ts'
import { atReady, begin, minutes } from './scene.ts'

describe('Never harm: the arrival of traffic', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  /** The instances of green on which CodeDeploy has installed nothing. */
  const empty = () =>
    inServiceOf(deployment.aws.world, deployment.green)
      .filter(({ application }) => application === undefined)
      .map(({ instanceId }) => instanceId)

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
