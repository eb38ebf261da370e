import { expect } from 'chai'
import { modes, readMode } from '../../../src/model/mode.ts'

describe('A mode', () => {
  const group = { application: 'shop', deploymentGroup: 'production' }
  it('is what the tag of the deployment group says, and else the parameter', () => {
    expect(readMode(group, new Map([['greenlight:mode', 'gate']]), 'heal')).to.equal('gate')
    expect(readMode(group, new Map(), 'observe')).to.equal('observe')
    expect(readMode(group, undefined, 'heal')).to.equal('heal')
  })

  it('that is none is refused in a sentence that names the tag, its owner, its value and the three modes', () => {
    expect(readMode(group, new Map([['greenlight:mode', 'Gate']]), 'heal')).to.deep.equal({
      refusal: 'tag greenlight:mode of deployment group shop/production is "Gate"; it must be observe, heal or gate',
    })
    expect(modes).to.deep.equal(['observe', 'heal', 'gate'])
  })
})
