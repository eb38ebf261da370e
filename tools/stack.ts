import { readTemplate, type Template } from './template.ts'

/** Where a stack is, and what is chosen for the template's parameters; the defaults, unless told. */
export type Place = {
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly parameters: Readonly<Record<string, string | number>>
}

/** A template as CloudFormation makes it: its functions evaluated, resources whose condition does not hold left out. */
export type Stack = Place & {
  readonly resources: Readonly<Record<string, Deployed>>
  readonly outputs: Readonly<Record<string, unknown>>
}

type Deployed = {
  readonly type: string
  /** What `Ref` gives: a name, mostly. */
  readonly id: string
  /** What `GetAtt Arn` gives, where a policy of this project may name it. */
  readonly arn: string | undefined
  readonly properties: Readonly<Record<string, unknown>>
}

/** What CloudFormation might name a resource whose name the template leaves to it. */
const nameOf = (id: string): string => `greenlight-${id}-0123456789AB`

/**
 * Evaluates a template for a place.
 *
 * @throws Error for a function, a name or an attribute that is not known here: whoever adds one to the template adds it here
 */
export const deploy = (template: Template = readTemplate(), chosen: Partial<Place> = {}): Stack => {
  const place: Place = {
    partition: 'aws',
    region: 'eu-west-1',
    account: '123456789012',
    ...chosen,
    parameters: {
      ...Object.fromEntries(Object.entries(template.Parameters).map(([name, { Default: value }]) => [name, value])),
      ...chosen.parameters,
    },
  }
  const { partition, region, account, parameters } = place
  const names: Readonly<Record<string, unknown>> = {
    ...parameters,
    'AWS::Partition': partition,
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::NoValue': undefined,
  }

  const holds = (condition: string): boolean => {
    const found = template.Conditions?.[condition]
    if (found === undefined) throw new Error(`template.yaml has no condition ${condition}`)
    return evaluate(found) === true
  }

  const ref = (name: string): unknown => {
    if (Object.hasOwn(names, name)) return names[name]
    return identityOf(name).id
  }

  const getAtt = (named: string): string => {
    const [id = '', ...attribute] = named.split('.')
    const { arn } = identityOf(id)
    if (attribute.join('.') !== 'Arn' || arn === undefined)
      throw new Error(`${named} of template.yaml is not known here`)
    return arn
  }

  const identityOf = (id: string): Pick<Deployed, 'id' | 'arn'> => {
    const resource = template.Resources[id]
    if (resource === undefined) throw new Error(`template.yaml has nothing that is named ${id}`)
    const identify = identities[resource.Type]
    const nameIn = (property: string) => String(evaluate(resource.Properties[property]) ?? nameOf(id))
    return identify === undefined ? { id: nameOf(id), arn: undefined } : identify(nameIn, place)
  }

  const substitute = (text: string): string =>
    text.replace(/\$\{(!?)([^}]+)\}/g, (_, literally: string, name: string) => {
      if (literally) return `\${${name}}`
      return String(name.includes('.') ? getAtt(name) : ref(name))
    })

  const functions: Readonly<Record<string, (argument: unknown) => unknown>> = {
    Ref: (name) => ref(String(name)),
    'Fn::GetAtt': (named) => getAtt([named].flat().join('.')),
    'Fn::Sub': (text) => {
      if (typeof text !== 'string') throw new Error(`Fn::Sub of ${JSON.stringify(text)} is not evaluated here`)
      return substitute(text)
    },
    'Fn::If': (argument) => {
      const [condition, one, other] = listOf(argument)
      return evaluate(holds(String(condition)) ? one : other)
    },
    'Fn::Equals': (argument) => {
      const [one, other] = listOf(argument).map(evaluate)
      return String(one) === String(other)
    },
    'Fn::Not': (argument) => evaluate(listOf(argument)[0]) !== true,
  }

  const evaluate = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(evaluate).filter((item) => item !== undefined)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    const [[name, argument] = ['', undefined], ...others] = entries
    const evaluated = others.length === 0 ? functions[name] : undefined
    if (evaluated !== undefined) return evaluated(argument)
    if (name.startsWith('Fn::')) throw new Error(`${name} is not evaluated here`)
    return Object.fromEntries(
      entries.map(([key, item]) => [key, evaluate(item)]).filter(([, item]) => item !== undefined),
    )
  }

  const made = Object.entries(template.Resources).filter(
    ([, { Condition: condition }]) => condition === undefined || holds(condition),
  )
  return {
    ...place,
    resources: Object.fromEntries(
      made.map(([id, { Type: type, Properties: properties }]) => [
        id,
        { type, ...identityOf(id), properties: Object.fromEntries(Object.entries(evaluate(properties) ?? {})) },
      ]),
    ),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs).map(([id, { Value: value }]) => [id, evaluate(value)]),
    ),
  }
}

const listOf = (argument: unknown): readonly unknown[] => {
  if (Array.isArray(argument)) return argument
  throw new Error(`${JSON.stringify(argument)} should be a list`)
}

type Identify = (nameIn: (property: string) => string, place: Place) => Pick<Deployed, 'id' | 'arn'>

const lambdaFunction: Identify = (nameIn, { partition, region, account }) => {
  const name = nameIn('FunctionName')
  return { id: name, arn: `arn:${partition}:lambda:${region}:${account}:function:${name}` }
}

/** What `Ref` and `GetAtt Arn` give of the resources that policies name. */
const identities: Readonly<Record<string, Identify>> = {
  'AWS::Serverless::Function': lambdaFunction,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::IAM::Role': (nameIn, { partition, account }) => {
    const name = nameIn('RoleName')
    return { id: name, arn: `arn:${partition}:iam::${account}:role/${name}` }
  },
  'AWS::SQS::Queue': (nameIn, { partition, region, account }) => {
    const name = nameIn('QueueName')
    // China's names of hosts end otherwise.
    const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
    return {
      id: `https://sqs.${region}.${domain}/${account}/${name}`,
      arn: `arn:${partition}:sqs:${region}:${account}:${name}`,
    }
  },
  'AWS::Events::Rule': (nameIn, { partition, region, account }) => {
    const name = nameIn('Name')
    return { id: name, arn: `arn:${partition}:events:${region}:${account}:rule/${name}` }
  },
  'AWS::Logs::LogGroup': (nameIn, { partition, region, account }) => {
    const name = nameIn('LogGroupName')
    return { id: name, arn: `arn:${partition}:logs:${region}:${account}:log-group:${name}:*` }
  },
}
