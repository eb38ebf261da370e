import { globalArnOf } from './arn.ts'
import type { Identifiers } from './identifiers.ts'

/** Who makes a call. */
export type Principal =
  | { readonly kind: 'lambda'; readonly functionName: string }
  | { readonly kind: 'instance'; readonly instanceId: string }
  | { readonly kind: 'user' }

/** What an SDK or the `aws` command needs to call as a principal. */
export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string }

/** Who holds which access key. Nobody checks signatures: the key alone says who calls. */
export type AccessKeys = { issue(principal: Principal): Credentials; holder(accessKeyId: string): Principal }

/** Access keys: a principal always gets the same key; an unknown key is a user's. */
export const createAccessKeys = (identifiers: Identifiers): AccessKeys => {
  const holders = new Map<string, Principal>()
  const issued = new Map<string, Credentials>()
  return {
    issue: (principal) => {
      const who = JSON.stringify(principal)
      const before = issued.get(who)
      if (before) return before
      const temporary = principal.kind !== 'user'
      const credentials = {
        accessKeyId: `${temporary ? 'ASIA' : 'AKIA'}${identifiers.hex(16).toUpperCase()}`,
        secretAccessKey: identifiers.hex(40),
        ...(temporary && { sessionToken: identifiers.hex(64) }),
      }
      issued.set(who, credentials)
      holders.set(credentials.accessKeyId, principal)
      return credentials
    },
    holder: (accessKeyId) => holders.get(accessKeyId) ?? { kind: 'user' },
  }
}

/** How AWS names the caller in a denial. */
export const principalArn = (principal: Principal, region: string): string => {
  switch (principal.kind) {
    case 'lambda':
      return globalArnOf(region, 'sts', `assumed-role/${principal.functionName}-role/${principal.functionName}`)
    case 'instance':
      return globalArnOf(region, 'sts', `assumed-role/instance-role/${principal.instanceId}`)
    case 'user':
      return globalArnOf(region, 'iam', 'user/you')
  }
}
