import { expect } from 'chai'
import { agreedBy } from '../../../src/model/consent.ts'

describe('The consent of an owner', () => {
  it('names deployment groups, by spaces; none without the tag', () => {
    const tags = new Map([['greenlight:gated-by', ' shop/production  orders/live ']])
    expect(agreedBy(tags)).to.deep.equal(['shop/production', 'orders/live'])
    expect(agreedBy(new Map())).to.deep.equal([])
  })
})
