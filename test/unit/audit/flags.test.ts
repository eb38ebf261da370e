import { expect } from 'chai'
import { HELP, Refused, readFlags } from '../../../src/audit/flags.ts'

const refusal = (...args: readonly string[]): string => {
  try {
    readFlags(args)
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
  throw new Error('it was not refused')
}

describe('The command line of the audit', () => {
  it('has a default for everything', () => {
    expect(readFlags(['audit'])).to.deep.equal({
      regions: [],
      allRegions: false,
      profile: undefined,
      endpoint: undefined,
      application: undefined,
      group: undefined,
      namePattern: 'CodeDeploy_*',
      timeoutMs: 10_000,
      json: false,
      color: true,
    })
  })

  it('takes them all', () => {
    const args =
      'audit --region eu-west-1,us-gov-west-1 --region eu-west-1 --profile work --endpoint-url https://x --json'
    const more = ['--application', 'shop', '--group', 'production', '--name-pattern', 'w-*', '--timeout', '0.5']
    expect(readFlags([...args.split(' '), ...more, '--no-color'])).to.deep.equal({
      regions: ['eu-west-1', 'us-gov-west-1'],
      allRegions: false,
      profile: 'work',
      endpoint: 'https://x',
      application: 'shop',
      group: 'production',
      namePattern: 'w-*',
      timeoutMs: 500,
      json: true,
      color: false,
    })
    expect(readFlags(['audit', '--all-regions'])).to.include({ allRegions: true })
  })

  it('only tells something, where that is asked for, whatever else is there', () => {
    expect(readFlags(['-h'])).to.equal('help')
    expect(readFlags(['audit', '--help'])).to.equal('help')
    expect(readFlags(['--version'])).to.equal('version')
    expect(readFlags(['audit', '--policy'])).to.equal('policy')
  })

  it('names in its help every flag that there is', () => {
    const [, known = ''] = refusal('audit', '--regoin').split('There are ')
    const flags = known.match(/--[a-z-]+/g) ?? []
    expect(flags).to.have.length.above(10)
    expect(flags.filter((flag) => !HELP.includes(`  ${flag} `))).to.deep.equal([])
  })

  for (const [args, sentence] of [
    [[], 'Say what to do: codedeploy-greenlight audit. More with --help.'],
    [['adit'], 'There is no command "adit": codedeploy-greenlight audit. More with --help.'],
    [['audit', 'eu-west-1'], 'audit takes flags only, not "eu-west-1". More with --help.'],
    [['audit', '--region', 'evil.example/'], '--region takes names such as eu-west-1, not "evil.example/".'],
    [['audit', '--region', 'eu-west-1,'], '--region takes names such as eu-west-1, not "".'],
    [['audit', '--region', 'eu-west-1', '--all-regions'], 'Take either --region or --all-regions.'],
    [
      ['audit', '--endpoint-url', 'localhost:4566'],
      '--endpoint-url takes an http or https address, not "localhost:4566".',
    ],
    [['audit', '--timeout', 'soon'], '--timeout takes seconds from 0.1 to 600, not "soon".'],
    [['audit', '--timeout', ''], '--timeout takes seconds from 0.1 to 600, not "".'],
    [['audit', '--profile', ''], '--profile takes a name, and was given none.'],
  ] as const) {
    it(`refuses ${JSON.stringify(args)} in a sentence`, () => expect(refusal(...args)).to.equal(sentence))
  }
})
