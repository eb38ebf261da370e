import { EventEmitter } from 'node:events'
import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import { Readable } from 'node:stream'
import { requestInProcess } from '../inFlight.ts'
import type { Dispatch } from './dispatch.ts'
import { ConnectionReset, type Line, type WireRequest, type WireResponse } from './message.ts'

/**
 * A function that every request passes: it calls `handle` when the request's turn comes, and returns that answer,
 * another one, or none. It runs at once, in the asynchronous context of the caller, and lets virtual time go on with
 * `line.hold` while it keeps the request waiting.
 */
export type Passing = (request: WireRequest, handle: () => Promise<WireResponse>, line: Line) => Promise<WireResponse>

type Answering = { readonly dispatch: Dispatch; readonly passing: Passing }

const hosts = new Map<string, Answering>()
let made = 0

/**
 * Answers this process's requests to a made-up host in the process itself, without a socket: several times as fast, and
 * in no real time. Nothing above `http.request` notices, not even an unmodified bundle.
 *
 * This works for code that takes `request` from `node:http` after the first call of this function, or whenever it sends a
 * request, as the SDK does.
 */
export const answerInProcess = (dispatch: Dispatch, passing: Passing = (_, handle) => handle()) => {
  if (made === 0) intercept()
  made += 1
  const host = `simulator-${made}.in-process`
  hosts.set(host, { dispatch, passing })
  return {
    endpoint: `http://${host}`,
    close: async (): Promise<void> => void hosts.delete(host),
  }
}

const intercept = () => {
  const overTheWire = http.request
  const request = (...given: [RequestOptions, (response: IncomingMessage) => void]): unknown => {
    const [options, heard] = given
    // Other callers may pass an address as text or as a URL.
    const host = typeof options === 'object' ? (options.host ?? '') : ''
    const answering = hosts.get(host)
    if (answering !== undefined) return requestOf(answering, options, heard)
    if (host.endsWith('.in-process')) throw new Error(`The simulator ${host} is closed.`)
    return Reflect.apply(overTheWire, http, given)
  }
  http.request = request as typeof http.request
}

/** The part of a `ClientRequest` that the SDK's HTTP handler uses. */
const requestOf = (
  { dispatch, passing }: Answering,
  { method = 'GET', path, headers }: RequestOptions,
  heard: (response: IncomingMessage) => void,
) => {
  const request = new EventEmitter()
  let under: ReturnType<typeof requestInProcess> | undefined
  let closed = false
  const close = () => {
    if (closed) return
    closed = true
    under?.ended()
    request.emit('close')
  }
  const answer = async (body: string) => {
    const line: Line = { hold: () => under?.held() ?? (() => {}) }
    const wire = { method, path: path ?? '/', headers: inLowerCase(headers ?? {}), body }
    try {
      const response = await passing(wire, () => dispatch(wire, line), line)
      if (!closed) heard(responseOf(response))
    } catch (error) {
      if (!closed) request.emit('error', error)
      if (!(error instanceof ConnectionReset)) throw error
    } finally {
      close()
    }
  }
  return Object.assign(request, {
    setTimeout: () => request,
    destroy: close,
    end: (body: string | Uint8Array = '') => {
      under = requestInProcess()
      void answer(typeof body === 'string' ? body : Buffer.from(body).toString())
    },
  })
}

const inLowerCase = (headers: RequestOptions['headers']): WireRequest['headers'] =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]))

const responseOf = ({ status, headers, body }: WireResponse): IncomingMessage => {
  const bytes = Buffer.from(body)
  const response = new Readable({ read: () => {} })
  response.push(bytes)
  response.push(null)
  // As over a socket: the process's own time, because an SDK corrects its clock where it sees another.
  const whole = { ...headers, date: new Date().toUTCString(), 'content-length': String(bytes.length) }
  return Object.assign(response, {
    statusCode: status,
    statusMessage: '',
    headers: whole,
  }) as unknown as IncomingMessage
}
