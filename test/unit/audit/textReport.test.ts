import { expect } from 'chai'
import { printable } from '../../../src/audit/textReport.ts'

describe('A name in the report', () => {
  it('loses its control characters, which could move the cursor', () => {
    expect(printable('a\u001b[2Jb\u202ec\nd')).to.equal('a?[2Jb?c?d')
  })
})
