import type { DeploymentInfo } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import { autoScalingGroup, deploymentInfo, targetHealth } from '../awsAnswers.ts'
import { deploymentId, greenName } from '../builders.ts'
import type { AwsAnswers, RegionAnswers } from '../fromAwsAnswers.ts'
import { group, report, succeeded, sweeping } from './sweeping.ts'

const broken = autoScalingGroup()

describe('A sweep heals', () => {
  const { sweep, made, counted, logged, reasons } = sweeping()

  const healing = { sweepMode: 'heal' as const }
  const deploymentsOf = (...infos: readonly DeploymentInfo[]): RegionAnswers['deploymentsOf'] =>
    async function* () {
      yield infos
    }

  it('nothing unless it is told to', async () => {
    expect(await sweep({ green: broken })).to.deep.equal(report({ findings: { missing: 1 } }))
    expect(made).to.deep.equal([])
  })

  it('what is missing from the green of a deployment that has succeeded', async () => {
    expect(await sweep({ green: broken }, healing)).to.deep.equal(report({ findings: { missing: 1 }, handled: 1 }))
    expect(made).to.deep.equal([
      `tag ${greenName}: greenlight:record greenlight:attached/web`,
      `attach 1 to ${greenName}`,
      `untag ${greenName}: greenlight:attached/web greenlight:record`,
    ])
    expect(counted).to.include('Healed')
    expect(logged.find(({ message }) => message === 'Healed')?.facts).to.deep.equal({
      autoScalingGroups: [greenName],
      targetGroups: ['web'],
    })
  })

  it('the green that CodeDeploy has discovered, whose name tells nothing', async () => {
    const green = autoScalingGroup({ AutoScalingGroupName: 'workers' })
    const discovered = { ...succeeded, targetInstances: { autoScalingGroups: ['workers'] } }
    const names = async () => ['workers']
    const groups: RegionAnswers['deploymentGroups'] = async function* () {
      yield [group({ autoScalingGroups: [{ name: 'workers' }] })]
    }
    const seen = { green, infos: [discovered], autoScalingGroupsNamedBy: names, deploymentGroups: groups }
    expect(await sweep(seen, { ...healing, pattern: '*' })).to.deep.include({ handled: 1, failures: 0 })
    expect(made).to.include('attach 1 to workers')
  })

  it('and stops, and says so, where fewer targets are healthy then', async () => {
    let looks = 0
    const targetHealthOf = async () =>
      made.length > 0 && looks++ > 4 ? [targetHealth('i-1')] : [targetHealth('i-1'), targetHealth('i-2')]
    await sweep({ green: broken, targetHealth: targetHealthOf }, healing)
    expect(counted).to.include('HealingStopped')
    expect(reasons('Healing stopped')).to.deep.equal([
      `fewer targets of web are healthy than before web was attached to ${greenName}`,
    ])
  })

  for (const [what, differences, why] of [
    [
      'what is the green of no deployment that is over',
      { deployment: async () => undefined, deploymentsOf: deploymentsOf() },
      `${greenName} is the green of no deployment that is over`,
    ],
    [
      'what a deployment gave a target group that the deployment group does not name any more',
      {
        deployment: async () => ({
          ...succeeded,
          loadBalancerInfo: { targetGroupInfoList: [{ name: 'web' }, { name: 'old' }] },
        }),
      },
      `deployment ${deploymentId} named old, which the deployment group does not name any more`,
    ],
    [
      'what the deployment group does not name any more by then',
      { autoScalingGroupsNamedBy: async () => ['other'] },
      `deployment ${deploymentId} is Succeeded: settled, but ${greenName} is without web: its deployment group names other now`,
    ],
    [
      'the blue of a deployment that has begun by then',
      { deploymentsUnderWay: async () => [deploymentInfo({ deploymentId: 'd-NEXT', status: 'Created' })] },
      `deployment ${deploymentId} is Succeeded: settled, but ${greenName} is without web: deployment d-NEXT is under way`,
    ],
  ] satisfies [string, Partial<AwsAnswers & RegionAnswers>, string][]) {
    it(`not ${what}`, async () => {
      expect(await sweep({ green: broken, ...differences }, healing)).to.deep.include({ failures: 0 })
      expect(made.filter((one) => one.startsWith('attach'))).to.deep.equal([])
      expect(reasons('Not healed')).to.deep.equal([why])
    })
  }

  it('not what the stack may not change', async () => {
    const found = { missing: 1, outsidePattern: 1 }
    expect(await sweep({ green: broken }, { ...healing, pattern: 'web-*' })).to.deep.equal(report({ findings: found }))
  })
})
