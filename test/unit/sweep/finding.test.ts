import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect } from 'chai'
import { readDeployment } from '../../../src/model/deployment.ts'
import { type DeploymentGroup, readDeploymentGroup } from '../../../src/model/deploymentGroup.ts'
import { readGreen } from '../../../src/model/green.ts'
import { matches } from '../../../src/model/namePattern.ts'
import { findingsOf, isWrong, sentenceOf } from '../../../src/sweep/finding.ts'
import type { DeploymentGroupSeen, LeftoverSeen } from '../../../src/sweep/survey.ts'
import { autoScalingGroup, deploymentInfo, greenName, targetGroup } from '../builders.ts'

const deploymentGroup: DeploymentGroup = {
  application: 'shop',
  name: 'production',
  autoScalingGroups: [greenName],
  wanted: ['web'],
  classicLoadBalancers: [],
  copies: true,
  waitMinutes: 60,
  keepsBlue: false,
  terminationHook: false,
}
const now = Date.parse('2026-11-25T12:00:00Z')
const asked = { pattern: 'CodeDeploy_*', now }

type Seen = Partial<Omit<DeploymentGroupSeen, 'kind' | 'deploymentGroup'>> & {
  of?: Partial<Omit<DeploymentGroup, 'autoScalingGroups'>>
}

/** What is seen of a deployment group that names the Auto Scaling groups that exist; a test names only what matters to it. */
const seen = ({
  of,
  autoScalingGroups = [readGreen(autoScalingGroup())],
  ...differences
}: Seen = {}): DeploymentGroupSeen => ({
  kind: 'deploymentGroup',
  deploymentGroup: { ...deploymentGroup, ...of, autoScalingGroups: autoScalingGroups.map(({ name }) => name) },
  autoScalingGroups,
  targetGroups: new Map([['web', targetGroup('web')]]),
  underWay: [],
  ...differences,
})

const kindsOf = (sight: Parameters<typeof findingsOf>[0]) => findingsOf(sight, asked).map(({ kind }) => kind)

describe('What is wrong with a deployment group', () => {
  it('is nothing, where its Auto Scaling group has what is wanted', () => {
    const group = readGreen(autoScalingGroup({ targetGroups: ['web'] }))
    expect(findingsOf(seen({ autoScalingGroups: [group] }), asked)).to.deep.equal([])
  })

  it('is what its Auto Scaling group lacks', () => {
    const ids = { application: 'shop', deploymentGroup: 'production' }
    expect(findingsOf(seen(), asked)).to.deep.equal([
      { ...ids, kind: 'missing', autoScalingGroup: greenName, targetGroups: ['web'] },
    ])
  })

  it('is nothing yet while a deployment is under way', () => {
    expect(kindsOf(seen({ underWay: ['d-1'] }))).to.deep.equal([])
  })

  for (const [what, differences] of [
    ['does not exist', undefined],
    ['is of type ip', { TargetType: 'ip' }],
    ['is used by no load balancer', { LoadBalancerArns: [] }],
  ] satisfies [string, Partial<TargetGroup> | undefined][]) {
    it(`is also that what it lacks ${what}`, () => {
      const targetGroups = new Map(differences ? [['web', targetGroup('web', differences)]] : [])
      expect(kindsOf(seen({ targetGroups }))).to.deep.equal(['missing', 'unusableTargetGroup'])
    })
  }

  it('says nothing of target groups and Auto Scaling groups that could not be looked at', () => {
    expect(kindsOf({ ...seen(), targetGroups: undefined })).to.deep.equal(['missing'])
    expect(kindsOf({ ...seen(), autoScalingGroups: undefined })).to.deep.equal([])
  })

  it('is an Auto Scaling group that it names and that does not exist', () => {
    expect(kindsOf({ ...seen(), autoScalingGroups: [] })).to.deep.equal(['noAutoScalingGroup'])
  })

  it('is an Auto Scaling group that the stack may not change, where it would have to', () => {
    const named = (attached: readonly string[]) => [
      readGreen(autoScalingGroup({ AutoScalingGroupName: 'workers', targetGroups: attached })),
    ]
    expect(kindsOf(seen({ autoScalingGroups: named([]) }))).to.deep.equal(['missing', 'outsidePattern'])
    // Blue before its first deployment: nobody changes it, and what is copied from it matches.
    expect(kindsOf(seen({ autoScalingGroups: named(['web']) }))).to.deep.equal([])
    // The next green, where CodeDeploy copies none, is another group of somebody's.
    expect(kindsOf(seen({ autoScalingGroups: named(['web']), of: { copies: false } }))).to.deep.equal([
      'outsidePattern',
    ])
  })

  it('is a record of a deployment that is not under way, and none of one that is', () => {
    const Tags = [{ Key: 'greenlight:record', Value: 'd-1' }] as never
    const group = readGreen(autoScalingGroup({ targetGroups: ['web'], Tags }))
    expect(kindsOf(seen({ autoScalingGroups: [group] }))).to.deep.equal(['unfinished'])
    expect(kindsOf(seen({ autoScalingGroups: [group], underWay: ['d-2'] }))).to.deep.equal(['unfinished'])
    expect(kindsOf(seen({ autoScalingGroups: [group], underWay: ['d-1'] }))).to.deep.equal([])
  })

  it('is a hold that nobody recorded, once no deployment is under way; somebody may suspend less than a hold', () => {
    const suspended = (...names: readonly string[]) => [
      readGreen(
        autoScalingGroup({ targetGroups: ['web'], SuspendedProcesses: names.map((ProcessName) => ({ ProcessName })) }),
      ),
    ]
    const hold = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions', 'Launch']
    expect(kindsOf(seen({ autoScalingGroups: suspended(...hold) }))).to.deep.equal(['unrecordedHold'])
    expect(kindsOf(seen({ autoScalingGroups: suspended(...hold), underWay: ['d-1'] }))).to.deep.equal([])
    expect(kindsOf(seen({ autoScalingGroups: suspended('HealthCheck', 'AZRebalance') }))).to.deep.equal([])
  })

  it('names Classic Load Balancers of the deployment group, and is nothing wrong for them or for one that does not wait', () => {
    const group = readGreen(autoScalingGroup({ targetGroups: ['web'] }))
    const of = { classicLoadBalancers: ['old'], waitMinutes: undefined }
    const found = findingsOf(seen({ autoScalingGroups: [group], of }), asked)
    expect(found.map((finding) => [finding.kind, isWrong(finding)])).to.deep.equal([
      ['notHandled', false],
      ['doesNotWait', false],
    ])
    expect(
      isWrong({ ...deploymentGroup, deploymentGroup: 'x', kind: 'noAutoScalingGroup', autoScalingGroup: 'y' }),
    ).to.equal(true)
  })
})

describe('A green that a deployment has left behind', () => {
  const leftover = (completeTime: Date | undefined, tags: Readonly<Record<string, string>> = {}): LeftoverSeen => {
    const deployment = readDeployment(deploymentInfo({ status: 'Stopped', ...(completeTime && { completeTime }) }))
    if (typeof deployment === 'string') throw new Error(deployment)
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) as never
    return {
      kind: 'leftover',
      deployment,
      autoScalingGroup: readGreen(autoScalingGroup({ targetGroups: ['web'], Tags })),
    }
  }
  const ago = (minutes: number) => new Date(now - minutes * 60_000)

  for (const [minutes, words] of [
    [0, '0 minutes'],
    [1, '1 minute'],
    [59, '59 minutes'],
    [60, '1 hour'],
    [47 * 60, '47 hours'],
    [48 * 60, '2 days'],
  ] as const) {
    it(`has an age in words: ${words}`, () => {
      const [finding] = findingsOf(leftover(ago(minutes)), asked)
      expect(finding && sentenceOf(finding)).to.equal(
        `shop/production: ${greenName}, the green of deployment d-ABCDEF123, which was Stopped, ${words} ago, still runs ` +
          'with 2 instances, and still has web',
      )
    })
  }

  it('has none where CodeDeploy does not say when it was over', () => {
    const [finding] = findingsOf(leftover(undefined), asked)
    expect(finding && sentenceOf(finding)).to.contain('which was Stopped, still runs')
  })

  it('was attached by nobody that is known, unless a record says who', () => {
    expect(kindsOf(leftover(ago(1)))).to.deep.equal(['leftover', 'unrecordedAttachment'])
    const records = { 'greenlight:record': 'd-ABCDEF123', 'greenlight:attached/web': 'd-ABCDEF123' }
    expect(kindsOf(leftover(ago(1), records))).to.deep.equal(['leftover', 'unfinished'])
  })
})

describe('A deployment group as CodeDeploy tells it', () => {
  const info = {
    applicationName: 'shop',
    deploymentGroupName: 'production',
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
  } as const

  it('has nothing optional, and waits for nobody unless it says so', () => {
    expect(readDeploymentGroup(info)).to.deep.equal({
      application: 'shop',
      name: 'production',
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
      readDeploymentGroup({
        ...info,
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
      }),
    ).to.deep.equal({
      ...deploymentGroup,
      wanted: ['web', 'admin'],
      classicLoadBalancers: ['old'],
      keepsBlue: true,
      terminationHook: true,
    })
  })

  it('is none of our business where it is not blue/green with traffic control on servers', () => {
    const inPlace = { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' } as const
    expect(readDeploymentGroup({ ...info, deploymentStyle: inPlace })).to.equal(undefined)
    expect(readDeploymentGroup({ ...info, computePlatform: 'ECS' })).to.equal(undefined)
  })

  it('is refused without a name', () => {
    expect(readDeploymentGroup({})).to.equal(
      'CodeDeploy described a deployment group without its application or its name',
    )
  })
})

describe('The pattern of the names of Auto Scaling groups', () => {
  for (const [pattern, name, fits] of [
    ['CodeDeploy_*', 'CodeDeploy_web_d-1', true],
    ['CodeDeploy_*', 'my-CodeDeploy_web', false],
    ['web-?', 'web-1', true],
    ['web-?', 'web-12', false],
    ['web.1', 'web-1', false],
  ] as const) {
    it(`${pattern} ${fits ? 'fits' : 'does not fit'} ${name}`, () => expect(matches(pattern, name)).to.equal(fits))
  }
})
