import { expect } from 'chai'
import { readGreen, targetGroupName } from '../../../src/model/green.ts'
import { arnOf } from '../builders.ts'

describe('A green', () => {
  it('is read with nothing optional', () => {
    expect(
      readGreen({
        AutoScalingGroupName: 'green',
        TargetGroupARNs: [arnOf('web')],
        TrafficSources: [
          { Type: 'elbv2', Identifier: arnOf('web') },
          { Type: 'elbv2', Identifier: arnOf('api') },
          { Type: undefined, Identifier: arnOf('untyped') },
          { Type: undefined, Identifier: 'classic' },
          { Type: 'vpc-lattice', Identifier: 'arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-1' },
          { Type: 'elbv2', Identifier: undefined },
        ],
        LoadBalancerNames: ['old', 'classic'],
        SuspendedProcesses: [{ ProcessName: 'HealthCheck' }, {}],
        Tags: [{ Key: 'greenlight:record', Value: 'd-A' }, { Key: 'bare' }, { Value: 'of nothing' }],
        DesiredCapacity: 3,
        HealthCheckType: 'ELB',
        Status: 'Delete in progress',
        Instances: [
          { InstanceId: 'i-1', LifecycleState: 'InService' },
          { InstanceId: 'i-2', LifecycleState: 'Pending:Wait' },
          { LifecycleState: 'InService' },
        ],
      } as Parameters<typeof readGreen>[0]),
    ).to.deep.equal({
      name: 'green',
      beingDeleted: true,
      attached: [arnOf('web'), arnOf('api'), arnOf('untyped'), ''],
      attachedAsTargetGroups: [arnOf('web')],
      suspended: ['HealthCheck'],
      tags: new Map([
        ['greenlight:record', 'd-A'],
        ['bare', ''],
        ['', 'of nothing'],
      ]),
      records: { record: 'd-A', attached: new Map(), held: undefined },
      instances: ['i-1', 'i-2'],
      inService: ['i-1'],
      desiredCapacity: 3,
      healthCheckType: 'ELB',
      notHandled: ['old', 'classic', 'arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-1'],
    })
  })

  it('of which nothing is known has nothing', () => {
    expect(readGreen({} as Parameters<typeof readGreen>[0])).to.deep.equal({
      name: '(no name)',
      beingDeleted: false,
      attached: [],
      attachedAsTargetGroups: [],
      suspended: [],
      tags: new Map(),
      records: { record: undefined, attached: new Map(), held: undefined },
      instances: [],
      inService: [],
      desiredCapacity: 0,
      healthCheckType: 'EC2',
      notHandled: [],
    })
  })

  it('has target groups by the names in their ARNs', () => {
    expect(targetGroupName(arnOf('web'))).to.equal('web')
    expect(targetGroupName('classic')).to.equal('classic')
  })
})
