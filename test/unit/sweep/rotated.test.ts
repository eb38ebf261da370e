import { expect } from 'chai'
import { rotated } from '../../../src/sweep/rotated.ts'

describe('A list that is begun somewhere in the middle', () => {
  it('has the same items, from there on and then from the beginning', () => {
    expect(rotated(0, ['a', 'b', 'c'])).to.deep.equal(['a', 'b', 'c'])
    expect(rotated(0.4, ['a', 'b', 'c'])).to.deep.equal(['b', 'c', 'a'])
    expect(rotated(0.999, ['a', 'b', 'c'])).to.deep.equal(['c', 'a', 'b'])
    expect(rotated(0.5, [])).to.deep.equal([])
  })
})
