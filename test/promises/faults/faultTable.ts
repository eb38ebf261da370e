import { kinds } from './faultKinds.ts'

export type TableRow = {
  readonly title: string
  readonly label: string
  /** By kind of fault. */
  readonly cells: Readonly<Record<string, string>>
}

const legend = `How deployments end when something goes wrong with a call to AWS. Each line is an action, and the outcome that the
deployment has without a fault; each column is a kind of fault. A column ∞ is the fault before it, repeated for ever.

  S F P   the verdict is Succeeded, Failed, Pending
  o       the notification was handled
  e       the run failed, so that AWS tries again
  number  the longest run, in virtual seconds
  *       the deployment or its green ends otherwise than without a fault, and the log says so
`

/** The matrix as text: an action a line, a kind of fault a column, the legend first. */
export const faultTable = (rows: readonly TableRow[]): string => {
  const width = Math.max(...rows.map(({ label }) => label.length))
  const heads = Object.values(kinds).map(({ head }) => head)
  const line = (label: string, cells: readonly string[]) =>
    `${label.padEnd(width)} ${cells.map((cell) => cell.padStart(8)).join('')}`.trimEnd()
  const titles = [...new Set(rows.map(({ title }) => title))]
  const blocks = titles.map((title) =>
    [
      line(title, heads),
      ...rows
        .filter((row) => row.title === title)
        .map(({ label, cells }) =>
          line(
            label,
            Object.keys(kinds).map((kind) => cells[kind] ?? ''),
          ),
        ),
    ].join('\n'),
  )
  return `${[legend, ...blocks].join('\n\n')}\n`
}
