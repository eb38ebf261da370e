import { kinds } from './kinds.ts'

export type Row = { readonly title: string; readonly label: string; readonly cells: Readonly<Record<string, string>> }

/** The matrix as text: an action a line, a kind of fault a column. */
export const table = (rows: readonly Row[]): string => {
  const width = Math.max(...rows.map(({ label }) => label.length))
  const heads = Object.values(kinds).map(({ head }) => head)
  const line = (label: string, cells: readonly string[]) =>
    `  ${label.padEnd(width)} ${cells.map((cell) => cell.padStart(8)).join('')}`.trimEnd()
  const titles = [...new Set(rows.map(({ title }) => title))]
  return [
    '',
    ...titles.flatMap((title) => [
      line(title, heads),
      ...rows
        .filter((row) => row.title === title)
        .map(({ label, cells }) =>
          line(
            label,
            Object.keys(kinds).map((kind) => cells[kind] ?? ''),
          ),
        ),
      '',
    ]),
    '  ∞: the same for ever. S, F, P: the verdict Succeeded, Failed, Pending; o: handled; e: the run failed, and so that AWS',
    '  tries again. The number: the virtual seconds of the longest run. *: ends otherwise than without a fault, and says so.',
  ].join('\n')
}
