import { styleText } from 'node:util'
import { type Finding, type FindingKind, isWrong, sentenceOf } from '../sweep/finding.ts'
import { counted } from '../wording.ts'
import { adviceFor, installing, kinds } from './advice.ts'
import { type Command, folded, oneLine } from './command.ts'
import { type Look, type Seen, wrongOf } from './look.ts'
import { type Row, rowsOf } from './rows.ts'
import { tableOf } from './table.ts'
import { blanks, wrap } from './wrap.ts'

/** What the page is read on. */
export type Paper = {
  readonly color: boolean
  /** Columns of the terminal; undefined: no terminal, and nothing is wrapped. */
  readonly width: number | undefined
}

/** Of so many columns a terminal must have room for a table that can be read. */
const narrowestTable = 100
/** How many findings of one kind are told one by one. */
const mostOfAKind = 20

const head = ['DEPLOYMENT GROUP', 'AUTO SCALING GROUP', 'CHECK', 'WANTED', 'MISSING', 'GATE', 'HOOK', 'VERDICT']

/** Everything that was seen, and what to do about it, as lines for a person. */
export const pageOf = (looks: readonly Look[], paper: Paper): readonly string[] => [
  ...looks.flatMap((look) => [...regionOf(look, paper), '']),
  ...whatToDo(looks, paper),
  ...summaryOf(looks, paper),
]

/** Somebody else's names are not to move the cursor of a terminal. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '?')

type Style = Parameters<typeof styleText>[0]
const dressing =
  ({ color }: Paper, style: Style) =>
  (text: string): string =>
    // Whether there are colours has been decided: it is not for styleText to look at a stream of its own choice.
    color && text !== '' ? styleText(style, text, { validateStream: false }) : text

const regionOf = (look: Look, paper: Paper): readonly string[] => {
  const rows = look.seen.flatMap(rowsOf)
  const bold = dressing(paper, 'bold')
  if (rows.length === 0) {
    const nothing = 'no blue/green deployment group with traffic control on EC2'
    return [`${bold(look.region)}: ${look.unseen.length > 0 ? 'nothing could be seen' : nothing}`]
  }
  const deploymentGroups = look.seen.filter(({ sight }) => sight.kind === 'deploymentGroup').length
  const title = `${bold(look.region)}: ${counted(deploymentGroups, 'blue/green deployment group')}`
  if (paper.width !== undefined && paper.width < narrowestTable) {
    return [title, ...rows.flatMap((row) => ['', ...stacked(row, paper)])]
  }
  const cells = rows.map((row) => cellsOf(row, paper))
  return [title, '', ...tableOf(head, cells, paper.width, dressing(paper, ['dim', 'bold']))]
}

/** A row of the table, for a terminal that is too narrow for the table. */
const stacked = (row: Row, paper: Paper): readonly string[] => {
  const facts = [
    ['check', row.healthCheckType],
    ['wanted', row.wanted],
    ['missing', row.missing],
    ['gate', row.gate],
    ['hook', row.terminationHook],
  ].flatMap(([name, value]) => (value === '-' ? [] : [`${name} ${value}`]))
  const verdict = printable(`${row.autoScalingGroup}: ${row.verdict}`)
  return [
    ...wrapped(printable(row.deploymentGroup), '', paper),
    ...wrapped(verdict, '  ', paper).map(dressing(paper, tones[row.tone])),
    ...wrapped(printable(facts.join(', ')), '  ', paper),
  ]
}

const tones = { good: 'green', notice: 'yellow', bad: 'red', unknown: 'magenta' } as const

const cellsOf = (row: Row, paper: Paper) => {
  const plain = [row.deploymentGroup, row.autoScalingGroup, row.healthCheckType, row.wanted]
  const rest = [row.gate, row.terminationHook]
  const text = (value: string) => ({ text: printable(value) })
  return [
    ...plain.map(text),
    row.missing === '-' ? text(row.missing) : { ...text(row.missing), dress: dressing(paper, 'red') },
    ...rest.map(text),
    { ...text(row.verdict), dress: dressing(paper, tones[row.tone]) },
  ]
}

type Told = { readonly finding: Finding; readonly sight: Seen['sight']; readonly region: string }

const whatToDo = (looks: readonly Look[], paper: Paper): readonly string[] => {
  const told = looks.flatMap(({ region, seen }) =>
    seen.flatMap(({ sight, findings }) => findings.map((finding): Told => ({ finding, sight, region }))),
  )
  if (told.length === 0) return []
  const order = Object.keys(kinds) as FindingKind[]
  const sections = order.flatMap((kind) => {
    const all = told.filter(({ finding }) => finding.kind === kind)
    return all.length > 0 ? [sectionOf(kind, all, paper)] : []
  })
  const broken = looks.filter((look) =>
    look.seen.some(({ findings }) => findings.some(({ kind }) => kind === 'missing')),
  )
  return [
    dressing(paper, 'bold')('What to do'),
    '',
    ...sections.flat(),
    ...(broken.length > 0
      ? [
          ...wrapped('So that it does not come back with the next deployment, deploy Greenlight:', '', paper),
          '',
          ...broken.flatMap(({ region }) => commandLines(installing(region), paper)),
          '',
        ]
      : []),
  ]
}

const sectionOf = (kind: FindingKind, all: readonly Told[], paper: Paper): readonly string[] => {
  const { title, todo } = kinds[kind]
  const [first] = all
  const style = first !== undefined && isWrong(first.finding) ? 'red' : 'yellow'
  const headline = `${dressing(paper, ['bold', style])(title)} (${all.length})`
  const rest = all.length - mostOfAKind
  return [
    headline,
    ...wrapped(todo, '  ', paper),
    '',
    ...all
      .slice(0, mostOfAKind)
      .flatMap(({ finding, sight, region }) => [
        ...wrapped(printable(sentenceOf(finding)), '  - ', paper),
        ...adviceFor(finding, sight, region).flatMap((command) => commandLines(command, paper)),
        '',
      ]),
    ...(rest > 0 ? [`  and ${rest} more like these: --json tells them all`, ''] : []),
  ]
}

const commandLines = (command: Command, paper: Paper): readonly string[] => {
  const indent = ' '.repeat(6)
  const parts = command.map(printable)
  const lines = paper.width === undefined ? [oneLine(parts)] : folded(parts, paper.width - indent.length)
  return lines.map((line) => indent + dressing(paper, 'cyan')(line))
}

/** @param indent what the first line begins with; the others are indented as far */
const wrapped = (text: string, indent: string, { width }: Paper): readonly string[] => {
  const lines = width === undefined ? [text] : wrap(text, Math.max(20, width - indent.length), blanks)
  return lines.map((line, index) => (index === 0 ? indent : ' '.repeat(indent.length)) + line)
}

const summaryOf = (looks: readonly Look[], paper: Paper): readonly string[] => {
  const wrong = looks.reduce((sum, look) => sum + wrongOf(look).length, 0)
  const missed = looks.some(({ unseen }) => unseen.length > 0)
  const where = looks.length === 1 ? '' : ` in ${counted(looks.length, 'region')}`
  if (wrong > 0) return [dressing(paper, ['bold', 'red'])(`${counted(wrong, 'thing')} to put right${where}.`)]
  if (missed) return looks.some(({ seen }) => seen.length > 0) ? ['Nothing is wrong in what could be looked at.'] : []
  return [dressing(paper, ['bold', 'green'])(`Nothing is wrong${where}.`)]
}
