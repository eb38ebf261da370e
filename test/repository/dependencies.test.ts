import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { expect } from 'chai'
import { build } from 'esbuild'
import { root } from '../../tools/template.ts'
import { bundledPackages, thirdParty } from '../../tools/thirdParty.ts'

const manifest: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(
  readFileSync(`${root}package.json`, 'utf8'),
)
const dependencies = Object.keys(manifest['dependencies'] ?? {})

/** Those that ask for no more than to be named. */
const permissive = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0']

/** The rows of the table below a headline of docs/dependencies.md, but for its head. */
const rowsBelow = (headline: string): readonly (readonly string[])[] => {
  const text = readFileSync(`${root}docs/dependencies.md`, 'utf8')
  const [section = ''] = text.split(`\n## ${headline}\n`)[1]?.split('\n## ') ?? []
  const rows = section.split('\n').filter((line) => line.startsWith('| '))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

/** The packages whose code, and not only whose types, the files of a folder import. */
const importedIn = async (folder: string): Promise<readonly string[]> => {
  const all = readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
  // What `npm run mutation` installs and leaves below tools/ is not ours.
  const files = all.filter((file) => file.endsWith('.ts') && !/node_modules|\.stryker-tmp/.test(file))
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: files.map((file) => `${folder}/${file}`),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'out',
    write: false,
    metafile: true,
    // The glob of an import() of src/gate.ts, which is no matter here.
    logLevel: 'error',
  })
  // What is of another folder of the project is told by that folder.
  const own = Object.entries(metafile.inputs).filter(([input]) => input.startsWith(`${folder}/`))
  const external = own.flatMap(([, { imports }]) => imports.filter((one) => one.external).map(({ path }) => path))
  const packages = external
    .filter((path) => !isBuiltin(path))
    .flatMap((path) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [])
  return [...new Set(packages)].sort()
}

describe('What Greenlight depends on', () => {
  it('is in its bundles what docs/dependencies.md says, with these licences', async () => {
    const bundled = await bundledPackages()
    expect(bundled).to.not.be.empty
    expect(rowsBelow('In the bundles')).to.deep.equal(bundled.map(({ name, licence }) => [name, licence]))
  })

  it('is at run time what docs/dependencies.md says, each with a reason, its licence and its last release', () => {
    const rows = rowsBelow('At run time')
    expect(rows.map(([name, , licence]) => [name, licence])).to.deep.equal(
      dependencies.map((name) => [name, thirdParty(`node_modules/${name}`).licence]),
    )
    for (const [name, why, , release] of rows) {
      expect(why, name).to.not.equal('')
      expect(release, name).to.match(/^\d+\.\d+\.\d+, \d{4}-\d{2}-\d{2}$/)
    }
  })

  it('is imported by src/, all of it, and src/ imports nothing else', async () => {
    expect(await importedIn('src')).to.deep.equal(dependencies.toSorted())
  })

  it('asks in its bundles for no more than to be named', async () => {
    for (const { name, licence } of await bundledPackages()) expect(permissive, name).to.include(licence)
  })

  for (const folder of ['src', 'tools', 'simulator', 'demo']) {
    it(`is under the AGPL, or anything like it, nowhere in ${folder}/`, async () => {
      const imported = await importedIn(folder)
      expect(imported).to.not.be.empty
      for (const name of imported) expect(permissive, name).to.include(thirdParty(`node_modules/${name}`).licence)
    })
  }

  it('is under the AGPL in test/ alone, by the policy engine', async () => {
    const copyleft = (await importedIn('test')).filter(
      (name) => !permissive.includes(thirdParty(`node_modules/${name}`).licence),
    )
    expect(copyleft).to.deep.equal(['@cloud-copilot/iam-simulate'])
  })
})
