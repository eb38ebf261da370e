import { expect } from 'chai'
import { awaitEnd } from '../../../src/rules/awaitEnd.ts'
import { deployment, deploymentId, seenAs } from '../builders.ts'

describe('After a hook has failed', () => {
  it('Greenlight waits for CodeDeploy to end the deployment', () => {
    expect(awaitEnd(seenAs('awaitEnd', { deployment: deployment({ status: 'InProgress' }) }), 0)).to.deep.equal({
      decision: 'awaitEnd',
      reason: `CodeDeploy has not ended deployment ${deploymentId}`,
    })
  })
})
