import { expect } from 'chai'
import { complaintsListed, counted, inSeconds, listed, quoted, reasonOf } from '../../src/sentences.ts'

describe('The words of a reason', () => {
  for (const [names, sentence] of [
    [[], 'none'],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a', 'b', 'c', 'd'], 'a, b and 2 more'],
  ] as const) {
    it(`list ${names.length} names, of at most three, as ${sentence}`, () => {
      expect(listed(names, 3)).to.equal(sentence)
    })
  }

  it('list ten names, unless told', () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)
    expect(listed(names(10))).to.equal('n0, n1, n2, n3, n4, n5, n6, n7, n8 and n9')
    expect(listed(names(11))).to.equal('n0, n1, n2, n3, n4, n5, n6, n7, n8 and 2 more')
  })

  it('list clauses apart from each other', () => {
    expect(listed(['a is, well, b', 'c is d', 'e is f'], 10, '; ')).to.equal('a is, well, b; c is d and e is f')
    expect(complaintsListed(['a is, well, b', 'c is d'])).to.equal('a is, well, b and c is d')
  })

  it('tell seconds with one decimal at most, and none below zero', () => {
    const told = [-5_000, 0, 1_666.6666666666667, 9_999, 29_999.333, 90_000].map(inSeconds)
    expect(told).to.deep.equal(['0 s', '0 s', '1.7 s', '10 s', '30 s', '90 s'])
  })

  it('count in the singular and the plural', () => {
    expect([0, 1, 2].map((count) => counted(count, 'instance'))).to.deep.equal([
      '0 instances',
      '1 instance',
      '2 instances',
    ])
  })

  it('are the message of an error, or another thrown value as text', () => {
    expect(reasonOf(new TypeError('not a function'))).to.equal('not a function')
    expect(reasonOf('a string')).to.equal('a string')
    expect(reasonOf(undefined)).to.equal('undefined')
  })

  it('show a foreign value as JSON, and not more of it than a person reads', () => {
    expect(quoted('a\u001b[31m')).to.equal('"a\\u001b[31m"')
    expect(quoted(undefined)).to.equal('undefined')
    expect(quoted('x'.repeat(198))).to.equal(`"${'x'.repeat(198)}"`)
    expect(quoted('x'.repeat(199))).to.equal(`"${'x'.repeat(199)}…`)
  })
})
