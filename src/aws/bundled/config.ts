// Bundled in the place of @smithy/core/config. A Lambda has its configuration in the environment; the SDK's own code reads
// files of a home directory and asks an instance's metadata as well, for each client. esbuild fails where it misses an export.

type Environment = Readonly<Record<string, string | undefined>>
type Provider<Value> = () => Promise<Value>
type Options<Value> = {
  readonly environmentVariableSelector: (env: Environment, options: { signingName?: string }) => Value | undefined
  readonly default?: Value | Provider<Value>
}

const provided = <Value>(value: Value | Provider<Value>): Provider<Value> =>
  typeof value === 'function' ? (value as Provider<Value>) : async () => value

export const loadConfig =
  <Value>(
    { environmentVariableSelector: read, default: otherwise }: Options<Value>,
    { signingName }: { readonly signingName?: string } = {},
  ): Provider<Value | undefined> =>
  async () =>
    read(process.env, signingName === undefined ? {} : { signingName }) ?? provided(otherwise)()

export const REGION_ENV_NAME = 'AWS_REGION'
export const REGION_INI_NAME = 'region'
export const CONFIG_PREFIX_SEPARATOR = '.'
export const SelectorType = { ENV: 'env', CONFIG: 'shared config entry' }

export const booleanSelector = (environment: Environment, name: string): boolean | undefined => {
  const value = environment[name]
  if (value === undefined) return undefined
  if (value === 'true' || value === 'false') return value === 'true'
  throw new Error(`${name} is ${JSON.stringify(value)}; it must be true or false`)
}

export const NODE_REGION_CONFIG_FILE_OPTIONS = {}
export const NODE_REGION_CONFIG_OPTIONS: Options<string> = {
  environmentVariableSelector: (environment) => environment[REGION_ENV_NAME],
  default: () => Promise.reject(new Error(`${REGION_ENV_NAME} is not set`)),
}

const flag = (name: string): Options<boolean> => ({
  environmentVariableSelector: (environment) => booleanSelector(environment, name),
  default: false,
})
export const NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS = flag('AWS_USE_DUALSTACK_ENDPOINT')
export const NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS = flag('AWS_USE_FIPS_ENDPOINT')

/** How long connections may take is Greenlight's own business (send.ts). */
export const resolveDefaultsModeConfig = (): Provider<string> => async () => 'legacy'

type Located = { readonly region: string | Provider<string>; readonly useFipsEndpoint: boolean | Provider<boolean> }
export const resolveRegionConfig = <Config extends Located>(config: Config) =>
  Object.assign(config, { region: provided(config.region), useFipsEndpoint: provided(config.useFipsEndpoint) })

export class ProviderError extends Error {}
export class CredentialsProviderError extends ProviderError {}
