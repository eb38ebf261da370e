import { Command, InvalidArgumentError } from 'commander'
import manifest from '../../package.json' with { type: 'json' }

/** What the audit inspects, and how it shows what it finds. */
export type Flags = {
  /** None: the caller's configured region. */
  readonly regions: readonly string[]
  readonly allRegions: boolean
  readonly profile: string | undefined
  readonly endpoint: string | undefined
  readonly application: string | undefined
  readonly group: string | undefined
  /** At least one. */
  readonly namePatterns: readonly string[]
  readonly timeoutMs: number
  readonly json: boolean
  readonly color: boolean
}

/** The flags as commander reads them: those without a default are absent where nobody gave them. */
type Options = {
  readonly region?: readonly string[]
  readonly allRegions?: true
  readonly profile?: string
  readonly application?: string
  readonly group?: string
  readonly namePattern?: readonly string[]
  readonly endpointUrl?: string
  readonly timeout: number
  readonly json?: true
  readonly policy?: true
  readonly color: boolean
}

/** Each parser throws InvalidArgumentError; commander puts the flag and its value before the sentence. */
const regionsOf = (names: string, before: readonly string[] = []): readonly string[] => {
  for (const name of names.split(',')) {
    if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(name)) {
      throw new InvalidArgumentError(`Give names such as eu-west-1, which ${JSON.stringify(name)} is not.`)
    }
  }
  return [...new Set([...before, ...names.split(',')])]
}
const nameOf = (text: string): string => {
  if (text === '') throw new InvalidArgumentError('Give a name.')
  return text
}
const patternsOf = (text: string, before: readonly string[] = []): readonly string[] => [...before, nameOf(text)]
const addressOf = (text: string): string => {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text
  throw new InvalidArgumentError('Give an address that begins with http:// or https://.')
}
const secondsOf = (text: string): number => {
  const seconds = Number(text)
  if (seconds >= 0.1 && seconds <= 600) return seconds
  throw new InvalidArgumentError('Give seconds from 0.1 to 600.')
}

/** The command line of the audit. Prints help, version and refusals itself, and throws CommanderError after each. */
export const commandLine = (): Command =>
  new Command('codedeploy-greenlight')
    .usage('audit [flags]')
    .description(
      'Looks with your own credentials at every CodeDeploy blue/green deployment group on EC2 Auto Scaling, says what is ' +
        'wrong with it and what to do about it. It changes nothing, and contains no call that could.',
    )
    .option('--region <name>', 'a region; repeat it, or separate several by commas (default: yours)', regionsOf)
    .option('--all-regions', 'every region that is enabled for the account')
    .option('--profile <name>', 'a profile of your AWS configuration', nameOf)
    .option('--application <name>', 'only the deployment groups of this application', nameOf)
    .option('--group <name>', 'only the deployment groups of this name', nameOf)
    .option(
      '--name-pattern <text>',
      "your stack's AutoScalingGroupNamePattern; repeat it for each stack (default: CodeDeploy_*)",
      patternsOf,
    )
    .option('--endpoint-url <url>', 'where to ask instead of AWS (also AWS_ENDPOINT_URL)', addressOf)
    .option('--timeout <seconds>', 'how long to wait while AWS answers nothing at all', secondsOf, 10)
    .option('--json', 'print one JSON object, for programs')
    .option('--policy', 'print the IAM policy that the audit needs')
    .option('--no-color', 'no colours (also NO_COLOR); a pipe or a file never gets any')
    .version(manifest.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', '\nExit code: 0 nothing is wrong, 1 something is, 2 the audit is incomplete.')
    .showHelpAfterError('(More with --help.)')
    .allowExcessArguments()
    .exitOverride()

/**
 * Reads the command line.
 *
 * @throws CommanderError once commander has printed the help, the version, or why it refuses the command line; its
 *   `exitCode` is 0 for the former two
 */
export const readFlags = (args: readonly string[], command: Command = commandLine()): Flags | 'policy' => {
  const options = command.parse(args, { from: 'user' }).opts<Options>()
  const [verb, unexpected] = command.args
  if (verb === undefined) command.error('error: say what to do: codedeploy-greenlight audit')
  if (verb !== 'audit') command.error(`error: unknown command '${verb}': it is codedeploy-greenlight audit`)
  if (unexpected !== undefined) command.error(`error: audit takes flags only, and '${unexpected}' is none`)
  if (options.region && options.allRegions) command.error('error: give either --region or --all-regions, not both')
  if (options.policy) return 'policy'
  return {
    regions: options.region ?? [],
    allRegions: options.allRegions === true,
    profile: options.profile,
    endpoint: options.endpointUrl,
    application: options.application,
    group: options.group,
    namePatterns: options.namePattern ?? ['CodeDeploy_*'],
    timeoutMs: options.timeout * 1000,
    json: options.json === true,
    color: options.color,
  }
}
