import type { Logger } from '@aws-lambda-powertools/logger'

/** Writes lines of the log: a constant message, and facts. */
export type Log = {
  readonly [Level in 'debug' | 'info' | 'warn' | 'error']: (
    message: string,
    facts: Readonly<Record<string, unknown>>,
  ) => void
}

/** Every line carries these: the deployment, and why Greenlight runs. */
export type Ids = { readonly deploymentId: string | undefined; readonly invocation: string }

/** A log whose every line carries the ids, as one JSON object. */
export const logWith = (logger: Logger, ids: Ids): Log => logger.createChild({ persistentKeys: { ...ids } })
