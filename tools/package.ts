// `npm run package [-- FOLDER]`: writes what is deployed and what that is made of, for those who deploy without SAM, or want to
// know what they deploy. The folder is dist/, unless told.

import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { bundleOf } from './bundle.ts'
import { bundledFunctions, readTemplate, root } from './template.ts'
import { bundledPackages, licences } from './thirdParty.ts'

const dist = resolve(process.argv[2] ?? `${root}dist`)

/** npm's software bill of materials of everything that package-lock.json pins to run and not to develop, as CycloneDX 1.5. */
const billOfMaterials = async (): Promise<string> => {
  const kinds = ['--omit=dev', '--omit=optional', '--sbom-format=cyclonedx', '--sbom-type=application']
  const sbom = ['sbom', '--package-lock-only', ...kinds]
  const npm = process.env['npm_execpath']
  const [command, args] = npm === undefined ? ['npm', sbom] : [process.execPath, [npm, ...sbom]]
  const { stdout } = await promisify(execFile)(command, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  const bill = JSON.parse(stdout)
  // npm takes the name of the folder for that of the application.
  bill.metadata.component.name = 'codedeploy-greenlight'
  return `${JSON.stringify(bill, undefined, 2)}\n`
}

const written = async (name: string, text: string) => {
  await writeFile(join(dist, name), text)
  console.log(`${join(dist, name)}: ${Math.ceil(Buffer.byteLength(text) / 1024)} KB`)
}
for (const functionId of bundledFunctions(readTemplate())) {
  const { file, code, map } = await bundleOf(functionId)
  await mkdir(join(dist, functionId), { recursive: true })
  await written(join(functionId, file), code)
  // Beside what is deployed: `npm run stack -- --maps dist` reads stack traces with it.
  await written(`${file}.map`, map)
}
await written('THIRD-PARTY-LICENSES.txt', licences(await bundledPackages()))
await written('sbom.cdx.json', await billOfMaterials())
