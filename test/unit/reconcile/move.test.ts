import { expect } from 'chai'
import { conclude, lookAgain, lookToConfirm, waitFor } from '../../../src/reconcile/move.ts'

describe('A move', () => {
  it('that only looks changes nothing', () => {
    const nothing = { kind: 'change', changes: [], refused: undefined, healing: undefined, notices: [] }
    expect(lookAgain).to.deep.equal({ ...nothing, next: 'look' })
    expect(lookToConfirm).to.deep.equal({ ...nothing, next: 'confirm' })
  })

  it('that concludes has a verdict where a caller waits for one', () => {
    expect(conclude('Failed', 'sick')).to.deep.equal({
      kind: 'conclude',
      conclusion: { verdict: 'Failed', reason: 'sick' },
      notices: [],
    })
  })

  it('that waits may have begun to wait before', () => {
    expect(waitFor('health', 'sick', 7)).to.deep.equal({
      ...{ kind: 'wait', on: 'health', reason: 'sick', since: 7 },
      notices: [],
    })
    expect(waitFor('health', 'sick')).to.have.property('since', undefined)
  })
})
