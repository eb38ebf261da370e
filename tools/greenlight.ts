import { bundle } from './bundle.ts'
import { type FastClock, type Handler, loadFunction } from './lambdaFunction.ts'
import { deploy } from './stack.ts'
import { readTemplate, resourceOf } from './template.ts'

/** Where a simulated Greenlight lives: a simulator, as far as it matters here. */
type Home = {
  readonly endpoint: string
  readonly clock: FastClock
  readonly world: { readonly region: string }
  credentials(principal: { kind: 'lambda'; functionName: string }): { accessKeyId: string; secretAccessKey: string }
}

type Pattern = { readonly [key: string]: Pattern | readonly string[] }

export type GreenlightFunction = {
  readonly name: string
  readonly timeoutSeconds: number
  readonly handler: Handler
  /** The patterns of the EventBridge rules that invoke it. */
  readonly rules: readonly Pattern[]
}

export type SweepFunction = Omit<GreenlightFunction, 'rules'> & {
  /** How many minutes lie between two runs. */
  readonly everyMinutes: number
  /** How many runs Lambda allows at once; undefined: any number. */
  readonly reservedConcurrency: number | undefined
}

type Options = { code?: string; settings?: Readonly<Record<string, string>>; log?: (line: string) => void }

/** What CloudFormation might name the sweep function. */
export const sweepFunctionName = deploy().resources['SweepFunction']?.id ?? ''

/** The gate function and its rules, as template.yaml deploys them with its default parameters, for a simulator to run. */
export const greenlight = async (home: Home, options: Options = {}): Promise<GreenlightFunction> => {
  const template = readTemplate()
  const { Events: events } = resourceOf(template, 'GateFunction').Properties as {
    Events: Record<string, { Properties: { Pattern: Pattern } }>
  }
  const rules = Object.values(events).map(({ Properties: rule }) => rule.Pattern)
  const name = String(template.Parameters['FunctionName']?.Default)
  return { ...(await deployed(home, 'GateFunction', name, options)), rules }
}

/** The sweep function and its schedule, likewise. */
export const greenlightSweep = async (home: Home, options: Options = {}): Promise<SweepFunction> => {
  const template = readTemplate()
  const SweepMode = options.settings?.['GREENLIGHT_SWEEP_MODE'] ?? String(template.Parameters['SweepMode']?.Default)
  const { resources } = deploy(template, { parameters: { SweepMode } })
  const reserved = resources['SweepFunction']?.properties['ReservedConcurrentExecutions']
  return {
    ...(await deployed(home, 'SweepFunction', sweepFunctionName, options)),
    everyMinutes: Number(template.Parameters['SweepMinutes']?.Default),
    reservedConcurrency: reserved === undefined ? undefined : Number(reserved),
  }
}

const deployed = async (
  home: Home,
  functionId: string,
  name: string,
  { code, settings = {}, log }: Options,
): Promise<Omit<GreenlightFunction, 'rules'>> => {
  const template = readTemplate()
  const { Timeout: timeoutSeconds, Environment: environment } = resourceOf(template, functionId).Properties as {
    Timeout: number
    Environment: { Variables: Record<string, { Ref: string }> }
  }
  const defaults = Object.entries(environment.Variables).map(([variable, { Ref: parameter }]) => [
    variable,
    String(template.Parameters[parameter]?.Default),
  ])
  const { accessKeyId, secretAccessKey } = home.credentials({ kind: 'lambda', functionName: name })
  const handler = loadFunction(
    code ?? (await bundle(functionId)),
    {
      AWS_ENDPOINT_URL: home.endpoint,
      AWS_REGION: home.world.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...Object.fromEntries(defaults),
      ...settings,
    },
    log,
    home.clock,
  )
  return { name, timeoutSeconds, handler }
}
