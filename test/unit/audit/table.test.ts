import { expect } from 'chai'
import { folded, word } from '../../../src/audit/command.ts'
import { printable } from '../../../src/audit/page.ts'
import { tableOf } from '../../../src/audit/table.ts'
import { blanks, wrap } from '../../../src/audit/wrap.ts'

const cells = (...texts: readonly string[]) => texts.map((text) => ({ text }))

describe('The table', () => {
  it('is as wide as what is in it, and a row is a line, where there is no terminal', () => {
    const long = 'x'.repeat(300)
    expect(tableOf(['A', 'NAME'], [cells(long, 'one'), cells('b', 'two')], undefined)).to.deep.equal([
      `${'A'.padEnd(300)}  NAME`,
      `${long}  one`,
      `${'b'.padEnd(300)}  two`,
    ])
  })

  it('wraps what is widest in a terminal, and stays lined up', () => {
    const row = cells('CodeDeploy_web_d-1', 'lost its target groups', '1')
    expect(tableOf(['NAME', 'WORDS', 'N'], [row], 34)).to.deep.equal([
      'NAME            WORDS            N',
      'CodeDeploy_     lost its target  1',
      'web_d-1         groups',
    ])
  })

  it('counts the columns that characters take, and not their number', () => {
    expect(tableOf(['A', 'B'], [cells('倉庫', 'x'), cells('abcd', 'y')], 40)).to.deep.equal([
      'A     B',
      '倉庫  x',
      'abcd  y',
    ])
  })

  it('dresses what is in its place already', () => {
    const dress = (text: string) => `<${text}>`
    expect(tableOf(['A', 'B'], [[{ text: 'x', dress }, { text: 'y' }]], 40)).to.deep.equal(['A  B', '<x>  y'])
  })

  it('keeps every column readable, however narrow the terminal', () => {
    const lines = tableOf(['A', 'B'], [cells('abcdefghijkl', 'abcdefghijkl')], 5)
    expect(lines.slice(1)).to.deep.equal(['abcdefgh  abcdefgh', 'ijkl      ijkl'])
  })
})

describe('Text that is too wide', () => {
  for (const [text, width, lines] of [
    ['', 10, ['']],
    ['short', 10, ['short']],
    ['between two words', 11, ['between two', 'words']],
    ['behind/a_part-of', 9, ['behind/a_', 'part-of']],
    ['wherenothinghelps', 10, ['wherenothi', 'nghelps']],
    ['倉庫倉庫', 5, ['倉庫', '倉庫']],
  ] as const) {
    it(`is broken so: ${JSON.stringify(lines)}`, () => expect(wrap(text, width)).to.deep.equal(lines))
  }

  it('is broken between words alone where it is a sentence', () => {
    expect(wrap('of deployment d-ABC', 16, blanks)).to.deep.equal(['of deployment', 'd-ABC'])
  })

  it('moves no cursor', () => {
    expect(printable('a\u001b[2Jb\u202ec\nd')).to.equal('a?[2Jb?c?d')
  })
})

describe('A command', () => {
  it('has words that a shell takes for what they are', () => {
    expect(['web-1', "it's", 'a b', '$(x)', ''].map(word)).to.deep.equal([
      'web-1',
      `'it'\\''s'`,
      `'a b'`,
      `'$(x)'`,
      `''`,
    ])
  })

  it('is broken between its parts, so that a shell reads it as one', () => {
    expect(folded(['aws x', '--region eu-west-1', '--name web'], 28)).to.deep.equal([
      'aws x --region eu-west-1 \\',
      '  --name web',
    ])
  })
})
