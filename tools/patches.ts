import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { applyPatch as applyDiff, parsePatch } from 'diff'
import { root } from './template.ts'

/** One way to break Greenlight, and the tests that ought to notice. */
export type Patch = {
  /** The name of its file, without `.patch`. */
  readonly name: string
  readonly file: string
  /** What goes wrong then, in a sentence. */
  readonly breaks: string
  /** Paths of test files; the fastest first. */
  readonly caughtBy: readonly string[]
}

const folder = join(root, 'test/sabotage')

/**
 * Reads the patches of test/sabotage, in the order of their names. Each begins with a line that says what it breaks and
 * a line `Caught by: test/a.test.ts test/b.test.ts`; a unified diff follows.
 *
 * @throws Error naming a patch that begins otherwise
 */
export const readPatches = async (): Promise<readonly Patch[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.patch')).sort()
  return Promise.all(
    names.map(async (name) => {
      const file = join(folder, name)
      const [breaks = '', caught = ''] = (await readFile(file, 'utf8')).split('\n')
      const caughtBy = /^Caught by: (.+)$/.exec(caught)?.[1]?.split(' ')
      if (caughtBy === undefined) throw new Error(`${name} does not say in its second line by which tests it is caught`)
      return { name: name.replace(/\.patch$/, ''), file, breaks, caughtBy }
    }),
  )
}

/**
 * Applies a patch to the sources in this folder, or only looks whether it can be applied. Not by git, which need not be there.
 *
 * @throws Error naming a patch that does not apply: the source has changed, and the patch must follow
 */
export const applyPatch = async (
  { name, file }: Patch,
  into: string,
  { onlyLook = false }: { onlyLook?: boolean } = {},
): Promise<void> => {
  const diffs = parsePatch(await readFile(file, 'utf8')).filter(({ hunks }) => hunks.length > 0)
  if (diffs.length === 0) throw new Error(`${name} changes nothing`)
  for (const diff of diffs) {
    const path = (diff.oldFileName ?? '').replace(/^a\//, '')
    const before = await readFile(join(into, path), 'utf8').catch(() => '')
    const after = applyDiff(before, diff)
    if (after === false) throw new Error(`${name} does not apply any more: ${path} is not what it was made for`)
    if (!onlyLook) await writeFile(join(into, path), after)
  }
}
