// `node tools/node24.mjs tools/coverage.ts FILE [argument ...]`: runs a Node.js program and then says how much of src/ has
// been run in it and in its child processes, by itself or within a bundle. Fails where that is too little.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import MagicString from 'magic-string'
import { CoverageReport, type V8CoverageEntry } from 'monocart-coverage-reports'
import { bundlesOfCoverage, root } from './template.ts'

/**
 * In percent of src/. A line counts where all of it has run. A branch that minifying moves counts twice: where a test of
 * the file takes it, and where a test of the bundle does not.
 */
const least = { bytes: 95, statements: 95, branches: 90, functions: 95, lines: 95 }

const measured = `${root}coverage/v8`

/**
 * Takes a file of src/ as Node.js runs it, without its types, and maps it to itself: only so is it added up with what ran
 * of it in a bundle.
 */
const map = async (entry: V8CoverageEntry): Promise<void> => {
  if (!entry.url.endsWith('.ts') || entry.source === undefined) return
  const original = new MagicString(entry.source)
  entry.sourceMap = { ...original.generateMap({ source: entry.url, includeContent: true, hires: 'boundary' }) }
  entry.source = stripTypeScriptTypes(entry.source)
}

/** Nothing of a file of types can run: without them there are comments at most. */
const isOnlyTypes = (file: string): boolean =>
  stripTypeScriptTypes(readFileSync(file, 'utf8')).replaceAll(/\/\*.*?\*\/|\/\/[^\n]*|\s/gs, '') === ''

await rm(measured, { recursive: true, force: true })
await rm(bundlesOfCoverage, { recursive: true, force: true })
const child = spawn(process.execPath, process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, NODE_V8_COVERAGE: measured },
})
const [code] = await once(child, 'exit')
process.exitCode = code ?? 1

const report = new CoverageReport({
  name: 'What of src/ has run',
  baseDir: root,
  outputDir: `${root}coverage/report`,
  reports: ['console-summary', 'lcovonly'],
  logging: 'error',
  entryFilter: { '**/node_modules/**': false, '**/coverage/bundles/*.js': true, '**/src/**/*.ts': true },
  sourceFilter: { '**/node_modules/**': false, '**/src/**/*.ts': true },
  all: { dir: `${root}src`, filter: (file) => (isOnlyTypes(file) ? false : 'js'), transformer: map },
  onEntry: map,
})
await report.addFromDir(measured)
const results = await report.generate()
await rm(measured, { recursive: true, force: true })
for (const [kind, percent] of Object.entries(least)) {
  const { pct } = results?.summary[kind as keyof typeof least] ?? {}
  if (typeof pct === 'number' && pct >= percent) continue
  console.error(`${pct} % of the ${kind} of src/ have run, and not ${percent} %: see coverage/report/lcov.info`)
  process.exitCode = 1
}
