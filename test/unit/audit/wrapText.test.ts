import { expect } from 'chai'
import { afterBlanks, wrapText } from '../../../src/audit/wrapText.ts'

describe('Text that is too wide', () => {
  for (const [text, width, lines] of [
    ['', 10, ['']],
    ['short', 10, ['short']],
    ['between two words', 11, ['between two', 'words']],
    ['application/a_part-of', 14, ['application/a_', 'part-of']],
    ['withoutseparator', 10, ['withoutsep', 'arator']],
    ['倉庫倉庫', 5, ['倉庫', '倉庫']],
  ] as const) {
    it(`becomes these lines: ${JSON.stringify(lines)}`, () => expect(wrapText(text, width)).to.deep.equal(lines))
  }

  it('breaks only between words where it is a sentence', () => {
    expect(wrapText('of deployment d-ABC', 16, afterBlanks)).to.deep.equal(['of deployment', 'd-ABC'])
  })
})
