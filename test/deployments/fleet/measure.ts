import { type Simulator, simulate } from '../../../simulator/simulate.ts'
import { virtualTime } from '../../../simulator/virtualTime.ts'
import { attachedArns, suspendedByOthers } from '../../../simulator/world/state.ts'
import { greenlight, greenlightSweep } from '../../../tools/greenlight.ts'
import type { Handler } from '../../../tools/lambdaFunction.ts'
import { gateBundle, sweepBundle } from '../../bundle/bundle.ts'
import { authorizeByTemplate } from '../../policies/authorize.ts'
import { apart } from '../runs.ts'
import { type ScriptCounts, scriptModel } from './scriptModel.ts'

/** How many deployments begin at once, each with how many instances. */
export type Fleet = {
  readonly deployments: number
  readonly instances: number
  /** Whether the revision has the script; else the deployments wait at Ready in mode `gate`. */
  readonly scripts: boolean
  /** Without the limits of CodeDeploy and Lambda no call is made twice. */
  readonly isUnlimited?: true
}

/** What a fleet took, from the first deployment until all were settled. */
export type Measured = Fleet & {
  readonly invocations: number
  /** Invocations of the gate function for CodeDeploy and the sweep, and of the sweep function. */
  readonly invocationsBesideScripts: number
  readonly calls: number
  readonly callsBesideScripts: number
  /** The most calls that one invocation for a script made, but for those that acted or waited. */
  readonly mostCallsOfALook: number
  readonly callsByOperation: Readonly<Record<string, number>>
  readonly throttledCalls: number
  /** How often an operation was called for each time that it was answered. */
  readonly triesEach: number
  /** How many invocations ran at once at most. */
  readonly concurrent: number
  readonly throttledByLambda: number
  /** How many invocations attached. */
  readonly attaching: number
  readonly succeeded: number
  readonly settled: number
  /** Minutes from the last AllowTraffic of a deployment until its green was attached and released: the longest. */
  readonly minutesToRelease: number
  /** And the longest of them from the first sweep that could see it. */
  readonly minutesFromSweep: number
  readonly minutes: number
}

/** How long AWS takes to answer. */
const latencyMs = 50
/** How often greens are looked at. */
const everyMs = 1_000
/** The termination wait of blue: traffic has arrived long before the deployment succeeds. */
const terminationMinutes = 30
/** What CodeDeploy gives an account a second, and Lambda at once. */
const limits = { callsPerSecond: { codedeploy: 20 }, lambdaConcurrency: 1_000 }

/** Plays a fleet with the built bundles and their roles, in process and in virtual time. */
export const measureFleet = async (fleet: Fleet, onProgress: (line: string) => void = () => {}): Promise<Measured> => {
  const time = virtualTime()
  const lookingAt = watchingRuns()
  const scriptCounts: ScriptCounts = { calls: 0, throttledByLambda: 0 }
  const simulator: Simulator = await simulate({
    ...(fleet.isUnlimited ? {} : limits),
    authorize: authorizeByTemplate(),
    inProcess: lookingAt.separate.passing,
    runScript: scriptModel(() => simulator, 'CodeDeployHook_greenlight', scriptCounts),
  })
  try {
    const { world, calls } = simulator
    const settings = fleet.scripts ? {} : { GREENLIGHT_MODE: 'gate' }
    const gate = await greenlight(simulator, { code: await gateBundle(), settings })
    const sweep = await greenlightSweep(simulator, { code: await sweepBundle(), settings })
    world.createFunction({ ...gate, handler: lookingAt.known(gate.handler) })
    world.createFunction({ ...sweep, handler: lookingAt.known(sweep.handler) })
    simulator.faults.add({ kind: 'latency', latencyMs, times: 'forever' })
    const began = Date.now()
    const released = watchingReleases(simulator, deployFleet(simulator, fleet), lookingAt.sweptAt)
    for (let minute = 1; !released.isSettled(); minute++) {
      if (minute > 240) break
      await time.advance(60_000)
      onProgress(`${minute} min: ${released.progress()}, ${calls.length} calls`)
    }
    const asked = calls.filter(({ principal }) => principal.kind === 'lambda')
    const throttled = asked.filter(({ outcome }) => /Throttl/i.test(outcome)).length
    const byScripts = lookingAt.separate.runs.filter(({ event }) => 'InstanceId' in Object(event))
    const ofScripts = byScripts.reduce((sum, run) => sum + run.asked, 0)
    const { runs } = lookingAt.separate
    return {
      ...fleet,
      invocations: runs.length,
      invocationsBesideScripts: runs.length - byScripts.length,
      calls: asked.length,
      callsBesideScripts: asked.length - ofScripts,
      mostCallsOfALook: lookingAt.mostCallsOfALook(),
      callsByOperation: countedBy(asked.map(({ action }) => action)),
      throttledCalls: throttled,
      triesEach: asked.length / (asked.length - throttled),
      concurrent: lookingAt.concurrent(),
      throttledByLambda: scriptCounts.throttledByLambda,
      attaching: asked.filter(({ action, effect }) => action.includes(':Attach') && effect === 'changed').length,
      ...released.result(),
      minutes: (Date.now() - began) / 60_000,
    }
  } finally {
    await simulator.close()
    time.restore()
  }
}

/** Makes the deployment groups and begins their deployments; the ids. */
const deployFleet = ({ world }: Simulator, { deployments, instances, scripts }: Fleet): readonly string[] => {
  const hooks = scripts && { BeforeAllowTraffic: [{ script: 'before-allow-traffic.sh', timeoutSeconds: 2100 }] }
  const revision = { version: 'v2', ...(hooks && { hooks }) }
  return Array.from({ length: deployments }, (_, number) => {
    const name = `group-${number}`
    world.createTargetGroup({ name: `web-${number}`, requestsPerSecond: 0, longConnections: 0 })
    world.createAutoScalingGroup({
      ...{ name: `blue-${number}`, targetGroups: [`web-${number}`], desiredCapacity: instances },
    })
    world.createDeploymentGroup({
      ...{ name, autoScalingGroup: `blue-${number}`, targetGroups: [`web-${number}`] },
      ...{ readyWaitMinutes: scripts ? undefined : 60, terminateBlueAfterMinutes: terminationMinutes },
    })
    return world.deploy({ deploymentGroup: name, revision })
  })
}

/** Tells invocations apart, and counts how many run at once and what each asked. */
const watchingRuns = () => {
  let most = 0
  let looks = 0
  let running = 0
  const sweptAt: number[] = []
  const separate = apart()
  return {
    separate,
    sweptAt,
    known: (handler: Handler): Handler => {
      const own = separate.known(handler)
      return (event, context) => {
        running += 1
        most = Math.max(most, running)
        if ('Scheduled Event' === Object(event)['detail-type']) sweptAt.push(Date.now())
        const began = Date.now()
        return own(event, context).finally(() => {
          running -= 1
          const isLook = 'InstanceId' in Object(event) && Date.now() - began < 3_000
          const run = isLook ? separate.runs.find((one) => one.event === event) : undefined
          if (run !== undefined) looks = Math.max(looks, run.asked)
        })
      }
    },
    concurrent: () => most,
    mostCallsOfALook: () => looks,
  }
}

/** Watches when traffic has arrived at each green, and when that is attached and released. */
const watchingReleases = ({ world, clock }: Simulator, ids: readonly string[], sweptAt: readonly number[]) => {
  const arrivedAt = new Map<string, number>()
  const releasedAt = new Map<string, number>()
  const greenOf = (id: string) => {
    const [name = ''] = world.deployments.get(id)?.targetInstances?.autoScalingGroups ?? []
    return world.autoScalingGroups.get(name)
  }
  const settled = () =>
    ids.filter((id) => {
      const green = greenOf(id)
      if (world.deployments.get(id)?.status !== 'Succeeded' || green === undefined) return false
      const records = green.tags.filter(({ key }) => /^greenlight:(record|held|attached)/.test(key))
      return attachedArns(green).length === 1 && suspendedByOthers(green).length === 0 && records.length === 0
    })
  clock.every(everyMs, () => {
    for (const id of ids) {
      if (releasedAt.has(id)) continue
      const at = arrivedAt.get(id) ?? arrivalOf(world, id)
      if (at === undefined) continue
      arrivedAt.set(id, at)
      const green = greenOf(id)
      if (green !== undefined && attachedArns(green).length === 1 && suspendedByOthers(green).length === 0)
        releasedAt.set(id, clock.now())
    }
  })
  return {
    isSettled: () => settled().length === ids.length,
    progress: () => `${arrivedAt.size} have their traffic, ${releasedAt.size} are attached and released`,
    result: () => {
      const pairs = ids.map((id) => [arrivedAt.get(id) ?? 0, releasedAt.get(id) ?? Number.POSITIVE_INFINITY] as const)
      const sweptAfter = (at: number) => sweptAt.find((sweep) => sweep >= at) ?? at
      return {
        succeeded: ids.filter((id) => world.deployments.get(id)?.status === 'Succeeded').length,
        settled: settled().length,
        minutesToRelease: Math.max(...pairs.map(([arrived, released]) => (released - arrived) / 60_000)),
        minutesFromSweep: Math.max(...pairs.map(([arrived, released]) => (released - sweptAfter(arrived)) / 60_000)),
      }
    },
  }
}

/** When the last of green's instances had succeeded in AllowTraffic. */
const arrivalOf = (world: Simulator['world'], id: string): number | undefined => {
  const greens = [...(world.deployments.get(id)?.targets.values() ?? [])].filter(({ label }) => label === 'Green')
  const ends = greens.map(({ lifecycleEvents }) => lifecycleEvents.find(({ name }) => name === 'AllowTraffic')?.endTime)
  return greens.length > 0 && ends.every((end) => end !== undefined) ? Date.now() : undefined
}

const countedBy = (words: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...Map.groupBy(words, (word) => word)]
      .map(([word, all]) => [word, all.length] as const)
      .sort(([, one], [, other]) => other - one),
  )
