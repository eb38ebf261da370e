import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { applyPatch, type Patch, readPatches } from '../tools/patches.ts'
import { root } from '../tools/template.ts'

describe('The ways to break Greenlight that `npm run sabotage` tries', () => {
  let patches: readonly Patch[]
  before(async () => {
    patches = await readPatches()
  })

  it('are at least these', () => {
    expect(patches.map(({ name }) => name)).to.include.members([
      'arrived-with-no-target',
      'attach-without-record',
      'continue-in-mode-heal',
      'describe-groups-without-names',
      'forget-the-reserve',
      'report-before-the-second-look',
      'resume-all-processes',
      'stop-after-traffic-moved',
      'stop-what-could-not-be-looked-at',
      'take-a-foreign-hold-for-somebodys',
      'undo-without-the-guard',
    ])
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
    const folder = await mkdtemp(join(tmpdir(), 'greenlight-'))
    try {
      // No source at all is there.
      const refusals = await Promise.all(
        patches.map((patch) => applyPatch(patch, folder, { onlyLook: true }).catch((error: Error) => error.message)),
      )
      const told = refusals.map((refusal) => refusal?.replace(/: src.*/, ''))
      expect(told).to.deep.equal(patches.map(({ name }) => `${name} does not apply any more`))
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
