import type { Logger } from '@aws-lambda-powertools/logger'

/** What the code says while it runs: a constant message, and facts. */
export type Log = {
  readonly [Level in 'debug' | 'info' | 'warn' | 'error']: (
    message: string,
    facts: Readonly<Record<string, unknown>>,
  ) => void
}

/** Every line carries these: whose deployment, and why we run. */
export type Ids = { readonly deploymentId: string | undefined; readonly invocation: string }

/** A log whose every line carries the ids, as one JSON object. */
export const logWith = (logger: Logger, ids: Ids): Log => logger.createChild({ persistentKeys: { ...ids } })
