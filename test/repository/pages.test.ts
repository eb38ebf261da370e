import { readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { expect } from 'chai'
import { advice } from '../../src/audit/advice.ts'
import { root } from '../../tools/template.ts'

const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8')

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(`${root}${folder}`).flatMap((file) => (file.endsWith('.md') ? [join(folder, file)] : []))

const readme = read('README.md')
const pages = [...markdownIn('.'), ...markdownIn('docs'), ...markdownIn('simulator')].filter(
  (page) => page !== 'README.md',
)
/** The design, the facts and the simulator's page are for those who change Greenlight. */
const forUsers = pages.filter((page) => !/design|aws-facts|simulator/.test(page))

describe('README.md', () => {
  it('has 1,200 to 1,500 words', () => {
    expect(readme.trim().split(/\s+/).length).to.be.within(1200, 1500)
  })

  it('links every page of the repository exactly once', () => {
    const linked = [...readme.matchAll(/\]\(([^)#\s]+)/g)].map(([, path = '']) => normalize(path))
    const times = pages.map((page) => [page, linked.filter((path) => path === page).length])
    expect(times).to.deep.equal(pages.map((page) => [page, 1]))
  })
})

describe('What users read', () => {
  for (const file of ['template.yaml', 'README.md', ...forUsers]) {
    it(`cites no fact, promise or chapter by its number: ${file}`, () => {
      expect(read(file).match(/\b[FP]\d{1,2}\b|\bdesign \d/g) ?? []).to.deep.equal([])
    })
  }
})

describe('The table of findings in docs/audit.md', () => {
  it('explains every kind of finding that the audit and the sweep report', () => {
    const [, table = ''] = read('docs/audit.md').split('\n## Findings\n')
    const explained = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, kind]) => kind)
    expect(explained).to.have.members(Object.keys(advice))
  })
})
