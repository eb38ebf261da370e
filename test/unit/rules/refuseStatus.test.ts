import { expect } from 'chai'
import { refuseStatus } from '../../../src/rules/refuseStatus.ts'
import { deployment, deploymentId, seenAs } from '../builders.ts'

describe('A status that Greenlight does not know', () => {
  it('is refused, naming it', () => {
    expect(refuseStatus(seenAs('refuseStatus', { deployment: deployment({ status: 'Paused' }) }), 0)).to.deep.equal({
      decision: 'refuse',
      refusal: 'deployment',
      reason: `deployment ${deploymentId} has status Paused, which Greenlight does not know`,
    })
  })
})
