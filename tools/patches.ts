import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
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
 * Applies a patch to the sources in this folder, or only looks whether it can be applied.
 *
 * @throws Error naming a patch that does not apply: the source has changed, and the patch must follow
 */
export const applyPatch = async (
  { name, file }: Patch,
  into: string,
  { onlyLook = false }: { onlyLook?: boolean } = {},
): Promise<void> => {
  try {
    // Where the folder is below a repository of somebody else, git would take the paths for that one's, and skip them.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(into) }
    await promisify(execFile)('git', ['apply', ...(onlyLook ? ['--check'] : []), file], { cwd: into, env })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new Error(`${name} does not apply any more: ${said}`, { cause: error })
  }
}
