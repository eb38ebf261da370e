import { roleOf, rolesOf } from './roles.ts'
import { deploy } from './stack.ts'

/**
 * Lets a simulator's Lambda functions call the actions that their role in template.yaml names, on anything, and nothing
 * else; everybody else may call anything. Resources and conditions are for a policy engine, which the tests have.
 *
 * @returns what `simulate` takes as `authorize`
 */
export const authorizeByActions = (): ((call: {
  readonly action: string
  readonly principal: { readonly kind: string; readonly functionName?: string }
}) => true | string) => {
  const roles = rolesOf(deploy())
  return ({ action, principal: { kind, functionName } }) => {
    if (kind !== 'lambda') return true
    const role = roleOf(roles, functionName ?? '')
    const isNamed = role?.statements.some(({ Action: actions }) => actions.includes(action)) ?? false
    return isNamed || `no role of ${functionName} in template.yaml names ${action}`
  }
}
