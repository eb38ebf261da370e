import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { isRead } from '../oracles/request.ts'
import { brokenPromises, endsAs } from './brokenPromises.ts'
import { type Kind, kinds } from './faultKinds.ts'
import { faultTable, type TableRow } from './faultTable.ts'
import { type Played, playScenario } from './playScenario.ts'
import { doors, modes, outcomes, type Scenario } from './scenario.ts'

const tableFile = fileURLToPath(new URL('../../../test-results/fault-table.txt', import.meta.url))

type Struck = { readonly scenario: Scenario; readonly action: string; readonly faultless: Played }

/** By door and mode: its scenarios without a fault, and each action in them, with the shortest scenario in which it is struck. */
const rows = new Map<
  string,
  Omit<Scenario, 'outcome'> & { readonly faultless: readonly Played[]; readonly struck: readonly Struck[] }
>()
for (const row of [
  ...doors.flatMap((door) => modes.map((mode) => ({ door, mode, isTested: false }))),
  { door: 'EventBridge', mode: 'gate', isTested: true },
] as const) {
  const faultless: Played[] = []
  for (const outcome of outcomes) faultless.push(await playScenario({ ...row, outcome }))
  const actions = [...new Set(faultless.flatMap(({ asked }) => asked))]
  const struck = actions.flatMap((action) => {
    const asking = faultless.filter(({ asked }) => asked.includes(action))
    // What AWS refuses anyway meets no fault.
    const accepting = asking.filter(({ accepted }) => accepted.has(action))
    const [chosen] = (accepting.length > 0 ? accepting : asking).toSorted(
      (one, other) => one.asked.length - other.asked.length,
    )
    return chosen === undefined ? [] : [{ scenario: chosen.scenario, action, faultless: chosen }]
  })
  const title = `${row.door}, mode ${row.mode}${row.isTested ? ', with a test target group' : ''}`
  rows.set(title, { ...row, faultless, struck })
}

describe('Whatever AWS does to a call [answered, true, never worse, repeatable, least power, never silent]', function () {
  // However busy the machine is.
  this.timeout(300_000)
  const printed: TableRow[] = []
  after(() => {
    mkdirSync(dirname(tableFile), { recursive: true })
    writeFileSync(tableFile, faultTable(printed))
    console.log(`  How each deployment ended is in ${relative(process.cwd(), tableFile)}`)
  })

  for (const [title, { door, mode, faultless, struck }] of rows) {
    describe(`of a deployment heard of by ${title}, Greenlight keeps them`, () => {
      it('without a fault', () => {
        for (const { broken, runs } of faultless) {
          const errors = runs.flatMap(({ error }) => error ?? [])
          expect({ broken, errors }).to.deep.equal({ broken: [], errors: [] })
        }
        const ends = faultless.map(({ end, verdicts }) => [end.status, ...verdicts].join(' '))
        expect(ends).to.deep.equal(expectedEnds({ door, mode }))
      })

      for (const { scenario, action, faultless } of struck) {
        it(`when any fault strikes ${action}, where the outcome is ${scenario.outcome}`, async () => {
          const cells = Object.entries(kinds).filter(([, kind]) => isStruck(action, kind))
          const times = faultless.asked.filter((asked) => asked === action).length
          const complaints: string[] = []
          const ends: Record<string, string> = {}
          for (const [index, [name, kind]] of cells.entries()) {
            // A fault that strikes once strikes another of the calls each time.
            const after = kind.fault.times === 'forever' ? 0 : index % times
            const names = [kind.fault.kind, ...(kind.names ?? [])]
            const one = names[printed.length % names.length] ?? kind.fault.kind
            const played = await playScenario(scenario, [{ action, after, ...kind.fault, kind: one }])
            const at = `${name} (call ${after + 1} of ${times})`
            complaints.push(...brokenPromises(played, faultless, action, kind).map((why) => `${at}: ${why}`))
            ends[name] = cellOf(played, faultless)
          }
          printed.push({ title, label: `${action} (${scenario.outcome})`, cells: ends })
          expect(complaints).to.deep.equal([])
        })
      }
    })
  }
})

const isStruck = (action: string, { ofReads = false, names }: Kind): boolean => {
  if (isRead(action)) return names === undefined
  return !ofReads && (names === undefined || /^(autoscaling|elasticloadbalancing):/.test(action))
}

/** The deployment's last status in the scenarios of these outcomes; a deployment that was only asked about stays Ready. */
const expectedEnds = ({ door, mode }: Pick<Scenario, 'door' | 'mode'>): readonly string[] => {
  if (door === 'hook' && mode === 'observe') return ['Succeeded Succeeded', 'Succeeded Succeeded', 'Stopped Succeeded']
  // When a person stops the deployment, CodeDeploy waits for no verdict of the hook.
  if (door === 'hook') return ['Succeeded Succeeded', 'Failed Failed', 'Stopped']
  if (door === 'call' && mode === 'observe') return ['Ready Succeeded', 'Ready Succeeded', 'Stopped Succeeded']
  if (door === 'call') return ['Ready Succeeded', 'Ready Failed', 'Stopped Failed']
  return ['Succeeded', mode === 'gate' ? 'Stopped' : 'Failed', 'Stopped']
}

/** The verdict, and how long the longest run took. */
const cellOf = (played: Played, faultless: Played): string => {
  const said = played.verdicts.at(-1) ?? (played.runs.some(({ error }) => error !== undefined) ? 'error' : 'ok')
  const seconds = Math.round(Math.max(0, ...played.runs.map((run) => run.seconds)))
  return `${said.charAt(0)}${seconds}${endsAs(played, faultless) ? '' : '*'}`
}
