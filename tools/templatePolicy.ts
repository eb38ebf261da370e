import { readTemplate, resourceOf, type Template } from './template.ts'

/** A call as far as IAM cares: `codedeploy:GetDeployment` on these ARNs. */
type Call = { readonly action: string; readonly resources: readonly string[] }
type Statement = {
  readonly Sid: string
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
}
/** What `policiesOf` takes into account; a statement with anything else would be read wrongly. */
const understood = ['Sid', 'Effect', 'Action', 'Resource']

/** What template.yaml's pseudo parameters are for whoever evaluates its policies. */
const here = { 'AWS::Partition': 'aws', 'AWS::Region': 'eu-west-1', 'AWS::AccountId': '123456789012' }

/**
 * Reads the policies of a role in template.yaml, with the default parameters.
 *
 * @param roleId logical id of the role
 * @returns which of its statements (Sid) allow a call; none: it is denied
 * @throws Error for a statement that says more than Allow, Action and Resource
 */
export const policiesOf = (roleId: string): ((call: Call) => readonly string[]) => {
  const template = readTemplate()
  const defaults = Object.entries(template.Parameters).map(([name, { Default }]) => [name, String(Default)])
  const substitute = substituting({ ...here, ...Object.fromEntries(defaults) })
  const statements = statementsOf(template, roleId).map(({ Sid: sid, Action: action, Resource: resource }) => ({
    sid,
    actions: [action].flat().map(wildcards),
    resources: [resource].flat().map((value) => wildcards(substitute(value))),
  }))

  return ({ action, resources }) =>
    statements
      .filter(
        (statement) =>
          statement.actions.some((pattern) => pattern.test(action)) &&
          resources.every((resource) => statement.resources.some((pattern) => pattern.test(resource))),
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

/** `!Sub`, with these values. */
const substituting =
  (values: Readonly<Record<string, string>>) =>
  (value: unknown): string =>
    typeof value === 'string'
      ? value
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
