import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { numberOf, refuseArguments, seedOf } from './flagValues.ts'
import { type SimulateOptions, type Simulator, simulate } from './simulate.ts'
import type { Pattern } from './world/notifications.ts'
import type { FunctionContext } from './world/state.ts'

/** A Lambda function that the served account has. */
export type ServedFunction = {
  readonly name: string
  readonly handler: (event: unknown, context: FunctionContext) => unknown
  readonly timeoutSeconds?: number
  readonly rules?: readonly Pattern[]
  readonly everyMinutes?: number
}

export type Flags = { readonly port: number; readonly speed: number; readonly seed: number }

/** The command line of `npm run simulator`; `parse` exits with code 2 where it refuses the command line. */
export const commandLine = new Command('npm run simulator --')
  .description(
    "Serves a local AWS (CodeDeploy, Auto Scaling, Elastic Load Balancing v2, Lambda's Invoke) on 127.0.0.1 until Ctrl-C.",
  )
  .usage('[--port N] [--speed N] [--seed N]')
  .option(
    '--port <N>',
    'the port to listen on',
    numberOf((value) => Number.isInteger(value) && value >= 0 && value <= 65_535, 'a port from 0 to 65535'),
    4566,
  )
  .option(
    '--speed <N>',
    'how many simulated seconds pass in one second',
    numberOf((value) => value > 0 && value <= 10_000, 'a number above 0, up to 10000'),
    1,
  )
  .option('--seed <N>', 'the same seed gives the same account', seedOf, 1)
  .helpOption('-h, --help', 'show this help')
  .showHelpAfterError('(npm run simulator -- --help lists every flag.)')
  .allowExcessArguments()
  .action(refuseArguments)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))

/** The simulator cannot be served as asked: a sentence for whoever typed the command. */
export class Refused extends Error {}

/** An account with something in it: one application of each compute platform, and a bundle that can be deployed. */
const populate = ({ world }: Simulator, functions: readonly ServedFunction[]): void => {
  world.createTargetGroup({ name: 'web', requestsPerSecond: 50, longConnections: 20 })
  world.createAutoScalingGroup({ name: 'web-blue', targetGroups: ['web'], desiredCapacity: 3 })
  world.createDeploymentGroup({
    application: 'shop',
    name: 'production',
    autoScalingGroup: 'web-blue',
    targetGroups: ['web'],
    // A day: nobody who looks around first shall find it stopped.
    readyWaitMinutes: 1440,
  })
  // As the README says: Greenlight's script is in the bundle, where there is a function for it to ask.
  const script = fileURLToPath(new URL('../appspec/before-allow-traffic.sh', import.meta.url))
  const hooks = functions.length > 0 ? { BeforeAllowTraffic: [{ script, timeoutSeconds: 2100 }] } : {}
  world.putBundle('releases', 'shop/v2.zip', { version: 'v2', hooks })
  world.putBundle('releases', 'shop/v3.zip', { version: 'v3', hooks, healthy: false })

  world.createTargetGroup({ name: 'orders-1', targetType: 'ip' })
  world.createTargetGroup({ name: 'orders-2', targetType: 'ip', loadBalancerArns: [] })
  world.createDeploymentGroup({
    application: 'orders',
    name: 'production',
    computePlatform: 'ECS',
    targetGroupPairs: [['orders-1', 'orders-2']],
    tags: { 'greenlight:auto-scaling-groups': 'web-blue', 'greenlight:target-groups': 'web' },
  })
  world.createDeploymentGroup({ application: 'mailer', name: 'production', computePlatform: 'Lambda' })
  for (const each of functions) world.createFunction(each)
}

const instructions = ({ endpoint, credentials, world }: Simulator): string => {
  const { accessKeyId, secretAccessKey } = credentials({ kind: 'user' })
  const targetGroup = world.targetGroups.get('web')?.arn ?? ''
  const called = [...world.functions.keys()][0]
  return `A local AWS at ${endpoint}. Point the aws command, or any SDK, at it:

  export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${world.region} AWS_DEFAULT_REGION=${world.region}
  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}

  aws deploy create-deployment --application-name shop --deployment-group-name production --s3-location bucket=releases,key=shop/v2.zip,bundleType=zip
  aws deploy get-deployment --deployment-id d-...
  aws autoscaling describe-auto-scaling-groups
  aws elbv2 describe-target-health --target-group-arn ${targetGroup}${
    called
      ? `\n  printf '{"DeploymentId":"d-..."}' > event.json && aws lambda invoke --function-name ${called} --payload fileb://event.json answer.json`
      : ''
  }
  aws deploy continue-deployment --deployment-wait-type READY_WAIT --deployment-id d-...

The deployment waits at Ready until it is continued. shop/v2.zip is a good release; shop/v3.zip never becomes healthy.
An aws command too old to know AWS_ENDPOINT_URL takes --endpoint-url ${endpoint}. Ctrl-C ends it.
`
}

/**
 * Serves a small account on the wall clock until it is closed, and says how to use it.
 *
 * @param functions makes the account's Lambda functions, once there is a simulator for them to talk to; none, unless told
 * @param say where its lines go
 * @throws Refused when the port is in use
 */
export const serveAccount = async ({
  functions = async () => [],
  say = console.log,
  ...options
}: Pick<SimulateOptions, 'port' | 'speed' | 'seed' | 'switches' | 'authorize'> & {
  functions?: (simulator: Simulator) => Promise<readonly ServedFunction[]>
  say?: (line: string) => void
}): Promise<Simulator> => {
  let simulator: Simulator
  try {
    simulator = await simulate({
      ...options,
      onCall: ({ at, action, principal, outcome, input }) =>
        say(`${at.toISOString()} ${action} by ${principal.kind}: ${outcome} ${JSON.stringify(input)}`),
      onTold: ({ at, who, what, deploymentId }) =>
        say(`${at.toISOString()} ${who}${deploymentId === undefined ? '' : ` (${deploymentId})`}: ${what}`),
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Refused(`Port ${options.port} of 127.0.0.1 is in use: choose another with --port.`)
    }
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') {
      throw new Refused(`Port ${options.port} of 127.0.0.1 is for others to use: choose one above 1023 with --port.`)
    }
    throw error
  }
  populate(simulator, await functions(simulator))
  say(instructions(simulator))
  return simulator
}

/** What `npm run simulator` does. Ctrl-C ends it; a refused command line ends with exit code 2. */
export const main = async (
  args: readonly string[],
  account: Pick<Parameters<typeof serveAccount>[0], 'functions' | 'authorize'> = {},
): Promise<void> => {
  const flags = commandLine.parse(args, { from: 'user' }).opts<Flags>()
  try {
    // Heard from the start: who reads the endpoint may already want it to end.
    const interrupted = new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
    })
    const simulator = await serveAccount({ ...flags, ...account })
    await interrupted
    await simulator.close()
    // A function under way would go on for as long as it may run.
    process.exit(0)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    console.error(error.message)
    process.exitCode = 2
  }
}
