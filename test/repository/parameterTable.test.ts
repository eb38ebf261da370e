import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parametersPage, parameterTable } from '../../tools/parameterTable.ts'
import type { Parameter, Template } from '../../tools/template.ts'

const templateWith = (parameter: Parameter): Template => ({
  Parameters: { Size: parameter },
  Resources: {},
  Outputs: {},
})
const rowOf = (parameter: Parameter) => parameterTable(templateWith(parameter)).trimEnd().split('\n').at(-1)

describe('The table of parameters', () => {
  it('stands in docs/parameters.md as template.yaml has it (`npm run docs:parameters` writes it)', () => {
    expect(readFileSync(parametersPage, 'utf8')).to.equal(parameterTable())
  })

  it('has the name, the default, the bounds and the description of a parameter', () => {
    expect(rowOf({ Default: 5, MinValue: 1, MaxValue: 60, Description: 'How many.' })).to.equal(
      '| `Size` | `5` | 1 to 60 | How many. |',
    )
  })

  it('lists the allowed values', () => {
    expect(rowOf({ Default: 'a', AllowedValues: ['a', 'b'], Description: 'Which.' })).to.equal(
      '| `Size` | `a` | `a`, `b` | Which. |',
    )
  })

  it('says in words what a pattern allows, and escapes what Markdown would take for its own', () => {
    expect(rowOf({ Default: '', ConstraintDescription: 'a name, or * for all', Description: '<a> or <b>.' })).to.equal(
      '| `Size` | empty | a name, or \\* for all | \\<a> or \\<b>. |',
    )
  })

  it('refuses a parameter without bounds and one without a description, naming it', () => {
    expect(() => rowOf({ Default: 1, Description: 'How many.' })).to.throw(
      'The parameter Size of template.yaml has no bounds.',
    )
    expect(() => rowOf({ Default: 1, MinValue: 0, MaxValue: 1 })).to.throw(
      'The parameter Size of template.yaml has no description.',
    )
  })
})
