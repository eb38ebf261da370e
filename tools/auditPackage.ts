import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { root } from './template.ts'
import { licences, packagesIn } from './thirdParty.ts'

/** The file in the package that `npx codedeploy-greenlight` runs. */
export const binary = 'greenlight.cjs'

/**
 * Bundles the audit into one file that needs nothing beside it: Node.js strips no types inside node_modules, and whoever
 * asks `npx` a question waits for every package that it installs. Unlike a Lambda function it has the whole credential
 * chain in it (profiles, SSO, processes, metadata services). Not minified, so that everybody can read what it does.
 *
 * @returns its text, and what it was made of
 */
export const bundleAudit = async (): Promise<{ readonly code: string; readonly metafile: Metafile }> => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/audit.ts'],
    bundle: true,
    platform: 'node',
    // The oldest that package.json allows.
    target: 'node20.19',
    format: 'cjs',
    mainFields: ['module', 'main'],
    // What the SDK says to those who install it (which Node.js its next versions need) is not for those who read the audit.
    define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' },
    outfile: binary,
    metafile: true,
    write: false,
    logLevel: 'error',
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error('esbuild wrote nothing for the audit')
  return { code: file.text, metafile }
}

/** Writes the package as npm packs it: without the dependencies of the rest, which are in its one file where it needs them. */
export const writeAuditPackage = async (folder: string): Promise<void> => {
  const { code, metafile } = await bundleAudit()
  const manifest = JSON.parse(await readFile(`${root}package.json`, 'utf8'))
  const { name, version, description, license, private: isPrivate, engines } = manifest
  const lean = { name, version, description, license, private: isPrivate, engines, bin: { [name]: binary } }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, binary), code)
  await chmod(join(folder, binary), 0o755)
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(lean, undefined, 2)}\n`)
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES.txt'), licences(packagesIn([metafile])))
  for (const file of ['README.md', 'LICENSE']) await copyFile(`${root}${file}`, join(folder, file))
}

// `npm run package:audit`, and npm itself before it packs.
if (process.argv[1] === import.meta.filename) {
  const folder = `${root}dist/audit`
  await writeAuditPackage(folder)
  console.log(`${join(dirname(folder), 'audit')}: npm pack ./dist/audit`)
}
