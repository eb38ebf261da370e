/** An HTTP request. Header names are in lower case. */
export type WireRequest = {
  readonly method: string
  /** With the query string. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

export type WireResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The line that a request came over. `hold` says that the caller waits for simulated time from now on, so that virtual
 * time does not stand still for it, and returns a function that says that it no longer waits.
 */
export type Line = { hold(instanceId?: string): () => void }

/** The line of a request without a socket. */
export const noLine: Line = { hold: () => () => {} }

/** The connection breaks before the answer comes: sockets are destroyed, `handle` rejects. */
export class ConnectionReset extends Error {
  readonly code = 'ECONNRESET'
  constructor() {
    super('read ECONNRESET')
  }
}
