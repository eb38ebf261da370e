import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { root } from '../../tools/template.ts'
import { anchorsIn, brokenLinks, citationsIn, factsIn } from './documents.ts'

const readText = (path: string): string => readFileSync(`${root}${path}`, 'utf8')

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(`${root}${folder}`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}${name}`)

/** What is in a folder, without what is installed there. */
const filesIn = (folder: string): readonly string[] =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.includes('node_modules'))
    .map((path) => `${folder}/${path}`)

const textsOf = (paths: readonly string[]) => Object.fromEntries(paths.map((path) => [path, readText(path)]))

describe('The documents of the repository', () => {
  it('link only to what is there', () => {
    const documents = textsOf([...markdownIn(''), ...markdownIn('docs/')])
    expect(Object.keys(documents)).to.include.members(['README.md', 'docs/aws-facts.md', 'docs/design.md'])
    expect(brokenLinks(documents, (path) => existsSync(`${root}${path}`), readText)).to.deep.equal([])
  })

  it('describe every fact about AWS that a comment cites', () => {
    const folders = ['src', 'simulator', 'appspec', 'demo', 'tools']
    const sources = ['template.yaml', ...folders.flatMap(filesIn)].filter((path) =>
      /\.(?:ts|mjs|cjs|sh|ya?ml|py)$/.test(path),
    )
    const described = anchorsIn(readText('docs/aws-facts.md'))
    const cited = sources.flatMap((path) => factsIn(readText(path)).map((fact) => ({ path, fact })))
    expect(cited).to.not.be.empty
    expect(cited.filter(({ fact }) => !described.has(fact.toLowerCase()))).to.deep.equal([])
  })

  it('cite no fact and no chapter by its number in the README', () => {
    expect(citationsIn(readText('README.md'))).to.deep.equal([])
  })
})

describe('The check of links', () => {
  const files: Readonly<Record<string, string>> = {
    'README.md': '# Project',
    'docs/a.md': '# One: two, `three`!\n\n## Same\n\n## Same\n\n<a id="f1"></a>\n\n```sh\n# no heading\n```\n',
    'src/b.ts': '',
  }
  const broken = (text: string): readonly string[] =>
    brokenLinks(
      { 'docs/c.md': text },
      (path) => path in files || path === 'docs/c.md' || path === '../other.md',
      (path) => files[path] ?? text,
    )

  it('follows links to files, headings and ids, from the folder of the document', () => {
    const links = [
      'a.md',
      'a.md#one-two-three',
      'a.md#same',
      'a.md#same-1',
      'a.md#f1',
      '../README.md#project',
      '../src/b.ts',
    ]
    expect(broken(`# Here\n\n[x](#here) ${links.map((link) => `[x](${link})`).join(' ')}`)).to.deep.equal([])
  })

  it('tells of a file, an anchor and a label that are not there', () => {
    expect(broken('[x](b.md) ![x](x.svg) [x](a.md#f2) [x](a.md#no-heading) [x](#here) [x][none]')).to.deep.equal([
      'docs/c.md links to [none], which it does not define',
      'docs/c.md links to b.md, which does not exist',
      'docs/c.md links to x.svg, which does not exist',
      'docs/c.md links to a.md#f2, an anchor that does not exist',
      'docs/c.md links to a.md#no-heading, an anchor that does not exist',
      'docs/c.md links to #here, an anchor that does not exist',
    ])
  })

  it('follows the definition of a label', () => {
    expect(broken('[x][label]\n\n[label]: b.md')).to.deep.equal(['docs/c.md links to b.md, which does not exist'])
  })

  it('tells of what lies outside of the repository', () => {
    expect(broken('[x](../../other.md)')).to.deep.equal(['docs/c.md links to ../../other.md, which does not exist'])
  })

  it('leaves code and other sites alone', () => {
    expect(broken('`[x](b.md)` [x](https://example.com/b.md)\n\n```md\n[x](b.md)\n```\n')).to.deep.equal([])
  })
})

describe('The check of citations', () => {
  it('finds numbers of facts, each once, and none in other words', () => {
    expect(factsIn('why (F22), F22; 0xF5, F0, UTF8, F100')).to.deep.equal(['F22'])
  })

  it('finds chapters of the design', () => {
    expect(citationsIn('so it is (design 2.2; F5), by design, see designs 3')).to.deep.equal(['F5', 'design 2.2'])
  })
})
