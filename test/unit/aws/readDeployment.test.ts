import type { DeploymentInfo } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import { readDeployment, readUnderWay } from '../../../src/aws/readDeployment.ts'
import { isRefused } from '../../../src/model/refused.ts'
import { deploymentInfo } from '../awsAnswers.ts'
import { deploymentId, greenName } from '../builders.ts'

const subjectOf = (differences: Partial<DeploymentInfo>) => {
  const deployment = readDeployment(deploymentInfo(differences))
  return isRefused(deployment) ? deployment.refusal : deployment.subject
}

describe('A deployment', () => {
  it('is read with nothing optional', () => {
    expect(readDeployment(deploymentInfo())).to.deep.equal({
      id: deploymentId,
      application: 'shop',
      deploymentGroup: 'production',
      status: 'Ready',
      waitMinutes: undefined,
      createdAt: undefined,
      completedAt: undefined,
      autoRollback: false,
      rolledBackBy: undefined,
      rollbackOf: undefined,
      subject: { kind: 'server', greens: [greenName], isNamed: true, wanted: ['web'], classicLoadBalancers: [] },
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
    it(`has the green that CodeDeploy will make while targetInstances is ${JSON.stringify(targetInstances)}`, () => {
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
      it(`made by ${creator} has nothing to gate, though its style says ${deploymentType}`, () => {
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
    it(`made by ${creator} is first-hand`, () => {
      expect(subjectOf({ creator })).to.deep.include({ kind: 'server' })
    })
  }

  for (const [why, differences] of [
    ['is in-place', { deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' } }],
    [
      'is without traffic control',
      { deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' } },
    ],
    ['is in-place', { deploymentStyle: undefined }],
    ['is in-place', { deploymentStyle: { deploymentOption: 'WITH_TRAFFIC_CONTROL' } }],
    ['is without traffic control', { deploymentStyle: { deploymentType: 'BLUE_GREEN' } }],
    ['has no application or no deployment group', { applicationName: undefined }],
    ['has no application or no deployment group', { deploymentGroupName: undefined }],
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
    { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_WEIGHTED_TRAFFIC' },
    { deploymentType: 'CANARY', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
  ]) {
    it(`of an unknown style, ${JSON.stringify(deploymentStyle)}, is refused: it may well move traffic`, () => {
      const info = { ...deploymentInfo(), deploymentStyle } as DeploymentInfo
      expect(readDeployment(info))
        .to.have.property('refusal')
        .that.matches(/^deployment d-ABCDEF123 is of style .*, which Greenlight does not know$/)
    })
  }

  for (const status of ['Created', 'Queued'] as const) {
    it(`that is ${status} may get an Auto Scaling group beside its instance tags still`, () => {
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

  for (const lacking of ['deploymentId', 'status'] as const) {
    it(`that CodeDeploy describes without ${lacking} is refused`, () => {
      expect(readDeployment({ ...deploymentInfo(), [lacking]: undefined }))
        .to.have.property('refusal')
        .that.matches(/^CodeDeploy described deployment/)
    })
  }

  it('that CodeDeploy does not describe at all is refused', () => {
    expect(readDeployment(undefined)).to.deep.equal({
      refusal: 'CodeDeploy described deployment (no id) without id or status',
    })
  })

  it('waits to be continued only where its time would run out otherwise', () => {
    const waits = (deploymentReadyOption: object) => {
      const read = readDeployment(deploymentInfo({ blueGreenDeploymentConfiguration: { deploymentReadyOption } }))
      return isRefused(read) ? read : read.waitMinutes
    }
    expect(waits({ actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 60 })).to.equal(60)
    expect(waits({ actionOnTimeout: 'STOP_DEPLOYMENT' })).to.equal(0)
    expect(waits({ actionOnTimeout: 'CONTINUE_DEPLOYMENT', waitTimeInMinutes: 60 })).to.equal(undefined)
  })

  it('is rolled back by CodeDeploy only where that is enabled', () => {
    for (const enabled of [true, false]) {
      expect(readDeployment(deploymentInfo({ autoRollbackConfiguration: { enabled } }))).to.have.property(
        'autoRollback',
        enabled,
      )
    }
  })

  it('rolls another one back only where it is a rollback', () => {
    const rollbackInfo = { rollbackTriggeringDeploymentId: 'd-FAILED' }
    expect(readDeployment(deploymentInfo({ creator: 'codeDeployRollback', rollbackInfo }))).to.have.property(
      'rollbackOf',
      'd-FAILED',
    )
    expect(readDeployment(deploymentInfo({ rollbackInfo }))).to.have.property('rollbackOf', undefined)
  })

  it('is of the Server platform where CodeDeploy says nothing else', () => {
    const { computePlatform: _, ...info } = deploymentInfo()
    expect(readDeployment(info)).to.deep.equal(readDeployment(deploymentInfo()))
  })

  it('wants target groups that have names', () => {
    const targetGroupInfoList = [{ name: 'web' }, {}, { name: '' }, { name: 'web' }, { name: 'api' }]
    expect(subjectOf({ loadBalancerInfo: { targetGroupInfoList } })).to.have.deep.property('wanted', ['web', 'api'])
  })

  it('that says nothing of its load balancers or of its provisioning is read all the same', () => {
    const { loadBalancerInfo: _, ...without } = deploymentInfo()
    expect(readDeployment(without)).to.have.property('refusal')
    expect(subjectOf({ computePlatform: 'ECS', loadBalancerInfo: undefined })).to.deep.equal({
      kind: 'tagged',
      platform: 'ECS',
      pairs: [],
    })
    expect(subjectOf({ computePlatform: 'ECS', loadBalancerInfo: { targetGroupPairInfoList: [{}] } })).to.deep.equal({
      kind: 'tagged',
      platform: 'ECS',
      pairs: [],
    })
    for (const blueGreenDeploymentConfiguration of [undefined, {}]) {
      expect(subjectOf({ blueGreenDeploymentConfiguration, targetInstances: undefined })).to.deep.equal({
        kind: 'server',
        greens: [],
        isNamed: false,
        wanted: ['web'],
        classicLoadBalancers: [],
      })
    }
    expect(
      subjectOf({ blueGreenDeploymentConfiguration: undefined, targetInstances: { ec2TagSet: {} } }),
    ).to.have.property('kind', 'server')
  })
})

describe('A deployment that is under way', () => {
  const kindOf = (differences: Partial<DeploymentInfo>) => readUnderWay(deploymentInfo(differences)).kind

  it('has its greens, where it is first-hand', () => {
    expect(readUnderWay(deploymentInfo())).to.deep.equal({
      ...{ id: deploymentId, status: 'Ready', kind: 'firstHand' },
      greens: deploymentInfo().targetInstances?.autoScalingGroups,
    })
    expect(readUnderWay(deploymentInfo({ computePlatform: 'ECS' }))).to.deep.include({ kind: 'firstHand', greens: [] })
  })

  it('is a rollback, one that cannot be read, or one that moves no traffic', () => {
    expect(kindOf({ creator: 'codeDeployRollback' })).to.equal('rollback')
    expect(kindOf({ loadBalancerInfo: {} })).to.equal('unreadable')
    expect(kindOf({ creator: 'autoscaling' })).to.equal('other')
  })

  it('has no id where CodeDeploy gives none', () => {
    expect(readUnderWay({})).to.deep.equal({ id: '', status: '', kind: 'unreadable', greens: [] })
  })
})
