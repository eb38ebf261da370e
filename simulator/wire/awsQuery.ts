import { XMLBuilder } from 'fast-xml-parser'
import * as v from 'valibot'
import type { Protocol } from './operation.ts'
import { issuePath } from './operation.ts'
import { ServiceError } from './serviceError.ts'

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true })

/**
 * AWS Query: a form in, whose names spell the structure (`Filters.member.1.Name`), XML out, times in ISO 8601.
 *
 * @param version the API version that every request names
 * @param namespace of the XML
 */
export const awsQuery = (version: string, namespace: string): Protocol => ({
  read: (request) => {
    const form = new URLSearchParams(request.body || (request.path.split('?')[1] ?? ''))
    const operation = form.get('Action')
    if (!operation) throw new ServiceError('MissingAction', 'The request must contain the parameter Action.')
    if (form.get('Version') !== version) {
      throw new ServiceError(
        'InvalidAction',
        `This simulator does not serve ${operation} of version ${form.get('Version')}, but operations of version ${version}.`,
      )
    }
    form.delete('Action')
    form.delete('Version')
    return { operation, input: nested(form) }
  },
  answer: (operation, output, requestId) => {
    const result = output === undefined ? {} : { [`${operation}Result`]: xmlValue(output) }
    return respond(200, requestId, {
      [`${operation}Response`]: {
        '@_xmlns': namespace,
        ...result,
        ResponseMetadata: { RequestId: requestId },
      },
    })
  },
  fail: (error, requestId) =>
    respond(error.status, requestId, {
      ErrorResponse: {
        '@_xmlns': namespace,
        Error: { Type: error.status < 500 ? 'Sender' : 'Receiver', Code: error.code, Message: error.message },
        RequestId: requestId,
      },
    }),
  refuse: (issues) => {
    const problems = issues.map((issue) => `'${issuePath(issue)}': ${issue.message}`)
    const noun = problems.length === 1 ? 'validation error' : 'validation errors'
    return new ServiceError('ValidationError', `${problems.length} ${noun} detected: ${problems.join('; ')}`)
  },
  codes: {
    throttled: new ServiceError('Throttling', 'Rate exceeded'),
    denied: 'AccessDenied',
    expired: 'ExpiredToken',
    wrongSignature: 'SignatureDoesNotMatch',
    refusedStatus: 403,
    unknownOperation: { code: 'InvalidAction', status: 400 },
    failure: new ServiceError('InternalFailure', 'The request processing has failed because of an unknown error.', 500),
  },
})

const respond = (status: number, requestId: string, document: object) => ({
  status,
  headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
  body: builder.build(document),
})

type Form = { [name: string]: Form | string }

/** `a.member.1.b=c` → `{ a: { member: { 1: { b: 'c' } } } }`; `listOf` makes a list of it. */
const nested = (form: URLSearchParams): Form => {
  const root: Form = {}
  for (const [name, value] of form) {
    const steps = name.split('.')
    const last = steps.pop() ?? name
    let place = root
    for (const step of steps) {
      const next = Object.hasOwn(place, step) ? place[step] : undefined
      if (typeof next === 'string') throw new ServiceError('MalformedQueryString', `${name} is given twice.`)
      const found = next ?? {}
      place[step] = found
      place = found
    }
    if (Object.hasOwn(place, last)) throw new ServiceError('MalformedQueryString', `${name} is given twice.`)
    place[last] = value
  }
  return root
}

/** A list of the Query protocol: `X.member.1`, `X.member.2` …; an empty one is `X=`. */
export const listOf = <Item extends v.GenericSchema>(item: Item) =>
  v.pipe(
    v.union([
      v.literal(''),
      v.strictObject({ member: v.record(v.pipe(v.string(), v.regex(/^[1-9]\d*$/)), v.unknown()) }),
    ]),
    v.transform((list) =>
      list === ''
        ? []
        : Object.entries(list.member)
            .sort(([one], [other]) => Number(one) - Number(other))
            .map(([, value]) => value),
    ),
    v.array(item),
  )

/** A whole number of the Query protocol. */
export const integer = v.pipe(
  v.string(),
  v.regex(/^-?\d+$/, (issue) => `${issue.input} is not a whole number`),
  v.transform(Number),
)

/** A truth value of the Query protocol. */
export const boolean = v.pipe(
  v.picklist(['true', 'false'], (issue) => `${issue.input} is neither true nor false`),
  v.transform((word) => word === 'true'),
)

const xmlValue = (value: unknown): unknown => {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.length === 0 ? '' : { member: value.map(xmlValue) }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, xmlValue(inner)]),
  )
}
