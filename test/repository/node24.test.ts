import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { satisfies } from 'semver'
import manifest from '../../package.json' with { type: 'json' }
import { root } from '../../tools/template.ts'

describe('The Node.js that Greenlight needs', () => {
  it('comes with npm ci; without it the answer is to run npm ci', () => {
    const clone = mkdtempSync(join(tmpdir(), 'greenlight-clone-'))
    try {
      mkdirSync(join(clone, 'tools'))
      for (const file of ['tools/node24.mjs', 'template.yaml', 'package.json']) {
        copyFileSync(`${root}${file}`, join(clone, file))
      }
      const run = () => {
        const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/node24.mjs', '-p', '"ran"'], {
          cwd: clone,
          encoding: 'utf8',
        })
        return { status, stdout, stderr }
      }
      expect(run()).to.deep.equal({
        status: 1,
        stdout: '',
        stderr: 'The packages that Greenlight needs, Node.js 24 among them, are not installed: run npm ci first.\n',
      })
      // From here on the Node.js that runs the tests will do.
      mkdirSync(join(clone, 'node_modules'))
      expect(run()).to.deep.equal({ status: 0, stdout: 'ran\n', stderr: '' })
    } finally {
      rmSync(clone, { recursive: true })
    }
  })

  it('may be the oldest that package.json allows, without a warning from npm ci', () => {
    const oldest = manifest.engines.node.replace('>=', '')
    const { packages }: { packages: Readonly<Record<string, { readonly engines?: { readonly node?: string } }>> } =
      JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'))
    const refused = Object.entries(packages).filter(
      ([, { engines }]) => !satisfies(`${oldest}.0`, engines?.node ?? '*'),
    )
    // aws-lambda-ric runs on the Node.js of the tests alone: its engines are left out of the lock file by hand, and come
    // back with each of its updates.
    expect(refused.map(([name, { engines }]) => `${name} needs Node.js ${engines?.node}`)).to.deep.equal([])
  })
})
