import { type Act, actNames, acts, addedCount, instanceCount } from './acts.ts'
import { type Look, type Mark, wrap } from './look.ts'
import { sentences, type Told } from './sentences.ts'
import type { Run, Runs } from './story.ts'
import { failedIn } from './table.ts'

/** A heading, and what happens under it until the next one begins. */
type Chapter = {
  readonly title: string
  readonly gist: string
  begins(run: Run): number
  /** The act that ends with it. */
  readonly ends?: Act
}

const beginningOf =
  (act: Act) =>
  ({ beganAt }: Run) =>
    beganAt + acts[act].begins * 60_000

const chapters: readonly Chapter[] = [
  {
    title: 'DEPLOY',
    gist: `CodeDeploy makes green, a copy of blue with ${instanceCount} instances.`,
    begins: beginningOf('deployment'),
  },
  { title: 'TRAFFIC SHIFTS', gist: 'From blue to green.', begins: ({ shiftsAt }) => shiftsAt, ends: 'deployment' },
  {
    title: 'SCALE OUT',
    gist: `Load rises: ${addedCount} instances more.`,
    begins: beginningOf('scaleOut'),
    ends: 'scaleOut',
  },
  {
    title: 'AN INSTANCE BREAKS',
    gist: 'It answers every request with an error.',
    begins: beginningOf('breakdown'),
    ends: 'breakdown',
  },
  {
    title: 'SCALE IN',
    gist: `Load falls: ${addedCount} instances fewer.`,
    begins: beginningOf('scaleIn'),
    ends: 'scaleIn',
  },
]

/** Two columns are readable from `wide` on, and never wider than `widest`. */
const wide = 118
const widest = 160
/** The same sentence of both worlds stands side by side if it happens within this time in both. */
const alikeMilliseconds = 5_000

/** The story of the two worlds, line by line: side by side where the page is wide enough, else in one column. */
export const timeline = (runs: Runs, look: Look): string[] => {
  const told = { without: sentences(runs.without), with: sentences(runs.with) }
  const layout = look.columns >= wide ? sideBySide(look) : interleaved(look)
  return [
    ...layout.head,
    ...chapters.flatMap(({ title, gist, begins, ends }, index) => {
      const under = (run: Run, all: readonly Told[]) => {
        const next = chapters[index + 1]?.begins(run) ?? Number.POSITIVE_INFINITY
        return all.filter(({ at }) => at >= begins(run) && at < next)
      }
      const rows = align(under(runs.without, told.without), under(runs.with, told.with), layout.alike)
      return [
        '',
        `${look.mark('bold', title)}  ${gist}`,
        ...rows.flatMap(layout.row),
        ...(ends ? layout.end(summary(runs.without, ends), summary(runs.with, ends)) : []),
      ]
    }),
  ]
}

/** What happened in one world, in the other, or in both. */
type Row = { readonly without?: Told; readonly with?: Told }

/** Pairs the sentences that are alike, as far as the order in both worlds allows; the others follow by time. */
const align = (
  without: readonly Told[],
  withIt: readonly Told[],
  alike: (one: Told, other: Told) => boolean,
): Row[] => {
  const [one, ...others] = without
  const [two, ...twoOthers] = withIt
  if (one === undefined) return withIt.map((told) => ({ with: told }))
  if (two === undefined) return without.map((told) => ({ without: told }))
  if (alike(one, two)) return [{ without: one, with: two }, ...align(others, twoOthers, alike)]
  const oneHasTwin = withIt.some((told) => alike(one, told))
  const twoHasTwin = without.some((told) => alike(told, two))
  const oneFirst = oneHasTwin === twoHasTwin ? one.at <= two.at : twoHasTwin
  return oneFirst
    ? [{ without: one }, ...align(others, withIt, alike)]
    : [{ with: two }, ...align(without, twoOthers, alike)]
}

/** How an act ended: how much of green serves, and what users lost. */
type Summary = { readonly text: string; readonly fine: boolean }

const summary = (run: Run, act: Act): Summary => {
  const { inService, withoutTraffic } = run.seen[act]
  const { requests, connections } = failedIn(run, actNames.indexOf(act))
  const cut = connections > 0 ? `, ${connections} connections cut` : ''
  return {
    text: `${inService - withoutTraffic} of ${inService} instances serving, ${requests || 'no'} requests failed${cut}`,
    fine: withoutTraffic === 0 && connections === 0,
  }
}

/** The colour and the name of each world. */
const worldMarks = { without: 'yellow', with: 'cyan', both: 'dim' } as const satisfies Record<string, Mark>

/** One way to lay out the story. */
type Layout = {
  readonly head: readonly string[]
  alike(one: Told, other: Told): boolean
  row(row: Row): string[]
  end(without: Summary, withIt: Summary): string[]
}

const timeWidth = 8
const gap = '  '
const noTime = ' '.repeat(timeWidth)

const clockOf = (milliseconds: number) => new Date(milliseconds).toISOString().slice(11, 19)
const sentence = ({ who, what }: Told) => `${who} ${what}`

/** A block of lines of the same width. It marks them after it has measured them, because colours have no width. */
const block = (look: Look, width: number, time: string, text: string, mark: (line: string) => string): string[] =>
  wrap(text, width).map((line, index) => {
    const padding = ' '.repeat(Math.max(0, width - line.length))
    return `${index === 0 ? look.mark('dim', time) : noTime}${gap}${mark(line)}${padding}`
  })

const event = (look: Look, width: number, told: Told) =>
  // `who` begins the first line; where the line breaks within it, nothing is marked.
  block(look, width, clockOf(told.at), sentence(told), (line) =>
    line.startsWith(`${told.who} `) ? `${look.mark('bold', told.who)}${line.slice(told.who.length)}` : line,
  )

const ending = (look: Look, width: number, { text, fine }: Summary) =>
  block(look, width, noTime, `=> ${text}`, (line) => look.mark(fine ? 'green' : 'red', line))

const sideBySide = (look: Look): Layout => {
  const bar = ` ${look.mark('dim', '|')} `
  const width = Math.floor((Math.min(look.columns, widest) - 3) / 2) - timeWidth - gap.length
  const empty = ' '.repeat(timeWidth + gap.length + width)
  const beside = (left: readonly string[], right: readonly string[]) =>
    Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
      `${left[index] ?? empty}${bar}${right[index] ?? ''}`.trimEnd(),
    )
  const head = (world: 'without' | 'with', title: string) =>
    block(look, width, noTime, title, (line) => look.mark(worldMarks[world], line))
  return {
    head: beside(head('without', 'WITHOUT GREENLIGHT'), head('with', 'WITH GREENLIGHT')),
    alike: (one, other) => sentence(one) === sentence(other) && Math.abs(one.at - other.at) <= alikeMilliseconds,
    row: (row) =>
      beside(row.without ? event(look, width, row.without) : [], row.with ? event(look, width, row.with) : []),
    end: (without, withIt) => beside(ending(look, width, without), ending(look, width, withIt)),
  }
}

const interleaved = (look: Look): Layout => {
  const markerWidth = 7
  const width = Math.min(look.columns, wide) - markerWidth - timeWidth - 2 * gap.length
  const marked = (world: keyof typeof worldMarks, lines: readonly string[]) =>
    lines.map((line, index) => {
      const marker = index === 0 ? look.mark(worldMarks[world], world.padEnd(markerWidth)) : ' '.repeat(markerWidth)
      return `${marker}${gap}${line}`.trimEnd()
    })
  return {
    head: ['(without, with: happens in that run only. both: happens in both runs.)'],
    // A line for both worlds shows one time.
    alike: (one, other) => sentence(one) === sentence(other) && clockOf(one.at) === clockOf(other.at),
    row: (row) => {
      if (row.without && row.with) return marked('both', event(look, width, row.without))
      return [
        ...(row.without ? marked('without', event(look, width, row.without)) : []),
        ...(row.with ? marked('with', event(look, width, row.with)) : []),
      ]
    },
    end: (without, withIt) =>
      without.text === withIt.text
        ? marked('both', ending(look, width, without))
        : [...marked('without', ending(look, width, without)), ...marked('with', ending(look, width, withIt))],
  }
}
