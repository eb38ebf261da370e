import { expect } from 'chai'
import { authorizeByActions } from '../../tools/actionTable.ts'

describe('The table of actions that npm start and npm run simulator decide by', () => {
  const decide = authorizeByActions()
  const gate = { kind: 'lambda', functionName: 'CodeDeployHook_greenlight' }

  it('lets a function call what its role in template.yaml names', () => {
    expect(decide({ action: 'codedeploy:GetDeployment', principal: gate })).to.equal(true)
  })

  it('and nothing else, in a sentence that says so', () => {
    expect(decide({ action: 'codedeploy:CreateDeployment', principal: gate })).to.equal(
      'no role of CodeDeployHook_greenlight in template.yaml names codedeploy:CreateDeployment',
    )
  })

  it('lets a function that the template does not have call nothing', () => {
    const principal = { kind: 'lambda', functionName: 'other' }
    expect(decide({ action: 'codedeploy:GetDeployment', principal })).to.equal(
      'no role of other in template.yaml names codedeploy:GetDeployment',
    )
  })

  it('lets instances and people call anything', () => {
    for (const kind of ['instance', 'user']) {
      expect(decide({ action: 'codedeploy:CreateDeployment', principal: { kind } })).to.equal(true)
    }
  })
})
