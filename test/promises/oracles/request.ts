import { autoScaling } from '../../../simulator/services/autoScaling.ts'
import { codeDeploy } from '../../../simulator/services/codeDeploy.ts'
import { elasticLoadBalancing } from '../../../simulator/services/elasticLoadBalancing.ts'
import type { WireRequest } from '../../../simulator/simulate.ts'
import { scopeOf } from '../../../simulator/wire/signature.ts'

/** What a request asks AWS for: the IAM action and its input. */
export type Asked = { readonly action: string; readonly input: Readonly<Record<string, unknown>> }

const services = [codeDeploy, autoScaling, elasticLoadBalancing]

/** @throws Error for a request of an operation that the simulator does not have */
export const readRequest = (request: WireRequest): Asked => {
  const service = services.find(({ name }) => name === scopeOf(request).service)
  if (service === undefined) throw new Error(`no service ${scopeOf(request).service}`)
  const { operation: name, input } = service.protocol.read(request)
  const operation = service.operations[name]
  if (operation === undefined) throw new Error(`no operation ${name} of ${service.name}`)
  const raw = typeof input === 'object' && input !== null ? { ...input } : {}
  try {
    return { action: operation.action, input: operation.prepare(input, service.protocol.refuse).input }
  } catch {
    // AWS will refuse it.
    return { action: operation.action, input: raw }
  }
}

/** Whether a request only reads. It looks at the operation's name alone, because it sees every request. */
export const isReadRequest = ({ headers, body, path }: WireRequest): boolean =>
  path.endsWith('/invocations') ||
  isRead(headers['x-amz-target']?.split('.').at(-1) ?? /(?:^|&)Action=(\w+)/.exec(body)?.[1] ?? '')

/** Whether an operation, or an IAM action, only reads, or asks Greenlight itself. */
export const isRead = (action: string): boolean => /^(\w+:)?(Get|List|Describe|BatchGet|Invoke)/.test(action)

/** A list in an input; empty if the input has no list of this name. */
const listIn = (input: Asked['input'], key: string): readonly unknown[] => {
  const list = input[key]
  return Array.isArray(list) ? list : []
}

/** The texts of a list in an input. */
export const textsIn = (input: Asked['input'], key: string): readonly string[] => listIn(input, key).map(String)

/** The tags in an input of Auto Scaling. */
export const tagsIn = (input: Asked['input']): readonly AutoScalingTag[] =>
  listIn(input, 'Tags').map((tag) => ({
    group: String(fieldOf(tag, 'ResourceId')),
    key: String(fieldOf(tag, 'Key')),
    value: String(fieldOf(tag, 'Value') ?? ''),
  }))

export type AutoScalingTag = { readonly group: string; readonly key: string; readonly value: string }

/** The ids of the instances that are to be targets. */
export const instancesIn = (input: Asked['input']): readonly string[] =>
  listIn(input, 'Targets').map((target) => String(fieldOf(target, 'Id')))

/** The Auto Scaling groups that a call is about, each once. */
export const groupsIn = (input: Asked['input']): readonly string[] => [
  ...new Set([...[input['AutoScalingGroupName'] ?? []].flat().map(String), ...tagsIn(input).map(({ group }) => group)]),
]

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined
