import { styleText } from 'node:util'
import { counted } from '../sentences.ts'
import { type Finding, isWrong, sentenceOf } from '../sweep/finding.ts'
import { advice, commandsFor, deployGreenlight } from './advice.ts'
import { exitCodeOf, type Failure, type RegionAudit, wrongFindings } from './auditRegion.ts'
import type { Context } from './awsCommands.ts'
import { foldCommand, onOneLine, type ShellCommand } from './shellCommand.ts'
import { type Row, rowsOf } from './tableRows.ts'
import { type Cell, textTable } from './textTable.ts'
import { afterBlanks, wrapText } from './wrapText.ts'

/** Where the report is shown. */
export type Screen = {
  readonly color: boolean
  /** Columns of the terminal; undefined: there is no terminal, and no line is wrapped. */
  readonly width: number | undefined
}

/** On fewer columns nobody can read the table. */
const narrowestTable = 100
/** More findings of one kind than these are only counted. */
const mostOfAKind = 20

const head = ['DEPLOYMENT GROUP', 'AUTO SCALING GROUP', 'CHECK', 'WANTED', 'MISSING', 'MODE', 'GATE', 'HOOK', 'VERDICT']
const tones = { good: 'green', notice: 'yellow', bad: 'red', unknown: 'magenta' } as const

/**
 * The report for a person, as lines: a table for each region, what to do about each finding, and a summary.
 *
 * @param failures those that concern whole regions
 */
export const textReport = (
  regions: readonly RegionAudit[],
  failures: readonly Failure[],
  screen: Screen,
): readonly string[] => [
  ...regions.flatMap((one) => [...regionLines(one, screen), '']),
  ...adviceLines(regions, screen),
  ...summaryLines(regions, failures, screen),
]

/** Replaces control characters: a name in somebody else's account must not move the cursor of the terminal. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '?')

type Style = Parameters<typeof styleText>[0]

/** A function that gives text a style, where the screen has colours. */
const painter =
  ({ color }: Screen, style: Style) =>
  (text: string): string =>
    // styleText must not look at the stream: whether there are colours is decided already.
    color && text !== '' ? styleText(style, text, { validateStream: false }) : text

const regionLines = ({ region, audited, failures }: RegionAudit, screen: Screen): readonly string[] => {
  const rows = audited.flatMap(rowsOf)
  const name = painter(screen, 'bold')(region)
  if (rows.length === 0) {
    const nothing = 'no blue/green deployment group with traffic control on EC2'
    return [`${name}: ${failures.length > 0 ? 'could not look at it' : nothing}`]
  }
  const deploymentGroups = audited.filter(({ observation }) => observation.kind === 'deploymentGroup')
  const title = `${name}: ${counted(deploymentGroups.length, 'blue/green deployment group')}`
  if (screen.width !== undefined && screen.width < narrowestTable) {
    return [title, ...rows.flatMap((row) => ['', ...stackedRow(row, screen)])]
  }
  const headColor = painter(screen, ['dim', 'bold'])
  const headCells = head.map((text) => ({ text, color: headColor }))
  const cells = rows.map((row) => cellsOf(row, screen))
  return [title, '', ...textTable(headCells, cells, screen.width)]
}

/** A row on a terminal that is too narrow for the table. */
const stackedRow = (row: Row, screen: Screen): readonly string[] => {
  const facts = Object.entries({
    check: row.healthCheckType,
    wanted: row.wanted,
    missing: row.missing,
    mode: row.mode,
    gate: row.gate,
    hook: row.terminationHook,
  }).flatMap(([name, value]) => (value === '-' ? [] : [`${name} ${value}`]))
  const verdict = `${row.autoScalingGroup}: ${row.verdict}`
  return [
    ...wrapped(row.deploymentGroup, '', screen),
    ...wrapped(verdict, '  ', screen).map(painter(screen, tones[row.tone])),
    ...wrapped(facts.join(', '), '  ', screen),
  ]
}

const cellsOf = (row: Row, screen: Screen): readonly Cell[] => {
  const cell = (value: string) => ({ text: printable(value) })
  return [
    ...[row.deploymentGroup, row.autoScalingGroup, row.healthCheckType, row.wanted].map(cell),
    row.missing === '-' ? cell(row.missing) : { ...cell(row.missing), color: painter(screen, 'red') },
    ...[row.mode, row.gate, row.terminationHook].map(cell),
    { ...cell(row.verdict), color: painter(screen, tones[row.tone]) },
  ]
}

type FindingInContext = { readonly finding: Finding; readonly context: Context }

const adviceLines = (regions: readonly RegionAudit[], screen: Screen): readonly string[] => {
  const all = regions.flatMap(({ region, audited }) =>
    audited.flatMap(({ observation, findings }) =>
      findings.map((finding): FindingInContext => ({ finding, context: { region, observation } })),
    ),
  )
  if (all.length === 0) return []
  const sections = Object.entries(advice).flatMap(([kind, { title, todo }]) => {
    const found = all.filter(({ finding }) => finding.kind === kind)
    return found.length > 0 ? sectionLines(title, todo, found, screen) : []
  })
  return [painter(screen, 'bold')('What to do'), '', ...sections, ...preventionLines(all, screen)]
}

const sectionLines = (
  title: string,
  todo: string,
  found: readonly FindingInContext[],
  screen: Screen,
): readonly string[] => {
  const color = found.some(({ finding }) => isWrong(finding)) ? 'red' : 'yellow'
  const more = found.length - mostOfAKind
  return [
    `${painter(screen, ['bold', color])(title)} (${found.length})`,
    ...wrapped(todo, '  ', screen),
    '',
    ...found
      .slice(0, mostOfAKind)
      .flatMap(({ finding, context }) => [
        ...wrapped(sentenceOf(finding), '  - ', screen),
        ...commandsFor(finding, context).flatMap((command) => commandLines(command, screen)),
        '',
      ]),
    ...(more > 0 ? [`  and ${more} more: --json lists all of them`, ''] : []),
  ]
}

/** How to keep the target groups from being lost again, for each region where some are. */
const preventionLines = (all: readonly FindingInContext[], screen: Screen): readonly string[] => {
  const missing = all.filter(({ finding }) => finding.kind === 'missing')
  const broken = new Set(missing.map(({ context }) => context.region))
  if (broken.size === 0) return []
  return [
    ...wrapped('The next deployment loses target groups again, unless you deploy Greenlight:', '', screen),
    '',
    ...[...broken].flatMap((region) => commandLines(deployGreenlight(region), screen)),
    '',
  ]
}

const commandLines = (command: ShellCommand, screen: Screen): readonly string[] => {
  const indent = ' '.repeat(6)
  const parts = command.map(printable)
  const lines = screen.width === undefined ? [onOneLine(parts)] : foldCommand(parts, screen.width - indent.length)
  return lines.map((line) => indent + painter(screen, 'cyan')(line))
}

/** @param indent begins the first line; the other lines are indented as far */
const wrapped = (text: string, indent: string, { width }: Screen): readonly string[] => {
  const safe = printable(text)
  const lines = width === undefined ? [safe] : wrapText(safe, Math.max(20, width - indent.length), afterBlanks)
  return lines.map((line, index) => (index === 0 ? indent : ' '.repeat(indent.length)) + line)
}

/** Where something is unread, nobody may conclude that nothing is wrong. */
const summaryLines = (
  regions: readonly RegionAudit[],
  failures: readonly Failure[],
  screen: Screen,
): readonly string[] => {
  const wrong = regions.flatMap(wrongFindings).length
  const isWhole = exitCodeOf(regions, failures) !== 2
  const where = regions.length === 1 ? '' : ` in ${counted(regions.length, 'region')}`
  const problems = wrong > 0 ? [painter(screen, ['bold', 'red'])(`${counted(wrong, 'problem')}${where}.`)] : []
  if (!isWhole) return [...problems, painter(screen, ['bold', 'magenta'])('The audit could not look at everything.')]
  return wrong > 0 ? problems : [painter(screen, ['bold', 'green'])(`Nothing is wrong${where}.`)]
}
