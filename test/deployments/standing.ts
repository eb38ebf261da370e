import type { DeploymentStatus } from '../../simulator/world/state.ts'
import { attach, hold, type Life, moveTraffic, productionOf } from './life.ts'

/**
 * How a deployment stands when Greenlight looks at it: those of the table of design 2.2. Until it is Ready it goes on by
 * itself, as CodeDeploy does; from then on it stands still, until Greenlight or the test moves it.
 */
export const standings: Readonly<Record<string, (life: Life) => Promise<void>>> = {
  Created: async () => {},
  Queued: ({ aws, id }) => aws.until(id, 'Queued'),
  'InProgress, installing': async ({ aws, id, later }) => {
    await aws.until(id, 'InProgress')
    await later(40)
  },
  'InProgress, installed': (life) => ready(life, 'InProgress'),
  'InProgress, shifting': async (life) => {
    await ready(life, 'InProgress')
    const [first] = greenTargets(life)
    for (const event of first?.lifecycleEvents ?? []) {
      if (event.name === 'BeforeAllowTraffic') event.status = 'Succeeded'
      if (event.name === 'AllowTraffic') event.status = 'InProgress'
    }
  },
  'InProgress, arrived': (life) => arrived(life, 'InProgress'),
  Baking: (life) => arrived(life, 'Baking'),
  'Ready, waiting': (life) => ready(life, 'Ready'),
  'Ready, not waiting': async (life) => {
    await ready(life, 'Ready')
    const { blueGreen } = deploymentOf(life)
    if (blueGreen) blueGreen.deploymentReadyOption = { actionOnTimeout: 'CONTINUE_DEPLOYMENT' }
  },
  // As mode heal finds it where the notifications of the arrival were lost: held, and not attached.
  Succeeded: async (life) => {
    await arrived(life, 'Succeeded')
    productionOf(life.aws.world).autoScalingGroups = [life.green]
  },
  Failed: (life) => givenUp(life, 'Failed'),
  Stopped: (life) => givenUp(life, 'Stopped'),
  'Paused, which nobody knows': async (life) => {
    await ready(life, 'Ready')
    Object.assign(deploymentOf(life), { status: 'Paused' })
  },
}

/** Puts it at Ready again, once it has got there by itself. */
export const ready = async (life: Life, status: DeploymentStatus): Promise<void> => {
  await life.aws.until(life.id, 'Ready')
  deploymentOf(life).status = status
}

/** Held at Ready, continued by a person, and all of the traffic moved: nothing is attached yet. */
const arrived = async (life: Life, status: DeploymentStatus): Promise<void> => {
  await ready(life, status)
  hold(life.aws.world, life.green, life.id)
  moveTraffic(life.aws.world, life.green)
  for (const target of greenTargets(life)) {
    for (const event of target.lifecycleEvents) event.status = 'Succeeded'
    target.status = 'Succeeded'
  }
}

/** Held and attached by a gate, and then over, with blue in the load balancer as if nothing had been. */
const givenUp = async (life: Life, status: DeploymentStatus): Promise<void> => {
  await ready(life, status)
  hold(life.aws.world, life.green, life.id)
  attach(life.aws.world, life.green, life.id)
}

const deploymentOf = ({ aws, id }: Life) => {
  const deployment = aws.world.deployments.get(id)
  if (deployment === undefined) throw new Error(`deployment ${id} does not exist`)
  return deployment
}

const greenTargets = (life: Life) => [...deploymentOf(life).targets.values()].filter(({ label }) => label === 'Green')
