import { readTemplate, resourceOf, type Template } from './template.ts'

/** A call as far as IAM cares: `codedeploy:GetDeployment` on these ARNs. */
type Call = {
  readonly action: string
  readonly resources: readonly string[]
  /** What its condition keys are: `aws:TagKeys` (F42). */
  readonly context?: Readonly<Record<string, string | readonly string[]>>
}
type Statement = {
  readonly Sid: string
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
/** What `policiesOf` takes into account; a statement with anything else would be read wrongly. */
const understood = ['Sid', 'Effect', 'Action', 'Resource', 'Condition']

/** What template.yaml's pseudo parameters are for whoever evaluates its policies. */
const here = { 'AWS::Partition': 'aws', 'AWS::Region': 'eu-west-1', 'AWS::AccountId': '123456789012' }

/**
 * Reads the policies of a role in template.yaml, with the default parameters.
 *
 * @param roleId logical id of the role
 * @returns which of its statements (Sid) allow a call; none: it is denied
 * @throws Error for a statement that says more than Allow, Action, Resource and the two conditions that are read here
 */
export const policiesOf = (roleId: string): ((call: Call) => readonly string[]) => {
  const template = readTemplate()
  const defaults = Object.entries(template.Parameters).map(([name, { Default }]) => [name, String(Default)])
  const substitute = substituting({ ...here, ...Object.fromEntries(defaults) })
  const statements = statementsOf(template, roleId).map((statement) => ({
    sid: statement.Sid,
    conditions: conditionsOf(statement),
    actions: [statement.Action].flat().map(wildcards),
    resources: [statement.Resource].flat().map((value) => wildcards(substitute(value))),
  }))

  return ({ action, resources, context = {} }) =>
    statements
      .filter(
        (statement) =>
          statement.actions.some((pattern) => pattern.test(action)) &&
          resources.every((resource) => statement.resources.some((pattern) => pattern.test(resource))) &&
          statement.conditions.every((isMet) => isMet(context)),
      )
      .map(({ sid }) => sid)
}

/** Every action that a role in template.yaml names. */
export const actionsOf = (roleId: string): readonly string[] =>
  statementsOf(readTemplate(), roleId).flatMap(({ Action: action }) => [action].flat())

const statementsOf = (template: Template, roleId: string): readonly Statement[] => {
  const { Policies: policies } = resourceOf(template, roleId).Properties as {
    Policies: readonly { PolicyDocument: { Statement: readonly Statement[] } }[]
  }
  const statements = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
  for (const statement of statements) {
    const strange = Object.keys(statement).filter((key) => !understood.includes(key))
    if (statement.Effect !== 'Allow' || strange.length > 0) {
      throw new Error(
        `statement ${statement.Sid} of ${roleId} has ${strange.join(', ') || statement.Effect}, which is not read here`,
      )
    }
  }
  return statements
}

type Context = NonNullable<Call['context']>

const conditionsOf = ({ Sid: sid, Condition: condition = {} }: Statement): readonly ((context: Context) => boolean)[] =>
  Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) => {
      const values = (context: Context) => [context[key] ?? []].flat()
      if (operator === 'Null')
        return (context: Context) => (values(context).length === 0) === (String(wanted) === 'true')
      if (operator !== 'ForAllValues:StringLike') {
        throw new Error(`statement ${sid} has the condition ${operator}, which is not read here`)
      }
      const patterns = [wanted].flat().map((pattern) => wildcards(String(pattern)))
      return (context: Context) => values(context).every((value) => patterns.some((pattern) => pattern.test(value)))
    }),
  )

/** `!Sub`, with these values. */
const substituting =
  (values: Readonly<Record<string, string>>) =>
  (value: unknown): string =>
    typeof value === 'string'
      ? value
      : 'Fn::GetAtt' in (value as object)
        ? `arn of ${(value as { 'Fn::GetAtt': string })['Fn::GetAtt']}`
        : (value as { 'Fn::Sub': string })['Fn::Sub'].replace(
            /\$\{([^}]+)\}/g,
            (whole, name: string) => values[name] ?? whole,
          )

/**
 * Lets a simulator's Lambda functions do what a role in template.yaml allows and nothing else; everybody else may do anything.
 *
 * @param roleId logical id of the role
 * @returns what `simulate` takes as `authorize`
 */
export const authorizeByTemplate = (
  roleId: string,
): ((call: Call & { readonly principal: { readonly kind: string } }) => true | string) => {
  const allowing = policiesOf(roleId)
  return (call) =>
    call.principal.kind !== 'lambda' ||
    allowing(call).length > 0 ||
    `no statement of ${roleId} in template.yaml allows it`
}

/** IAM's `*` and `?`. */
const wildcards = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  )
