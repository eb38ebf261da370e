import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { recordAudit } from '../../tools/recordAudit.ts'
import { root } from '../../tools/template.ts'

describe('The pictures of the audit in docs', function () {
  this.timeout(60_000)

  it('show what the audit prints today (npm run record:audit draws them)', async () => {
    for (const [name, picture] of Object.entries(await recordAudit())) {
      expect(await readFile(`${root}docs/${name}`, 'utf8'), name).to.equal(picture)
    }
  })
})
