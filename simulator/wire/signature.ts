import type { WireRequest } from './message.ts'
import { ServiceError } from './serviceError.ts'

/** The caller's key, the region and the service in a signature's credential scope. */
type Scope = { readonly accessKeyId: string; readonly region: string; readonly service: string }

const credentialScope = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request\s*,/

/** Reads the credential scope of a SigV4 `Authorization` header, if there is one. The signature itself is not checked. */
export const scopeIfSigned = (request: WireRequest): Scope | undefined => {
  const [, accessKeyId, region, service] = credentialScope.exec(request.headers['authorization'] ?? '') ?? []
  return accessKeyId && region && service ? { accessKeyId, region, service } : undefined
}

/** What AWS answers to an unsigned request. */
export const unsigned = (): ServiceError =>
  new ServiceError('MissingAuthenticationToken', 'Missing Authentication Token', 403)

/**
 * Reads the credential scope of a request.
 *
 * @throws ServiceError `MissingAuthenticationToken` where the request is not signed
 */
export const scopeOf = (request: WireRequest): Scope => {
  const scope = scopeIfSigned(request)
  if (scope === undefined) throw unsigned()
  return scope
}
