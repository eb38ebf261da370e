import { expect } from 'chai'
import { statuses } from '../../../src/model/deployment.ts'
import type { Mode } from '../../../src/model/mode.ts'
import { nothingToInstall, type Progress } from '../../../src/model/progress.ts'
import type { Trigger } from '../../../src/model/trigger.ts'
import { columnOf, isModeless, reads, rowOf, table } from '../../../src/rules/table.ts'

const rowFor = (status: string, trigger: Trigger, mode: Mode, step?: Progress['step']) =>
  rowOf(status, columnOf(trigger, mode), step === undefined ? undefined : { ...nothingToInstall, step })

describe('The table of decisions', () => {
  it('has a line for each status that Greenlight knows, and one for any other', () => {
    expect(Object.keys(table)).to.deep.equal([...statuses, 'anythingElse'])
  })

  for (const [status, hook, call, inGate, inHeal] of [
    ['Created', 'gate', 'pending', 'preflight', 'preflight'],
    ['Queued', 'gate', 'pending', 'preflight', 'preflight'],
    ['InProgress', 'gate', 'gate', 'byProgress', 'byProgress'],
    ['Baking', 'gate', 'gate', 'byProgress', 'byProgress'],
    ['Ready', 'gate', 'gate', 'gate', 'hold'],
    ['Succeeded', 'settleAndJudge', 'settleAndJudge', 'settle', 'settle'],
    ['Failed', 'undo', 'undo', 'undo', 'undo'],
    ['Stopped', 'undo', 'undo', 'undo', 'undo'],
    ['Paused', 'refuseStatus', 'refuseStatus', 'refuseStatus', 'refuseStatus'],
  ] as const) {
    it(`${status}: hook → ${hook}, call → ${call}, notification → ${inGate} in mode gate, ${inHeal} in mode heal`, () => {
      for (const mode of ['heal', 'gate', 'observe'] as const) {
        expect({ hook: rowFor(status, 'hook', mode), call: rowFor(status, 'call', mode) }).to.deep.equal({ hook, call })
      }
      expect(rowFor(status, 'notification', 'gate')).to.equal(inGate)
      expect(rowFor(status, 'notification', 'heal')).to.equal(inHeal)
    })
  }

  it('announces in mode observe what mode gate would do', () => {
    for (const status of statuses) {
      expect(rowFor(status, 'notification', 'observe')).to.equal(rowFor(status, 'notification', 'gate'))
    }
  })

  for (const [step, row] of [
    ['installing', 'preflight'],
    ['betweenBatches', 'preflight'],
    ['installed', 'leave'],
    ['shifting', 'leave'],
    ['arrived', 'arrive'],
  ] as const) {
    it(`chooses by progress while a deployment is under way: ${step} → ${row}`, () => {
      for (const status of ['InProgress', 'Baking']) {
        for (const mode of ['gate', 'heal'] as const) {
          expect(rowFor(status, 'notification', mode, step)).to.equal(row)
        }
      }
    })
  }

  for (const [trigger, underWay, succeeded, failed] of [
    ['schedule', 'handOver', 'settle', 'undo'],
    ['healing', 'handOver', 'endAndWatch', 'endAndWatch'],
    ['aftermath', 'awaitEnd', 'settle', 'undo'],
  ] as const) {
    it(`${trigger}: under way → ${underWay}, succeeded → ${succeeded}, failed → ${failed}`, () => {
      for (const status of ['Created', 'Queued', 'InProgress', 'Baking', 'Ready', 'Paused']) {
        expect(rowFor(status, trigger, 'gate')).to.equal(underWay)
      }
      expect(rowFor('Succeeded', trigger, 'gate')).to.equal(succeeded)
      expect(['Failed', 'Stopped'].map((status) => rowFor(status, trigger, 'heal'))).to.deep.equal([failed, failed])
    })
  }
})

describe('What a look reads', () => {
  it('is nothing of the deployment group where only CodeDeploy decides what comes next', () => {
    const rows = Object.keys(reads) as (keyof typeof reads)[]
    expect(rows.filter(isModeless)).to.deep.equal(['awaitEnd', 'handOver'])
  })

  it('is the ending of the deployment group in each row that ends a deployment, and in no other', () => {
    const ending = Object.entries(reads).filter(([, parts]) => parts.some((part) => part === 'ending'))
    expect(ending.map(([row]) => row)).to.deep.equal(['settle', 'settleAndJudge', 'undo', 'endAndWatch'])
  })
})
