import { XMLBuilder } from 'fast-xml-parser'
import { awsJson } from './awsJson.ts'
import { awsQuery } from './awsQuery.ts'
import type { WireRequest, WireResponse } from './message.ts'
import type { Protocol, Service } from './operation.ts'
import { restJson } from './restJson.ts'
import { ServiceError } from './serviceError.ts'
import { scopeIfSigned, unsigned } from './signature.ts'

/** The operation that a request asks for, and how its service refuses it. */
type Refusing = { readonly operation: string; readonly fail: Protocol['fail']; readonly unknown: Unknown }
type Unknown = Protocol['codes']['unknownOperation']

/**
 * Answers a request for a service that the simulator does not have, in that service's own protocol, so that the caller
 * can read the refusal: it names what was asked for and the services that the simulator has.
 */
export const refuseService = (
  request: WireRequest,
  requestId: string,
  services: readonly Pick<Service, 'name'>[],
): WireResponse => {
  const service = scopeIfSigned(request)?.service
  const { operation, fail, unknown } = refusing(request, service)
  if (service === undefined) return fail(unsigned(), requestId)
  const served = services.map(({ name }) => name).join(', ')
  const message = `This simulator does not serve ${operation} of ${service}. The services that it has are ${served}.`
  return fail(new ServiceError(unknown.code, message, unknown.status), requestId)
}

/** The request shows its protocol; only the name of the service tells REST in XML from REST in JSON. */
const refusing = (request: WireRequest, service: string | undefined): Refusing => {
  const target = request.headers['x-amz-target']
  if (target !== undefined) {
    const { fail, codes } = awsJson('')
    return { operation: target.split('.').at(-1) ?? target, fail, unknown: codes.unknownOperation }
  }
  const path = `${request.method} ${request.path.split('?')[0]}`
  if (service?.startsWith('s3'))
    return { operation: path, fail: failAsS3, unknown: { code: 'NotImplemented', status: 501 } }
  const action = new URLSearchParams(request.body || (request.path.split('?')[1] ?? '')).get('Action')
  if (action !== null) {
    const { fail, codes } = awsQuery('', '')
    return { operation: action, fail: service === 'ec2' ? failAsEc2 : fail, unknown: codes.unknownOperation }
  }
  const { fail, codes } = service !== undefined && inXml.includes(service) ? awsQuery('', '') : restJson({})
  return { operation: path, fail, unknown: codes.unknownOperation }
}

/** Services that speak REST in XML, with the errors of the Query protocol. */
const inXml: readonly string[] = ['cloudfront', 'route53']

const failAsEc2: Protocol['fail'] = ({ code, message, status }, requestId) =>
  inXmlOf(status, requestId, {
    Response: { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId },
  })

const failAsS3: Protocol['fail'] = ({ code, message, status }, requestId) =>
  inXmlOf(status, requestId, { Error: { Code: code, Message: message, RequestId: requestId } })

const builder = new XMLBuilder({})

const inXmlOf = (status: number, requestId: string, document: object): WireResponse => ({
  status,
  headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
  body: builder.build(document),
})
