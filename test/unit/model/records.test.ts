import { expect } from 'chai'
import { attachedFor, attachedKey, heldValue, readRecords } from '../../../src/model/records.ts'

const read = (tags: Readonly<Record<string, string>>) => readRecords(new Map(Object.entries(tags)))

describe('Records', () => {
  it('are read from tags, and no process is believed that no hold suspends', () => {
    const tags = {
      'greenlight:held': 'd-1 Launch HealthCheck',
      'greenlight:attached/web': 'd-1',
      'greenlight:record': 'd-1',
    }
    expect(read({ ...tags, Name: 'web' })).to.deep.equal({
      record: 'd-1',
      attached: new Map([['web', 'd-1']]),
      held: { deploymentId: 'd-1', processes: ['HealthCheck'] },
    })
  })

  it('are not there without tags, and a hold without a value is one of no deployment', () => {
    expect(read({})).to.deep.equal({ record: undefined, attached: new Map(), held: undefined })
    expect(read({ 'greenlight:held': '' }).held).to.deep.equal({ deploymentId: '', processes: [] })
  })

  it('are written as they are read', () => {
    expect(heldValue({ deploymentId: 'd-1', processes: ['HealthCheck'] })).to.equal('d-1 HealthCheck')
    expect(attachedKey('web')).to.equal('greenlight:attached/web')
  })

  it('of attachments are known by their deployment', () => {
    const records = read({ 'greenlight:attached/web': 'd-1', 'greenlight:attached/api': 'd-2' })
    expect(attachedFor(records, 'd-1')).to.deep.equal(['web'])
  })
})
