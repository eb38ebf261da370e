import { expect } from 'chai'
import {
  attachedFor,
  attachedKey,
  heldValue,
  isSameRecord,
  notedAt,
  noteValue,
  readRecords,
  testingKey,
} from '../../../src/model/records.ts'

const read = (tags: Readonly<Record<string, string>>) => readRecords(new Map(Object.entries(tags)))

describe('Records', () => {
  it('are read from tags, and no process is believed that no hold suspends', () => {
    const tags = {
      'greenlight:held': 'd-1 1700000000 Launch HealthCheck',
      'greenlight:attached/web': 'd-1 1700000000',
      'greenlight:testing/greenlight-web': 'd-1 1700000001',
      'greenlight:record': 'd-1',
    }
    expect(read({ ...tags, Name: 'web' })).to.deep.equal({
      record: 'd-1',
      attached: new Map([['web', { deploymentId: 'd-1', at: 1_700_000_000_000 }]]),
      testing: new Map([['greenlight-web', { deploymentId: 'd-1', at: 1_700_000_001_000 }]]),
      held: { deploymentId: 'd-1', at: 1_700_000_000_000, processes: ['HealthCheck'] },
      copied: [],
      theirs: [],
    })
  })

  it('are not there without tags, and a hold without a value is one of no deployment', () => {
    const none = { record: undefined, attached: new Map(), testing: new Map(), held: undefined, copied: [], theirs: [] }
    expect(read({})).to.deep.equal(none)
    expect(read({ 'greenlight:held': '' }).held).to.deep.equal({ deploymentId: '', at: undefined, processes: [] })
  })

  it('are written as they are read', () => {
    const note = { deploymentId: 'd-1', at: 1_700_000_000_999 }
    expect(heldValue({ ...note, processes: ['HealthCheck'] })).to.equal('d-1 1700000000 HealthCheck')
    expect(noteValue(note)).to.equal('d-1 1700000000')
    expect(attachedKey('web')).to.equal('greenlight:attached/web')
    expect(testingKey('web')).to.equal('greenlight:testing/web')
  })

  it('of an older version carry no second', () => {
    const { held, attached } = read({ 'greenlight:held': 'd-1 HealthCheck', 'greenlight:attached/web': 'd-1' })
    expect(held).to.deep.equal({ deploymentId: 'd-1', at: undefined, processes: ['HealthCheck'] })
    expect(attached.get('web')).to.deep.equal({ deploymentId: 'd-1', at: undefined })
    expect(heldValue({ deploymentId: 'd-1', at: undefined, processes: ['HealthCheck'] })).to.equal('d-1 HealthCheck')
  })

  it('are the same whatever second they carry', () => {
    expect(isSameRecord('d-1', 'd-1 1700000000')).to.equal(true)
    expect(isSameRecord('d-1 1600000000 HealthCheck', 'd-1 1700000000 HealthCheck')).to.equal(true)
    expect(isSameRecord('d-2 1700000000', 'd-1 1700000000')).to.equal(false)
    expect(isSameRecord(undefined, 'd-1')).to.equal(false)
  })

  it('of the future count as written now', () => {
    expect([5, 8, undefined].map((at) => notedAt({ deploymentId: 'd-1', at }, 7))).to.deep.equal([5, 7, undefined])
  })

  it('of attachments are known by their deployment', () => {
    const records = read({ 'greenlight:attached/web': 'd-1', 'greenlight:attached/api': 'd-2' })
    expect(attachedFor(records, 'd-1')).to.deep.equal(['web'])
  })
})
