import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { type Simulator, simulate } from '../simulator/simulate.ts'
import { virtualTime } from '../simulator/virtualTime.ts'
import type { Authorize } from '../simulator/wire/dispatch.ts'
import { type Deployment, inServiceOf, type Revision, type ScriptRun } from '../simulator/world/state.ts'
import type { Outage, TrafficCount } from '../simulator/world/traffic.ts'
import { authorizeByActions } from '../tools/actionTable.ts'
import { bundle } from '../tools/bundle.ts'
import { greenlight } from '../tools/greenlight.ts'
import { type Act, acts, addedCount, endsAfterMinutes, instanceCount } from './acts.ts'
import type { Sources } from './sentences.ts'

/** What the simulator saw of green and of its users at the end of an act. */
export type Seen = {
  readonly inService: number
  /** How many of those get no request from a load balancer. */
  readonly withoutTraffic: number
  /** From the beginning of the story until now. */
  readonly traffic: TrafficCount
}

/** Everything that the simulator saw of one world, for the timeline and the table. */
export type Run = {
  readonly seen: Readonly<Record<Act, Seen>>
  /** The instance that broke, and when it was replaced. */
  readonly outage: Pick<Outage, 'brokenAt' | 'replacedAt'>
  /** When the first instance of green began BeforeAllowTraffic, in milliseconds since 1970. */
  readonly shiftsAt: number
  readonly beganAt: number
  readonly endedAt: number
  readonly scriptRuns: readonly ScriptRun[]
  readonly invocations: number
} & Sources

export type Runs = { readonly without: Run; readonly with: Run }

const blueName = 'web-blue'
const targetGroupName = 'web'

/**
 * Plays the story in two worlds that share one virtual time and one seed.
 *
 * @param code Greenlight's bundle; built first if it is not given
 * @param authorize decides Greenlight's calls; by default it allows the actions that template.yaml names
 * @throws Error, with a sentence, when the bundle cannot be built or a deployment does not succeed
 */
export const play = async ({
  seed,
  copyLosesTargetGroups,
  code,
  authorize = authorizeByActions(),
}: {
  seed: number
  copyLosesTargetGroups: boolean
  code?: string
  authorize?: Authorize
}): Promise<Runs> => {
  const built = code ?? (await build())
  // Before the bundle loads, so that its timers are virtual too.
  const time = virtualTime()
  const simulators: Simulator[] = []
  const world = async (withGreenlight: boolean) => {
    const simulator = await simulate({
      seed,
      switches: { copyLosesTargetGroups },
      authorize,
    })
    simulators.push(simulator)
    if (withGreenlight) await deployGreenlight(simulator, built)
    return simulator
  }
  try {
    const [without, withIt] = [await world(false), await world(true)]
    const played = Promise.all([playIn(without, { version: 'v2' }), playIn(withIt, { version: 'v2', hooks: hooks() })])
    const [left, right] = await time.run(played)
    return { without: left, with: right }
  } finally {
    await Promise.all(simulators.map((simulator) => simulator.close()))
    time.restore()
  }
}

/** Builds the bundle of one of Greenlight's functions. @throws Error, with a sentence, where esbuild cannot */
export const build = async (functionId: 'GateFunction' | 'SweepFunction' = 'GateFunction'): Promise<string> => {
  try {
    return await bundle(functionId)
  } catch (error) {
    const why = error instanceof Error ? error.message.replaceAll(/\s+/g, ' ').trim() : String(error)
    throw new Error(`The bundle of Greenlight's function could not be built: ${why}`, { cause: error })
  }
}

const deployGreenlight = async (simulator: Simulator, code: string) => {
  simulator.world.createFunction(await greenlight(simulator, { code }))
}

/** The hooks of the AppSpec file that users copy, with the script beside it. */
const hooks = (): NonNullable<Revision['hooks']> => {
  const file = (name: string) => fileURLToPath(new URL(`../appspec/${name}`, import.meta.url))
  const appSpec = parse(readFileSync(file('appspec-ec2.yml'), 'utf8')) as {
    hooks: Record<string, { location: string; timeout: number }[]>
  }
  const scripts = Object.entries(appSpec.hooks).map(([event, hooked]) => [
    event,
    hooked.map(({ location, timeout }) => ({ script: file(location), timeoutSeconds: timeout })),
  ])
  return Object.fromEntries(scripts)
}

/** Plays one world: a deployment, a scaling policy and a broken instance. */
const playIn = async ({ world, clock, traffic, calls, timeline }: Simulator, revision: Revision): Promise<Run> => {
  world.createTargetGroup({ name: targetGroupName, requestsPerSecond: 50, longConnections: 60 })
  world.createAutoScalingGroup({ name: blueName, targetGroups: [targetGroupName], desiredCapacity: instanceCount })
  world.createDeploymentGroup({ name: 'production', autoScalingGroup: blueName, targetGroups: [targetGroupName] })
  const beganAt = clock.now()
  const until = (minutes: number) => clock.sleep(beganAt + minutes * 60_000 - clock.now())

  const deploymentId = world.deploy({ deploymentGroup: 'production', revision })
  await until(acts.scaleOut.begins)
  const deployment = world.deployments.get(deploymentId)
  if (deployment?.status !== 'Succeeded') throw new Error(whyNotOver(deployment, deploymentId))
  const green = deployment.targetInstances?.autoScalingGroups[0] ?? ''
  const see = (): Seen => ({
    inService: inServiceOf(world, green).length,
    withoutTraffic: traffic.instancesWithoutTraffic([green]).length,
    traffic: traffic.count(),
  })

  const afterDeployment = see()
  world.setDesiredCapacity(green, instanceCount + addedCount)
  await until(acts.breakdown.begins)

  const afterScaleOut = see()
  // The newest instance of the deployment: the scale-in begins with the oldest and does not take this one.
  const victim = inServiceOf(world, green)[instanceCount - 1]?.instanceId ?? ''
  world.breakInstance(victim)
  await until(acts.scaleIn.begins)

  const afterBreakdown = see()
  world.setDesiredCapacity(green, instanceCount)
  await until(endsAfterMinutes)

  return {
    seen: { deployment: afterDeployment, scaleOut: afterScaleOut, breakdown: afterBreakdown, scaleIn: see() },
    outage: outageOf(traffic.outages, victim),
    shiftsAt: beginningOf('BeforeAllowTraffic', deployment),
    beganAt,
    endedAt: clock.now(),
    timeline,
    calls,
    scriptRuns: world.scriptRuns,
    invocations: world.invocations.length,
    names: namesOf(world, { [blueName]: 'blue', [green]: 'green' }, { [deploymentId]: 'v2' }),
    deployments: [deploymentId],
  }
}

const whyNotOver = (deployment: Deployment | undefined, id: string) => {
  const failed = [...(deployment?.targets.values() ?? [])]
    .flatMap(({ lifecycleEvents }) => lifecycleEvents)
    .find(({ diagnostics }) => diagnostics)?.diagnostics
  const why = failed ? `${failed.message} ${failed.logTail.trim().split('\n').at(-1) ?? ''}` : ''
  return `The deployment ${id} should have succeeded by now, but it is ${deployment?.status ?? 'gone'}. ${why}`.trim()
}

const outageOf = (outages: readonly Outage[], instanceId: string): Outage => {
  const found = outages.find((outage) => outage.instanceId === instanceId)
  if (!found) throw new Error(`The instance ${instanceId} should have broken, and did not.`)
  return found
}

const beginningOf = (event: string, deployment: Deployment) =>
  Math.min(
    ...[...deployment.targets.values()]
      .flatMap(({ lifecycleEvents }) => lifecycleEvents)
      .flatMap(({ name, startTime }) => (name === event && startTime !== undefined ? [startTime] : [])),
  )

/**
 * Instances get the name of their Auto Scaling group and a number, by age. A deployment without a name here is one that
 * Auto Scaling made for an instance.
 */
export const namesOf = (
  { instances, deployments }: Simulator['world'],
  groupNames: Readonly<Record<string, string>>,
  deploymentNames: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> => {
  const count: Record<string, number> = {}
  const numbered = [...instances.values()].map(({ instanceId, autoScalingGroupName }): [string, string] => {
    const group = groupNames[autoScalingGroupName] ?? autoScalingGroupName
    count[group] = (count[group] ?? 0) + 1
    return [instanceId, `${group}-${count[group]}`]
  })
  const launches = [...deployments.keys()]
    .filter((id) => deploymentNames[id] === undefined)
    .map((id): [string, string] => [`deployment ${id}`, 'this deployment'])
  // An Auto Scaling group's name has the deployment's id in it, so it comes first.
  return new Map([...Object.entries(groupNames), ...numbered, ...launches, ...Object.entries(deploymentNames)])
}
