import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

/**
 * What happens in real time in this process because of its simulators: requests from here to their ports, and the
 * scripts that their instances run. Virtual time stands still for all of it, except for what a simulator deliberately
 * keeps waiting for virtual time (a hang, a slow answer, an invocation under way, a script's `sleep`).
 */

/** A request that its simulator keeps waiting, identified by the port of the client's socket, and its instance, if any. */
type Hold = { readonly port: number | undefined; readonly instanceId: string | undefined }

/** A script that an instance runs; a killed one is about to end, whatever it waits for. */
type Script = { readonly instanceId: string; killed: boolean }

const simulatorPorts = new Set<number>()
/** Requests that a simulator answers in this process, without a socket, and does not keep waiting. */
const inProcess = new Set<object>()
const holds = new Set<Hold>()
const scripts = new Set<Script>()
/** Requests from this process, each with its socket as soon as it has one. */
const requests = new Map<object, () => Socket | null | undefined>()

/** Counts requests to this port from now on; returns a function that stops counting. */
export const watchPort = (port: number): (() => void) => {
  simulatorPorts.add(port)
  return () => simulatorPorts.delete(port)
}

/** Says that the request from `port` waits for virtual time; returns a function that says that it no longer waits. */
export const holdRequest = (port: number | undefined, instanceId?: string): (() => void) => {
  const hold: Hold = { port, instanceId }
  holds.add(hold)
  return () => holds.delete(hold)
}

/** Says that a request without a socket is under way; returns functions that say that it waits for virtual time, and that it has ended. */
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

/** Says that an instance runs a script; returns functions that say that it was killed, and that it has ended. */
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

/** Work inside libuv that ends by itself and lets code go on: files, names, compression, key derivation. */
const briefWork =
  /^(FSReq|CloseReq|GetAddrInfo|GetNameInfo|QueryReq|Zlib|Brotli|Zstd|Scrypt|PBKDF2|RandomBytes|\w+(Request|Job)$)/

/** Whether a simulator is served on a port: sockets and scripts take more turns of the event loop. */
export const isServed = (): boolean => simulatorPorts.size > 0

/** What virtual time stands still for now: nothing (`undefined`), a `request` or a file access, or a `script`. */
export const inFlight = (): 'request' | 'script' | undefined => {
  if (requestBusy() || process.getActiveResourcesInfo().some((resource) => briefWork.test(resource))) return 'request'
  return scriptBusy() ? 'script' : undefined
}

/** What is under way, for the error that explains why virtual time stands still. */
export const describeInFlight = () => ({ requests: requests.size, held: holds.size, scripts: [...scripts] })

const isSimulator = (port: unknown) => simulatorPorts.has(Number(port))

/** A request of `node:http`, which the SDK uses. */
const clientRequestCreated = (message: unknown) => {
  const { request } = message as { request: ClientRequest }
  const port = /:(\d+)$/.exec(request.getHeader('host')?.toString() ?? '')?.[1]
  if (!isSimulator(port)) return
  requests.set(request, () => request.socket)
  request.once('close', () => requests.delete(request))
}

/** The sockets of undici's requests; `fetch` uses undici. */
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

/** Counts the requests of this process; returns a function that stops counting and forgets them. */
export const watchRequests = (): (() => void) => {
  for (const [channel, heard] of channels) subscribe(channel, heard)
  return () => {
    for (const [channel, heard] of channels) unsubscribe(channel, heard)
    requests.clear()
  }
}
