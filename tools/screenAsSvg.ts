/** One cell of a terminal's screen. */
type Cell = {
  readonly text: string
  /** Of the terminal's palette; undefined: its own. */
  readonly color: number | undefined
  readonly bold: boolean
  readonly dim: boolean
}
export type Line = readonly Cell[]

// The sixteen of a terminal that is dark: readable, red and green told apart by brightness too.
const palette = ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4']
const ink = '#d0d7de'
const paper = '#0d1117'

const size = 13
/** What the monospaced fonts of most systems have; `textLength` makes it so with all others. */
const cellWidth = 7.8
const lineHeight = 18
const margin = 16

/**
 * Draws a terminal's screen. Not by one of the recorders that there are (svg-term-cli, termtosvg): they are no longer
 * kept, and draw films; one still page is what a README needs, and this is all that it takes.
 */
export const screenAsSvg = (title: string, lines: readonly Line[], columns: number): string => {
  const width = Math.ceil(columns * cellWidth + 2 * margin)
  const height = lines.length * lineHeight + 2 * margin
  const text = lines.flatMap((line, y) => runsOf(line).map((run) => drawn(run, y)))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${paper}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${size}" fill="${ink}" xml:space="preserve">`,
    ...text,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

type Run = Cell & { readonly from: number }

/** Cells in a row that look the same, as one; what begins with blanks begins after them. */
const runsOf = (line: Line): readonly Run[] => {
  const runs: Run[] = []
  for (const [x, cell] of line.entries()) {
    const last = runs.at(-1)
    // Two blanks are a gap between columns: what comes after is placed anew, so that it is lined up with any font.
    const gap = last?.text.endsWith('  ') ?? false
    if (last !== undefined && !gap && look(last) === look(cell)) {
      runs[runs.length - 1] = { ...last, text: last.text + cell.text }
    } else runs.push({ ...cell, from: x })
  }
  return runs.flatMap(({ text, from, ...rest }) => {
    const kept = text.trim()
    return kept === '' ? [] : [{ ...rest, text: kept, from: from + text.indexOf(kept) }]
  })
}

const look = ({ color, bold, dim }: Cell): string => JSON.stringify([color ?? null, bold, dim])

const drawn = ({ text, from, color, bold, dim }: Run, y: number): string => {
  const attributes = [
    `x="${number(margin + from * cellWidth)}"`,
    `y="${margin + (y + 1) * lineHeight - 5}"`,
    `textLength="${number(text.length * cellWidth)}"`,
    ...(color === undefined ? [] : [`fill="${palette[color % palette.length]}"`]),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.65"'] : []),
  ]
  return `<text ${attributes.join(' ')}>${escaped(text)}</text>`
}

const number = (value: number): string => String(Math.round(value * 10) / 10)

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
