import { expect } from 'chai'
import { handOver } from '../../../src/rules/handOver.ts'
import { deployment, deploymentId, seenAs } from '../builders.ts'

describe('A sweep', () => {
  it('leaves a deployment that is under way to the gate function', () => {
    expect(handOver(seenAs('handOver', { deployment: deployment({ status: 'InProgress' }) }), 0)).to.deep.equal({
      decision: 'done',
      reason: `deployment ${deploymentId} is InProgress: it is for the gate function`,
      left: [],
    })
  })
})
