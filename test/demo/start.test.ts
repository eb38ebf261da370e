import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { commandLine } from '../../demo/flags.ts'
import { readCommandLine } from '../../simulator/test/readCommandLine.ts'

const startFile = fileURLToPath(new URL('../../demo/start.ts', import.meta.url))

/** Runs it as npm does, into a pipe. */
const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env
    const child = spawn(process.execPath, [startFile, ...args], { env: { ...inherited, ...env }, timeout: 80_000 })
    const heard = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => {
      heard.stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      heard.stderr += chunk
    })
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, ...heard }))
  })

describe('npm start', function () {
  this.timeout(90_000)

  it('prints the whole story into a pipe: no colours, even asked for, and no line longer than 80 columns', async () => {
    const { status, stdout, stderr } = await start([], { FORCE_COLOR: '1' })
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' })
    const lines = stdout.split('\n')
    expect(lines.filter((line) => line.length > 80 || /\p{Cc}/u.test(line))).to.deep.equal([])
    for (const part of ['DEPLOY', 'TRAFFIC SHIFTS', 'SCALE OUT', 'AN INSTANCE BREAKS', 'SCALE IN', 'Requests served'])
      expect(stdout).to.match(new RegExp(`^${part} `, 'm'))
    expect(stdout).to.match(/^Unhealthy instance replaced +never \(within 15 minutes\) +after \d+ s$/m)
    expect(stdout).to.match(/^ {2}served by unproven instances .* 0$/m)
    expect(stdout).to.contain('What next')
    const [, shown = 'no table'] =
      /```text\n(.*?)\n```/s.exec(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')) ?? []
    expect(stdout, 'the table in README.md').to.contain(shown)
  })

  it('ends in one line and with exit code 1 when it cannot play', async () => {
    // Without a shell no instance can run a script.
    const { status, stderr } = await start([], { PATH: '/nowhere' })
    expect(status).to.equal(1)
    expect(stderr).to.match(/^The deployment d-\w+ should have succeeded by now, but it is Failed\. .*\n$/)
  })

  it('refuses an unknown flag in a sentence, with exit code 2', async () => {
    const { status, stdout, stderr } = await start(['--fast'])
    expect({ status, stdout, stderr }).to.deep.equal({
      status: 2,
      stdout: '',
      stderr: "error: unknown option '--fast'\n(npm start -- --help lists every flag.)\n",
    })
  })

  it('explains itself', async () => {
    const { status, stdout } = await start(['--help'])
    expect(status).to.equal(0)
    expect(stdout)
      .to.match(/^Usage: npm start -- .*--no-defect/)
      .and.to.match(/^ {2}--seed <N> /m)
  })
})

describe('the flags of npm start', () => {
  const read = (...args: readonly string[]) => readCommandLine(commandLine, ...args)

  it('have defaults', () => {
    expect(read()).to.deep.equal({ seed: 1, defect: true })
  })

  it('choose the seed and the day on which AWS mends the copy', () => {
    expect(read('--seed', '42', '--no-defect')).to.deep.equal({ seed: 42, defect: false })
    expect(read('--seed=0')).to.deep.equal({ seed: 0, defect: true })
  })

  for (const seed of ['x', '', '1.5', '-1', '1e99']) {
    it(`refuse the seed '${seed}', naming it`, () => {
      expect(read('--seed', seed)).to.match(
        /^error: option '--seed <N>' argument '.*' is invalid\. Give a whole number/,
      )
      expect(read('--seed', seed)).to.contain(`'${seed}'`)
    })
  }

  for (const [args, why] of [
    [['--seed'], "option '--seed <N>' argument missing"],
    [['--no-defect=yes'], "unknown option '--no-defect=yes'"],
    [['7'], "there are flags only, and '7' is none"],
  ] as const) {
    it(`refuse ${args.join(' ')}, saying where all flags are listed`, () => {
      expect(read(...args)).to.equal(`error: ${why}\n(npm start -- --help lists every flag.)\n`)
    })
  }
})
