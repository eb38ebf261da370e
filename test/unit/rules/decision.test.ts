import { expect } from 'chai'
import type { Change } from '../../../src/model/change.ts'
import { changed, done } from '../../../src/rules/decision.ts'

describe('A decision', () => {
  const left = [{ kind: 'missing', reason: 'green is without web' }] as const
  const forget: Change = { call: 'autoscaling:DeleteTags', green: 'green', keys: ['greenlight:record'] }

  it('is to make the changes, as long as there are any', () => {
    expect(changed([forget], 'settled', left)).to.deep.equal({ decision: 'change', changes: [forget] })
  })

  it('is that nothing is left to do, with what could not be done', () => {
    expect(changed([], 'settled', left)).to.deep.equal({ decision: 'done', reason: 'settled', left })
    expect(done('settled')).to.deep.equal({ decision: 'done', reason: 'settled', left: [] })
  })
})
