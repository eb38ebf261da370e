import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { applyPatch, type Patch, readPatches } from '../tools/patches.ts'
import { root } from '../tools/template.ts'

describe('The ways to break Greenlight that `npm run sabotage` tries', () => {
  let patches: readonly Patch[]
  before(async () => {
    patches = await readPatches()
  })

  it('are there', () => {
    expect(patches).to.not.be.empty
  })

  it('each apply to the source as it is, and name tests that exist', async () => {
    for (const patch of patches) {
      await applyPatch(patch, root, { onlyLook: true })
      expect(
        patch.caughtBy.filter((file) => !existsSync(join(root, file))),
        patch.name,
      ).to.deep.equal([])
    }
  })

  it('are told by name where the source has moved on without them', async () => {
    const [patch] = patches
    if (patch === undefined) throw new Error('there is no patch')
    // No source at all is there.
    const elsewhere = join(root, 'appspec')
    const refused = await applyPatch(patch, elsewhere, { onlyLook: true }).catch((error: Error) => error.message)
    expect(refused).to.match(new RegExp(`^${patch.name} does not apply any more: error: `))
  })
})
