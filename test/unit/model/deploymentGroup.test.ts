import { expect } from 'chai'
import { fullName } from '../../../src/model/deploymentGroup.ts'

describe('A deployment group', () => {
  it('is named as people name it', () => {
    expect(fullName({ application: 'shop', name: 'production' })).to.equal('shop/production')
  })
})
