import type { Protocol } from './operation.ts'
import { issuePath } from './operation.ts'
import { ServiceError } from './serviceError.ts'

/**
 * REST JSON for a service with POST requests only: one path for each operation, JSON both ways.
 *
 * @param operations by path: `{ '/listRegions': 'ListRegions' }`
 */
export const restJson = (operations: Readonly<Record<string, string>>): Protocol => ({
  read: (request) => {
    const operation = request.method === 'POST' ? operations[request.path] : undefined
    if (operation === undefined) return { operation: `${request.method} ${request.path}`, input: {} }
    try {
      return { operation, input: JSON.parse(request.body === '' ? '{}' : request.body) }
    } catch {
      throw new ServiceError('SerializationException', 'The body is not JSON.')
    }
  },
  answer: (_operation, output, requestId) => respond(200, output ?? {}, requestId),
  fail: (error, requestId) =>
    respond(error.status, { message: error.message }, requestId, { 'x-amzn-errortype': error.code }),
  refuse: (issues) => {
    const [issue] = issues
    return new ServiceError('ValidationException', `${issue && issuePath(issue)}: ${issue?.message}`)
  },
  codes: {
    throttled: new ServiceError('TooManyRequestsException', 'Too Many Requests', 429),
    denied: 'AccessDeniedException',
    expired: 'ExpiredTokenException',
    wrongSignature: 'InvalidSignatureException',
    refusedStatus: 403,
    unknownOperation: { code: 'UnknownOperationException', status: 404 },
    failure: new ServiceError('InternalServerException', 'An error occurred and the request cannot be processed.', 500),
  },
})

const respond = (status: number, output: unknown, requestId: string, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, ...headers },
  body: JSON.stringify(output),
})
