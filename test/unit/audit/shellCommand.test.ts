import { expect } from 'chai'
import { foldCommand } from '../../../src/audit/shellCommand.ts'
import { shellWord } from '../../../src/sentences.ts'

describe('A shell command', () => {
  it('quotes values that a shell would change', () => {
    expect(['web-1', "it's", 'a b', '$(x)', ''].map(shellWord)).to.deep.equal([
      'web-1',
      `'it'\\''s'`,
      `'a b'`,
      `'$(x)'`,
      `''`,
    ])
  })

  it('breaks between its parts into lines that a shell reads as one command', () => {
    expect(foldCommand(['aws x', '--region eu-west-1', '--name web'], 28)).to.deep.equal([
      'aws x --region eu-west-1 \\',
      '  --name web',
    ])
  })
})
