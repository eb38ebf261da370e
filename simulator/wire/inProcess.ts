import { EventEmitter } from 'node:events'
import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import { Readable } from 'node:stream'
import { requestInProcess } from '../inFlight.ts'
import type { Dispatch } from './dispatch.ts'
import { ConnectionReset, type Line, type WireRequest, type WireResponse } from './message.ts'

/**
 * What a request meets on its way: whoever drives a schedule lets `handle` run when it is its turn, and gives its answer,
 * another one, or none. It is called at once, in the asynchronous context of whoever asks, and has virtual time go on with
 * `line.hold` while it keeps the request waiting.
 */
export type Passing = (request: WireRequest, handle: () => Promise<WireResponse>, line: Line) => Promise<WireResponse>

type Answering = { readonly dispatch: Dispatch; readonly passing: Passing }

const hosts = new Map<string, Answering>()
let made = 0

/**
 * Answers what this process asks of a host of its own in the process itself, without a socket: several times as fast, and
 * without real time passing. Everything above `http.request` is what it always is, an unmodified bundle included.
 *
 * Whoever takes `request` from `node:http` after the first call of this one, at the latest when it asks for the first
 * time, reaches it; the SDK does.
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
    // Others may give an address as text, or as a URL.
    const host = typeof options === 'object' ? (options.host ?? '') : ''
    const answering = hosts.get(host)
    if (answering !== undefined) return requestOf(answering, options, heard)
    if (host.endsWith('.in-process')) throw new Error(`The simulator ${host} is closed.`)
    return Reflect.apply(overTheWire, http, given)
  }
  http.request = request as typeof http.request
}

/** A `ClientRequest`, as far as the SDK's HTTP handler knows one. */
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
  // As over a socket: an SDK that saw another time than the process's own would correct its clock by it.
  const whole = { ...headers, date: new Date().toUTCString(), 'content-length': String(bytes.length) }
  return Object.assign(response, {
    statusCode: status,
    statusMessage: '',
    headers: whole,
  }) as unknown as IncomingMessage
}
