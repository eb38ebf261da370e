import { type Condition, generateAccount } from '../../simulator/account.ts'
import type { Call } from '../../simulator/simulate.ts'
import type { Authorize } from '../../simulator/wire/dispatch.ts'
import { ownersAgree } from '../deployments/ownersAgree.ts'
import { attach, tested, testInTwin, whileAsking } from '../deployments/playedDeployment.ts'
import { type Playground, playground, revisionWithScript } from '../deployments/playground.ts'

/**
 * Plays everything that Greenlight does, under the given policies: a hook, a call, healing, the gate at Ready with its continue, its
 * stop and its undo.
 *
 * @returns every call that its functions made
 */
export const recordDeployments = async (authorize: Authorize, region: string): Promise<readonly Call[]> => {
  const aws = await playground({
    via: 'EventBridge',
    authorize,
    region,
    arrange: (world) => {
      arrangeEcs(world)
    },
  })
  const { world, time } = aws
  const { sent, resend } = world.notifications
  const deploy = (healthy = true) =>
    world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', healthy } })
  try {
    await playEcs(aws)

    const healed = deploy()
    await aws.until(healed, 'Ready')
    await whileAsking(world, healed, () => aws.invoke({ DeploymentId: healed }))
    world.continueDeployment(healed)
    await aws.played(healed)

    world.deploymentGroups.get('shop/production')?.tags.push({ key: 'greenlight:mode', value: 'gate' })
    await aws.played(deploy())
    await time.advance(120_000)

    // One whose green never becomes healthy is stopped, and undone. Late news of the one before asks what is under way.
    const late = sent.filter(({ state, instanceId }) => state === 'SUCCESS' && instanceId === undefined)
    const unhealthy = deploy(false)
    for (const notification of late) resend(notification)
    await aws.played(unhealthy)
    await time.advance(400_000)

    testInTwin(world)
    await aws.played(deploy(false))
    await time.advance(60_000)
    return aws.calls.filter(({ principal }) => principal.kind === 'lambda')
  } finally {
    await aws.end()
  }
}

/** A deployment group of ECS whose tags name an Auto Scaling group, with its owner's consent. */
const arrangeEcs = (world: Playground['world']): void => {
  world.createAutoScalingGroup({ name: 'CodeDeploy_web' })
  world.createDeploymentGroup({
    application: 'orders',
    name: 'production',
    computePlatform: 'ECS',
    tags: { 'greenlight:auto-scaling-groups': 'CodeDeploy_web', 'greenlight:target-groups': 'web' },
  })
  ownersAgree(world, 'orders/production')
}

const playEcs = ({ world, functionName, played }: Playground): Promise<string> => {
  const lambdaHooks = { BeforeAllowTraffic: functionName }
  return played(world.deploy({ application: 'orders', deploymentGroup: 'production', lambdaHooks }))
}

/**
 * Sweeps groups that were broken before, and a deployment that is held by a hand-over and then stopped while blue is being
 * taken out of the load balancer.
 *
 * @returns every call that Greenlight's functions made
 */
export const recordSweep = async (authorize: Authorize, region: string): Promise<readonly Call[]> => {
  const conditions: readonly Condition[] = ['missing', 'recorded', 'leftoverAttached']
  const aws = await playground({
    sweeps: 'whenTold',
    // It deregisters what the test has registered.
    looksForItself: true,
    settings: { GREENLIGHT_SWEEP_MODE: 'heal' },
    authorize,
    region,
    arrange: (world) => {
      generateAccount(world, { deploymentGroups: 3, conditionOf: (number) => conditions[number] ?? 'healthy' })
      const id = 'd-F00000002'
      world.autoScalingGroups
        .get(`CodeDeploy_group-2_${id}`)
        ?.tags.push(
          { key: 'greenlight:record', value: id, propagateAtLaunch: false },
          { key: 'greenlight:attached/web-2', value: id, propagateAtLaunch: false },
        )
      // Healing registers an instance that was launched without target groups.
      const broken = world.autoScalingGroups.get('CodeDeploy_group-0_d-D00000000')
      if (broken) world.scaling.placeInstance(broken)
      arrangeEcs(world)
      testInTwin(world)
    },
  })
  const { world, time } = aws
  try {
    await playEcs(aws)
    const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(id, 'Ready')
    await aws.sweep()
    await time.advance(10_000)
    world.continueDeployment(id)
    for (let seconds = 0; seconds < 600; seconds++) {
      if ([...(world.deployments.get(id)?.targets.values() ?? [])].some(({ label }) => label === 'Blue')) break
      await time.advance(1_000)
    }
    // Green is attached and tested when it is stopped: an undo has to know which instances of blue are out.
    attach(world, `CodeDeploy_production_${id}`, id)
    tested(world, `CodeDeploy_production_${id}`, id)
    world.stopDeployment(id)
    await time.advance(5_000)
    await aws.sweep()
    // Green is released once it is drained.
    await time.advance(600_000)
    await aws.sweep()
    return aws.calls.filter(({ principal }) => principal.kind === 'lambda')
  } finally {
    await aws.end()
  }
}

/**
 * Runs the script of an EC2 bundle on instances that may not invoke the function any more after a while: then it looks
 * what kind of deployment this is.
 *
 * @returns every call that the instances made
 */
export const recordScript = async (authorize: Authorize): Promise<readonly Call[]> => {
  const aws = await playground({ inProcess: false, waitsAtReady: false, authorize })
  const { world, faults } = aws
  const deploy = () => aws.played(world.deploy({ deploymentGroup: 'production', revision: revisionWithScript() }))
  try {
    await deploy()
    faults.add({ action: 'lambda:InvokeFunction', kind: 'accessDenied', principal: 'instance', times: 'forever' })
    await deploy()
    return aws.calls.filter(({ principal }) => principal.kind === 'instance')
  } finally {
    await aws.end()
  }
}
