import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { loadFunction } from '../../tools/lambdaFunction.ts'
import { bundledFunctions, readTemplate, root } from '../../tools/template.ts'
import { bundledPackages } from '../../tools/thirdParty.ts'

describe('npm run package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'greenlight-test-'))
  const functions = bundledFunctions(readTemplate())
  before(async function () {
    this.timeout(60_000)
    await promisify(execFile)(process.execPath, ['tools/package.ts', folder], { cwd: root })
  })
  after(() => rmSync(folder, { recursive: true }))

  const read = (...path: readonly string[]) => readFileSync(join(folder, ...path), 'utf8')

  it('writes a folder for each function, to be zipped as it is, and beside them what is not deployed', () => {
    const beside = ['THIRD-PARTY-LICENSES.txt', 'sbom.cdx.json', 'gate.js.map', 'sweep.js.map']
    expect(readdirSync(folder)).to.have.members([...functions, ...beside])
    for (const functionId of functions) {
      const [file = '', ...others] = readdirSync(join(folder, functionId))
      expect(others).to.deep.equal([])
      expect(loadFunction(read(functionId, file), {})).to.be.a('function')
    }
  })

  it('writes a bill of materials under the name of the project, in which everything of the bundles is', async () => {
    const { bomFormat, metadata, components } = JSON.parse(read('sbom.cdx.json'))
    expect([bomFormat, metadata.component.name]).to.deep.equal(['CycloneDX', 'codedeploy-greenlight'])
    const listed = components.map(({ name, version }: { name: string; version: string }) => `${name} ${version}`)
    expect(listed).to.include.members((await bundledPackages()).map(({ name, version }) => `${name} ${version}`))
    expect(listed.join('\n')).to.not.match(/mocha|esbuild|cloud-copilot|^node-/m)
  })

  it('writes the licence of everything that is in the bundles', async () => {
    const text = read('THIRD-PARTY-LICENSES.txt')
    for (const { name, version, licence, licenceText = '' } of await bundledPackages()) {
      expect(text).to.contain(`${name} ${version} (${licence})`).and.to.contain(licenceText)
    }
  })
})
