import type { DeploymentStatus } from '../../simulator/world/state.ts'
import type { World } from '../../simulator/world/world.ts'
import { attach, hold, moveTraffic, type PlayedDeployment, productionOf } from './playedDeployment.ts'

/**
 * The states in which Greenlight may find a deployment, by the names of the table of decisions. A deployment goes on by
 * itself until it is Ready; from then on it stands still, until Greenlight or the test moves it.
 */
export const deploymentStates: Readonly<Record<string, (deployment: PlayedDeployment) => Promise<void>>> = {
  Created: async () => {},
  Queued: ({ aws, id }) => aws.until(id, 'Queued'),
  'InProgress, installing': async ({ aws, id, later }) => {
    await aws.until(id, 'InProgress')
    await later(40)
  },
  'InProgress, installed': (deployment) => ready(deployment, 'InProgress'),
  'InProgress, shifting': async (deployment) => {
    await ready(deployment, 'InProgress')
    const [first] = targetsOf(deployment, 'Green')
    for (const event of first?.lifecycleEvents ?? []) {
      if (event.name === 'BeforeAllowTraffic') event.status = 'Succeeded'
      if (event.name === 'AllowTraffic') event.status = 'InProgress'
    }
  },
  'InProgress, arrived': (deployment) => arrived(deployment, 'InProgress'),
  Baking: async (deployment) => {
    await arrived(deployment, 'Baking')
    // Blue is out of the load balancer.
    finishAll(targetsOf(deployment, 'Blue'))
  },
  'Ready, waiting': (deployment) => ready(deployment, 'Ready'),
  'Ready, not waiting': async (deployment) => {
    await ready(deployment, 'Ready')
    const { blueGreen } = deploymentOf(deployment)
    if (blueGreen) blueGreen.deploymentReadyOption = { actionOnTimeout: 'CONTINUE_DEPLOYMENT' }
  },
  // As mode heal finds it where the notifications of the arrival were lost: held, and not attached.
  Succeeded: async (deployment) => {
    await arrived(deployment, 'Succeeded')
    productionOf(deployment.aws.world).autoScalingGroups = [deployment.green]
  },
  Failed: (deployment) => givenUp(deployment, 'Failed'),
  Stopped: (deployment) => givenUp(deployment, 'Stopped'),
  'Paused, which nobody knows': async (deployment) => {
    await ready(deployment, 'Ready')
    Object.assign(deploymentOf(deployment), { status: 'Paused' })
  },
}

/** Puts it at Ready again, once it has got there by itself. */
export const ready = async (deployment: PlayedDeployment, status: DeploymentStatus): Promise<void> => {
  await deployment.aws.until(deployment.id, 'Ready')
  deploymentOf(deployment).status = status
}

/** Held at Ready, continued by a person, and all of the traffic moved: nothing is attached yet. */
const arrived = async (deployment: PlayedDeployment, status: DeploymentStatus): Promise<void> => {
  await ready(deployment, status)
  hold(deployment.aws.world, deployment.green, deployment.id)
  moveTraffic(deployment.aws.world, deployment.green)
  finishAll(targetsOf(deployment, 'Green'))
}

const finishAll = (targets: ReturnType<typeof targetsOf>): void => {
  for (const target of targets) {
    for (const event of target.lifecycleEvents) event.status = 'Succeeded'
    target.status = 'Succeeded'
  }
}

/** Held and attached by a gate, and then over, with blue in the load balancer as if nothing had been. */
const givenUp = async (deployment: PlayedDeployment, status: DeploymentStatus): Promise<void> => {
  await ready(deployment, status)
  hold(deployment.aws.world, deployment.green, deployment.id)
  attach(deployment.aws.world, deployment.green, deployment.id)
}

const deploymentOf = ({ aws, id }: PlayedDeployment) => {
  const deployment = aws.world.deployments.get(id)
  if (deployment === undefined) throw new Error(`deployment ${id} does not exist`)
  return deployment
}

const targetsOf = (deployment: PlayedDeployment, wanted: 'Blue' | 'Green') =>
  [...deploymentOf(deployment).targets.values()].filter(({ label }) => label === wanted)

/** A deployment of the same deployment group, long over, whose green is the blue of this one: CodeDeploy copied its records. */
export const earlierDeployment = (world: World, id: string, deploymentId: string): void => {
  const later = [...world.deployments]
  const deployment = world.deployments.get(id)
  if (deployment === undefined) throw new Error(`There is no deployment ${id}.`)
  const before = { ...deployment, deploymentId, targets: new Map(), targetInstances: { autoScalingGroups: ['blue'] } }
  world.deployments.clear()
  for (const [key, one] of [[deploymentId, { ...before, status: 'Succeeded' as const }] as const, ...later])
    world.deployments.set(key, one)
}
