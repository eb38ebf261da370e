import { expect } from 'chai'
import { kinds } from './kinds.ts'
import { broken, endsAs, isRead } from './promises.ts'
import { doors, modes, outcomes, type Scene } from './scene.ts'
import { type Story, storyteller } from './story.ts'
import { type Row, table } from './table.ts'

const teller = await storyteller()

type Struck = { readonly scene: Scene; readonly action: string; readonly faultless: Story }

/** By door and mode: its faultless stories, and each action that it takes, with the shortest of them in which it is struck. */
const rows = new Map<
  string,
  Omit<Scene, 'outcome'> & { readonly faultless: readonly Story[]; readonly struck: readonly Struck[] }
>()
for (const door of doors) {
  for (const mode of modes) {
    const faultless: Story[] = []
    for (const outcome of outcomes) faultless.push(await teller.tell({ door, mode, outcome }))
    const actions = [...new Set(faultless.flatMap(({ asked }) => asked))]
    const struck = actions.flatMap((action) => {
      const asking = faultless.filter(({ asked }) => asked.includes(action))
      const [chosen] = asking.toSorted((one, other) => one.asked.length - other.asked.length)
      return chosen === undefined ? [] : [{ scene: chosen.scene, action, faultless: chosen }]
    })
    rows.set(`${door}, mode ${mode}`, { door, mode, faultless, struck })
  }
}

describe('Whatever AWS does to a call [answered, true, never worse, never silent]', function () {
  // However busy the machine is.
  this.timeout(300_000)
  const printed: Row[] = []
  after(async () => {
    await teller.close()
    console.log(table(printed))
  })

  for (const [title, { door, mode, faultless, struck }] of rows) {
    describe(`of ${title}, the promises are kept:`, () => {
      it('without a fault, to begin with', () => {
        for (const story of faultless) {
          expect({
            breaches: story.breaches,
            failed: story.runs.filter(({ error }) => error !== undefined),
          }).to.deep.equal({
            breaches: [],
            failed: [],
          })
        }
        const ends = faultless.map(({ end, verdicts }) => [end.status, ...verdicts].join(' '))
        expect(ends).to.deep.equal(expectedEnds({ door, mode }))
      })

      for (const { scene, action, faultless } of struck) {
        it(`${action}, where ${scene.outcome} is the outcome`, async () => {
          const cells = Object.entries(kinds).filter(([, { ofReads = false }]) => isRead(action) || !ofReads)
          const times = faultless.asked.filter((asked) => asked === action).length
          const complaints: string[] = []
          const told: Record<string, string> = {}
          for (const [index, [name, kind]] of cells.entries()) {
            // What strikes once strikes another of the calls each time.
            const after = kind.fault.times === 'forever' ? 0 : index % times
            const story = await teller.tell(scene, [{ action, after, ...kind.fault }])
            complaints.push(
              ...broken(story, faultless, action, kind).map((why) => `${name} (call ${after + 1} of ${times}): ${why}`),
            )
            told[name] = cellOf(story, faultless)
          }
          printed.push({ title, label: `${action} (${scene.outcome})`, cells: told })
          expect(complaints).to.deep.equal([])
        })
      }
    })
  }
})

/** The deployment's last status in the stories of these outcomes; one that was only asked about stays Ready. */
const expectedEnds = ({ door, mode }: Pick<Scene, 'door' | 'mode'>): readonly string[] => {
  if (door === 'hook' && mode === 'observe') return ['Succeeded Succeeded', 'Succeeded Succeeded', 'Stopped Succeeded']
  // Whoever stops a deployment waits for no verdict of a hook.
  if (door === 'hook') return ['Succeeded Succeeded', 'Failed Failed', 'Stopped']
  if (door === 'call' && mode === 'observe') return ['Ready Succeeded', 'Ready Succeeded', 'Stopped Succeeded']
  if (door === 'call') return ['Ready Succeeded', 'Ready Failed', 'Stopped Failed']
  return ['Succeeded', mode === 'gate' ? 'Stopped' : 'Failed', 'Stopped']
}

/** The verdict, and how long the longest run took. */
const cellOf = (story: Story, faultless: Story): string => {
  const said = story.verdicts.at(-1) ?? (story.runs.some(({ error }) => error !== undefined) ? 'error' : 'ok')
  const seconds = Math.round(Math.max(0, ...story.runs.map((run) => run.seconds)))
  return `${said.charAt(0)}${seconds}${endsAs(story, faultless) ? '' : '*'}`
}
