import { expect } from 'chai'
import { foreignKeys, tagging, untagging } from '../../../src/rules/tagging.ts'
import { deploymentId, green } from '../builders.ts'

describe('Records', () => {
  it('are written only where they are not there, 25 a call', () => {
    const tags = Object.fromEntries(Array.from({ length: 27 }, (_, index) => [`greenlight:attached/${index}`, 'd-1']))
    const calls = tagging(green({ tags: { 'greenlight:attached/0': 'd-1' } }), tags)
    expect(calls.map((change) => 'tags' in change && Object.keys(change.tags).length)).to.deep.equal([25, 1])
    expect(untagging(green(), [])).to.deep.equal([])
  })

  it('of other deployments are removed, but for those that are under way', () => {
    const tags = {
      'greenlight:attached/a': 'd-OLD',
      'greenlight:attached/b': 'd-NEXT',
      'greenlight:attached/c': deploymentId,
    }
    expect(foreignKeys(green({ tags }), deploymentId, new Set(['d-NEXT']))).to.deep.equal(['greenlight:attached/a'])
  })
})
