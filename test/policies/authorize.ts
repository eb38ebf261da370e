import type { Call } from '../../simulator/simulate.ts'
import { type Authorize, denial } from '../../simulator/wire/dispatch.ts'
import { rolesOf, type Statement, statementsIn } from '../../tools/roles.ts'
import { deploy, type Stack } from '../../tools/stack.ts'
import { allowedBy, type Question } from './engine.ts'

/** Somebody whose calls a policy of the template limits. */
export type Identity = {
  /** Logical id of the role, or of the output that is to be pasted into one. */
  readonly name: string
  readonly arn: string
  readonly statements: readonly Statement[]
  /** The names of the functions that run as it. */
  readonly functions: readonly string[]
  /** Whether it is who makes a call. */
  is(principal: Call['principal']): boolean
}

/** The roles of a stack's functions, and that of instances with the policy that the stack's outputs have for them. */
export const identitiesOf = (stack: Stack): readonly Identity[] => {
  const instanceProfile = 'InstanceProfilePolicy'
  return [
    ...rolesOf(stack)
      .filter(({ functions }) => functions.length > 0)
      .map(({ id, arn, statements, functions }) => ({
        name: id,
        arn,
        statements,
        functions,
        is: (principal: Call['principal']) => principal.kind === 'lambda' && functions.includes(principal.functionName),
      })),
    {
      name: instanceProfile,
      arn: `arn:${stack.partition}:iam::${stack.account}:role/instance-role`,
      statements: statementsIn(JSON.parse(String(stack.outputs[instanceProfile]))),
      functions: [],
      is: ({ kind }: Call['principal']) => kind === 'instance',
    },
  ]
}

/**
 * Decides calls by the policies of a stack, as IAM evaluates them: its functions may do what their role allows, instances
 * what the output for them allows, people anything, and functions that the stack has not nothing.
 */
export const authorizeBy = (stack: Stack): Authorize => {
  const known = identitiesOf(stack).map((identity) => ({ ...identity, decide: decideBy(identity.statements) }))
  return async (call) => {
    if (call.principal.kind === 'user') return true
    const identity = known.find(({ is }) => is(call.principal))
    if (identity === undefined) return denial(call, stack.region)
    const allowing = await Promise.all(questionsOf(call, identity, stack).map(identity.decide))
    return allowing.every((statements) => statements.length > 0) || denial(call, stack.region)
  }
}

/** What IAM is asked about a call: the same of each of its resources. */
export const questionsOf = (
  { action, resources, context }: Pick<Call, 'action' | 'resources' | 'context'>,
  { arn }: Pick<Identity, 'arn'>,
  { account }: Stack,
): readonly Question[] =>
  resources.map((resource) => ({
    principal: arn,
    action,
    resource,
    context: { ...context, 'aws:PrincipalArn': arn, 'aws:PrincipalAccount': account },
  }))

let byTemplate: Authorize | undefined

/** By template.yaml with its default parameters; what it has decided once is known in every test of the process. */
export const authorizeByTemplate = (): Authorize => {
  byTemplate ??= authorizeBy(deploy())
  return byTemplate
}

/** The names of the statements that allow it; none: it is denied. */
export type Decide = (question: Question) => Promise<readonly string[]>

/** Asks the engine, but once for all that makes no difference to these statements. */
export const decideBy = (statements: readonly Statement[]): Decide => {
  const text = JSON.stringify(statements)
  if (shapeOf(text) !== text) throw new Error('a statement names one certain deployment or Auto Scaling group')
  const named = keysIn(statements)
  const decided = new Map<string, ReturnType<Decide>>()
  return (question) => {
    const { action, resource, context = {} } = question
    const relevant = Object.entries(context).filter(([key]) => named.has(key.toLowerCase()))
    const shape = JSON.stringify([action, shapeOf(resource), relevant])
    const before = decided.get(shape)
    if (before !== undefined) return before
    const decision = allowedBy(statements, question)
    decided.set(shape, decision)
    return decision
  }
}

/** A text without the ids of deployments and of Auto Scaling groups, which nobody can know when a policy is written. */
const shapeOf = (text: string): string =>
  text
    .replace(/(?<![0-9A-Za-z])d-[0-9A-Z]{9}(?![0-9A-Za-z])/g, 'd-')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '')

/** The condition keys that these statements name, in conditions or as variables: others make no difference. */
const keysIn = (statements: readonly Statement[]): ReadonlySet<string> => {
  const inConditions = statements.flatMap(({ Condition: condition = {} }) =>
    Object.values(condition).flatMap(Object.keys),
  )
  const asVariables = [...JSON.stringify(statements).matchAll(/\$\{([^,}]+)/g)].map(([, name = '']) => name)
  return new Set([...inConditions, ...asVariables].map((key) => key.toLowerCase()))
}
