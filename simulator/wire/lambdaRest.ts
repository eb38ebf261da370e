import type { Protocol, Reply } from './operation.ts'
import { issuePath } from './operation.ts'
import { ServiceError } from './serviceError.ts'

const invocationsPath = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?(.*))?$/

/** Lambda's REST JSON for Invoke: the function in the path, how to invoke it in headers, the payload as the body. */
export const lambdaRest: Protocol = {
  read: (request) => {
    const [, functionName, query] = invocationsPath.exec(request.path) ?? []
    if (request.method !== 'POST' || functionName === undefined) {
      return { operation: `${request.method} ${request.path}`, input: {} }
    }
    return {
      operation: 'Invoke',
      input: {
        FunctionName: decodeURIComponent(functionName),
        InvocationType: request.headers['x-amz-invocation-type'],
        LogType: request.headers['x-amz-log-type'],
        Qualifier: new URLSearchParams(query ?? '').get('Qualifier') ?? undefined,
        Payload: request.body,
      },
    }
  },
  answer: (_operation, reply, requestId) => {
    const { output, status = 200, headers = {} } = reply as Reply
    return {
      status,
      headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, ...headers },
      body: output === undefined ? '' : String(output),
    }
  },
  fail: (error, requestId) => ({
    status: error.status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, 'x-amzn-errortype': error.code },
    body: JSON.stringify({
      Type: error.status < 500 ? 'User' : 'Service',
      Message: error.message,
      message: error.message,
    }),
  }),
  refuse: (issues) => {
    const [issue] = issues
    return new ServiceError('InvalidParameterValueException', `${issue && issuePath(issue)}: ${issue?.message}`)
  },
  codes: {
    throttled: new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429),
    denied: 'AccessDeniedException',
    expired: 'ExpiredTokenException',
    wrongSignature: 'InvalidSignatureException',
    refusedStatus: 403,
    unknownOperation: { code: 'UnknownOperationException', status: 404 },
    failure: new ServiceError('ServiceException', 'An error occurred and the request cannot be processed.', 500),
  },
}
