import { Command } from 'commander'
import { numberOf, refuseArguments, seedOf } from './flagValues.ts'
import { populate, type SampleAccount } from './sampleAccount.ts'
import { type SimulateOptions, type Simulator, simulate } from './simulate.ts'

type Flags = { readonly port: number; readonly speed: number; readonly seed: number }

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

/** The simulator cannot be served as asked: a sentence for the person who typed the command. */
export class Refused extends Error {}

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

/** What is in the account that is served. */
type ServedAccount = Pick<SimulateOptions, 'authorize'> &
  Omit<SampleAccount, 'functions'> & {
    /** Makes the account's Lambda functions, once there is a simulator that they can call; none by default. */
    functions?: (simulator: Simulator) => Promise<SampleAccount['functions']>
  }

/**
 * Serves a small account on the wall clock until it is closed, and says how to use it.
 *
 * @param say takes each line that it prints
 * @throws Refused when it cannot listen on the port
 */
export const serveAccount = async ({
  functions = async () => [],
  script,
  ecs,
  say = console.log,
  ...options
}: ServedAccount &
  Pick<SimulateOptions, 'port' | 'speed' | 'seed' | 'switches'> & {
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
      throw new Refused(`Port ${options.port} of 127.0.0.1 is in use. Choose another port with --port.`)
    }
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') {
      throw new Refused(
        `Only a privileged process may listen on port ${options.port} of 127.0.0.1. Choose a port above 1023 with --port.`,
      )
    }
    throw error
  }
  populate(simulator.world, { functions: await functions(simulator), script, ecs })
  say(instructions(simulator))
  return simulator
}

/** What `npm run simulator` does. Ctrl-C ends it; a command line that it refuses ends it with exit code 2. */
export const main = async (args: readonly string[], account: ServedAccount = {}): Promise<void> => {
  const flags = commandLine.parse(args, { from: 'user' }).opts<Flags>()
  try {
    // From the start: somebody who reads the endpoint may end it at once.
    const interrupted = new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
    })
    const simulator = await serveAccount({ ...flags, ...account })
    await interrupted
    await simulator.close()
    // A function that still runs would keep the process alive until its time-out.
    process.exit(0)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    console.error(error.message)
    process.exitCode = 2
  }
}
