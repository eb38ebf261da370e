import { parseArgs } from 'node:util'
import { type Fleet, type Measured, measureFleet } from './measure.ts'

// The entry of `npm run bench:fleet`: what fleets take. Every call to AWS takes 50 ms of virtual time, CodeDeploy takes 20 calls a
// second, and the account runs 1,000 invocations at once.
const help = `npm run bench:fleet -- [--json] [--only NAME] [--help]

Plays fleets in virtual time: one deployment of 160 instances, 100 scripts that ask at once, and 300 deployments of 10 at once.
  --json       prints what was measured as JSON
  --only NAME  plays one of them: one, scripts or many
It takes several minutes, most of them for the last one.`

const fleets: Readonly<Record<string, Fleet>> = {
  one: { deployments: 1, instances: 160, scripts: true },
  scripts: { deployments: 1, instances: 100, scripts: true },
  many: { deployments: 300, instances: 10, scripts: false },
}

const rows: readonly (readonly [string, (measured: Measured) => string | number])[] = [
  ['deployments x instances', ({ deployments, instances }) => `${deployments} x ${instances}`],
  ['with scripts', ({ scripts }) => (scripts ? 'yes' : 'no')],
  ['succeeded / settled', ({ succeeded, settled }) => `${succeeded} / ${settled}`],
  ['invocations', ({ invocations }) => invocations],
  ['  beside those of scripts', ({ invocationsBesideScripts }) => invocationsBesideScripts],
  ['AWS calls', ({ calls }) => calls],
  ['  beside those of scripts', ({ callsBesideScripts }) => callsBesideScripts],
  ['  throttled', ({ throttledCalls }) => throttledCalls],
  ['  tries for each answer', ({ triesEach }) => triesEach.toFixed(2)],
  ['concurrent executions', ({ concurrent }) => concurrent],
  ['  throttled by Lambda', ({ throttledByLambda }) => throttledByLambda],
  ['attachments', ({ attaching }) => attaching],
  ['minutes, traffic to release', ({ minutesToRelease }) => minutesToRelease.toFixed(2)],
  ['  from the sweep on', ({ minutesFromSweep }) => minutesFromSweep.toFixed(2)],
  ['minutes in all', ({ minutes }) => minutes.toFixed(0)],
]

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string' }, help: { type: 'boolean' } },
})
if (values.help) console.log(help)
else await bench(values.only === undefined ? Object.keys(fleets) : [values.only], values.json === true)

async function bench(names: readonly string[], isJson: boolean): Promise<void> {
  const measured: Measured[] = []
  for (const name of names) {
    const fleet = fleets[name]
    if (fleet === undefined) throw new Error(`${name} is no fleet: it must be ${Object.keys(fleets).join(', ')}`)
    measured.push(await measureFleet(fleet, (line) => process.stderr.write(`${name}: ${line}\n`)))
  }
  console.log(isJson ? JSON.stringify(measured, undefined, 2) : tableOf(measured))
}

function tableOf(measured: readonly Measured[]): string {
  const operations = [...new Set(measured.flatMap(({ callsByOperation }) => Object.keys(callsByOperation)))]
  const lines = [
    ...rows.map(([title, cell]) => [title, ...measured.map((one) => String(cell(one)))]),
    ...operations.map((name) => [name, ...measured.map((one) => String(one.callsByOperation[name] ?? 0))]),
  ]
  return lines
    .map(([title = '', ...cells]) => [title.padEnd(52), ...cells.map((cell) => cell.padStart(10))].join('  '))
    .join('\n')
}
