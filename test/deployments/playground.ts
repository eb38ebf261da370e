import { fileURLToPath } from 'node:url'
import { type Call, type Simulator, type Switches, simulate } from '../../simulator/simulate.ts'
import { type VirtualTime, virtualTime } from '../../simulator/virtualTime.ts'
import type { Authorize } from '../../simulator/wire/dispatch.ts'
import type { Fault } from '../../simulator/wire/faults.ts'
import type { Passing } from '../../simulator/wire/inProcess.ts'
import { type GreenlightFunction, greenlightSweep, sweepFunctionName } from '../../tools/greenlight.ts'
import type { Handler } from '../../tools/lambdaFunction.ts'
import { sweepBundle } from '../bundle/bundle.ts'
import { authorizeByTemplate } from '../policies/authorize.ts'
import { type Watch, watch } from '../promises/oracles/watch.ts'
import { apart, type Meeting, type Run } from './runs.ts'
import { warmGate } from './warmFunction.ts'

const script = fileURLToPath(new URL('../../appspec/before-allow-traffic.sh', import.meta.url))

/** The revision of a team that follows the README: its AppSpec names the script under BeforeAllowTraffic. */
export const revisionWithScript = (environment: Readonly<Record<string, string>> = {}, healthy = true) => ({
  version: 'v2',
  healthy,
  hooks: { BeforeAllowTraffic: [{ script, timeoutSeconds: 2100, environment }] },
})

/** What a team that uses SNS sends. Nobody needs the successes of instances, which come all the same. */
const snsTriggers = [
  ...['DeploymentStart', 'DeploymentReady', 'DeploymentSuccess', 'DeploymentFailure', 'DeploymentStop'],
  ...['DeploymentRollback', 'InstanceSuccess'],
]

export type Playground = Simulator & {
  readonly time: VirtualTime
  readonly functionName: string
  /** Every line that the function logged, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[]
  /** The sum of what the function counted under this name, in CloudWatch's namespace Greenlight. */
  metrics(name: string): number
  /** Invokes the function as `aws lambda invoke` does; its answer, or the error that it failed with. */
  invoke(event: unknown): Promise<{ readonly [key: string]: unknown }>
  /** Sweeps once, as the schedule does; its report, or the error that it failed with. */
  sweep(): Promise<{ readonly [key: string]: unknown }>
  /** Plays a deployment to its end; its last status. */
  played(deploymentId: string): Promise<string>
  /** Lets time pass until the deployment has this status. */
  until(deploymentId: string, status: string): Promise<void>
  /** The calls that Greenlight made, less those that only read. */
  changes(): readonly Call[]
  /** Those of them that attach. */
  attaches(): readonly Call[]
  /** The runs of Greenlight's functions. */
  readonly runs: readonly Run[]
  /** What the oracles of the promises find in those runs. */
  readonly watch: Watch
  /** @throws Error for a promise that was broken, unless the test looks for itself */
  end(): Promise<void>
}

/**
 * A local AWS in virtual time, with a blue group `blue` behind the target group `web`, the deployment group
 * `shop/production` whose blue/green deployments copy it, and the built bundle deployed under template.yaml's own policies.
 */
export const playground = async ({
  switches = {},
  settings = {},
  waitsAtReady = true,
  instances = 2,
  via = 'nobody',
  sweeps = false,
  faults = [],
  inProcess = true,
  meets = (_run, _request, handle) => handle(),
  looksForItself = false,
  known = (handler) => handler,
  authorize = authorizeByTemplate(),
  region = 'eu-west-1',
  deploy = (simulator, log, passing) => warmGate(settings, { simulator, log, passing }),
  arrange = () => {},
}: {
  switches?: Partial<Switches>
  settings?: Readonly<Record<string, string>>
  /** False: CodeDeploy reroutes at once (F5). */
  waitsAtReady?: boolean
  /** How many instances blue has, and so green. */
  instances?: number
  /** How Greenlight hears of deployments; by default it does not. */
  via?: 'EventBridge' | 'SNS' | 'nobody'
  /** Whether the sweep function is deployed too, and whether its schedule runs it. */
  sweeps?: 'onSchedule' | 'whenTold' | false
  faults?: readonly Fault[]
  /** Answers without sockets, the default. Scripts need sockets. */
  inProcess?: boolean
  /** What each request of a run meets on its way. */
  meets?: Meeting
  /** The test judges itself what the oracles find. */
  looksForItself?: boolean
  /** Takes the place of the function's handler. */
  known?: (handler: Handler) => Handler
  /** The policies of template.yaml by default. */
  authorize?: Authorize
  region?: string
  /** How the function comes into the local AWS; by default in an environment that is kept warm. */
  deploy?: (simulator: Simulator, log: (line: string) => void, passing: Passing) => Promise<GreenlightFunction>
  arrange?: (world: Simulator['world']) => void
} = {}): Promise<Playground> => {
  const time = virtualTime()
  const separate = apart(
    (run, request, handle) => {
      watched.sends(run, request)
      return meets(run, request, () => watched.carriesOut(run, handle))
    },
    (run) => watched.ended(run),
  )
  const simulator = await simulate({
    switches,
    region,
    authorize: (call) => watched.authorizes(authorize)(call),
    ...(inProcess && { inProcess: separate.passing }),
  })
  const { world } = simulator
  const watched = watch(simulator, {
    defaultMode: settings['GREENLIGHT_MODE'] ?? 'heal',
    minimumHealthyPercent: Number(settings['GREENLIGHT_MINIMUM_HEALTHY_PERCENT'] ?? 100),
  })
  const log: Readonly<Record<string, unknown>>[] = []
  const metrics: Readonly<Record<string, unknown>>[] = []
  const hear = (line: string): void => {
    const parsed = JSON.parse(line)
    // Metrics are lines of the log as well (EMF), and are not what a person reads there.
    if ('_aws' in parsed) metrics.push(parsed)
    else {
      log.push(parsed)
      watched.line(parsed)
    }
  }
  const deployed = await deploy(simulator, hear, separate.passing)
  world.createFunction({
    ...deployed,
    handler: known(separate.known(deployed.handler)),
    rules: via === 'EventBridge' ? deployed.rules : [],
  })
  if (sweeps !== false) {
    const sweep = await greenlightSweep(simulator, { code: await sweepBundle(), settings, log: hear })
    const handler = separate.known(sweep.handler)
    world.createFunction({ ...sweep, handler, everyMinutes: sweeps === 'onSchedule' ? sweep.everyMinutes : undefined })
  }
  world.createTargetGroup({ name: 'web', requestsPerSecond: 20, longConnections: 4 })
  world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'], desiredCapacity: instances })
  world.createDeploymentGroup({
    name: 'production',
    autoScalingGroup: 'blue',
    targetGroups: ['web'],
    readyWaitMinutes: waitsAtReady ? 60 : undefined,
    revision: revisionWithScript(),
  })
  if (via === 'SNS') {
    world.notifications.subscribe('deployments', deployed.name)
    world.notifications.createTrigger('shop', 'production', { topic: 'deployments', events: snsTriggers })
  }
  arrange(world)
  for (const fault of faults) simulator.faults.add({ principal: 'lambda', ...fault })

  const invoke = async (name: string, event: unknown) => {
    const found = world.lambda.named(name)
    if (found === undefined) throw new Error(`the function ${name} is not deployed`)
    return JSON.parse((await time.run(world.lambda.invoke(found, event))).payload)
  }
  const changes = () =>
    simulator.calls.filter(
      ({ action, principal }) => principal.kind === 'lambda' && !/:(Get|List|Describe|BatchGet)/.test(action),
    )
  return {
    ...simulator,
    time,
    log,
    functionName: deployed.name,
    metrics: (name) => metrics.reduce((sum, line) => sum + Number([line[name] ?? 0].flat()[0]), 0),
    invoke: (event) => invoke(deployed.name, event),
    sweep: () => invoke(sweepFunctionName, { source: 'aws.events', 'detail-type': 'Scheduled Event' }),
    played: (deploymentId) => time.run(world.deploymentEnded(deploymentId)),
    until: async (deploymentId, status) => {
      for (let seconds = 0; world.deployments.get(deploymentId)?.status !== status; seconds++) {
        if (seconds > 7200) throw new Error(`deployment ${deploymentId} does not become ${status}`)
        await time.advance(1000)
      }
    },
    changes,
    attaches: () => changes().filter(({ action }) => action.includes(':Attach')),
    runs: separate.runs,
    watch: watched,
    end: async () => {
      await simulator.close()
      time.restore()
      if (looksForItself) return
      watched.answers({ isAllOver: false })
      if (watched.broken.size > 0) throw new Error(`Promises are broken:\n${[...watched.broken].join('\n')}`)
    },
  }
}
