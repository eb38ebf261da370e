import { expect } from 'chai'
import { isOver, isStatus, statuses } from '../../../src/model/deployment.ts'

describe('The status of a deployment', () => {
  it('is one of eight that Greenlight knows, or a word that AWS has added since', () => {
    expect(statuses.filter((status) => isStatus(status))).to.have.length(8)
    expect(['Exploded', 'ready', ''].map(isStatus)).to.deep.equal([false, false, false])
  })

  it('is its last where it has succeeded, failed or was stopped', () => {
    expect([...statuses, 'Exploded'].filter((status) => isOver({ status }))).to.deep.equal([
      ...['Succeeded', 'Failed', 'Stopped'],
    ])
  })
})
