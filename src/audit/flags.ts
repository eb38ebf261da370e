import { parseArgs } from 'node:util'

export const HELP = `codedeploy-greenlight audit [flags]

Looks at every CodeDeploy blue/green deployment group on EC2 Auto Scaling with your own credentials, says what is wrong with it
and what to do about it. It changes nothing, and holds no call that could.

  --region NAME        which region; repeat it, or separate several by commas; your configured one, unless told
  --all-regions        every region that is enabled for the account
  --profile NAME       a profile of your AWS configuration
  --application NAME   only the deployment groups of this application
  --group NAME         only the deployment groups of this name
  --name-pattern TEXT  what Greenlight may change: your stack's AutoScalingGroupNamePattern; CodeDeploy_*, unless told
  --endpoint-url URL   where to ask instead of AWS (also AWS_ENDPOINT_URL)
  --timeout SECONDS    how long AWS may leave everything unanswered; 10, unless told
  --json               one JSON object on standard output, for programs
  --policy             the IAM policy that the audit needs
  --no-color           no colours (also NO_COLOR); there are none where there is no terminal
  --version            the version
  --help               this

Exit code: 0 nothing is wrong, 1 something is, 2 something could not be looked at.
`

/** What is to be looked at, and how it is to be shown. */
export type Flags = {
  /** None: where the caller is at home. */
  readonly regions: readonly string[]
  readonly allRegions: boolean
  readonly profile: string | undefined
  readonly endpoint: string | undefined
  readonly application: string | undefined
  readonly group: string | undefined
  readonly namePattern: string
  readonly timeoutMs: number
  readonly json: boolean
  readonly color: boolean
}

/** Why the command line was refused: a sentence for whoever typed it. */
export class Refused extends Error {}

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const options = {
  region: { type: 'string', multiple: true },
  'all-regions': flag,
  profile: text,
  application: text,
  group: text,
  'name-pattern': text,
  'endpoint-url': text,
  timeout: text,
  json: flag,
  policy: flag,
  'no-color': flag,
  version: flag,
  help: { type: 'boolean', short: 'h' },
} as const

/**
 * Reads the command line.
 *
 * @throws Refused for an unknown command or flag, or a value that cannot be meant
 */
export const readFlags = (args: readonly string[]): Flags | 'help' | 'version' | 'policy' => {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  if (values.version) return 'version'
  const [command, ...rest] = positionals
  if (command !== 'audit') {
    const what = command === undefined ? 'Say what to do' : `There is no command ${JSON.stringify(command)}`
    throw new Refused(`${what}: codedeploy-greenlight audit. More with --help.`)
  }
  if (rest.length > 0) throw new Refused(`audit takes flags only, not ${JSON.stringify(rest[0])}. More with --help.`)
  if (values.policy) return 'policy'

  const regions = [...new Set((values.region ?? []).flatMap((names) => names.split(',')))]
  const strange = regions.find((name) => !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(name))
  if (strange !== undefined) {
    throw new Refused(`--region takes names such as eu-west-1, not ${JSON.stringify(strange)}.`)
  }
  if (regions.length > 0 && values['all-regions']) throw new Refused('Take either --region or --all-regions.')
  const endpoint = values['endpoint-url']
  if (endpoint !== undefined && !(/^https?:\/\//.test(endpoint) && URL.canParse(endpoint))) {
    throw new Refused(`--endpoint-url takes an http or https address, not ${JSON.stringify(endpoint)}.`)
  }
  const seconds = Number(values.timeout ?? 10)
  if (values.timeout?.trim() === '' || !(seconds >= 0.1 && seconds <= 600)) {
    throw new Refused(`--timeout takes seconds from 0.1 to 600, not ${JSON.stringify(values.timeout)}.`)
  }
  for (const name of ['profile', 'application', 'group', 'name-pattern'] as const) {
    if (values[name] === '') throw new Refused(`--${name} takes a name, and was given none.`)
  }
  return {
    regions,
    allRegions: values['all-regions'] === true,
    profile: values.profile,
    endpoint,
    application: values.application,
    group: values.group,
    namePattern: values['name-pattern'] ?? 'CodeDeploy_*',
    timeoutMs: seconds * 1000,
    json: values.json === true,
    color: values['no-color'] !== true,
  }
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    // Its first sentence says what is wrong; what follows is advice on arguments that look like flags.
    const [why] = (error instanceof Error ? error.message : String(error)).split(/\. /)
    const known = Object.keys(options).map((name) => `--${name}`)
    throw new Refused(`${why?.replace(/\.$/, '')}. There are ${known.slice(0, -1).join(', ')} and ${known.at(-1)}.`)
  }
}
