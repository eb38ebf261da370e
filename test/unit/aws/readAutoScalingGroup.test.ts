import { expect } from 'chai'
import { readAutoScalingGroup } from '../../../src/aws/readAutoScalingGroup.ts'
import { autoScalingGroup } from '../awsAnswers.ts'
import { arnOf } from '../builders.ts'

describe('An Auto Scaling group', () => {
  it('is read with nothing optional', () => {
    expect(
      readAutoScalingGroup({
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
        Operator: { Principal: 'ecs-managed-instances.amazonaws.com' },
        Instances: [
          { InstanceId: 'i-1', LifecycleState: 'InService' },
          { InstanceId: 'i-2', LifecycleState: 'Pending:Wait' },
          { LifecycleState: 'InService' },
        ],
      } as Parameters<typeof readAutoScalingGroup>[0]),
    ).to.deep.equal({
      name: 'green',
      isBeingDeleted: true,
      attached: [arnOf('web'), arnOf('api'), arnOf('untyped'), ''],
      attachedAsTargetGroups: [arnOf('web')],
      suspended: ['HealthCheck'],
      tags: new Map([
        ['greenlight:record', 'd-A'],
        ['bare', ''],
        ['', 'of nothing'],
      ]),
      records: { record: 'd-A', attached: new Map(), testing: new Map(), held: undefined, copied: [], theirs: [] },
      instances: ['i-1', 'i-2'],
      inService: ['i-1'],
      notRunning: [],
      desiredCapacity: 3,
      operator: 'ecs-managed-instances.amazonaws.com',
      healthCheckType: 'ELB',
      notHandled: ['old', 'classic', 'arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-1'],
    })
  })

  it('of which nothing is known has nothing', () => {
    expect(readAutoScalingGroup({} as Parameters<typeof readAutoScalingGroup>[0])).to.deep.equal({
      name: '(no name)',
      isBeingDeleted: false,
      attached: [],
      attachedAsTargetGroups: [],
      suspended: [],
      tags: new Map(),
      records: { record: undefined, attached: new Map(), testing: new Map(), held: undefined, copied: [], theirs: [] },
      instances: [],
      inService: [],
      notRunning: [],
      desiredCapacity: 0,
      operator: undefined,
      healthCheckType: 'EC2',
      notHandled: [],
    })
  })

  it('has attached what either family of calls attached, and no other kind of traffic source', () => {
    const attachedBy = (...TrafficSources: readonly object[]) =>
      readAutoScalingGroup(autoScalingGroup({ TrafficSources: [...TrafficSources] as never })).attached
    expect(attachedBy({ Identifier: arnOf('web'), Type: 'elbv2' })).to.deep.equal([arnOf('web')])
    expect(attachedBy({ Identifier: arnOf('web') })).to.deep.equal([arnOf('web')])
    expect(
      attachedBy({ Identifier: 'web', Type: 'elb' }, { Identifier: arnOf('web'), Type: 'vpc-lattice' }),
    ).to.deep.equal([])
  })

  it('has in service what is InService, and nothing that waits, stands by, ends, or is in a state that AWS has added', () => {
    const Instances = ['InService', 'Pending:Wait', 'Standby', 'Terminating', 'Terminating:Wait', 'SomethingNew'].map(
      (LifecycleState, index) => ({ InstanceId: `i-${index}`, LifecycleState }),
    )
    const { instances, inService } = readAutoScalingGroup(autoScalingGroup({ Instances: Instances as never }))
    expect(instances).to.have.length(6)
    expect(inService).to.deep.equal(['i-0'])
  })

  for (const [what, group, desiredCapacity] of [
    ['instances', { DesiredCapacityType: 'units' }, 2],
    ['units, where an instance has a weight', { Instances: [{ InstanceId: 'i-1', WeightedCapacity: '4' }] }, undefined],
    ['units, where it counts processors', { DesiredCapacityType: 'vcpu' }, undefined],
    ['units, where it counts memory', { DesiredCapacityType: 'memory-mib' }, undefined],
  ] as const) {
    it(`has a desired capacity in ${what}`, () => {
      expect(readAutoScalingGroup(autoScalingGroup(group as never)).desiredCapacity).to.equal(desiredCapacity)
    })
  }

  it('is read though an instance or a traffic source says nothing of itself', () => {
    const nothing = { AutoScalingGroupName: undefined, Instances: [{}], TrafficSources: [{}] }
    expect(readAutoScalingGroup(nothing as unknown as Parameters<typeof readAutoScalingGroup>[0])).to.deep.include({
      name: '(no name)',
      attached: [],
      instances: [],
      notHandled: [''],
    })
  })
})
