import { expect } from 'chai'
import { readDeploymentGroup } from '../../../src/aws/readDeploymentGroup.ts'
import { greenName } from '../builders.ts'

describe('A deployment group', () => {
  const info = {
    applicationName: 'shop',
    deploymentGroupName: 'production',
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
  } as const

  it('is read with nothing optional, and does not wait unless it says so', () => {
    expect(readDeploymentGroup(info, 'eu-west-1')).to.deep.equal({
      application: 'shop',
      name: 'production',
      arn: undefined,
      autoScalingGroups: [],
      wanted: [],
      classicLoadBalancers: [],
      copies: false,
      waitMinutes: undefined,
      keepsBlue: false,
      terminationHook: false,
    })
  })

  it('is read whole', () => {
    expect(
      readDeploymentGroup(
        {
          ...info,
          serviceRoleArn: 'arn:aws-cn:iam::210987654321:role/service-role/CodeDeploy',
          computePlatform: 'Server',
          autoScalingGroups: [{ name: greenName, hook: 'x' }, {}],
          loadBalancerInfo: {
            targetGroupInfoList: [{ name: 'web' }, { name: 'admin' }, { name: 'web' }],
            elbInfoList: [{ name: 'old' }],
          },
          blueGreenDeploymentConfiguration: {
            deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 60 },
            greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP' },
            terminateBlueInstancesOnDeploymentSuccess: { action: 'KEEP_ALIVE' },
          },
          terminationHookEnabled: true,
        },
        'cn-north-1',
      ),
    ).to.deep.equal({
      application: 'shop',
      name: 'production',
      arn: 'arn:aws-cn:codedeploy:cn-north-1:210987654321:deploymentgroup:shop/production',
      autoScalingGroups: [greenName],
      copies: true,
      waitMinutes: 60,
      wanted: ['web', 'admin'],
      classicLoadBalancers: ['old'],
      keepsBlue: true,
      terminationHook: true,
    })
  })

  it('is not for Greenlight where it is not blue/green with traffic control on servers', () => {
    const inPlace = { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' } as const
    expect(readDeploymentGroup({ ...info, deploymentStyle: inPlace }, 'eu-west-1')).to.equal(undefined)
    expect(readDeploymentGroup({ ...info, computePlatform: 'ECS' }, 'eu-west-1')).to.equal(undefined)
  })

  it('is refused without a name', () => {
    expect(readDeploymentGroup({}, 'eu-west-1')).to.deep.equal({
      refusal: 'CodeDeploy described a deployment group without its application or its name',
    })
  })
})
