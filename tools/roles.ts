import * as v from 'valibot'
import type { Stack } from './stack.ts'

/** A statement as this project writes them: it allows. Anything else is refused, not overlooked. */
const statement = v.strictObject({
  // SAM gives none to those that it writes.
  Sid: v.optional(v.string(), ''),
  Effect: v.literal('Allow'),
  Action: v.pipe(
    v.union([v.string(), v.array(v.string())]),
    v.transform((actions) => [actions].flat()),
  ),
  Resource: v.pipe(
    v.union([v.string(), v.array(v.string())]),
    v.transform((resources) => [resources].flat()),
  ),
  Condition: v.exactOptional(v.record(v.string(), v.record(v.string(), v.union([v.string(), v.array(v.string())])))),
})

const policyDocument = v.strictObject({ Version: v.literal('2012-10-17'), Statement: v.array(statement) })

// No ManagedPolicyArns, for one: what they allow is not written here.
const roleProperties = v.strictObject({
  Description: v.optional(v.string()),
  AssumeRolePolicyDocument: v.unknown(),
  Policies: v.array(v.strictObject({ PolicyName: v.string(), PolicyDocument: policyDocument })),
  Tags: v.optional(v.unknown()),
})

export type Statement = v.InferOutput<typeof statement>

/** A role of the stack, all that it allows, and whose it is. */
export type Role = {
  /** Its logical id. */
  readonly id: string
  readonly arn: string
  /** The names of the Lambda functions that run as it. */
  readonly functions: readonly string[]
  readonly statements: readonly Statement[]
  /** Who may assume it. */
  readonly trust: unknown
}

/**
 * Reads every role of a stack.
 *
 * @throws Error for what allows something in a way that is not read here, a policy that stands by itself for one
 */
export const rolesOf = ({ resources }: Stack): readonly Role[] => {
  const all = Object.entries(resources)
  const functions = all.flatMap(([, { type, id, properties }]) =>
    isFunction(type) ? [{ name: id, role: properties['Role'], policies: properties['Policies'] }] : [],
  )
  for (const { name, role, policies } of functions) {
    if (role === undefined || policies !== undefined) throw new Error(`function ${name} has no role of its own`)
  }
  const iam = all.filter(([, { type }]) => type.startsWith('AWS::IAM::'))
  return iam.map(([id, { type, arn, properties }]) => {
    if (type !== 'AWS::IAM::Role' || arn === undefined) throw new Error(`${id} is an ${type}, which is not read here`)
    const { Policies: policies, AssumeRolePolicyDocument: trust } = v.parse(roleProperties, properties)
    return {
      id,
      arn,
      functions: functions.flatMap(({ name, role }) => (role === arn ? [name] : [])),
      statements: policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
      trust,
    }
  })
}

/** @throws Error for a policy document that says something in a way that is not read here */
export const statementsIn = (document: unknown): readonly Statement[] => v.parse(policyDocument, document).Statement

/** Whether a resource of this type is a Lambda function, before SAM's transform or after it. */
export const isFunction = (type: string): boolean =>
  type === 'AWS::Serverless::Function' || type === 'AWS::Lambda::Function'

/** The role that a function of this name runs as. */
export const roleOf = (roles: readonly Role[], functionName: string): Role | undefined =>
  roles.find(({ functions }) => functions.includes(functionName))
