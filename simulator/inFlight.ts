import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

/**
 * What goes on in real time in this process, on account of its simulators: requests from here to their ports, and the
 * scripts that their instances run. Virtual time stands still for all of it, except for what a simulator deliberately
 * keeps waiting for virtual time (a hang, a slow answer, an invocation under way, a script's `sleep`).
 */

/** One request that its simulator keeps waiting, told by the port of the client's socket, and by its instance, if any. */
type Hold = { readonly port: number | undefined; readonly instanceId: string | undefined }

/** A script that an instance runs; one that was killed is about to end, whatever it was waiting for. */
type Script = { readonly instanceId: string; killed: boolean }

const simulatorPorts = new Set<number>()
/** Requests that a simulator answers in this process, without a socket, and does not keep waiting. */
const inProcess = new Set<object>()
const holds = new Set<Hold>()
const scripts = new Set<Script>()
/** Requests from this process, each with its socket as soon as it has one. */
const requests = new Map<object, () => Socket | null | undefined>()

/** Counts requests to this port from now on; gives a function that ends it. */
export const watchPort = (port: number): (() => void) => {
  simulatorPorts.add(port)
  return () => simulatorPorts.delete(port)
}

/** Says that the request that came over `port` waits for virtual time; gives a function that says it no longer does. */
export const holdRequest = (port: number | undefined, instanceId?: string): (() => void) => {
  const hold: Hold = { port, instanceId }
  holds.add(hold)
  return () => holds.delete(hold)
}

/** Says that a request without a socket is under way; gives functions that say it waits for virtual time, and that it has ended. */
export const requestInProcess = (): { held(): () => void; ended(): void } => {
  const request = {}
  let isOver = false
  inProcess.add(request)
  return {
    held: () => {
      inProcess.delete(request)
      return () => void (isOver || inProcess.add(request))
    },
    ended: () => {
      isOver = true
      inProcess.delete(request)
    },
  }
}

/** Says that an instance runs a script; gives functions that say it was killed, and that it has ended. */
export const scriptRunning = (instanceId: string): { killed(): void; ended(): void } => {
  const script = { instanceId, killed: false }
  scripts.add(script)
  return {
    killed: () => {
      script.killed = true
    },
    ended: () => scripts.delete(script),
  }
}

/** Whether a script runs that is not itself kept waiting. */
const scriptBusy = () => {
  const waiting = new Set([...holds].map(({ instanceId }) => instanceId))
  return [...scripts].some(({ instanceId, killed }) => killed || !waiting.has(instanceId))
}

/** Whether a request of this process is under way that is not kept waiting. */
const requestBusy = () => {
  if (inProcess.size > 0) return true
  const waiting = new Set([...holds].map(({ port }) => port))
  return [...requests.values()].some((socket) => {
    const port = socket()?.localPort
    return port === undefined || !waiting.has(port)
  })
}

/** Work of libuv's own that ends by itself and makes code go on: files, names, compression, key derivation. */
const briefWork =
  /^(FSReq|CloseReq|GetAddrInfo|GetNameInfo|QueryReq|Zlib|Brotli|Zstd|Scrypt|PBKDF2|RandomBytes|\w+(Request|Job)$)/

/** Whether whatever goes on here needs sockets or scripts, which take turns of the event loop of their own. */
export const isServed = (): boolean => simulatorPorts.size > 0

/** What virtual time has to stand still for just now: nothing (`undefined`), a `request`, `input` and so on, a `script`. */
export const inFlight = (): 'request' | 'script' | undefined => {
  if (requestBusy() || process.getActiveResourcesInfo().some((resource) => briefWork.test(resource))) return 'request'
  return scriptBusy() ? 'script' : undefined
}

/** How an open request is described where virtual time explains why it stands still. */
export const describeInFlight = () => ({ requests: requests.size, held: holds.size, scripts: [...scripts] })

const isSimulator = (port: unknown) => simulatorPorts.has(Number(port))

/** Of `node:http`, which the SDK uses. */
const clientRequestCreated = (message: unknown) => {
  const { request } = message as { request: ClientRequest }
  const port = /:(\d+)$/.exec(request.getHeader('host')?.toString() ?? '')?.[1]
  if (!isSimulator(port)) return
  requests.set(request, () => request.socket)
  request.once('close', () => requests.delete(request))
}

/** Of undici, which `fetch` uses. */
const fetchSockets = new WeakMap<object, Socket>()
const fetchCreated = (message: unknown) => {
  const { request } = message as { request: { origin: string | URL } }
  if (!isSimulator(new URL(request.origin).port)) return
  requests.set(request, () => fetchSockets.get(request))
}
const fetchSent = (message: unknown) => {
  const { request, socket } = message as { request: object; socket: Socket }
  fetchSockets.set(request, socket)
}
const fetchEnded = (message: unknown) => requests.delete((message as { request: object }).request)

const channels: readonly (readonly [string, (message: unknown) => void])[] = [
  ['http.client.request.created', clientRequestCreated],
  ['undici:request:create', fetchCreated],
  ['undici:client:sendHeaders', fetchSent],
  ['undici:request:trailers', fetchEnded],
  ['undici:request:error', fetchEnded],
]

/** Begins to count requests of this process; gives a function that ends it and forgets those counted. */
export const watchRequests = (): (() => void) => {
  for (const [channel, heard] of channels) subscribe(channel, heard)
  return () => {
    for (const [channel, heard] of channels) unsubscribe(channel, heard)
    requests.clear()
  }
}
