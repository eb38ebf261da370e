import { expect } from 'chai'
import type { Change, Outcome } from '../../../src/model/change.ts'
import type { Deployment } from '../../../src/model/deployment.ts'
import { carryOut } from '../../../src/reconcile/carryOut.ts'
import type { Ports } from '../../../src/reconcile/ports.ts'
import { deployment, seenAs } from '../builders.ts'
import { afterChange, attach, begun, detach, done, invalid, refusedBy, suspend, tag } from './changes.ts'

describe('A plan is carried out', () => {
  let asked: string[]
  let told: string[]
  beforeEach(() => {
    asked = []
    told = []
  })

  const carry = async (
    changes: readonly Change[],
    {
      outcomes = {},
      fresh = deployment(),
    }: { outcomes?: Readonly<Partial<Record<Change['call'], Outcome>>>; fresh?: Deployment } = {},
  ) => {
    const ports = {
      change: async (change: Change) => {
        asked.push(change.call)
        return outcomes[change.call] ?? done
      },
      deployment: async () => {
        asked.push('deployment')
        return fresh
      },
    } as unknown as Ports
    const tell = {
      move: () => {},
      sending: ({ call }: Change) => void told.push(`sending ${call}`),
      outcome: ({ call }: Change, { kind }: Outcome) => void told.push(`${kind} ${call}`),
    }
    return carryOut(changes, seenAs('gate'), begun(), { ports, tell, now: () => 0 })
  }

  it('in its order, with a look at the deployment beside the change before an attachment', async () => {
    expect((await carry([tag, suspend, attach])).result).to.equal('done')
    expect(asked).to.deep.equal([tag.call, suspend.call, 'deployment', attach.call])
  })

  it('without a look at the deployment where nothing is attached after another change', async () => {
    await carry([tag, suspend])
    await carry([attach])
    expect(asked).to.deep.equal([tag.call, suspend.call, attach.call])
  })

  it('no further where the deployment is another than it was seen: nothing is attached then', async () => {
    const { result } = await carry([suspend, attach], { fresh: deployment({ status: 'Stopped' }) })
    expect(result).to.equal('moved')
    expect(asked).to.deep.equal([suspend.call, 'deployment'])
  })

  it('no further than to the first refusal', async () => {
    const { result } = await carry([tag, suspend], { outcomes: { [tag.call]: refusedBy(invalid) } })
    expect(result).to.equal('refused')
    expect(asked).to.deep.equal([tag.call])
    const unanswered = { kind: 'unanswered', refusal: invalid } as const
    expect((await carry([tag, suspend], { outcomes: { [tag.call]: unanswered } })).result).to.equal('refused')
  })

  it('and everything of it is told and remembered', async () => {
    const { memory } = await carry([tag, detach], { outcomes: { [detach.call]: refusedBy(invalid) } })
    expect(memory).to.deep.equal(afterChange(afterChange(begun(), tag), detach, refusedBy(invalid)))
    expect(told).to.deep.equal([
      ...[`sending ${tag.call}`, `done ${tag.call}`],
      ...[`sending ${detach.call}`, `refused ${detach.call}`],
    ])
  })

  it('with the time for health where the gate made it', async () => {
    expect((await carry([attach])).memory.since).to.deep.equal({ health: 0 })
  })

  it('where it is empty, by doing nothing', async () => {
    expect(await carry([])).to.deep.equal({ result: 'done', memory: begun() })
    expect(asked).to.deep.equal([])
  })
})
