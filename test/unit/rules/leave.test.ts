import { expect } from 'chai'
import { leave } from '../../../src/rules/leave.ts'
import { deployment, deploymentId, seenAs } from '../builders.ts'

describe('While CodeDeploy moves traffic', () => {
  it('Greenlight does nothing', () => {
    expect(leave(seenAs('leave', { deployment: deployment({ status: 'InProgress' }) }), 0)).to.deep.equal({
      decision: 'done',
      reason: `CodeDeploy is moving the traffic of ${deploymentId}`,
      left: [],
    })
  })
})
