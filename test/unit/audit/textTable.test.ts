import { expect } from 'chai'
import { type Cell, textTable } from '../../../src/audit/textTable.ts'

const cells = (...texts: readonly string[]): readonly Cell[] => texts.map((text) => ({ text }))

describe('The table', () => {
  it('is as wide as its cells, with one line for each row, where there is no terminal', () => {
    const long = 'x'.repeat(300)
    expect(textTable(cells('A', 'NAME'), [cells(long, 'one'), cells('b', 'two')], undefined)).to.deep.equal([
      `${'A'.padEnd(300)}  NAME`,
      `${long}  one`,
      `${'b'.padEnd(300)}  two`,
    ])
  })

  it('wraps the widest cells in a terminal, and stays aligned', () => {
    const row = cells('CodeDeploy_web_d-1', 'lost its target groups', '1')
    expect(textTable(cells('NAME', 'WORDS', 'N'), [row], 34)).to.deep.equal([
      'NAME            WORDS            N',
      'CodeDeploy_     lost its target  1',
      'web_d-1         groups',
    ])
  })

  it('measures characters by the columns that they take', () => {
    expect(textTable(cells('A', 'B'), [cells('倉庫', 'x'), cells('abcd', 'y')], 40)).to.deep.equal([
      'A     B',
      '倉庫  x',
      'abcd  y',
    ])
  })

  it('colours cells without moving them', () => {
    const color = (text: string) => `<${text}>`
    expect(textTable(cells('A', 'B'), [[{ text: 'x', color }, { text: 'y' }]], 40)).to.deep.equal(['A  B', '<x>  y'])
  })

  it('keeps eight columns for each cell, however narrow the terminal', () => {
    const lines = textTable(cells('A', 'B'), [cells('abcdefghijkl', 'abcdefghijkl')], 5)
    expect(lines.slice(1)).to.deep.equal(['abcdefgh  abcdefgh', 'ijkl      ijkl'])
  })
})
