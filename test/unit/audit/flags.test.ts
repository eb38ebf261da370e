import { expect } from 'chai'
import { CommanderError } from 'commander'
import manifest from '../../../package.json' with { type: 'json' }
import { commandLine, readFlags } from '../../../src/audit/flags.ts'

/** What commander prints where it reads no flags, and the exit code that it asks for. */
const printed = (...args: readonly string[]) => {
  let text = ''
  const write = (more: string) => {
    text += more
  }
  try {
    readFlags(args, commandLine().configureOutput({ writeOut: write, writeErr: write }))
  } catch (error) {
    if (error instanceof CommanderError) return { text, exitCode: error.exitCode }
    throw error
  }
  throw new Error('it printed nothing')
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
      namePatterns: ['CodeDeploy_*'],
      timeoutMs: 10_000,
      json: false,
      color: true,
    })
  })

  it('takes every flag, before the command or after it', () => {
    const args =
      '--profile work audit --region eu-west-1,us-gov-west-1 --region eu-west-1 --endpoint-url https://x --json'
    const more = [
      '--application',
      'shop',
      '--group',
      'production',
      '--name-pattern',
      'w-*',
      '--timeout',
      '0.5',
      '--name-pattern',
      'x,y',
    ]
    expect(readFlags([...args.split(' '), ...more, '--no-color'])).to.deep.equal({
      regions: ['eu-west-1', 'us-gov-west-1'],
      allRegions: false,
      profile: 'work',
      endpoint: 'https://x',
      application: 'shop',
      group: 'production',
      namePatterns: ['w-*', 'x,y'],
      timeoutMs: 500,
      json: true,
      color: false,
    })
    expect(readFlags(['audit', '--all-regions'])).to.include({ allRegions: true })
    expect(readFlags(['audit', '--policy'])).to.equal('policy')
  })

  it('prints its version or its help, whatever else is asked for', () => {
    for (const args of [['--version'], ['-V'], ['audit', '--json', '--version']]) {
      expect(printed(...args)).to.deep.equal({ text: `${manifest.version}\n`, exitCode: 0 })
    }
    for (const args of [['-h'], ['audit', '--help']]) {
      const { text, exitCode } = printed(...args)
      expect(exitCode).to.equal(0)
      expect(text).to.match(/^Usage: codedeploy-greenlight audit \[flags\]\n/)
      expect(text).to.match(/^Exit code: 0 nothing is wrong, 1 something is, 2 /m)
    }
  })

  for (const [args, sentence] of [
    [[], 'say what to do: codedeploy-greenlight audit'],
    [['adit'], "unknown command 'adit': it is codedeploy-greenlight audit"],
    [['audit', 'eu-west-1'], "audit takes flags only, and 'eu-west-1' is none"],
    [['audit', '--regoin', 'eu-west-1'], "unknown option '--regoin'\n(Did you mean --region?)"],
    [['audit', '--profile'], "option '--profile <name>' argument missing"],
    [
      ['audit', '--region', 'evil.example/'],
      `option '--region <name>' argument 'evil.example/' is invalid. Give names such as eu-west-1, which "evil.example/" is not.`,
    ],
    [
      ['audit', '--region', 'eu-west-1,'],
      `option '--region <name>' argument 'eu-west-1,' is invalid. Give names such as eu-west-1, which "" is not.`,
    ],
    [['audit', '--region', 'eu-west-1', '--all-regions'], 'give either --region or --all-regions, not both'],
    [
      ['audit', '--endpoint-url', 'localhost:4566'],
      "option '--endpoint-url <url>' argument 'localhost:4566' is invalid. Give an address that begins with http:// or https://.",
    ],
    [
      ['audit', '--timeout', 'soon'],
      "option '--timeout <seconds>' argument 'soon' is invalid. Give seconds from 0.1 to 600.",
    ],
    [['audit', '--timeout', ''], "option '--timeout <seconds>' argument '' is invalid. Give seconds from 0.1 to 600."],
    [
      ['audit', '--timeout', '-5'],
      "option '--timeout <seconds>' argument '-5' is invalid. Give seconds from 0.1 to 600.",
    ],
    [['audit', '--profile', ''], "option '--profile <name>' argument '' is invalid. Give a name."],
  ] as const) {
    it(`refuses ${JSON.stringify(args)} in a sentence`, () => {
      const { text, exitCode } = printed(...args)
      expect(text).to.equal(`error: ${sentence}\n(More with --help.)\n`)
      expect(exitCode).to.not.equal(0)
    })
  }
})
