import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { holdRequest, watchPort } from '../inFlight.ts'
import type { Dispatch } from './dispatch.ts'
import { ConnectionReset, type Line } from './message.ts'

export type Server = { readonly endpoint: string; close(): Promise<void> }

/**
 * Serves the simulator on one loopback port.
 *
 * @param port 0 for a free one
 * @throws the error of `listen`, such as EADDRINUSE
 */
export const serve = async (dispatch: Dispatch, port: number): Promise<Server> => {
  const server = createServer((request, response) => {
    answer(dispatch, request, response).catch((error: unknown) => {
      request.socket.destroy()
      // Nobody is left to answer: a fault broke the connection, or the caller went away.
      if (!(error instanceof ConnectionReset) && !request.errored) throw error
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const bound = (server.address() as AddressInfo).port
  const unwatch = watchPort(bound)
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      unwatch()
    },
  }
}

const answer = async (dispatch: Dispatch, request: IncomingMessage, response: ServerResponse) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const releases = new Set<() => void>()
  const line: Line = {
    hold: (instanceId) => {
      const release = holdRequest(request.socket.remotePort, instanceId)
      releases.add(release)
      return release
    },
  }
  // A caller that gives up no longer waits.
  response.once('close', () => {
    for (const release of releases) release()
  })
  const { status, headers, body } = await dispatch(
    {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
      ),
      body: Buffer.concat(chunks).toString(),
    },
    line,
  )
  // The process's own time, virtual or not, because an SDK corrects its clock where it sees another.
  response.writeHead(status, { ...headers, date: new Date().toUTCString(), 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
