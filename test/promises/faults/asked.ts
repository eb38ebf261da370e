import { autoScaling } from '../../../simulator/services/autoScaling.ts'
import { codeDeploy } from '../../../simulator/services/codeDeploy.ts'
import { elasticLoadBalancing } from '../../../simulator/services/elasticLoadBalancing.ts'
import type { WireRequest } from '../../../simulator/simulate.ts'
import { scopeOf } from '../../../simulator/wire/signature.ts'

/** What a request asks of AWS: the IAM action and its input. */
export type Asked = { readonly action: string; readonly input: Readonly<Record<string, unknown>> }

const services = [codeDeploy, autoScaling, elasticLoadBalancing]

/** @throws Error for a request of no operation that the simulator has */
export const askedBy = (request: WireRequest): Asked => {
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

/** A list in an input; empty, where it has none of this name. */
export const listOf = (input: Asked['input'], key: string): readonly unknown[] => {
  const list = input[key]
  return Array.isArray(list) ? list : []
}

/** A field of whatever it may be. */
export const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined
