import { expect } from 'chai'
import { expectsVerdict, isUnasked, type Trigger } from '../../../src/model/trigger.ts'

const triggers: readonly Trigger[] = ['hook', 'call', 'notification', 'schedule', 'healing', 'aftermath']

describe('A trigger', () => {
  it('expects a verdict where a caller waits', () => {
    expect(triggers.filter(expectsVerdict)).to.deep.equal(['hook', 'call'])
  })

  it('is unasked where nobody named the deployment', () => {
    expect(triggers.filter(isUnasked)).to.deep.equal(['notification', 'schedule', 'healing'])
  })
})
