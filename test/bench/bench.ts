import { existsSync, readFileSync } from 'node:fs'
import { arch, cpus, platform } from 'node:os'
import { Command } from 'commander'
import { numberOf, refuseArguments } from '../../simulator/flagValues.ts'
import { root } from '../../tools/template.ts'
import { prices } from './costs.ts'
import type { Row } from './rows.ts'
import type { Spread } from './statistics.ts'

// `npm run bench`: what Greenlight costs, in milliseconds, bytes, calls and money, beside what others would.

type Flags = { readonly json?: boolean; readonly rounds: number }

const rounds = numberOf((value) => Number.isInteger(value) && value > 0 && value < 1e6, 'a whole number above 0')
const { json, rounds: many } = new Command('npm run bench --')
  .description('Measures start-up, size, calls, verdicts, memory and cost, each beside what it is compared with.')
  .usage('[--rounds N] [--json]')
  .option('--rounds <N>', 'how often each process is started, one in turn with the others', rounds, 21)
  .option('--json', 'print JSON')
  .helpOption('-h, --help', 'show this help')
  .showHelpAfterError('(npm run bench -- --help lists every flag.)')
  .allowExcessArguments()
  .action(refuseArguments)
  .parse()
  .opts<Flags>()

const progress = (what: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`)
}

const digits = (unit: string) => (unit === 'USD' || unit.startsWith('×') ? 2 : unit === '' ? 0 : 1)
const shown = (value: Spread | number | undefined, unit: string): string => {
  if (value === undefined) return '-'
  const number = (one: number) => one.toFixed(digits(unit))
  if (typeof value === 'number') return number(value)
  return `${number(value.median)} (${number(value.from)} to ${number(value.to)})`
}

const cellsOf = ({ what, unit, target, measured, compared }: Row): readonly string[] => [
  what,
  target === undefined ? '' : `≤ ${target}`,
  shown(measured, unit),
  unit,
  Object.entries(compared)
    .map(([name, value]) => `${name}: ${shown(value, unit)}`)
    .join('; '),
]

const table = (rows: readonly Row[]): string => {
  const lines = [['', 'target', 'measured', '', 'for comparison'], ...rows.map(cellsOf)]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)))
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

// The stand-in for the native part of the runtime client loads node:http for all of them, the empty handler as well.
const { version } = JSON.parse(readFileSync(`${root}node_modules/aws-lambda-ric/package.json`, 'utf8'))
const native = `${root}.ci/build/${version}/node_modules/aws-lambda-ric/index.mjs`
if (existsSync(native)) process.env['GREENLIGHT_RUNTIME_CLIENT'] ??= native
const { runtimeClientInUse } = await import('../bundle/lambdaRuntime.ts')
const { measureRows } = await import('./rows.ts')
const { core } = await import('./starts.ts')
const hint = existsSync(native) ? '' : ' (.ci/build-runtime-client builds it)'

const environment = {
  node: process.version,
  machine: `${platform()} ${arch()}, ${cpus()[0]?.model ?? 'unknown'}`,
  processes: `started in turn on ${core}, ${many} rounds; medians, and between what the middle half is`,
  runtimeClient: `aws-lambda-ric with ${runtimeClientInUse}${hint}`,
  prices: `Lambda on arm64 in us-east-1: ${prices.perGBSecond} USD a GB-second, ${prices.perRequest * 1e6} USD a million requests`,
}
const rows = await measureRows(many, progress)
progress('')
if (json) console.log(JSON.stringify({ environment, rows }, undefined, 2))
else console.log(`${table(rows)}\n\n${Object.values(environment).join('\n')}`)
