import { basename } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { type BuildProperties, readTemplate, resourceOf, root } from './template.ts'

export type Bundle = {
  /** What the function's handler expects the file to be called: `gate.js`. */
  readonly file: string
  /** `exports.handler` is the handler. */
  readonly code: string
  /** Leads from positions in it to positions in the sources: `npm run stack` reads it. It is not deployed. */
  readonly map: string
  /** What esbuild made it of. */
  readonly metafile: Metafile
}

/** The text of a function's bundle. */
export const bundle = async (functionId: string): Promise<string> => (await bundleOf(functionId)).code

/**
 * Bundles a function as `sam build` does: with the BuildProperties that template.yaml gives it, and SAM's own defaults
 * where it gives none.
 *
 * @param functionId logical id of the function in the template
 */
export const bundleOf = async (functionId: string): Promise<Bundle> => {
  const properties = resourceOf(readTemplate(), functionId).Metadata?.BuildProperties
  if (properties === undefined) throw new Error(`template.yaml has no BuildProperties for ${functionId}`)
  const { UseNpmCi: _, EntryPoints: entryPoints, ...options } = properties
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entryPoints],
    // What SAM always adds, and its defaults for Node.js functions.
    bundle: true,
    platform: 'node',
    outdir: 'out',
    target: 'es2020',
    format: 'cjs',
    minify: true,
    ...Object.fromEntries(Object.entries(options).map(asEsbuildOption)),
    // Changes nothing in the bundle itself.
    sourcemap: 'external',
    sourcesContent: false,
    write: false,
    metafile: true,
    logLevel: 'error',
  })
  const [map, file] = outputFiles
  if (map === undefined || file === undefined) throw new Error(`esbuild wrote nothing for ${functionId}`)
  return { file: basename(file.path), code: file.text, map: map.text, metafile }
}

/** esbuild's command line and its API spell the same option in two ways: SAM uses the first, `MainFields: a,b` or `Alias: [a=b]`. */
const asEsbuildOption = ([key, value]: [string, BuildProperties[string]]): [string, unknown] => {
  const name = `${key.charAt(0).toLowerCase()}${key.slice(1)}`
  if (name === 'mainFields' || name === 'resolveExtensions' || name === 'conditions')
    return [name, String(value).split(',')]
  if (name === 'alias' || name === 'define' || name === 'loader') {
    const pairs = (value as readonly string[]).map((pair) => pair.split(/=(.*)/s, 2))
    return [name, Object.fromEntries(pairs)]
  }
  return [name, value]
}
