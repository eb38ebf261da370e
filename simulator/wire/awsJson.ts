import type { Protocol } from './operation.ts'
import { issuePath } from './operation.ts'
import { ServiceError } from './serviceError.ts'

/** A schema's message that names the exception: `InvalidDeploymentIdException: …`. */
const namedException = /^(\w+Exception): (.*)$/s

/**
 * AWS JSON 1.1: the operation in `X-Amz-Target`, JSON both ways, times as epoch seconds.
 *
 * @param target what stands before the dot, such as `CodeDeploy_20141006`
 */
export const awsJson = (target: string): Protocol => ({
  read: (request) => {
    const [prefix, operation] = (request.headers['x-amz-target'] ?? '').split('.')
    if (prefix !== target || !operation) {
      throw new ServiceError(
        'UnknownOperationException',
        `This simulator does not serve ${request.headers['x-amz-target'] ?? 'a request without X-Amz-Target'}, but operations of ${target}.`,
      )
    }
    try {
      return { operation, input: JSON.parse(request.body === '' ? '{}' : request.body) }
    } catch {
      throw new ServiceError('SerializationException', 'The body is not JSON.')
    }
  },
  answer: (_operation, output, requestId) => respond(200, JSON.stringify(withEpochSeconds(output) ?? {}), requestId),
  fail: (error, requestId) =>
    respond(error.status, JSON.stringify({ __type: error.code, message: error.message }), requestId),
  refuse: (issues) => {
    const [issue] = issues
    const [, code, message] = namedException.exec(issue?.message ?? '') ?? []
    if (code && message) return new ServiceError(code, message)
    // Real services answer this to a member of the wrong type. They ignore unknown members; refusing them shows mistakes.
    return new ServiceError('SerializationException', `${issue && issuePath(issue)}: ${issue?.message}`)
  },
  codes: {
    throttled: new ServiceError('ThrottlingException', 'Rate exceeded'),
    denied: 'AccessDeniedException',
    expired: 'ExpiredTokenException',
    wrongSignature: 'InvalidSignatureException',
    refusedStatus: 400,
    unknownOperation: { code: 'UnknownOperationException', status: 400 },
    failure: new ServiceError('InternalFailure', 'The request processing has failed because of an unknown error.', 500),
  },
})

const respond = (status: number, body: string, requestId: string) => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId },
  body,
})

const withEpochSeconds = (value: unknown): unknown => {
  if (value instanceof Date) return value.getTime() / 1000
  if (Array.isArray(value)) return value.map(withEpochSeconds)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withEpochSeconds(inner)]))
}
