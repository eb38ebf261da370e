import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import { type AccessKeys, principalArn } from '../principal.ts'
import type { Switches } from '../switches.ts'
import type { World } from '../world/world.ts'
import type { Faults } from './faults.ts'
import { answerMetadata, isMetadata } from './instanceMetadata.ts'
import { ConnectionReset, type Line, noLine, type WireRequest, type WireResponse } from './message.ts'
import type { Call, Service } from './operation.ts'
import { ServiceError } from './serviceError.ts'
import { scopeOf } from './signature.ts'

/** Decides a call before it runs: `true`, or why not, in AWS's words. It may be a promise, but takes no time of its own. */
export type Authorize = (call: Call) => true | string | Promise<true | string>

export type Dispatch = (request: WireRequest, line?: Line) => Promise<WireResponse>

/**
 * The simulator's front: from an HTTP request to the operation of the service that it is signed for, past faults and
 * permissions, and back.
 *
 * @param calls where every call that names a known operation is written down
 */
export const createDispatch = (parts: {
  services: readonly Service[]
  world: World
  clock: Clock
  switches: Switches
  identifiers: Identifiers
  accessKeys: AccessKeys
  faults: Faults
  authorize: Authorize
  calls: Call[]
  onCall: (call: Call) => void
}): Dispatch => {
  const { services, world, clock, switches, identifiers, accessKeys, faults, authorize, calls, onCall } = parts

  /** What each question was answered with last, for stale reads. */
  const answers = new Map<string, WireResponse>()

  const answer = async (service: Service, call: Draft, request: WireRequest, line: Line, requestId: string) => {
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

    const operation = Object.hasOwn(service.operations, asked.operation)
      ? service.operations[asked.operation]
      : undefined
    if (!operation) throw unknownOperation(service, asked.operation)
    call.action = operation.action
    const surroundings = { world, switches, identifiers, region }
    const prepared = operation.prepare(asked.input, protocol.refuse)
    call.input = prepared.input
    call.resources = prepared.resources(surroundings)
    call.context = prepared.context(surroundings)

    const instanceId = principal.kind === 'instance' ? principal.instanceId : undefined
    const held = async <T>(waitsFor: Promise<T>): Promise<T> => {
      const release = line.hold(instanceId)
      try {
        return await waitsFor
      } finally {
        release()
      }
    }
    const fault = faults.meet(call)
    switch (fault?.kind) {
      case 'hang':
        call.outcome = 'hang'
        onCall(call)
        return await held(never)
      case 'reset':
        throw new ConnectionReset()
      case 'throttle':
        throw protocol.codes.throttled
      case 'error500':
        throw protocol.codes.failure
      case 'ResourceContention':
        throw new ServiceError(
          fault.kind,
          'You already have a pending update to an Amazon EC2 Auto Scaling resource',
          500,
        )
      case 'InstanceRefreshInProgress':
        throw new ServiceError(fault.kind, 'An instance refresh is in progress for this Auto Scaling group')
      case 'accessDenied':
        throw refused(service, protocol.codes.denied, denial(call, region))
      case 'expiredToken':
        throw refused(service, protocol.codes.expired, 'The security token included in the request is expired')
      case 'latency':
        await held(clock.sleep(fault.latencyMs ?? 1_000))
    }
    const verdict = await authorize(call)
    if (verdict !== true) throw refused(service, protocol.codes.denied, verdict)

    const question = JSON.stringify([call.action, call.input])
    const before = fault?.kind === 'staleRead' ? answers.get(question) : undefined
    if (before) return before
    const seen = () => JSON.stringify(prepared.touches(surroundings))
    const seenBefore = seen()
    const running = Promise.resolve(prepared.run(surroundings))
    if (seen() !== seenBefore) call.effect = 'changed'
    const output = operation.slow ? await held(running) : await running
    const shown = fault?.kind === 'notYet' ? withEmptyLists(output) : output
    const response = protocol.answer(asked.operation, shown, requestId)
    answers.set(question, response)
    switch (fault?.kind) {
      case 'hangAfter':
        call.outcome = 'ok'
        onCall(call)
        return await held(never)
      case 'resetAfter':
        call.outcome = 'ok'
        throw new ConnectionReset()
      case 'malformed':
        return { ...response, body: '<html>502 Bad Gateway {' }
      case 'empty':
        return { ...response, body: '' }
    }
    return response
  }

  return async (request, line = noLine) => {
    if (isMetadata(request)) return answerMetadata(request, { clock, line, region: world.region })
    const requestId = identifiers.uuid()
    const service = services.find(({ name }) => name === serviceName(request))
    if (!service) return refuse(request, requestId)
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
    const ended = (outcome: string) => {
      if (call.outcome === '') call.outcome = outcome
      onCall(call)
    }
    try {
      const response = await answer(service, call, request, line, requestId)
      ended('ok')
      return response
    } catch (error) {
      if (error instanceof ConnectionReset) {
        ended('reset')
        throw error
      }
      if (error instanceof ServiceError) {
        ended(error.code)
        return service.protocol.fail(error, requestId)
      }
      ended('InternalFailure')
      // A mistake of the simulator's own; whoever wonders about the 500 finds it here.
      world.timeline.tell('Simulator', `failed: ${error instanceof Error ? error.stack : String(error)}`)
      return service.protocol.fail(service.protocol.codes.failure, requestId)
    }
  }
}

/** A call while it is being read and answered. */
type Draft = { -readonly [Key in keyof Call]: Call[Key] }

const never = new Promise<never>(() => {})

const withEmptyLists = (output: unknown): unknown =>
  Object.fromEntries(Object.entries(output ?? {}).map(([key, value]) => [key, Array.isArray(value) ? [] : value]))

/** The words of AWS for a call that no policy allows. */
export const denial = (call: Pick<Call, 'principal' | 'action' | 'resources'>, region: string): string =>
  `User: ${principalArn(call.principal, region)} is not authorized to perform: ${call.action} on resource: ` +
  `${call.resources[0] ?? '*'} because no identity-based policy allows the ${call.action} action`

/** The service that a request is for: the one it is signed for, or the one that its form betrays. */
const serviceName = (request: WireRequest): string | undefined => {
  try {
    return scopeOf(request).service
  } catch {
    if (request.headers['x-amz-target']?.startsWith('CodeDeploy_')) return 'codedeploy'
    if (request.path.startsWith('/2015-03-31/functions/')) return 'lambda'
    if (request.body.includes('Version=2011-01-01')) return 'autoscaling'
    if (request.body.includes('Version=2015-12-01')) return 'elasticloadbalancing'
    return undefined
  }
}

/** What is signed for no service that there is, or not signed at all. */
const refuse = (request: WireRequest, requestId: string): WireResponse => {
  let message = 'Missing Authentication Token'
  let code = 'MissingAuthenticationTokenException'
  try {
    message = `This simulator has no service ${scopeOf(request).service}.`
    code = 'UnknownOperationException'
  } catch {
    // Not signed: AWS's own words.
  }
  return {
    status: 403,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  }
}

const unknownOperation = (service: Service, name: string) =>
  new ServiceError(
    service.name === 'codedeploy' ? 'UnknownOperationException' : 'InvalidAction',
    `This simulator has no operation ${name} of ${service.name}.`,
  )

/** For who calls, whatever is asked: CodeDeploy answers that with the same status as everything else. */
const refused = (service: Service, code: string, message: string) =>
  new ServiceError(code, message, service.name === 'codedeploy' ? 400 : 403)
