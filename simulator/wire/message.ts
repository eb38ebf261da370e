/** An HTTP request as AWS gets it. Header names are in lower case. */
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
 * The line that a request came over. `hold` says that the caller waits for simulated time from here on, so that virtual
 * time does not stand still for it, and gives a function that says it no longer does.
 */
export type Line = { hold(instanceId?: string): () => void }

/** The line of a request that came over no socket. */
export const noLine: Line = { hold: () => () => {} }

/** The connection breaks before the answer comes: sockets are destroyed, `handle` rejects. */
export class ConnectionReset extends Error {
  readonly code = 'ECONNRESET'
  constructor() {
    super('read ECONNRESET')
  }
}
