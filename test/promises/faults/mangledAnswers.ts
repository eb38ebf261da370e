import fc from 'fast-check'
import type { WireResponse } from '../../../simulator/simulate.ts'

/** One way to spoil an answer of AWS. */
export type Mangling = (response: WireResponse) => WireResponse

/** What a field may turn out to be. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('', 'green', 'web', 'd-OTHER', '__proto__', '\u0000', 'x'.repeat(5_000)),
  fc.constantFrom(-1, 0, 1e308, null, [], {}, true),
)

const bodies = fc.oneof(
  fc.string(),
  fc.json(),
  fc.constantFrom(
    '',
    'null',
    '[]',
    '{}',
    '0',
    '"',
    '<a>',
    '<a/>',
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
  ),
)

/** Spoils an answer: another body, another status, or one field of it dropped, renamed or of another type. */
export const mangled: fc.Arbitrary<Mangling> = fc.oneof(
  {
    weight: 1,
    arbitrary: bodies.map(
      (body): Mangling =>
        (response) => ({ ...response, body }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ status: fc.constantFrom(200, 204, 301, 400, 403, 404, 418, 500, 503), body: bodies }).map(
      ({ status, body }): Mangling =>
        (response) => ({ ...response, status, body }),
    ),
  },
  {
    weight: 1,
    // A group that the request did not name: only CodeDeploy says which one is green.
    arbitrary: fc.constant<Mangling>((response) => ({
      ...response,
      body: response.body.replaceAll(/<AutoScalingGroupName>[^<]*/g, '<AutoScalingGroupName>blue'),
    })),
  },
  {
    weight: 6,
    arbitrary: fc
      .record({
        at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        how: fc.oneof(
          fc.constant('drop' as const),
          fc.string().map((name) => ({ name })),
          anything.map((value) => ({ value })),
        ),
      })
      .map(
        ({ at, how }): Mangling =>
          (response) => ({
            ...response,
            body: response.body.startsWith('<') ? inXml(response.body, at, how) : inJson(response.body, at, how),
          }),
      ),
  },
)

type How = 'drop' | { readonly name: string } | { readonly value: unknown }

const inJson = (body: string, at: number, how: How): string => {
  const answer: unknown = JSON.parse(body)
  const places = placesIn(answer)
  const place = places[Math.floor(at * places.length)]
  if (place === undefined) return body
  const { holder, key } = place
  const value = holder[key]
  if (how === 'drop' || 'name' in how) delete holder[key]
  if (how !== 'drop') holder['name' in how ? how.name : key] = 'name' in how ? value : how.value
  return JSON.stringify(answer)
}

type Place = { readonly holder: Record<string, unknown>; readonly key: string }

const placesIn = (value: unknown): readonly Place[] => {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Record<string, unknown>
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])])
}

/** An element of the answer: from its tag to the one that ends it. */
const inXml = (body: string, at: number, how: How): string => {
  const elements = [...body.matchAll(/<(\w+)>/g)]
  const element = elements[Math.floor(at * elements.length)]
  if (element === undefined) return body
  const [tag, name = ''] = element
  const end = body.indexOf(`</${name}>`, element.index)
  if (end < 0) return body
  const [before, inside, after] = [
    body.slice(0, element.index),
    body.slice(element.index + tag.length, end),
    body.slice(end + name.length + 3),
  ]
  if (how === 'drop') return before + after
  if ('name' in how) return `${before}<${how.name}>${inside}</${how.name}>${after}`
  return `${before}${tag}${typeof how.value === 'string' ? how.value : JSON.stringify(how.value)}</${name}>${after}`
}
