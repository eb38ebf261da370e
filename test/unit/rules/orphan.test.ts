import { expect } from 'chai'
import { leftAttached } from '../../../src/rules/detaching.ts'
import { orphan } from '../../../src/rules/orphan.ts'
import { green, greenName, settings } from '../builders.ts'
import { now } from './ended.ts'

const why = 'deployment d-GONE does not exist any more'
const ending = (...greens: readonly ReturnType<typeof green>[]) =>
  orphan({ row: 'orphan', settings, greens, targetGroups: new Map(), health: new Map(), why }, now)
const forget = (...keys: readonly string[]) => ({ call: 'autoscaling:DeleteTags', green: greenName, keys })

describe('A green about which no deployment decides any more', () => {
  it('is released and forgotten', () => {
    const held = green({
      suspended: ['HealthCheck'],
      tags: { 'greenlight:record': 'd-GONE', 'greenlight:held': 'd-GONE HealthCheck' },
    })
    expect(ending(held)).to.deep.equal({
      decision: 'change',
      changes: [{ call: 'autoscaling:ResumeProcesses', green: greenName, processes: ['HealthCheck'] }],
    })
    expect(ending({ ...held, suspended: [] })).to.deep.equal({
      decision: 'change',
      changes: [forget('greenlight:held', 'greenlight:record')],
    })
  })

  it('keeps what is attached and its record, which is told; what is not attached any more is forgotten', () => {
    const tags = { 'greenlight:record': 'd-GONE', 'greenlight:attached/web': 'd-GONE' }
    expect(
      ending(green({ targetGroups: ['web'], tags: { ...tags, 'greenlight:attached/old': 'd-GONE' } })),
    ).to.deep.equal({ decision: 'change', changes: [forget('greenlight:attached/old')] })
    expect(ending(green({ targetGroups: ['web'], tags }))).to.deep.equal({
      decision: 'done',
      reason: why,
      left: [leftAttached('web', greenName, why)],
    })
  })

  it('is done with where nothing is on record, or it is gone', () => {
    const done = { decision: 'done', reason: why, left: [] }
    expect(ending(green())).to.deep.equal(done)
    expect(ending()).to.deep.equal(done)
  })

  it('whose record names no deployment loses it', () => {
    expect(ending(green({ tags: { 'greenlight:record': '' } }))).to.deep.equal({
      decision: 'change',
      changes: [forget('greenlight:record')],
    })
  })
})
