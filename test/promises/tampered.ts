import type { WireRequest, WireResponse } from '../../simulator/simulate.ts'
import type { Passing } from '../../simulator/wire/inProcess.ts'
import type { Handler } from '../../tools/lambdaFunction.ts'
import { readRequest } from './oracles/request.ts'

/** One way to break Greenlight on purpose, between the bundle and what the oracles see of it. Each is by operation. */
export type Tampering = {
  /** Answers as if AWS had carried it out, without asking AWS. */
  readonly drops?: readonly string[]
  /** Repeats AWS's first answer in which this is read, instead of asking again. */
  readonly remembers?: Readonly<Record<string, RegExp>>
  /** Asks for something else. */
  readonly rewrites?: Readonly<Record<string, (request: WireRequest) => WireRequest>>
  /** Reads something else in the answer. */
  readonly misreads?: Readonly<Record<string, (body: string) => string>>
  /** Asks for something more, right before. */
  readonly adds?: Readonly<Record<string, (request: WireRequest) => WireRequest | undefined>>
  /** What a line of its log becomes; undefined: it is not written. */
  readonly logs?: (line: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> | undefined
  readonly handles?: (handler: Handler) => Handler
}

/** What requests of a tampered Greenlight pass on their way, before the oracles see them. */
export const tampered = (
  { drops = [], remembers = {}, rewrites = {}, misreads = {}, adds = {} }: Tampering,
  dispatch: (request: WireRequest, line: Parameters<Passing>[2]) => Promise<WireResponse>,
  passing: Passing,
): Passing => {
  const first = new Map<string, WireResponse>()
  return async (request, _handle, line) => {
    const pass = (one: WireRequest) => passing(one, () => dispatch(one, line), line)
    const operation = operationOf(request)
    if (drops.includes(operation)) return accepted(request, operation)
    const known = first.get(`${operation} ${request.body}`)
    if (known !== undefined) return known
    const more = adds[operation]?.(request)
    if (more !== undefined) await pass(more)
    const response = await pass(rewrites[operation]?.(request) ?? request)
    if (remembers[operation]?.test(response.body)) first.set(`${operation} ${request.body}`, response)
    return { ...response, body: misreads[operation]?.(response.body) ?? response.body }
  }
}

const operationOf = (request: WireRequest): string => readRequest(request).action.replace(/^\w+:/, '')

const accepted = ({ headers }: WireRequest, operation: string): WireResponse =>
  headers['x-amz-target'] === undefined
    ? {
        status: 200,
        headers: { 'content-type': 'text/xml' },
        body: `<${operation}Response><${operation}Result/></${operation}Response>`,
      }
    : { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: '{}' }

/** Another request to CodeDeploy, made of one. */
export const codeDeployRequest =
  (operation: string, input: Readonly<Record<string, unknown>>) =>
  (request: WireRequest): WireRequest => ({
    ...request,
    headers: another(request, { 'x-amz-target': `CodeDeploy_20141006.${operation}` }),
    body: JSON.stringify({ ...JSON.parse(request.body), ...input }),
  })

/** Another request to Auto Scaling, made of one. */
export const autoScalingRequest =
  (operation: string, input: Readonly<Record<string, string>>) =>
  (request: WireRequest): WireRequest => ({
    ...request,
    headers: another(request, {}),
    body: new URLSearchParams({ Action: operation, Version: '2011-01-01', ...input }).toString(),
  })

const another = ({ headers }: WireRequest, others: Readonly<Record<string, string>>) => ({
  ...headers,
  ...others,
  'amz-sdk-invocation-id': `another than ${headers['amz-sdk-invocation-id']}`,
})
