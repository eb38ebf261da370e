// `npm run sabotage`: breaks a copy of the source in each of the ways of test/sabotage, and shows which test notices.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { applyPatch, type Patch, readPatches } from './patches.ts'
import { root } from './template.ts'

/** What a copy leaves out; dependencies are linked to, and the rest is of no use to a test. */
const leftOut = ['.git', 'node_modules', 'coverage', '.aws-sam', '.venv']

/** Copies the repository, does something with the copy, and takes it away. */
const inCopy = async <Result>(act: (folder: string) => Promise<Result>): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'greenlight-sabotage-'))
  try {
    await cp(root, folder, { recursive: true, filter: (path) => !leftOut.includes(basename(path)) })
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    return await act(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

type Outcome = { readonly passed: number; readonly failed: readonly string[] }

/**
 * Runs one test file of a copy.
 *
 * @throws Error where the tests do not even run: that is no test that notices something
 */
const runTests = async (folder: string, file: string): Promise<Outcome> => {
  const report = join(folder, 'report.json')
  const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js')
  const options = ['--reporter', 'json', '--reporter-option', `output=${report}`, '--timeout', '120000']
  const child = spawn(process.execPath, [mocha, ...options, file], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    // A bundle that somebody built before is not broken.
    env: { ...process.env, GREENLIGHT_BUNDLE: undefined },
  })
  const said: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
  await once(child, 'close')
  const written = await readFile(report, 'utf8').catch(() => undefined)
  if (written === undefined) throw new Error(`${file} does not run: ${Buffer.concat(said)}`)
  await rm(report)
  const { passes, failures } = JSON.parse(written) as Record<'passes' | 'failures', { fullTitle: string }[]>
  return { passed: passes.length, failed: failures.map(({ fullTitle }) => fullTitle) }
}

/** Which tests of which file have noticed. */
type Verdict = { readonly patch: Patch; readonly file?: string; readonly by: readonly string[] }

/** Tries the tests that ought to notice one after the other, the fastest first. */
const sabotage = (patch: Patch): Promise<Verdict> =>
  inCopy(async (folder) => {
    await applyPatch(patch, folder)
    for (const file of patch.caughtBy) {
      const { failed } = await runTests(folder, file)
      if (failed.length > 0) return { patch, file, by: failed }
    }
    return { patch, by: [] }
  })

const say = (line: string) => process.stdout.write(`${line}\n`)

const patches = await readPatches()
for (const patch of patches) await applyPatch(patch, root, { onlyLook: true })

// A test that fails by itself notices nothing.
const first = new Set(patches.flatMap(({ caughtBy }) => caughtBy))
await inCopy(async (folder) => {
  for (const file of first) {
    const { passed, failed } = await runTests(folder, file)
    if (failed.length > 0 || passed === 0)
      throw new Error(`${file} fails without sabotage: ${failed[0] ?? 'it is empty'}`)
    say(`${file} passes as the source is: ${passed}`)
  }
})

const verdicts: Verdict[] = []
for (const patch of patches) {
  const verdict = await sabotage(patch)
  verdicts.push(verdict)
  say(
    `${verdicts.length}/${patches.length} ${patch.name}: ${verdict.file === undefined ? 'NOT CAUGHT' : `caught by ${verdict.file}`}`,
  )
}

/** So many of the tests that have noticed are named. */
const mostNamed = 3

say('')
for (const { patch, by } of verdicts) {
  const rest = by.length > mostNamed ? [`and ${by.length - mostNamed} more`] : []
  const lines = by.length > 0 ? [...by.slice(0, mostNamed), ...rest] : ['NOT CAUGHT']
  say(`${patch.name}: ${patch.breaks}\n${lines.map((line) => `  → ${line}`).join('\n')}`)
}
const missed = verdicts.filter(({ by }) => by.length === 0).length
say(`\n${verdicts.length - missed} of ${verdicts.length} are caught.`)
process.exitCode = missed > 0 ? 1 : 0
