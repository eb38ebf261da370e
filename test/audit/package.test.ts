import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import manifest from '../../package.json' with { type: 'json' }
import { type Simulator, simulate } from '../../simulator/simulate.ts'
import { type Built, build, somebody } from './commandLine.ts'

describe('The package of the audit', function () {
  this.timeout(60_000)
  let built: Built
  let aws: Simulator
  let elsewhere: string
  beforeEach(async () => {
    built = await build()
    aws = await simulate()
    elsewhere = await mkdtemp(join(tmpdir(), 'greenlight-elsewhere-'))
  })
  afterEach(async () => {
    await rm(elsewhere, { recursive: true })
    await aws.close()
    await built.remove()
  })

  const run = async (command: string, args: readonly string[], cwd: string): Promise<string> => {
    // No cache and no registry: npm fails where the package needs another one.
    const env = {
      ...somebody(aws),
      HOME: elsewhere,
      npm_config_cache: join(elsewhere, 'cache'),
      npm_config_offline: 'true',
    }
    return (await promisify(execFile)(command, args, { cwd, env })).stdout
  }

  it('contains one script with its licences and README, and runs with nothing else installed', async () => {
    const [packed] = JSON.parse(await run('npm', ['pack', '--json', '--pack-destination', elsewhere], built.folder))
    expect(packed.files.map(({ path }: { path: string }) => path)).to.have.members([
      'LICENSE',
      'README.md',
      'THIRD-PARTY-LICENSES.txt',
      'greenlight.cjs',
      'package.json',
    ])
    await run('npm', ['init', '--yes'], elsewhere)
    await run('npm', ['install', '--no-audit', '--no-fund', join(elsewhere, packed.filename)], elsewhere)
    const npx = (...args: readonly string[]) => run('npx', ['codedeploy-greenlight', ...args], elsewhere)
    expect(await npx('--version')).to.equal(`${manifest.version}\n`)
    expect(await npx('audit')).to.contain('Nothing is wrong.')
  })
})
