import type { DeploymentInfo } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import { readDeployment } from '../src/deployment.ts'
import { deploymentId, deploymentInfo, greenName } from './builders.ts'

const subjectOf = (differences: Partial<DeploymentInfo>) => {
  const deployment = readDeployment(deploymentInfo(differences))
  return typeof deployment === 'string' ? deployment : deployment.subject
}

describe('A deployment (design 2.1)', () => {
  it('is read with nothing optional', () => {
    expect(readDeployment(deploymentInfo())).to.deep.equal({
      id: deploymentId,
      application: 'shop',
      deploymentGroup: 'production',
      status: 'Ready',
      waitMinutes: undefined,
      completedAt: undefined,
      autoRollback: false,
      rolledBackBy: undefined,
      rollbackOf: undefined,
      subject: { kind: 'server', greens: [greenName], wanted: ['web'], classicLoadBalancers: [] },
    })
  })

  it('has as green every Auto Scaling group that CodeDeploy discovered', () => {
    expect(
      subjectOf({
        blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' } },
        targetInstances: { autoScalingGroups: ['green-a', 'green-b'] },
      }),
    ).to.deep.include({ kind: 'server', greens: ['green-a', 'green-b'] })
  })

  for (const targetInstances of [undefined, {}, { autoScalingGroups: [] }, { autoScalingGroups: [''] }]) {
    it(`has the green that CodeDeploy will make while targetInstances is ${JSON.stringify(targetInstances)} (F13, F14)`, () => {
      expect(readDeployment({ ...deploymentInfo(), targetInstances }))
        .to.have.nested.property('subject.greens')
        .that.deep.equals([greenName])
    })
  }

  it('has no green where existing instances were asked for and none are named', () => {
    expect(
      subjectOf({
        blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' } },
        targetInstances: {},
      }),
    ).to.deep.include({ kind: 'server', greens: [] })
  })

  it('names Classic Load Balancers beside its target groups, which are never in the way', () => {
    expect(
      subjectOf({
        loadBalancerInfo: { targetGroupInfoList: [{ name: 'web' }, { name: 'api' }], elbInfoList: [{ name: 'old' }] },
      }),
    ).to.deep.include({ wanted: ['web', 'api'], classicLoadBalancers: ['old'] })
  })

  for (const [creator, why] of [
    ['codeDeployRollback', 'is a rollback'],
    ['autoscaling', 'was made by Auto Scaling for an instance that it launched'],
    ['autoscalingTermination', 'was made by Auto Scaling for an instance that it terminates'],
    ['CodeDeployAutoUpdate', 'brings outdated instances up to date'],
  ] as const) {
    for (const deploymentType of ['BLUE_GREEN', 'IN_PLACE'] as const) {
      it(`made by ${creator} has nothing to gate, though its style says ${deploymentType} (F8)`, () => {
        expect(
          subjectOf({ creator, deploymentStyle: { deploymentType, deploymentOption: 'WITH_TRAFFIC_CONTROL' } }),
        ).to.deep.equal({
          kind: 'nothing',
          reason: `deployment ${deploymentId} ${why}`,
        })
      })
    }
  }

  for (const creator of ['user', 'CodeDeploy', 'CloudFormation', 'CloudFormationRollback'] as const) {
    it(`made by ${creator} is first-hand (design 1)`, () => {
      expect(subjectOf({ creator })).to.deep.include({ kind: 'server' })
    })
  }

  for (const [why, differences] of [
    ['is in-place', { deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' } }],
    [
      'is without traffic control',
      { deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' } },
    ],
    [
      'has only Classic Load Balancers (old and older), which Greenlight does not handle',
      { loadBalancerInfo: { elbInfoList: [{ name: 'old' }, { name: 'older' }] } },
    ],
    [
      'has a green given only by instance tags, without an Auto Scaling group',
      {
        blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' } },
        targetInstances: { tagFilters: [{ Key: 'stage', Value: 'green' }] },
      },
    ],
    [
      'has a green given only by instance tags, without an Auto Scaling group',
      {
        blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' } },
        targetInstances: { ec2TagSet: { ec2TagSetList: [[{ Key: 'stage' }]] } },
      },
    ],
  ] as const) {
    it(`that ${why} has nothing to gate`, () => {
      expect(subjectOf(differences as Partial<DeploymentInfo>)).to.deep.equal({
        kind: 'nothing',
        reason: `deployment ${deploymentId} ${why}`,
      })
    })
  }

  for (const deploymentStyle of [
    undefined,
    { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_WEIGHTED_TRAFFIC' },
    { deploymentType: 'CANARY', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
  ]) {
    it(`of a style that nobody knows, ${JSON.stringify(deploymentStyle)}, is refused: it may well move traffic`, () => {
      const info = { ...deploymentInfo(), deploymentStyle } as DeploymentInfo
      expect(readDeployment(info)).to.match(/^deployment d-ABCDEF123 is of style .*, which Greenlight does not know$/)
    })
  }

  for (const status of ['Created', 'Queued'] as const) {
    it(`that is ${status} may get an Auto Scaling group beside its instance tags still (F14)`, () => {
      expect(
        subjectOf({
          status,
          blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' } },
          targetInstances: { tagFilters: [{ Key: 'stage', Value: 'green' }] },
        }),
      ).to.deep.include({ kind: 'server', greens: [] })
    })
  }

  it('that is of the Lambda platform is gated by tags', () => {
    expect(subjectOf({ computePlatform: 'Lambda' })).to.deep.equal({ kind: 'tagged', platform: 'Lambda', pairs: [] })
  })

  it('that is of the ECS platform is gated by tags, but for the target groups that ECS moves', () => {
    const targetGroupPairInfoList = [{ targetGroups: [{ name: 'orders-1' }, { name: 'orders-2' }] }]
    expect(subjectOf({ computePlatform: 'ECS', loadBalancerInfo: { targetGroupPairInfoList } })).to.deep.equal({
      kind: 'tagged',
      platform: 'ECS',
      pairs: ['orders-1', 'orders-2'],
    })
  })

  it('on a platform that AWS adds one day is refused, naming it', () => {
    expect(subjectOf({ computePlatform: 'Kubernetes' as 'Server' })).to.equal(
      `deployment ${deploymentId} is of compute platform Kubernetes, which Greenlight does not know`,
    )
  })

  it('with traffic control and without a load balancer is refused', () => {
    expect(subjectOf({ loadBalancerInfo: {} })).to.equal(
      `deployment ${deploymentId} is with traffic control and names neither a target group nor a Classic Load Balancer`,
    )
  })

  for (const lacking of ['deploymentId', 'applicationName', 'deploymentGroupName', 'status'] as const) {
    it(`that CodeDeploy describes without ${lacking} is refused`, () => {
      expect(readDeployment({ ...deploymentInfo(), [lacking]: undefined }))
        .to.be.a('string')
        .that.matches(/^CodeDeploy described deployment/)
    })
  }

  it('that CodeDeploy does not describe at all is refused', () => {
    expect(readDeployment(undefined)).to.equal(
      'CodeDeploy described deployment (no id) without id, application, deployment group or status',
    )
  })
})
