import { type BuildOptions, build } from 'esbuild'
import { bundle } from '../../tools/bundle.ts'
import { root } from '../../tools/template.ts'

/** A function that the bench starts, as text. */
export type Contestant = { readonly name: string; readonly code: string }

const bundled = async (entryPoint: string, options: BuildOptions = {}): Promise<string> => {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    // What SAM gives esbuild where the template has no BuildProperties.
    ...{ bundle: true, platform: 'node', target: 'es2020', format: 'cjs', minify: true },
    ...options,
    write: false,
    logLevel: 'error',
  } as BuildOptions & { write: false })
  return outputFiles[0]?.text ?? ''
}

/** The gate, and what it is compared with; an empty handler is first, since the others are measured by it. */
export const contestants = async (): Promise<readonly Contestant[]> => [
  { name: 'an empty handler', code: 'exports.handler = async () => {}' },
  { name: 'the gate', code: await bundle('GateFunction') },
  { name: "the gate by SAM's defaults", code: await bundled('src/gate.ts') },
  { name: 'the gate, SDK outside', code: await bundled('src/gate.ts', { external: ['@aws-sdk/*', '@smithy/*'] }) },
  { name: 'one request, signed by hand', code: await bundled('test/bench/handSigned.ts', { target: 'node24' }) },
]
