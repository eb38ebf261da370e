const levels = ['debug', 'info', 'warn', 'error'] as const

/** Writes lines of the log: a constant message, and facts. */
export type Log = {
  readonly [Level in (typeof levels)[number]]: (message: string, facts: Readonly<Record<string, unknown>>) => void
}

/** Every line carries these: the deployment, and why Greenlight runs. */
export type Ids = { readonly deploymentId: string | undefined; readonly invocation: string }

/** Writes one line. */
export type Write = (line: string) => void

/** Writes to where Lambda reads the log. With LogFormat JSON it keeps a line that is a JSON object as it is. */
export const write: Write = (line) => void process.stdout.write(`${line}\n`)

/**
 * A log whose every line is one JSON object with the ids in it.
 *
 * @param requestId of the invocation: Lambda's own lines about it have it as well
 */
export const logWith = (write: Write, ids: Ids & { readonly requestId: string }): Log => {
  // What Lambda sets by LoggingConfig's ApplicationLogLevel, by which it leaves out lines itself as well.
  const lowest = levels.findIndex((level) => level === (process.env['AWS_LAMBDA_LOG_LEVEL'] ?? 'info').toLowerCase())
  const at = (level: keyof Log): Log[keyof Log] =>
    levels.indexOf(level) < lowest
      ? () => {}
      : (message, facts) => {
          const head = { level: level.toUpperCase(), message, timestamp: new Date(), service: 'greenlight' }
          write(JSON.stringify({ ...head, ...ids, ...facts }, writable()))
        }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** What JSON has no words for: errors with their causes, and what refers to itself, which is written once. */
const writable = () => {
  const seen = new WeakSet()
  return (_key: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (seen.has(value)) return undefined
    seen.add(value)
    return value instanceof Error ? partsOf(value) : value
  }
}

/** Without the SDK's `$response`: whole responses do not belong into a log. */
const partsOf = (error: Error) => {
  const { name, message, stack, cause } = error
  const { $response: _, ...own } = Object.fromEntries(Object.entries(error))
  return { name, message, stack, cause, ...own }
}
