import stringWidth from 'string-width'
import { wrapText } from './wrapText.ts'

/** One cell, and how it is coloured; colours take no columns. */
export type Cell = { readonly text: string; readonly color?: (text: string) => string }

const gap = '  '
/** No column is made narrower than this. */
const narrowestColumn = 8

/**
 * Lays out a table without borders.
 *
 * @param width columns of the terminal: the widest cells are wrapped to fit; undefined: each row is one line
 * @returns its lines
 */
export const textTable = (
  head: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  width: number | undefined,
): readonly string[] => {
  const natural = head.map((title, column) =>
    Math.max(...[title, ...rows.flatMap((row) => row[column] ?? [])].map(({ text }) => stringWidth(text))),
  )
  const widths = width === undefined ? natural : narrowed(natural, width - gap.length * (head.length - 1))
  const linesOf = (text: string, columnWidth: number) => (width === undefined ? [text] : wrapText(text, columnWidth))
  return [head, ...rows].flatMap((row) => rowLines(row, widths, linesOf))
}

const rowLines = (
  row: readonly Cell[],
  widths: readonly number[],
  linesOf: (text: string, width: number) => readonly string[],
): readonly string[] => {
  const columns = widths.map((width, column) => {
    const { text, color = (plain: string) => plain } = row[column] ?? { text: '' }
    const lines = linesOf(text, width).map((line) => color(line) + ' '.repeat(width - stringWidth(line)))
    return { lines, empty: ' '.repeat(width) }
  })
  const height = Math.max(...columns.map(({ lines }) => lines.length))
  return Array.from({ length: height }, (_, index) =>
    columns
      .map(({ lines, empty }) => lines[index] ?? empty)
      .join(gap)
      .trimEnd(),
  )
}

/** Makes the widest column narrower, again and again, until all fit. */
const narrowed = (natural: readonly number[], room: number): readonly number[] => {
  const widths = [...natural]
  for (let excess = widths.reduce((sum, one) => sum + one, 0) - room; excess > 0; excess--) {
    const widest = Math.max(...widths)
    if (widest <= narrowestColumn) return widths
    widths[widths.indexOf(widest)] = widest - 1
  }
  return widths
}
