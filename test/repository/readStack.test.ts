import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { bundleOf } from '../../tools/bundle.ts'
import { loadFunction } from '../../tools/lambdaFunction.ts'
import { root } from '../../tools/template.ts'

/** The stack trace of an error that the bundle throws, as Lambda writes it into the log. */
const thrown = async (code: string): Promise<string> => {
  const context = { getRemainingTimeInMillis: () => 1_000, invokedFunctionArn: '' }
  const error: Error = await loadFunction(code, {})({ Records: [] }, context).then(
    () => expect.fail(),
    (reason) => reason,
  )
  return JSON.stringify({ level: 'ERROR', stackTrace: error.stack }).replaceAll('gate.js:', '/var/task/gate.js:')
}

describe('npm run stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'greenlight-test-'))
  after(() => rmSync(folder, { recursive: true }))

  /** The folder with what `npm run package` writes, and a line of the log in it. */
  const logged = async () => {
    const { file, code, map } = await bundleOf('GateFunction')
    writeFileSync(join(folder, `${file}.map`), map)
    const log = await thrown(code)
    writeFileSync(join(folder, 'log'), log)
    return log
  }
  const read = (...args: readonly string[]) =>
    execFileSync(process.execPath, ['tools/readStack.ts', ...args], { cwd: root, encoding: 'utf8' })

  it('reads a line of the log: each place in the bundle becomes the place in src/ that it comes from', async () => {
    const log = await logged()
    expect(log).to.match(/at \S+ \(\/var\/task\/gate\.js:\d+:\d+\)/)
    const [, file = '', line = 0] =
      / \(?(src\/\S+\.ts):(\d+):\d+/.exec(read('--maps', folder, join(folder, 'log'))) ?? []
    expect(file).to.equal('src/invocation/invocation.ts')
    expect(readFileSync(`${root}${file}`, 'utf8').split('\n')[Number(line) - 1]).to.contain('new Error(')
  })

  it('bundles this checkout where it is given no maps, and leaves alone what is of no bundle', async function () {
    this.timeout(60_000)
    const log = await logged()
    const text = `at other (/opt/other.js:1:2)\n${log}`
    writeFileSync(join(folder, 'both'), text)
    const [first, ...rest] = read(join(folder, 'both')).split('\n')
    expect(first).to.equal('at other (/opt/other.js:1:2)')
    expect(rest.join('\n')).to.equal(read('--maps', folder, join(folder, 'log')))
  })

  it('says how it is used', () => {
    expect(read('--help')).to.contain('npm run stack -- [options] [FILE]')
  })
})
