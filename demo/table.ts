import { type Act, actNames, acts } from './acts.ts'
import type { Look } from './look.ts'
import type { Run, Runs } from './story.ts'

/** One number of a run, and whether it is good; a number that is neither good nor bad has no `fine`. */
export type Cell = { readonly text: string; readonly fine?: boolean }
export type Row = { readonly label: string; readonly without: Cell; readonly with: Cell }

/** The two runs in numbers, each computed from what the simulator saw. */
export const table = (runs: Runs): Row[] =>
  measures.map(({ label, measure }) => ({ label, without: measure(runs.without), with: measure(runs.with) }))

/** What users lost during one act: failed requests and cut connections. `index` is the act's place in the story. */
export const failedIn = (run: Run, index: number): { requests: number; connections: number } => {
  const [now, before] = [failedUntil(run, index), failedUntil(run, index - 1)]
  return { requests: now.requests - before.requests, connections: now.connections - before.connections }
}

/** Rounds before it subtracts, so that the acts add up to the whole. A cut connection is not a failed request here. */
const failedUntil = ({ seen }: Run, index: number) => {
  const act = actNames[index]
  if (act === undefined) return { requests: 0, connections: 0 }
  const { failed, connectionsCut } = seen[act].traffic
  return { requests: Math.round(failed - connectionsCut), connections: connectionsCut }
}

const lastAct = actNames.length - 1

const measures: readonly { label: string; measure: (run: Run) => Cell }[] = [
  { label: 'Requests served', measure: (run) => ({ text: grouped(served(run)) }) },
  { label: 'Requests failed', measure: (run) => loss(failedUntil(run, lastAct).requests) },
  ...actNames.map((act, index) => ({
    label: `  ${acts[act].fails}`,
    measure: (run: Run) => loss(failedIn(run, index).requests),
  })),
  { label: 'Long connections cut', measure: (run) => loss(failedUntil(run, lastAct).connections) },
  { label: 'Instances in service without traffic', measure: (run) => idle(run, 'scaleIn') },
  { label: '  after the scale-out', measure: (run) => idle(run, 'scaleOut') },
  { label: 'Unhealthy instance replaced', measure: (run) => replaced(run) },
]

const served = (run: Run) => Math.round(run.seen.scaleIn.traffic.requests) - failedUntil(run, lastAct).requests

const loss = (count: number): Cell => ({ text: grouped(count), fine: count === 0 })

const idle = ({ seen }: Run, act: Act): Cell => {
  const { withoutTraffic, inService } = seen[act]
  return { text: `${withoutTraffic} of ${inService}`, fine: withoutTraffic === 0 }
}

const replaced = ({ outage: { brokenAt, replacedAt }, endedAt }: Run): Cell => {
  if (replacedAt !== undefined) return { text: `after ${Math.round((replacedAt - brokenAt) / 1000)} s`, fine: true }
  return { text: `never (within ${Math.round((endedAt - brokenAt) / 60_000)} minutes)`, fine: false }
}

/** A table in lines: labels to the left, numbers to the right, green where they are fine and red where they are not. */
export const columns = (
  heads: readonly string[],
  rows: readonly (readonly [label: string, ...cells: Cell[]])[],
  look: Look,
): string[] => {
  const texts = rows.map(([label, ...cells]) => [label, ...cells.map(({ text }) => text)])
  const widths = heads.map((head, index) => Math.max(head.length, ...texts.map((row) => row[index]?.length ?? 0)))
  const padded = ({ text, fine }: Cell, index: number) => {
    const cell = text.padStart(widths[index + 1] ?? 0)
    return fine === undefined ? cell : look.mark(fine ? 'green' : 'red', cell)
  }
  const title = heads.map((head, index) => head.padStart(widths[index] ?? 0)).join('  ')
  return [
    look.mark('bold', title),
    look.mark('dim', '-'.repeat(title.length)),
    ...rows.map(([label, ...cells]) => [label.padEnd(widths[0] ?? 0), ...cells.map(padded)].join('  ')),
  ]
}

/** `90 000` */
export const grouped = (count: number) => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ' ')
