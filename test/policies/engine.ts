import { isWildcardOnlyAction, runSimulation, type Simulation } from '@cloud-copilot/iam-simulate'
import type { Statement } from '../../tools/roles.ts'

// The one file that asks the policy engine. Its licence is the AGPL: nothing outside of test/ may import it.

/** Condition keys and what they hold for one call. */
export type Context = Readonly<Record<string, string | readonly string[]>>

/** What IAM is asked: may this principal, an ARN or a service, do this to that? */
export type Question = {
  readonly principal: string
  readonly action: string
  /** An ARN as it is and not a pattern, or `*` where the action has no resource. */
  readonly resource: string
  readonly context?: Context
}

/** What cannot be asked of IAM, since no call could be about it. */
export class NoSuchResource extends Error {
  override name = 'NoSuchResource'
}

/**
 * @returns the names of those statements that allow it; where there are none it is denied
 * @throws NoSuchResource for an ARN that is none of the action's resources
 * @throws Error for a policy, an action or a condition key that IAM does not know, or not in this combination
 */
export const allowedBy = async (statements: readonly Statement[], question: Question): Promise<readonly string[]> => {
  const policy = { Version: '2012-10-17', Statement: statements }
  const { analysis } = await evaluate(question, { identityPolicies: [{ name: 'role', policy }] })
  if (analysis.result !== 'Allowed') return []
  return (analysis.identityAnalysis?.allowStatements ?? []).map(({ explain }) => explain.identifier)
}

/** Whether a resource's own policy lets in somebody whom no other policy speaks of; throws as `allowedBy` does. */
export const letsIn = async (resourcePolicy: unknown, question: Question): Promise<boolean> => {
  const { analysis } = await evaluate(question, { resourcePolicy })
  return analysis.result === 'Allowed'
}

/** Whether IAM can limit an action to resources; where not, a policy has to say `*`. */
export const hasResources = async (action: string): Promise<boolean> => {
  const [service = '', name = ''] = action.split(':')
  return !(await isWildcardOnlyAction(service, name))
}

const evaluate = async ({ principal, action, resource, context = {} }: Question, policies: Partial<Simulation>) => {
  const asked = (await hasResources(action)) ? literally(resource) : '*'
  const answer = await runSimulation(
    {
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...policies,
      request: {
        principal,
        action,
        resource: { resource: asked, accountId: accountOf(asked) ?? accountOf(principal) ?? '' },
        contextVariables: present(context),
      },
    },
    {},
  )
  const what = `${action} on ${asked}`
  if (answer.resultType === 'error' && answer.errors.message === 'no.resource.types') {
    throw new NoSuchResource(`${action} is never about ${asked}`)
  }
  if (answer.resultType !== 'single') throw new Error(`IAM cannot decide ${what}: ${JSON.stringify(answer)}`)
  const { ignoredContextKeys: unknown = [] } = answer.result
  if (unknown.length > 0) throw new Error(`IAM has no ${unknown.join(', ')} for ${what}`)
  return answer.result
}

/** The engine takes a `*` in a resource that is asked for as a pattern, and allows what overlaps with one that is allowed. */
const literally = (resource: string): string => (resource === '*' ? resource : resource.replaceAll('*', '-'))

/** A key without a value is not there at all; the engine would find it there (ForAllValues, Null). */
const present = (context: Context): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(context)
      .filter(([, value]) => value.length > 0)
      .map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]),
  )

const accountOf = (arn: string): string | undefined => arn.split(':')[4] || undefined
