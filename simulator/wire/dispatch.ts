import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import { type AccessKeys, principalArn } from '../principal.ts'
import type { Switches } from '../switches.ts'
import type { World } from '../world/world.ts'
import type { Fault, Faults } from './faults.ts'
import { answerMetadata, isMetadata } from './instanceMetadata.ts'
import { ConnectionReset, type Line, noLine, type WireRequest, type WireResponse } from './message.ts'
import type { Call, Service, Surroundings } from './operation.ts'
import { createRateLimit } from './rateLimit.ts'
import { refusals } from './refusals.ts'
import { ServiceError } from './serviceError.ts'
import { scopeIfSigned, scopeOf } from './signature.ts'
import { refuseService } from './unservedService.ts'

/** Decides a call before it is carried out: `true`, or why not, in AWS's words. It may be a promise, but takes no simulated time. */
export type Authorize = (call: Call) => true | string | Promise<true | string>

export type Dispatch = (request: WireRequest, line?: Line) => Promise<WireResponse>

type Parts = {
  readonly services: readonly Service[]
  readonly world: World
  readonly clock: Clock
  readonly switches: Switches
  readonly identifiers: Identifiers
  readonly accessKeys: AccessKeys
  readonly faults: Faults
  /** By name of the service. */
  readonly callsPerSecond: Readonly<Record<string, number>>
  readonly authorize: Authorize
  /** The record of every call to a service that the simulator has. */
  readonly calls: Call[]
  readonly onCall: (call: Call) => void
}

/** A call while it is being read and answered. */
type Draft = { -readonly [Key in keyof Call]: Call[Key] }

/** One request on its way through the simulator. */
type Exchange = Parts & {
  /** The last answer to each question, for stale reads. */
  readonly lastAnswers: Map<string, WireResponse>
  readonly service: Service
  /** Whether the service takes one more call now. */
  readonly mayCall: () => boolean
  readonly call: Draft
  readonly request: WireRequest
  readonly line: Line
  readonly requestId: string
}

/**
 * The simulator's front: from an HTTP request to the operation of the service that it is signed for, past faults and
 * permissions, and back.
 */
export const createDispatch = (parts: Parts): Dispatch => {
  const { services, world, clock, identifiers } = parts
  const lastAnswers = new Map<string, WireResponse>()
  const limits = new Map(services.map(({ name }) => [name, createRateLimit(clock, parts.callsPerSecond[name])]))
  return async (request, line = noLine) => {
    if (isMetadata(request)) return answerMetadata(request, { clock, line, region: world.region })
    const requestId = identifiers.uuid()
    const service = services.find(({ name }) => name === serviceName(request))
    if (!service) return refuseService(request, requestId, services)
    const call: Draft = {
      at: clock.date(),
      service: service.name,
      action: service.name,
      principal: { kind: 'user' },
      input: {},
      resources: [],
      context: {},
      outcome: '',
      effect: 'nothing',
    }
    const mayCall = limits.get(service.name) ?? (() => true)
    return answerCall({ ...parts, lastAnswers, service, mayCall, call, request, line, requestId })
  }
}

/** Answers a call, and records how it ended. */
const answerCall = async (exchange: Exchange): Promise<WireResponse> => {
  const { service, world, requestId } = exchange
  try {
    const response = await answer(exchange)
    end(exchange, 'ok')
    return response
  } catch (error) {
    if (error instanceof ConnectionReset) {
      end(exchange, 'reset')
      throw error
    }
    if (error instanceof ServiceError) {
      end(exchange, error.code)
      return service.protocol.fail(error, requestId)
    }
    end(exchange, 'InternalFailure')
    // A mistake in the simulator: the timeline explains the 500.
    world.timeline.tell('Simulator', `failed: ${error instanceof Error ? error.stack : String(error)}`)
    return service.protocol.fail(service.protocol.codes.failure, requestId)
  }
}

const end = ({ call, onCall }: Exchange, outcome: string): void => {
  if (call.outcome === '') call.outcome = outcome
  onCall(call)
}

const answer = async (exchange: Exchange): Promise<WireResponse> => {
  const { call, faults, authorize, lastAnswers, service, requestId } = exchange
  const { asked, operation, prepared, surroundings } = prepare(exchange)
  if (!exchange.mayCall()) throw service.protocol.codes.throttled
  const fault = faults.meet(call)
  await meetBefore(exchange, fault)
  const verdict = await authorize(call)
  if (verdict !== true) throw refused(service, service.protocol.codes.denied, verdict)

  const question = JSON.stringify([call.action, call.input])
  const stale = fault?.kind === 'staleRead' ? lastAnswers.get(question) : undefined
  if (stale) return stale
  const seen = () => JSON.stringify(prepared.touches(surroundings))
  const seenBefore = seen()
  const running = Promise.resolve(prepared.run(surroundings))
  if (seen() !== seenBefore) call.effect = 'changed'
  const output = operation.slow ? await held(exchange, running) : await running
  const shown = fault?.kind === 'notYet' ? withEmptyLists(output) : output
  const response = service.protocol.answer(asked.operation, shown, requestId)
  lastAnswers.set(question, response)
  return meetAfter(exchange, fault, response)
}

/** Reads the request, and fills in the call: the caller, the action, the input, the ARNs. */
const prepare = ({ service, call, calls, request, accessKeys, world, switches, identifiers }: Exchange) => {
  const { protocol } = service
  const { accessKeyId, region } = scopeOf(request)
  const principal = accessKeys.holder(accessKeyId)
  const asked = protocol.read(request)
  Object.assign(call, { principal, action: `${service.name}:${asked.operation}`, input: asked.input })
  calls.push(call)
  if (region !== world.region && !service.isGlobal) {
    const { wrongSignature } = protocol.codes
    throw refused(service, wrongSignature, `Credential should be scoped to a valid region, not '${region}'.`)
  }
  const operation = Object.hasOwn(service.operations, asked.operation) ? service.operations[asked.operation] : undefined
  if (!operation) throw unknownOperation(service, asked.operation)
  call.action = operation.action
  const surroundings: Surroundings = { world, switches, identifiers, region }
  const prepared = operation.prepare(asked.input, protocol.refuse)
  call.input = prepared.input
  call.resources = prepared.resources(surroundings)
  call.context = prepared.context(surroundings)
  return { asked, operation, prepared, surroundings }
}

/** Waits for simulated time, during which virtual time may go on. */
const held = async <T>({ line, call }: Exchange, waitsFor: Promise<T>): Promise<T> => {
  const release = line.hold(call.principal.kind === 'instance' ? call.principal.instanceId : undefined)
  try {
    return await waitsFor
  } finally {
    release()
  }
}

/** The faults that strike before the call is carried out. */
const meetBefore = async (exchange: Exchange, fault: Fault | undefined): Promise<void> => {
  const { service, call, clock } = exchange
  const { codes } = service.protocol
  switch (fault?.kind) {
    case 'hang':
      return hang(exchange, 'hang')
    case 'reset':
      throw new ConnectionReset()
    case 'throttle':
      throw codes.throttled
    case 'error500':
      throw codes.failure
    case 'ResourceContention':
    case 'ResourceInUse':
    case 'ScalingActivityInProgress':
    case 'InstanceRefreshInProgress': {
      const [status, message] = refusals[fault.kind]
      throw new ServiceError(fault.kind, message, status)
    }
    case 'accessDenied':
      throw refused(service, codes.denied, denial(call, scopeOf(exchange.request).region))
    case 'expiredToken':
      throw refused(service, codes.expired, 'The security token included in the request is expired')
    case 'latency':
      await held(exchange, clock.sleep(fault.latencyMs ?? 1_000))
  }
}

/** The faults that strike once the call is carried out. */
const meetAfter = async (
  exchange: Exchange,
  fault: Fault | undefined,
  response: WireResponse,
): Promise<WireResponse> => {
  switch (fault?.kind) {
    case 'hangAfter':
      return hang(exchange, 'ok')
    case 'resetAfter':
      exchange.call.outcome = 'ok'
      throw new ConnectionReset()
    case 'malformed':
      return { ...response, body: '<html>502 Bad Gateway {' }
    case 'empty':
      return { ...response, body: '' }
    default:
      return response
  }
}

const never = new Promise<never>(() => {})

const hang = (exchange: Exchange, outcome: string): Promise<never> => {
  end(exchange, outcome)
  return held(exchange, never)
}

const withEmptyLists = (output: unknown): unknown =>
  Object.fromEntries(Object.entries(output ?? {}).map(([key, value]) => [key, Array.isArray(value) ? [] : value]))

/** The words of AWS for a call that no policy allows. */
export const denial = (call: Pick<Call, 'principal' | 'action' | 'resources'>, region: string): string =>
  `User: ${principalArn(call.principal, region)} is not authorized to perform: ${call.action} on resource: ` +
  `${call.resources[0] ?? '*'} because no identity-based policy allows the ${call.action} action`

/** The service that a request is for: the one that it is signed for, or the one that its form shows. */
const serviceName = (request: WireRequest): string | undefined => {
  const scope = scopeIfSigned(request)
  if (scope !== undefined) return scope.service
  if (request.headers['x-amz-target']?.startsWith('CodeDeploy_')) return 'codedeploy'
  if (request.path.startsWith('/2015-03-31/functions/')) return 'lambda'
  if (request.body.includes('Version=2011-01-01')) return 'autoscaling'
  if (request.body.includes('Version=2015-12-01')) return 'elasticloadbalancing'
  return undefined
}

const unknownOperation = ({ name, operations, protocol }: Service, asked: string) => {
  const { code, status } = protocol.codes.unknownOperation
  const served = Object.keys(operations).join(', ')
  return new ServiceError(code, `This simulator does not serve ${asked} of ${name}. It serves ${served}.`, status)
}

/** Refuses the caller, whatever is asked for. */
const refused = ({ protocol }: Service, code: string, message: string) =>
  new ServiceError(code, message, protocol.codes.refusedStatus)
