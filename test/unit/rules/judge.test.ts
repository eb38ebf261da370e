import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect } from 'chai'
import { readDeployment } from '../../../src/model/deployment.ts'
import { readGreen } from '../../../src/model/green.ts'
import type { Progress } from '../../../src/model/progress.ts'
import { holdProcesses } from '../../../src/model/records.ts'
import { judge } from '../../../src/rules/judge.ts'
import {
  arnOf,
  deploymentId,
  deploymentInfo,
  greenName,
  targetGroup,
  targetHealth,
  autoScalingGroup as unheld,
} from '../builders.ts'

const deployment = readDeployment(deploymentInfo())
if (typeof deployment === 'string') throw new Error(deployment)

/** A green that is held and whose attachments are recorded already: test/unit/rules/hold.test.ts is about the rest. */
const autoScalingGroup: typeof unheld = (differences) =>
  unheld({
    SuspendedProcesses: holdProcesses.map((ProcessName) => ({ ProcessName })),
    Tags: [
      ['greenlight:record', deploymentId],
      ['greenlight:held', [deploymentId, ...holdProcesses].join(' ')],
      ...['web', 'api', ...Array.from({ length: 12 }, (_, index) => `web-${index}`)].map((name) => [
        `greenlight:attached/${name}`,
        deploymentId,
      ]),
    ].map(([Key, Value]) => ({ Key, Value })),
    ...differences,
  })

type Seen = {
  wanted?: readonly string[]
  named?: readonly string[]
  groups?: readonly AutoScalingGroup[]
  targetGroups?: readonly TargetGroup[]
  progress?: Partial<Progress>
  health?: Readonly<Record<string, readonly TargetHealthDescription[]>>
  minimumHealthyPercent?: number
  subject?: typeof deployment.subject
}

const judged = ({
  wanted = ['web'],
  named = [greenName],
  groups = [autoScalingGroup({ targetGroups: wanted })],
  targetGroups = wanted.map((name) => targetGroup(name)),
  progress = {},
  health = { web: [targetHealth('i-1'), targetHealth('i-2')] },
  minimumHealthyPercent = 100,
  subject = deployment.subject,
}: Seen) =>
  judge(
    {
      aim: { greens: named, wanted },
      greens: groups.map(readGreen),
      targetGroups: new Map(targetGroups.map((group) => [group.TargetGroupName ?? '', group])),
      progress: { step: 'installed', failed: new Set(), waitingFor: [], askingSince: undefined, ...progress },
      health: new Map(Object.entries(health)),
      end: undefined,
    },
    { ...deployment, subject },
    minimumHealthyPercent,
  )

describe('Preflight (design 2.2)', () => {
  it('refuses a target group that does not exist', () => {
    expect(judged({ targetGroups: [] })).to.deep.equal({
      step: 'refuse',
      kind: 'preflight',
      reason: 'target group web does not exist',
    })
  })

  for (const type of ['ip', 'lambda', 'alb'] as const) {
    it(`refuses a target group of type ${type} (F20)`, () => {
      expect(judged({ targetGroups: [targetGroup('web', { TargetType: type })] })).to.deep.equal({
        step: 'refuse',
        kind: 'preflight',
        reason: `target group web is of target type ${type}; an Auto Scaling group needs instance`,
      })
    })
  }

  it('refuses a target group that no load balancer uses', () => {
    const refused = { step: 'refuse', kind: 'preflight', reason: 'no load balancer uses target group web' }
    expect(judged({ targetGroups: [targetGroup('web', { LoadBalancerArns: [] })] })).to.deep.equal(refused)
    const { LoadBalancerArns: _, ...without } = targetGroup('web')
    expect(judged({ targetGroups: [without] })).to.deep.equal(refused)
  })

  it('refuses more target groups than an Auto Scaling group may have (F21)', () => {
    const targetGroups = Array.from({ length: 50 }, (_, index) => `other-${index}`)
    expect(judged({ groups: [autoScalingGroup({ targetGroups })] })).to.deep.equal({
      step: 'refuse',
      kind: 'preflight',
      reason: `${greenName} would have 51 target groups, more than the 50 that Auto Scaling allows`,
    })
  })

  it('allows as many as it may have', () => {
    const targetGroups = Array.from({ length: 49 }, (_, index) => `other-${index}`)
    expect(judged({ groups: [autoScalingGroup({ targetGroups })] })).to.deep.include({ step: 'change' })
  })

  it('refuses a green whose tags leave no room for the records (F28)', () => {
    const Tags = Array.from({ length: 48 }, (_, index) => ({ Key: `tag-${index}`, Value: '' })) as never
    expect(judged({ groups: [unheld({ Tags })] })).to.deep.equal({
      step: 'refuse',
      kind: 'preflight',
      reason: `${greenName} would have 51 tags with Greenlight's records, more than the 50 that Auto Scaling allows`,
    })
  })

  for (const step of ['installed', 'arrived'] as const) {
    it(`writes copied records anew in their place, and removes the others: ${step}`, () => {
      const copied = {
        'greenlight:record': 'd-OLD',
        'greenlight:attached/web': 'd-OLD',
        'greenlight:attached/old': 'd-OLD',
      }
      const Tags = Object.entries(copied).map(([Key, Value]) => ({ Key, Value })) as never
      const SuspendedProcesses = holdProcesses.map((ProcessName) => ({ ProcessName }))
      const decided = judged({ groups: [unheld({ Tags, SuspendedProcesses })], progress: { step } })
      // Another invocation may have written its own record of web since green was read: nobody removes that key.
      expect(
        'changes' in decided && decided.changes.map(({ call, ...rest }) => ({ call, ...rest })).slice(0, 2),
      ).to.deep.equal([
        { call: 'autoscaling:DeleteTags', green: greenName, keys: ['greenlight:attached/old'] },
        {
          call: 'autoscaling:CreateOrUpdateTags',
          green: greenName,
          tags: { 'greenlight:record': deploymentId, 'greenlight:attached/web': deploymentId },
        },
      ])
    })
  }

  it('refuses a green that is being deleted', () => {
    expect(judged({ groups: [autoScalingGroup({ Status: 'Delete in progress' })] })).to.deep.equal({
      step: 'refuse',
      kind: 'preflight',
      reason: `green ${greenName} is being deleted`,
    })
  })

  it('refuses a green that has a deleted target group of the same name (F30)', () => {
    const gone = arnOf('web').replace('0123456789abcdef', 'fedcba9876543210')
    expect(judged({ groups: [autoScalingGroup({ TargetGroupARNs: [gone] })] })).to.deep.equal({
      step: 'refuse',
      kind: 'preflight',
      reason: `green ${greenName} has ${gone}, which does not exist any more: detach it`,
    })
  })

  it('names everything that is wrong at once, before anything is installed', () => {
    expect(
      judged({
        wanted: ['web', 'api'],
        targetGroups: [targetGroup('api', { TargetType: 'ip' })],
        groups: [],
        progress: { step: 'installing' },
      }),
    ).to.deep.equal({
      step: 'refuse',
      kind: 'preflight',
      reason:
        'target group web does not exist and target group api is of target type ip; an Auto Scaling group needs instance',
    })
  })
})

describe('A gate (design 2.2)', () => {
  it('waits while CodeDeploy installs, saying where', () => {
    expect(judged({ progress: { step: 'installing', waitingFor: ['i-1', 'i-2'] } })).to.deep.equal({
      step: 'awaitInstall',
      reason: 'CodeDeploy is still installing on i-1 and i-2',
    })
    expect(judged({ progress: { step: 'installing' }, groups: [] })).to.deep.equal({
      step: 'awaitInstall',
      reason: 'CodeDeploy is still installing',
    })
  })

  it('leaves it to the last batch while whole batches have not begun, and attaches nothing (F4)', () => {
    expect(
      judged({ progress: { step: 'betweenBatches', waitingFor: ['i-2'] }, groups: [autoScalingGroup()] }),
    ).to.deep.equal({
      step: 'leaveToLastBatch',
      reason: 'the last batch gates, and CodeDeploy has not begun with i-2',
    })
  })

  it('refuses a green that does not exist once all is installed', () => {
    expect(judged({ groups: [] })).to.deep.equal({
      step: 'refuse',
      kind: 'absent',
      reason: `green ${greenName} does not exist`,
    })
  })

  it('refuses a deployment that names no green', () => {
    expect(judged({ named: [], groups: [] })).to.deep.equal({
      step: 'refuse',
      kind: 'absent',
      reason: 'the deployment names no green Auto Scaling group',
    })
  })

  it('refuses a green without instances', () => {
    expect(judged({ groups: [autoScalingGroup({ instances: [] })] })).to.deep.equal({
      step: 'refuse',
      kind: 'absent',
      reason: `green ${greenName} has no instances`,
    })
  })

  it('writes down what it is about to do, in one call, before it holds and attaches', () => {
    const changes = [
      {
        call: 'autoscaling:CreateOrUpdateTags',
        green: greenName,
        tags: {
          'greenlight:record': deploymentId,
          'greenlight:held': [deploymentId, ...holdProcesses].join(' '),
          'greenlight:attached/web': deploymentId,
        },
      },
      { call: 'autoscaling:SuspendProcesses', green: greenName, processes: holdProcesses },
      {
        call: 'autoscaling:AttachLoadBalancerTargetGroups',
        green: greenName,
        targetGroups: [{ name: 'web', arn: arnOf('web') }],
      },
    ]
    expect(judged({ groups: [unheld()] })).to.deep.equal({ step: 'change', changes })
  })

  it('holds nothing of Lambda or ECS: whoever shares an Auto Scaling group with them scales it as they like', () => {
    const subject = { kind: 'tagged', platform: 'ECS', pairs: [] } as const
    expect(judged({ groups: [unheld()], subject })).to.deep.equal({
      step: 'change',
      changes: [
        {
          call: 'autoscaling:CreateOrUpdateTags',
          green: greenName,
          tags: { 'greenlight:record': deploymentId, 'greenlight:attached/web': deploymentId },
        },
        {
          call: 'autoscaling:AttachLoadBalancerTargetGroups',
          green: greenName,
          targetGroups: [{ name: 'web', arn: arnOf('web') }],
        },
      ],
    })
    expect(judged({ groups: [unheld({ targetGroups: ['web'] })], subject })).to.have.property('step', 'healthy')
  })

  describe('once the traffic has arrived (F11)', () => {
    const progress = { step: 'arrived' } as const
    const tagged = (tags: Readonly<Record<string, string>>) =>
      Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) as NonNullable<AutoScalingGroup['Tags']>
    const holding = {
      SuspendedProcesses: [{ ProcessName: 'HealthCheck' }],
      Tags: tagged({ 'greenlight:record': deploymentId, 'greenlight:held': `${deploymentId} HealthCheck` }),
    }
    const release = { call: 'autoscaling:ResumeProcesses', green: greenName, processes: ['HealthCheck'] }

    it('attaches what is missing, then releases, and keeps the record of what it attaches', () => {
      expect(judged({ groups: [unheld(holding)], progress })).to.deep.equal({
        step: 'change',
        changes: [
          {
            call: 'autoscaling:CreateOrUpdateTags',
            green: greenName,
            tags: { 'greenlight:attached/web': deploymentId },
          },
          {
            call: 'autoscaling:AttachLoadBalancerTargetGroups',
            green: greenName,
            targetGroups: [{ name: 'web', arn: arnOf('web') }],
          },
          release,
          { call: 'autoscaling:DeleteTags', green: greenName, keys: ['greenlight:held'] },
        ],
      })
    })

    it('releases where nothing is missing, and forgets', () => {
      expect(judged({ groups: [unheld({ ...holding, targetGroups: ['web'] })], progress })).to.deep.equal({
        step: 'change',
        changes: [
          release,
          { call: 'autoscaling:DeleteTags', green: greenName, keys: ['greenlight:held', 'greenlight:record'] },
        ],
      })
    })

    it('removes what CodeDeploy copied', () => {
      const Tags = tagged({ 'greenlight:attached/web': 'd-OLD' })
      expect(judged({ groups: [unheld({ Tags, targetGroups: ['web'] })], progress })).to.deep.equal({
        step: 'change',
        changes: [{ call: 'autoscaling:DeleteTags', green: greenName, keys: ['greenlight:attached/web'] }],
      })
    })

    it('holds nobody', () => {
      expect(judged({ groups: [unheld({ targetGroups: ['web'] })], progress })).to.have.property('step', 'healthy')
    })
  })

  it('refuses all that it misses at once, each in a clause of its own', () => {
    expect(judged({ wanted: ['web', 'api'], targetGroups: [] })).to.have.property(
      'reason',
      'target group web does not exist and target group api does not exist',
    )
    expect(judged({ wanted: ['web', 'api', 'old'], targetGroups: [] })).to.have.property(
      'reason',
      'target group web does not exist; target group api does not exist and target group old does not exist',
    )
    expect(judged({ named: ['a', 'b', 'c'], groups: [] })).to.deep.equal({
      step: 'refuse',
      kind: 'absent',
      reason: 'green a does not exist; green b does not exist and green c does not exist',
    })
  })

  it('is not healthy in a target group whose health nobody told', () => {
    expect(judged({ health: {} })).to.have.property('step', 'awaitHealth')
  })

  it('attaches what is missing, and only that', () => {
    expect(
      judged({ wanted: ['web', 'api'], groups: [autoScalingGroup({ targetGroups: ['web', 'unrelated'] })] }),
    ).to.deep.equal({
      step: 'change',
      changes: [
        {
          call: 'autoscaling:AttachLoadBalancerTargetGroups',
          green: greenName,
          targetGroups: [{ name: 'api', arn: arnOf('api') }],
        },
      ],
    })
  })

  it('writes down first, in one call, what it is about to hold and to attach (design 2.4)', () => {
    const arns = [{ name: 'web', arn: arnOf('web') }]
    expect(judged({ groups: [unheld()] })).to.deep.equal({
      step: 'change',
      changes: [
        {
          call: 'autoscaling:CreateOrUpdateTags',
          green: greenName,
          tags: {
            'greenlight:record': deploymentId,
            'greenlight:held': [deploymentId, ...holdProcesses].join(' '),
            'greenlight:attached/web': deploymentId,
          },
        },
        { call: 'autoscaling:SuspendProcesses', green: greenName, processes: holdProcesses },
        { call: 'autoscaling:AttachLoadBalancerTargetGroups', green: greenName, targetGroups: arns },
      ],
    })
    expect(judged({ groups: [unheld()], progress: { step: 'arrived' } })).to.deep.equal({
      step: 'change',
      changes: [
        {
          call: 'autoscaling:CreateOrUpdateTags',
          green: greenName,
          tags: { 'greenlight:record': deploymentId, 'greenlight:attached/web': deploymentId },
        },
        { call: 'autoscaling:AttachLoadBalancerTargetGroups', green: greenName, targetGroups: arns },
      ],
    })
  })

  it('attaches at most ten target groups a call (F21)', () => {
    const wanted = Array.from({ length: 12 }, (_, index) => `web-${index}`)
    const step = judged({ wanted, groups: [autoScalingGroup()] })
    expect(
      step.step === 'change' && step.changes.map((change) => 'targetGroups' in change && change.targetGroups.length),
    ).to.deep.equal([10, 2])
  })

  it('takes for attached what either family attached (F21, F22)', () => {
    for (const source of [{ Identifier: arnOf('web'), Type: 'elbv2' }, { Identifier: arnOf('web') }]) {
      expect(judged({ groups: [autoScalingGroup({ TrafficSources: [source] })] })).to.deep.include({ step: 'healthy' })
    }
  })

  it('does not take another kind of traffic source for a target group', () => {
    const TrafficSources = [
      { Identifier: 'web', Type: 'elb' },
      { Identifier: arnOf('web'), Type: 'vpc-lattice' },
    ]
    expect(judged({ groups: [autoScalingGroup({ TrafficSources })] })).to.deep.include({ step: 'change' })
  })

  it('judges each of several greens by itself, and all must pass', () => {
    const groups = [
      autoScalingGroup({ AutoScalingGroupName: 'a', instances: ['i-1'], targetGroups: ['web'] }),
      autoScalingGroup({ AutoScalingGroupName: 'b', instances: ['i-2'], targetGroups: ['web'] }),
    ]
    expect(judged({ named: ['a', 'b'], groups })).to.deep.equal({
      step: 'healthy',
      reason: 'a has 1 of 1 instance healthy behind web. b has 1 of 1 instance healthy behind web',
    })
    expect(judged({ named: ['a', 'b'], groups, health: { web: [targetHealth('i-1')] } })).to.deep.equal({
      step: 'awaitHealth',
      reason: 'b has 0 of 1 instance healthy behind web, and needs 1: i-2 is not registered in web',
    })
    expect(judged({ named: ['a', 'b', 'c'], groups })).to.deep.equal({
      step: 'refuse',
      kind: 'absent',
      reason: 'green c does not exist',
    })
  })
})

describe('Health (design 2.2, F29)', () => {
  const reasonOf = (seen: Seen) => {
    const step = judged(seen)
    return 'reason' in step ? `${step.step}: ${step.reason}` : step.step
  }

  it('is what the load balancer says of every InService instance in every wanted target group', () => {
    expect(reasonOf({})).to.equal(`healthy: ${greenName} has 2 of 2 instances healthy behind web`)
  })

  it("names each instance that is not healthy with the load balancer's reason code and description", () => {
    const unhealthy = targetHealth('i-2', 'unhealthy', {
      Reason: 'Target.FailedHealthChecks',
      Description: 'Health checks failed with these codes: [500]',
    })
    expect(reasonOf({ health: { web: [targetHealth('i-1', 'initial'), unhealthy] } })).to.equal(
      `awaitHealth: ${greenName} has 0 of 2 instances healthy behind web, and needs 2: i-1 is initial in web and ` +
        'i-2 is unhealthy in web (Target.FailedHealthChecks: Health checks failed with these codes: [500])',
    )
  })

  it('asks every wanted target group', () => {
    const web = [targetHealth('i-1'), targetHealth('i-2')]
    expect(reasonOf({ wanted: ['web', 'api'], health: { web, api: [targetHealth('i-1')] } })).to.equal(
      `awaitHealth: ${greenName} has 1 of 2 instances healthy behind web and api, and needs 2: i-2 is not registered in api`,
    )
  })

  for (const [percent, healthy, step] of [
    [50, 1, 'healthy'],
    [51, 1, 'awaitHealth'],
    [100, 2, 'healthy'],
    [1, 1, 'healthy'],
    [1, 0, 'awaitHealth'],
  ] as const) {
    it(`of ${healthy} of 2 instances is ${step === 'healthy' ? 'enough' : 'too little'} where ${percent} % are wanted`, () => {
      const web = ['i-1', 'i-2'].map((id, index) => targetHealth(id, index < healthy ? 'healthy' : 'initial'))
      expect(judged({ minimumHealthyPercent: percent, health: { web } }).step).to.equal(step)
    })
  }

  it('needs at least one InService instance', () => {
    const Instances = [{ InstanceId: 'i-1', LifecycleState: 'Pending:Wait' }] as AutoScalingGroup['Instances']
    const groups = [autoScalingGroup({ targetGroups: ['web'], Instances, DesiredCapacity: 1 })]
    expect(reasonOf({ groups })).to.equal(
      `awaitHealth: ${greenName} has 0 of 1 instance healthy behind web, and needs 1: 1 not InService yet`,
    )
  })

  it('is never found in a green that is about to be empty, whatever per cent of nothing is wanted', () => {
    const Instances = [{ InstanceId: 'i-1', LifecycleState: 'Terminating' }] as AutoScalingGroup['Instances']
    const groups = [autoScalingGroup({ targetGroups: ['web'], Instances, DesiredCapacity: 0 })]
    expect(reasonOf({ groups, minimumHealthyPercent: 1 })).to.equal(
      `refuse: ${greenName} has 0 of 0 instances healthy behind web, and needs 1`,
    )
  })

  it('counts only InService instances (F31)', () => {
    const Instances = [
      { InstanceId: 'i-1', LifecycleState: 'InService' },
      { InstanceId: 'i-2', LifecycleState: 'Terminating:Wait' },
      { InstanceId: 'i-3', LifecycleState: 'SomethingNew' },
    ] as AutoScalingGroup['Instances']
    const DesiredCapacity = 1
    expect(
      reasonOf({
        groups: [autoScalingGroup({ targetGroups: ['web'], Instances, DesiredCapacity })],
        health: { web: [targetHealth('i-1')] },
      }),
    ).to.equal(`healthy: ${greenName} has 1 of 1 instance healthy behind web`)
  })

  it('does not count an instance that CodeDeploy failed, though the load balancer likes it', () => {
    expect(reasonOf({ progress: { failed: new Set(['i-2']) }, minimumHealthyPercent: 50 })).to.equal(
      `healthy: ${greenName} has 1 of 2 instances healthy behind web`,
    )
  })

  it('is beyond hope where CodeDeploy failed so many that the rest cannot be enough: nobody waits for that', () => {
    expect(reasonOf({ progress: { failed: new Set(['i-2']) } })).to.equal(
      `refuse: ${greenName} has 1 of 2 instances healthy behind web, and needs 2: i-2 was failed by CodeDeploy`,
    )
  })

  it('is not waited for, nor is anything attached, where it is beyond hope', () => {
    expect(judged({ groups: [autoScalingGroup()], progress: { failed: new Set(['i-2']) } }).step).to.equal('refuse')
    expect(
      judged({ groups: [autoScalingGroup()], progress: { failed: new Set(['i-2']) }, minimumHealthyPercent: 50 }).step,
    ).to.equal('change')
  })

  it('is not improved by the instances that Auto Scaling is just replacing, since they are unhealthy (F27)', () => {
    const Instances = [
      { InstanceId: 'i-1', LifecycleState: 'InService' },
      { InstanceId: 'i-2', LifecycleState: 'Terminating' },
      { InstanceId: 'i-3', LifecycleState: 'Pending' },
    ] as AutoScalingGroup['Instances']
    const groups = [autoScalingGroup({ targetGroups: ['web'], Instances, DesiredCapacity: 2 })]
    expect(reasonOf({ groups, health: { web: [targetHealth('i-1')] } })).to.equal(
      `awaitHealth: ${greenName} has 1 of 2 instances healthy behind web, and needs 2: 1 not InService yet`,
    )
  })

  it('takes one healthy port of an instance for enough', () => {
    const web = [targetHealth('i-1', 'unhealthy'), targetHealth('i-1'), targetHealth('i-2')]
    expect(judged({ health: { web } }).step).to.equal('healthy')
  })

  it('does not name more instances than a person reads', () => {
    const instances = Array.from({ length: 200 }, (_, index) => `i-${index}`)
    expect(reasonOf({ groups: [autoScalingGroup({ targetGroups: ['web'], instances })], health: { web: [] } }))
      .to.match(/i-8 is not registered in web and 191 more$/)
      .and.to.have.length.below(600)
  })
})
