import { bundle } from './bundle.ts'
import { type FastClock, type Handler, loadFunction } from './lambdaFunction.ts'
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

/** The gate function and its rules, as template.yaml deploys them with its default parameters, for a simulator to run. */
export const greenlight = async (
  home: Home,
  {
    code,
    settings = {},
    log,
  }: { code?: string; settings?: Readonly<Record<string, string>>; log?: (line: string) => void } = {},
): Promise<GreenlightFunction> => {
  const template = readTemplate()
  const { Parameters: parameters } = template
  const {
    Timeout: timeoutSeconds,
    Environment: environment,
    Events: events,
  } = resourceOf(template, 'GateFunction').Properties as {
    Timeout: number
    Environment: { Variables: Record<string, { Ref: string }> }
    Events: Record<string, { Properties: { Pattern: Pattern } }>
  }
  const defaults = Object.entries(environment.Variables).map(([name, { Ref: parameter }]) => [
    name,
    String(parameters[parameter]?.Default),
  ])
  const name = String(parameters['FunctionName']?.Default)
  const { accessKeyId, secretAccessKey } = home.credentials({ kind: 'lambda', functionName: name })
  const handler = loadFunction(
    code ?? (await bundle('GateFunction')),
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
  const rules = Object.values(events).map(({ Properties: rule }) => rule.Pattern)
  return { name, timeoutSeconds, handler, rules }
}
