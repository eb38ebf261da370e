import stringWidth from 'string-width'
import { wrap } from './wrap.ts'

/** One cell, and how it is dressed once it has its place. */
export type Cell = { readonly text: string; readonly dress?: (text: string) => string }

const gap = '  '
/** No column becomes narrower for the sake of another. */
const narrowest = 8

/**
 * Lays out a table without borders.
 *
 * @param width what its lines have to fit into, by wrapping what is widest; undefined: each row is one line
 * @returns its lines
 */
export const tableOf = (
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  width: number | undefined,
  dressHead: (text: string) => string = (text) => text,
): readonly string[] => {
  const natural = head.map((title, column) =>
    Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[column]?.text ?? ''))),
  )
  const widths = width === undefined ? natural : fitted(natural, width - gap.length * (head.length - 1))
  const lineUp = (cells: readonly Cell[]): readonly string[] => {
    const columns = widths.map((columnWidth, column) => {
      const { text = '', dress = (plain: string) => plain } = cells[column] ?? {}
      const lines = width === undefined ? [text] : wrap(text, columnWidth)
      return lines.map((line) => ({ line: dress(line), room: columnWidth - stringWidth(line) }))
    })
    const height = Math.max(...columns.map((lines) => lines.length))
    return Array.from({ length: height }, (_, index) =>
      columns
        .map((lines, column) => {
          const { line, room } = lines[index] ?? { line: '', room: widths[column] ?? 0 }
          // Nothing hangs over at the end of a line.
          return column === widths.length - 1 ? line : line + ' '.repeat(room)
        })
        .join(gap)
        .trimEnd(),
    )
  }
  return [...lineUp(head.map((text) => ({ text, dress: dressHead }))), ...rows.flatMap(lineUp)]
}

/** What is widest gives way, one column after the other, as long as the whole is too wide. */
const fitted = (natural: readonly number[], room: number): readonly number[] => {
  const widths = [...natural]
  for (let excess = widths.reduce((sum, one) => sum + one, 0) - room; excess > 0; excess--) {
    const widest = Math.max(...widths)
    if (widest <= narrowest) return widths
    widths[widths.indexOf(widest)] = widest - 1
  }
  return widths
}
