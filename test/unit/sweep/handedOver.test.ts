import { expect } from 'chai'
import { rememberingHandOvers } from '../../../src/sweep/handedOver.ts'

describe('What was handed over', () => {
  it('is due again when something else is to do, after the longest invocation, and where the clock was set back', () => {
    const minute = 60_000
    for (const [toDo, minutes, isDue] of [
      ['hold', 0, false],
      ['hold', 14, false],
      ['arrive', 1, true],
      ['hold', 15, true],
      ['hold', -1, true],
    ] as const) {
      const handedOver = rememberingHandOvers()
      expect(handedOver.isDue('d-1', 'hold', 0)).to.equal(true)
      handedOver.remember('d-1', 'hold', 0)
      expect(handedOver.isDue('d-1', toDo, minutes * minute)).to.equal(isDue)
    }
  })
})
