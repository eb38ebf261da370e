import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { recordAudit } from '../../tools/recordAudit.ts'
import { root } from '../../tools/template.ts'

describe('The recording of the audit in the README', function () {
  this.timeout(60_000)

  it('shows what the audit prints today (npm run record:audit draws it anew)', async () => {
    for (const [name, picture] of Object.entries(await recordAudit())) {
      expect(await readFile(`${root}docs/${name}`, 'utf8'), name).to.equal(picture)
    }
  })
})
