import { fileURLToPath } from 'node:url'
import { type Clock, createClock } from './clock.ts'
import { createIdentifiers } from './identifiers.ts'
import { type Credentials, createAccessKeys, type Principal } from './principal.ts'
import { accountManagement, type RegionStatus } from './services/accountManagement.ts'
import { autoScaling } from './services/autoScaling.ts'
import { codeDeploy } from './services/codeDeploy.ts'
import { elasticLoadBalancing } from './services/elasticLoadBalancing.ts'
import { lambda } from './services/lambda.ts'
import { likely, type Switches } from './switches.ts'
import { type Authorize, createDispatch, type Dispatch } from './wire/dispatch.ts'
import { createFaults, type Faults } from './wire/faults.ts'
import { answerInProcess, type Passing } from './wire/inProcess.ts'
import type { Call } from './wire/operation.ts'
import { serve } from './wire/server.ts'
import type { RunScript } from './world/deployments/scripts.ts'
import type { TimelineEntry } from './world/timeline.ts'
import type { Traffic } from './world/traffic.ts'
import { createWorld, type World } from './world/world.ts'

export type { Switches } from './switches.ts'
export type { WireRequest, WireResponse } from './wire/message.ts'
export type { Call } from './wire/operation.ts'

/** How to simulate; every option has a default. */
export type SimulateOptions = {
  /** The same seed gives the same world. */
  readonly seed?: number
  /** What nobody documents about AWS; by default what is most likely. */
  readonly switches?: Partial<Switches>
  /** Decides every call: `true`, or AWS's words for why not. By default everything is allowed. */
  readonly authorize?: Authorize
  /** How many calls a second a service takes, by its name in signatures; by default any number. */
  readonly callsPerSecond?: Readonly<Record<string, number>>
  /** How many invocations of all Lambda functions may run at once; by default any number. */
  readonly lambdaConcurrency?: number
  /** How many simulated seconds pass in one second of this process's time. */
  readonly speed?: number
  /** By default a free one. */
  readonly port?: number
  /** Answers only requests of this process, without a socket: `true`, or a function that each of them passes. */
  readonly inProcess?: true | Passing
  /** What the clock shows first. */
  readonly start?: Date
  /** The region of instances and ARNs; `eu-west-1` by default. */
  readonly region?: string
  /** The regions that the account lists; by default only `region`, which is the only one that is served in any case. */
  readonly regions?: Readonly<Record<string, RegionStatus>>
  /** Whether scripts find AWS_REGION in their environment; otherwise they have to ask the metadata service. */
  readonly tellRegion?: boolean
  /** Runs the scripts of bundles in the place of a shell, thousands of which are too many for one machine. */
  readonly runScript?: RunScript
  /** The directories at the front of every script's PATH; by default `instanceCommands`. */
  readonly instancePath?: readonly string[]
  /** Called with every call when it has ended. */
  readonly onCall?: (call: Call) => void
  /** Called with everything that happens in the world. */
  readonly onTold?: (entry: TimelineEntry) => void
}

/** A local AWS. */
export type Simulator = {
  /** One address for all services: of the loopback interface, or of this process alone (`inProcess`). */
  readonly endpoint: string
  /** The core, without a socket. A hang never settles, a reset rejects with the code ECONNRESET. */
  handle: Dispatch
  readonly world: World
  readonly clock: Clock
  readonly faults: Faults
  /** Every call to AWS, in the order of arrival. */
  readonly calls: readonly Call[]
  /** What happened in the world, in plain sentences. */
  readonly timeline: readonly TimelineEntry[]
  readonly traffic: Traffic
  /** Keys to call as this principal. */
  credentials(principal: Principal): Credentials
  /** Ends the server, the scripts and the timers. */
  close(): Promise<void>
}

const open = async (handle: Dispatch, { inProcess, port = 0 }: SimulateOptions) => {
  if (inProcess === undefined) return serve(handle, port)
  return answerInProcess(handle, inProcess === true ? undefined : inProcess)
}

/** The directory of the stand-ins for `aws`, `curl`, `date` and `sleep` that a simulated instance finds on its PATH. */
export const instanceCommands = fileURLToPath(new URL('./instanceCommands/bin', import.meta.url))

/**
 * Starts a local AWS: CodeDeploy, Auto Scaling, Elastic Load Balancing v2, Lambda's Invoke and the list of regions over their
 * wire protocols, on one loopback port, over a model world that behaves as docs/aws-facts.md says.
 *
 * @throws the error of `listen`, such as EADDRINUSE
 */
export const simulate = async (options: SimulateOptions = {}): Promise<Simulator> => {
  const clock = createClock({ speed: options.speed ?? 1, ...(options.start && { start: options.start }) })
  const identifiers = createIdentifiers(options.seed ?? 1)
  const requestIdentifiers = createIdentifiers((options.seed ?? 1) + 2)
  const accessKeys = createAccessKeys(createIdentifiers((options.seed ?? 1) + 1))
  const switches = { ...likely, ...options.switches }
  const faults = createFaults()
  const calls: Call[] = []

  let endpoint = ''
  const region = options.region ?? 'eu-west-1'
  const regions = options.regions ?? { [region]: 'ENABLED_BY_DEFAULT' }
  const world = createWorld({
    region,
    clock,
    identifiers,
    requestIdentifiers,
    onTold: options.onTold,
    switches,
    lambdaConcurrency: options.lambdaConcurrency,
    runScript: options.runScript,
    instanceSurroundings: {
      endpoint: () => endpoint,
      credentials: (instanceId) => accessKeys.issue({ kind: 'instance', instanceId }),
      path: options.instancePath ?? [instanceCommands],
      tellRegion: options.tellRegion ?? false,
    },
  })
  const handle = createDispatch({
    services: [codeDeploy, autoScaling, elasticLoadBalancing, lambda, accountManagement(regions)],
    world,
    clock,
    switches,
    identifiers: requestIdentifiers,
    accessKeys,
    faults,
    callsPerSecond: options.callsPerSecond ?? {},
    authorize: options.authorize ?? (() => true),
    calls,
    onCall: options.onCall ?? (() => {}),
  })
  const server = await open(handle, options)
  endpoint = server.endpoint

  return {
    endpoint,
    handle,
    world,
    clock,
    faults,
    calls,
    timeline: world.timeline.entries,
    traffic: world.traffic,
    credentials: accessKeys.issue,
    close: async () => {
      clock.close()
      await world.close()
      await server.close()
    },
  }
}
