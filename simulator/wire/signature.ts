import type { WireRequest } from './message.ts'
import { ServiceError } from './serviceError.ts'

/** Who calls which service where, as the signature's credential scope says. */
export type Scope = { readonly accessKeyId: string; readonly region: string; readonly service: string }

const credentialScope = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request\s*,/

/**
 * Reads the credential scope of a SigV4 `Authorization` header. The signature itself is not checked.
 *
 * @throws ServiceError `MissingAuthenticationToken` without one
 */
export const scopeOf = (request: WireRequest): Scope => {
  const [, accessKeyId, region, service] = credentialScope.exec(request.headers['authorization'] ?? '') ?? []
  if (accessKeyId && region && service) return { accessKeyId, region, service }
  throw new ServiceError('MissingAuthenticationToken', 'Missing Authentication Token', 403)
}
