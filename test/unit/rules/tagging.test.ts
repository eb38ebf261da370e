import { expect } from 'chai'
import { forgetting, noting, tagging } from '../../../src/rules/tagging.ts'
import { deploymentId, green } from '../builders.ts'

describe('Records', () => {
  it('are written only where they are not there, 25 a call', () => {
    const tags = Object.fromEntries(Array.from({ length: 27 }, (_, index) => [`greenlight:attached/${index}`, 'd-1']))
    const calls = tagging(green({ tags: { 'greenlight:attached/0': 'd-1' } }), tags)
    expect(calls.map((change) => 'tags' in change && Object.keys(change.tags).length)).to.deep.equal([25, 1])
  })

  it('are not written again because the second has moved, but for another deployment', () => {
    const one = green({ tags: { 'greenlight:held': 'd-1 7 HealthCheck', 'greenlight:attached/web': 'd-1' } })
    expect(tagging(one, { 'greenlight:held': 'd-1 8 HealthCheck', 'greenlight:attached/web': 'd-1 8' })).to.have.length(
      0,
    )
    expect(tagging(one, { 'greenlight:attached/web': 'd-2 7' })).to.have.length(1)
    expect(tagging(one, { 'greenlight:held': 'd-1 7 AZRebalance' })).to.have.length(1)
  })

  it('are forgotten as far as they are there, the key for the sweep with the last one', () => {
    const forgotten = (tags: Readonly<Record<string, string>>, keys: readonly string[], keepsRecord?: boolean) =>
      forgetting(green({ tags }), keys, keepsRecord).flatMap((change) => ('keys' in change ? change.keys : []))
    const held = { 'greenlight:record': 'd-1', 'greenlight:held': 'd-1 HealthCheck' }
    const both = { ...held, 'greenlight:attached/web': 'd-1' }
    expect(forgotten(both, ['greenlight:held'])).to.deep.equal(['greenlight:held'])
    expect(forgotten(held, ['greenlight:held'])).to.deep.equal(['greenlight:held', 'greenlight:record'])
    expect(forgotten(held, ['greenlight:held'], true)).to.deep.equal(['greenlight:held'])
    expect(forgotten(held, [])).to.deep.equal([])
    expect(forgotten({ 'greenlight:record': 'd-1' }, [])).to.deep.equal(['greenlight:record'])
    expect(forgotten({}, ['greenlight:held'])).to.deep.equal([])
  })

  it('are forgotten 25 a call, the key for the sweep in the last one', () => {
    const keys = Array.from({ length: 30 }, (_, index) => `greenlight:attached/${index}`)
    const tagged = (some: readonly string[]) =>
      green({ tags: { 'greenlight:record': 'd-1', ...Object.fromEntries(some.map((key) => [key, 'd-1'])) } })
    const calls = (some: readonly string[]) =>
      forgetting(tagged(some), keys).map((change) => 'keys' in change && change.keys)
    expect(calls(keys)).to.deep.equal([keys.slice(0, 25)])
    expect(calls(keys.slice(25))).to.deep.equal([[...keys.slice(25), 'greenlight:record']])
  })

  it('of another deployment of the same green are noted for this one, once it notes anything, with what it noted before', () => {
    const one = green({
      tags: { 'greenlight:attached/a': 'd-EARLIER 1', 'greenlight:attached/b': `${deploymentId} 1` },
    })
    expect(noting(one, deploymentId, 5_000, { 'greenlight:held': 'x' })).to.deep.equal({
      'greenlight:record': deploymentId,
      'greenlight:attached/a': `${deploymentId} 5`,
      'greenlight:attached/b': `${deploymentId} 1`,
      'greenlight:held': 'x',
    })
  })
})
