import { expect } from 'chai'
import type { Deployment } from '../../../src/model/deployment.ts'
import { nothingToInstall, type Progress } from '../../../src/model/progress.ts'
import type { Refused } from '../../../src/model/refused.ts'
import { unlistedInstances } from '../../../src/sweep/unlisted.ts'
import { deployment, deploymentId, green, greenName } from '../builders.ts'

const arrived: Progress = { ...nothingToInstall, step: 'arrived', listed: new Set(['i-1', 'i-2']) }

const unlisted = async ({
  named = ['blue'],
  of = deployment({ status: 'InProgress' }),
  progress = arrived,
}: {
  named?: readonly string[]
  of?: Deployment | Refused
  progress?: Progress
} = {}) => {
  const found = await unlistedInstances(
    { autoScalingGroups: named },
    [{ id: deploymentId, application: 'shop', deploymentGroup: 'production', deployment: of }],
    {
      autoScalingGroups: async () => [green({ instances: ['i-1', 'i-2', 'i-3'], inService: ['i-1', 'i-3'] })],
      progress: async () => progress,
    },
  )
  return found.flatMap(({ autoScalingGroup, instances }) => [autoScalingGroup, ...instances])
}

describe('Instances that may lack the application', () => {
  it('are those InService that CodeDeploy does not list, once traffic has arrived at green', async () => {
    expect(await unlisted()).to.deep.equal([greenName, 'i-3'])
    expect(await unlisted({ progress: { ...arrived, step: 'shifting' } })).to.deep.equal([])
  })

  it('are those that CodeDeploy gave up, also once the deployment group names green', async () => {
    const progress = { ...arrived, givenUp: new Set(['i-1']) }
    expect(await unlisted({ progress })).to.deep.equal([greenName, 'i-1', 'i-3'])
    // What a named green launches gets a deployment of its own.
    expect(await unlisted({ progress, named: [greenName] })).to.deep.equal([greenName, 'i-1'])
  })

  for (const [what, of] of [
    ['is Ready', deployment({ status: 'Ready' })],
    ['is a rollback', deployment({ status: 'InProgress', subject: { kind: 'nothing', reason: 'is a rollback' } })],
    ['cannot be read', { refusal: 'unreadable' }],
  ] satisfies [string, Deployment | Refused][]) {
    it(`are not looked for while the deployment ${what}`, async () => {
      expect(await unlisted({ of })).to.deep.equal([])
    })
  }
})
