import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { expect } from 'chai'
import { root } from '../../tools/template.ts'

const source = `${root}src`
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

/** The files of src/ that a file imports, types included; paths from src/. */
const importsOf = (file: string): readonly string[] => {
  const text = readFileSync(join(source, file), 'utf8')
  const paths = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(([, path = '']) => path)
  return paths.map((path) => normalize(join(dirname(file), path))).filter((path) => files.includes(path))
}

const imported = new Set(files.flatMap(importsOf))
const rooms = [...new Set(files.filter((file) => file.includes(sep)).map((file) => `${file.split(sep)[0]}/`))]
const entries = files.filter((file) => !file.includes(sep) && !imported.has(file))

/** The room or the entry that a file belongs to; undefined for what all rooms share. */
const placeOf = (file: string): string | undefined =>
  file.includes(sep) ? `${file.split(sep)[0]}/` : entries.find((entry) => entry === file)

const arrowsBetween = (): readonly string[] => {
  const arrows = files.flatMap((file) =>
    importsOf(file).flatMap((to) => {
      const [one, other] = [placeOf(file), placeOf(to)]
      return one === undefined || other === undefined || one === other ? [] : [`${one} --> ${other}`]
    }),
  )
  return [...new Set(arrows)].toSorted()
}

/** The nodes and the arrows of the picture in docs/architecture.md, by the labels that a reader sees. */
const picture = () => {
  const page = readFileSync(`${root}docs/architecture.md`, 'utf8')
  const [, drawn = ''] = /```mermaid\n(.*?)```/s.exec(page) ?? []
  const labels = new Map([...drawn.matchAll(/^\s*(\w+)\W+"(.+?)"/gm)].map(([, id = '', label = '']) => [id, label]))
  const arrows = [...drawn.matchAll(/^\s*(\w+) --> (\w+)$/gm)].map(
    ([, from = '', to = '']) => `${labels.get(from)} --> ${labels.get(to)}`,
  )
  return { page, nodes: [...labels.values()], arrows }
}

describe('The picture in docs/architecture.md', () => {
  it('shows every entry and every folder of src/, and nothing else', () => {
    expect(picture().nodes.toSorted()).to.deep.equal([...entries, ...rooms].toSorted())
  })

  it('has an arrow from each entry or folder to each folder that it imports, and no other', () => {
    expect(picture().arrows.toSorted()).to.deep.equal(arrowsBetween())
  })

  it('stands above a table that explains every folder', () => {
    const explained = [...picture().page.matchAll(/^\| `(\w+\/)` \|/gm)].map(([, room]) => room)
    expect(explained.toSorted()).to.deep.equal(rooms.toSorted())
  })
})
