import { expect } from 'chai'
import fc from 'fast-check'
import { matches } from '../../../src/model/namePattern.ts'

/** By definition: `*` is nothing, or one character and `*` again. */
const matchesByDefinition = (pattern: string, name: string): boolean => {
  const [first, rest] = [pattern[0], pattern.slice(1)]
  if (first === undefined) return name === ''
  if (first === '*')
    return matchesByDefinition(rest, name) || (name !== '' && matchesByDefinition(pattern, name.slice(1)))
  return name !== '' && (first === '?' || first === name[0]) && matchesByDefinition(rest, name.slice(1))
}

describe('The pattern of the names of Auto Scaling groups', () => {
  for (const [pattern, name, fits] of [
    ['CodeDeploy_*', 'CodeDeploy_web_d-1', true],
    ['CodeDeploy_*', 'my-CodeDeploy_web', false],
    ['web-?', 'web-1', true],
    ['web-?', 'web-12', false],
    ['web.1', 'web-1', false],
  ] as const) {
    it(`${pattern} ${fits ? 'fits' : 'does not fit'} ${name}`, () => expect(matches(pattern, name)).to.equal(fits))
  }

  it('fits what its definition says, for all short patterns and names', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 })
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
    fc.assert(
      fc.property(pattern, name, (one, other) => {
        expect(matches(one, other)).to.equal(matchesByDefinition(one, other))
      }),
      { seed: 1, numRuns: 5_000 },
    )
  })

  it('is read in a number of steps that the product of both lengths bounds', () => {
    let reads = 0
    const counted = (text: string): ArrayLike<string> =>
      new Proxy([...text], {
        get: (characters, key) => {
          if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1
          return Reflect.get(characters, key)
        },
      })
    const [pattern, name] = [`${'*a'.repeat(100)}b`, 'a'.repeat(255)]
    expect(matches(counted(pattern), counted(name))).to.equal(false)
    expect(reads).to.be.lessThan(2 * (pattern.length + 1) * (name.length + 1))
  })
})
