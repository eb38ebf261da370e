import { expect } from 'chai'
import { awaitTurn } from '../../../src/rules/awaitTurn.ts'
import { deploymentId, seenAs } from '../builders.ts'

describe('A script that is not to act', () => {
  for (const [turn, reason] of [
    [{ kind: 'after', first: 'i-1' }, 'i-1 goes first: it asks Greenlight to attach what green lacks'],
    [
      { kind: 'uninvited' },
      `nobody has asked Greenlight to gate deployment ${deploymentId}: its mode is heal, and no script of its own is at BeforeAllowTraffic`,
    ],
  ] as const) {
    it(`is told to ask again: ${reason}`, () => {
      expect(awaitTurn(seenAs('awaitTurn', { turn }), 0)).to.deep.equal({ decision: 'pending', reason })
    })
  }
})
