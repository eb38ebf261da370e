import { expect } from 'chai'
import { pending } from '../../../src/rules/pending.ts'
import { deployment, deploymentId, seenAs } from '../builders.ts'

describe('A call for a deployment that has not begun', () => {
  it('is told so, and asks again', () => {
    expect(pending(seenAs('pending', { deployment: deployment({ status: 'Queued' }) }), 0)).to.deep.equal({
      decision: 'pending',
      reason: `deployment ${deploymentId} has not begun: it is Queued`,
    })
  })
})
