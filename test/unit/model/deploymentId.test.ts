import { expect } from 'chai'
import { deploymentIdIn } from '../../../src/model/deploymentId.ts'

describe('The id of a deployment', () => {
  it('is what CodeDeploy makes', () => {
    expect(deploymentIdIn('d-ABC123')).to.equal('d-ABC123')
  })

  for (const [value, refusal] of [
    [7, 'DeploymentId is not a string'],
    [undefined, 'DeploymentId is not a string'],
    ['', 'DeploymentId "" is not "d-" and capitals and digits'],
    ['d-abc', 'DeploymentId "d-abc" is not "d-" and capitals and digits'],
    ['d-ABC123-local', 'deployment d-ABC123-local is a local one'],
    ['d-ABC123-remote', 'DeploymentId "d-ABC123-remote" is not "d-" and capitals and digits'],
    ['d-ABC123\n', 'DeploymentId "d-ABC123\\n" is not "d-" and capitals and digits'],
  ] as const) {
    it(`is not ${JSON.stringify(value)}`, () => expect(deploymentIdIn(value)).to.deep.equal({ refusal }))
  }
})
