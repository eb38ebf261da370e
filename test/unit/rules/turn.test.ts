import { expect } from 'chai'
import { turnOf } from '../../../src/rules/turn.ts'

describe('Of the scripts of one green that ask at once', () => {
  const asking = ['i-3', 'i-1', 'i-2', 'i-5', 'i-6', 'i-7', 'i-8']
  const after = { kind: 'after', first: 'i-1' } as const
  for (const [caller, seconds, turn] of [
    ['i-1', 0, undefined],
    ['i-2', 0, after],
    ['i-2', 15, undefined],
    ['i-3', 29, after],
    ['i-3', 30, undefined],
    ['i-8', 59, after],
    ['i-8', 60, undefined],
    ['i-4', 0, after],
  ] as const) {
    it(`${caller} ${turn === undefined ? 'acts' : 'leaves it to the first'}, ${seconds} s after the last one has come to BeforeAllowTraffic`, () => {
      const progress = { asking, askingSince: 0 }
      expect(turnOf(caller, progress, { isInvited: true, now: seconds * 1000 })).to.deep.equal(turn)
    })
  }

  it('each acts where CodeDeploy does not say since when they ask', () => {
    expect(turnOf('i-2', { asking, askingSince: undefined }, { isInvited: true, now: 0 })).to.equal(undefined)
  })

  it('one that does not ask itself is not invited, unless the mode invites it', () => {
    const nobody = { asking: [], askingSince: undefined }
    expect(turnOf('i-1', nobody, { isInvited: false, now: 0 })).to.deep.equal({ kind: 'uninvited' })
    expect(turnOf('i-1', nobody, { isInvited: true, now: 0 })).to.equal(undefined)
  })
})
