import { AwsError } from '../aws/awsError.ts'
import { reasonOf } from '../sentences.ts'
import { TimedOut } from './timeout.ts'

const noCredentials = new Set(['CredentialsProviderError', 'CredentialsError', 'TokenProviderError', 'ProviderError'])
const expired = new Set(['ExpiredToken', 'RequestExpired', 'TokenRefreshRequired'])
const denied = new Set(['AccessDenied', 'UnauthorizedOperation', 'AuthorizationError', 'Forbidden'])
/** A region answers so where the credentials are wrong, and where it is not enabled: it does not know the account then. */
const notAccepted = new Set([
  'UnrecognizedClient',
  'InvalidClientTokenId',
  'InvalidSignature',
  'SignatureDoesNotMatch',
  'AuthFailure',
  'OptInRequired',
  'InvalidAccessKeyId',
])

/** What the caller has set for all calls. */
export type CallSettings = {
  /** Asked instead of AWS. */
  readonly endpoint: string | undefined
  readonly profile: string | undefined
}

/** Why the audit could not look at something, and what to do about it: a sentence without its full stop. */
export const explainError = (error: unknown, region: string, { endpoint, profile }: CallSettings): string => {
  if (error instanceof TimedOut) return explainTimeout(error, region, endpoint)
  if (!(error instanceof AwsError)) return reasonOf(error)
  const words = withoutFullStop(error.cause === undefined ? error.message : reasonOf(error.cause))
  const [action] = error.message.split(' failed: ')
  if (noCredentials.has(error.code)) {
    const whose = profile === undefined ? '' : ` for profile ${profile}`
    return (
      `there are no credentials${whose} (${words}): log in (aws sso login), choose a profile that has credentials ` +
      '(--profile, AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
    )
  }
  if (expired.has(error.code)) return 'your credentials have expired: log in again (aws sso login), or get new ones'
  if (denied.has(error.code)) {
    return `you lack the permission ${action} (${words}): add the policy that --policy prints to your user or role`
  }
  if (notAccepted.has(error.code)) {
    return (
      `${region} does not accept your credentials (${words}): check that the region is enabled for the account ` +
      `(aws account get-region-opt-status --region-name ${region}), and that the credentials are right (aws sts ` +
      'get-caller-identity)'
    )
  }
  return error.message
}

const explainTimeout = ({ kind, seconds, cause }: TimedOut, region: string, endpoint: string | undefined): string => {
  const failure = cause instanceof AwsError ? cause.cause : cause
  const code = failure instanceof Error && 'code' in failure ? String(failure.code) : undefined
  const words = withoutFullStop(reasonOf(failure)) || code || 'no reason given'
  if (kind === 'onlyErrors') return `${region} answered only with errors for ${seconds} s (${words}): try again later`
  if (endpoint === undefined && (code === 'ENOTFOUND' || code === 'EAI_AGAIN')) {
    return `${region} has no address (${code}): check the name of the region, and that you are online`
  }
  const who = endpoint === undefined ? `AWS in ${region}` : endpoint
  const check = endpoint === undefined ? 'your network, proxy or VPN' : '--endpoint-url or AWS_ENDPOINT_URL'
  return `${who} did not answer for ${seconds} s (${words}): check ${check}, or wait longer with --timeout`
}

/** These words become part of a sentence. */
const withoutFullStop = (words: string): string => words.trim().replace(/\.+$/, '')
