import { expect } from 'chai'
import { isRefused } from '../../../src/model/refused.ts'

describe('A refusal', () => {
  it('is told from every answer by its sentence', () => {
    expect([{ refusal: 'no' }, { refusal: 'gone', isGone: true }].map(isRefused)).to.deep.equal([true, true])
    expect([{}, null, undefined, 'heal', new Map([['refusal', 'no']])].map(isRefused)).to.deep.equal([
      ...[false, false, false, false, false],
    ])
  })
})
