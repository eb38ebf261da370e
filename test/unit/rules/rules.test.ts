import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { decide, rules } from '../../../src/rules/rules.ts'
import { reads } from '../../../src/rules/table.ts'
import { seenAs } from '../builders.ts'

describe('The rules', () => {
  it('have a file each, named like the row; settleAndJudge stands beside settle', () => {
    const files = readdirSync(new URL('../../../src/rules', import.meta.url))
    const fileOf = (row: string) => `${row === 'settleAndJudge' ? 'settle' : row}.ts`
    expect(Object.keys(rules).filter((row) => !files.includes(fileOf(row)))).to.deep.equal([])
  })

  it('are there for each row that a look can read', () => {
    expect(Object.keys(rules).sort()).to.deep.equal(Object.keys(reads).sort())
  })

  it('decide by the row of what was seen', () => {
    expect(decide(seenAs('leave'), 0)).to.have.property('decision', 'done')
    expect(decide(seenAs('pending'), 0)).to.have.property('decision', 'pending')
    expect(decide(seenAs('gate'), 0)).to.have.property('decision', 'change')
  })
})
