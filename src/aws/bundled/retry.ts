// Bundled in the place of @smithy/core/retry. Nothing here is sent a second time by the SDK: send.ts decides that, by the SDK's own
// judgement of errors.

import { randomUUID } from 'node:crypto'

// @ts-expect-error It has no types where it lies: the package exports it with all strategies of retrying, which are left out.
// biome-ignore lint/style/noRestrictedImports: as above
export * from '../../../node_modules/@smithy/core/dist-es/submodules/retry/service-error-classification/service-error-classification.js'

export const DEFAULT_MAX_ATTEMPTS = 1
export const DEFAULT_RETRY_MODE = 'standard'
export const RETRY_MODES = { STANDARD: DEFAULT_RETRY_MODE, ADAPTIVE: 'adaptive' }

const once = { environmentVariableSelector: () => undefined, default: DEFAULT_MAX_ATTEMPTS }

export { once as NODE_MAX_ATTEMPT_CONFIG_OPTIONS }
export const NODE_RETRY_MODE_CONFIG_OPTIONS = { ...once, default: DEFAULT_RETRY_MODE }

export const resolveRetryConfig = <Config>(config: Config): Config => config
/** Each request is one try, and has an id, by which AWS finds it. */
export const getRetryPlugin = () => ({
  applyToStack: (stack: Stack) =>
    stack.add(withId, { name: 'retryMiddleware', step: 'finalizeRequest', priority: 'high' }),
})

type Asked = { readonly request: { readonly headers: Record<string, string> } }
type Stack = { add(middleware: typeof withId, where: object): void }

const withId =
  <Answered>(next: (asked: Asked) => Promise<Answered>) =>
  (asked: Asked): Promise<Answered> => {
    asked.request.headers['amz-sdk-invocation-id'] = randomUUID()
    return next(asked)
  }
