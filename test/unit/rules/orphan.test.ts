import { expect } from 'chai'
import { leftAttached } from '../../../src/rules/detaching.ts'
import { orphan, releaseOrphan } from '../../../src/rules/orphan.ts'
import { green, greenName } from '../builders.ts'
import { now } from './ended.ts'

const why = 'deployment d-GONE does not exist any more'
const forget = (...keys: readonly string[]) => ({ call: 'autoscaling:DeleteTags', green: greenName, keys })

describe('A green about which no deployment decides any more', () => {
  it('is released and forgotten', () => {
    const held = green({
      suspended: ['HealthCheck'],
      tags: { 'greenlight:record': 'd-GONE', 'greenlight:held': 'd-GONE HealthCheck' },
    })
    expect(orphan([held], why, now)).to.deep.equal({
      decision: 'change',
      changes: [{ call: 'autoscaling:ResumeProcesses', green: greenName, processes: ['HealthCheck'] }],
    })
    expect(orphan([{ ...held, suspended: [] }], why, now)).to.deep.equal({
      decision: 'change',
      changes: [forget('greenlight:held', 'greenlight:record')],
    })
  })

  it('keeps what is attached and its record, which is told; what is not attached any more is forgotten', () => {
    const tags = { 'greenlight:record': 'd-GONE', 'greenlight:attached/web': 'd-GONE' }
    expect(
      releaseOrphan(green({ targetGroups: ['web'], tags: { ...tags, 'greenlight:attached/old': 'd-GONE' } }), now),
    ).to.deep.equal([forget('greenlight:attached/old')])
    expect(orphan([green({ targetGroups: ['web'], tags })], why, now)).to.deep.equal({
      decision: 'done',
      reason: why,
      left: [leftAttached('web', greenName, why)],
    })
  })

  it('is done with where nothing is on record, or it is gone', () => {
    const done = { decision: 'done', reason: why, left: [] }
    expect(orphan([green()], why, now)).to.deep.equal(done)
    expect(orphan([], why, now)).to.deep.equal(done)
  })

  it('whose record names no deployment loses it', () => {
    expect(releaseOrphan(green({ tags: { 'greenlight:record': '' } }), now)).to.deep.equal([
      forget('greenlight:record'),
    ])
  })
})
