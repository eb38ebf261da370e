import { AwsError } from '../aws/awsError.ts'
import { reasonOf } from '../wording.ts'
import { NoAnswer } from './giveUp.ts'

const loggedOut = new Set(['CredentialsProviderError', 'CredentialsError', 'TokenProviderError', 'ProviderError'])
const expired = new Set(['ExpiredToken', 'RequestExpired', 'TokenRefreshRequired'])
const denied = new Set(['AccessDenied', 'UnauthorizedOperation', 'AuthorizationError', 'Forbidden'])
/** How AWS refuses keys that a region does not know, be it that they are wrong or that it is not enabled. */
const unknown = new Set([
  'UnrecognizedClient',
  'InvalidClientTokenId',
  'InvalidSignature',
  'SignatureDoesNotMatch',
  'AuthFailure',
  'OptInRequired',
  'InvalidAccessKeyId',
])

/** How AWS was asked, as the caller set it. */
export type Asked = { readonly endpoint: string | undefined; readonly profile: string | undefined }

/**
 * Why something could not be looked at, and what to do about it, in one sentence.
 *
 * @param as how it was asked: where instead of AWS, and by which profile, if any
 */
export const whyNot = (error: unknown, region: string, as: Asked): string => {
  if (error instanceof NoAnswer) return noAnswer(error, region, as)
  if (!(error instanceof AwsError)) return reasonOf(error)
  const words = error.cause === undefined ? error.message : reasonOf(error.cause)
  const [action] = error.message.split(' failed: ')
  if (loggedOut.has(error.code)) {
    return (
      `there are no credentials${as.profile === undefined ? '' : ` for profile ${as.profile}`} (${unended(words)}): log in (aws sso login), name a profile that has some (--profile, AWS_PROFILE), or set ` +
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
    )
  }
  if (expired.has(error.code)) return 'your credentials have expired: log in again (aws sso login), or get new ones'
  if (denied.has(error.code)) {
    return `the permission ${action} is missing (${unended(words)}): add the policy that --policy prints to your user or role`
  }
  if (unknown.has(error.code)) {
    return (
      `${region} does not accept your credentials (${unended(words)}): either the region is not enabled for the account ` +
      `(aws account get-region-opt-status --region-name ${region}), or the credentials are wrong (aws sts get-caller-identity)`
    )
  }
  return error.message
}

const noAnswer = ({ kind, seconds, cause }: NoAnswer, region: string, { endpoint }: Asked): string => {
  const failure = cause instanceof AwsError ? cause.cause : cause
  if (kind === 'refused') {
    return `${region} has answered with nothing but errors for ${seconds} s (${unended(reasonOf(failure))}): try again later`
  }
  const code = failure instanceof Error && 'code' in failure ? String(failure.code) : undefined
  const words = unended(reasonOf(failure)) || code || 'no reason given'
  if (endpoint === undefined && (code === 'ENOTFOUND' || code === 'EAI_AGAIN')) {
    return `nobody is there to ask in ${region} (${code}): check how the region is written, and that you are online`
  }
  const who = endpoint === undefined ? `AWS in ${region}` : endpoint
  const check = endpoint === undefined ? 'your network, proxy or VPN' : '--endpoint-url or AWS_ENDPOINT_URL'
  return `${who} gave no answer for ${seconds} s (${words}): check ${check}, or wait longer with --timeout`
}

/** Without the full stop at its end: it becomes a part of a sentence. */
const unended = (words: string): string => words.trim().replace(/\.+$/, '')
