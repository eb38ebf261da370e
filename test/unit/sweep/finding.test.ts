import { expect } from 'chai'
import type { DeploymentGroup } from '../../../src/model/deploymentGroup.ts'
import { holdProcesses } from '../../../src/model/records.ts'
import type { TargetGroup } from '../../../src/model/targetGroup.ts'
import { type Finding, findingsOf, isWrong, sentenceOf } from '../../../src/sweep/finding.ts'
import type { ObservedLeftover } from '../../../src/sweep/leftBehind.ts'
import type { Observation, ObservedDeploymentGroup } from '../../../src/sweep/survey.ts'
import { deployment, deploymentId, green, greenName, targetGroup } from '../builders.ts'

const deploymentGroup: DeploymentGroup = {
  application: 'shop',
  name: 'production',
  arn: undefined,
  autoScalingGroups: [greenName],
  wanted: ['web'],
  classicLoadBalancers: [],
  copies: true,
  waitMinutes: 60,
  keepsBlue: false,
  terminationHook: false,
}
const now = Date.parse('2026-11-25T12:00:00Z')
const options = { patterns: ['CodeDeploy_*'], mayBeOthers: false, mode: undefined, now }

const held = {
  ...{ 'greenlight:record': deploymentId, 'greenlight:attached/web': deploymentId },
  'greenlight:held': [deploymentId, ...holdProcesses].join(' '),
}

type Differences = Partial<Omit<ObservedDeploymentGroup, 'kind' | 'deploymentGroup'>> & {
  of?: Partial<Omit<DeploymentGroup, 'autoScalingGroups'>>
}

/** A deployment group that names these Auto Scaling groups, which exist. */
const observed = ({
  of,
  autoScalingGroups = [green()],
  ...differences
}: Differences = {}): ObservedDeploymentGroup => ({
  kind: 'deploymentGroup',
  deploymentGroup: { ...deploymentGroup, ...of, autoScalingGroups: autoScalingGroups.map(({ name }) => name) },
  autoScalingGroups,
  targetGroups: new Map([['web', targetGroup('web')]]),
  underWay: [],
  foreign: new Map(),
  unlisted: [],
  chosen: { mode: undefined, isTested: false },
  ...differences,
})

const kindsOf = (observation: Observation) => findingsOf(observation, options).map(({ kind }) => kind)

describe('The findings of a deployment group', () => {
  it('are none where its Auto Scaling group has the wanted target groups', () => {
    const group = green({ targetGroups: ['web'] })
    expect(findingsOf(observed({ autoScalingGroups: [group] }), options)).to.deep.equal([])
  })

  it('name the target groups that its Auto Scaling group lacks', () => {
    const ids = { application: 'shop', deploymentGroup: 'production' }
    expect(findingsOf(observed(), options)).to.deep.equal([
      { ...ids, kind: 'missing', autoScalingGroup: greenName, targetGroups: ['web'] },
    ])
  })

  it('are none while a deployment is under way', () => {
    expect(kindsOf(observed({ underWay: ['d-1'] }))).to.deep.equal([])
  })

  for (const [what, differences] of [
    ['does not exist', undefined],
    ['is of type ip', { type: 'ip' }],
    ['is used by no load balancer', { isUsed: false }],
  ] satisfies [string, Partial<TargetGroup> | undefined][]) {
    it(`say that a missing target group ${what}`, () => {
      const targetGroups = new Map(differences ? [['web', targetGroup('web', differences)]] : [])
      expect(kindsOf(observed({ targetGroups }))).to.deep.equal(['missing', 'unusableTargetGroup'])
    })
  }

  it('say nothing about what the survey could not look at', () => {
    expect(kindsOf({ ...observed(), targetGroups: undefined })).to.deep.equal(['missing'])
    expect(kindsOf({ ...observed(), autoScalingGroups: undefined })).to.deep.equal([])
  })

  it('say that it names an Auto Scaling group that does not exist', () => {
    expect(kindsOf({ ...observed(), autoScalingGroups: [] })).to.deep.equal(['noAutoScalingGroup'])
  })

  it('say that the stack may not change an Auto Scaling group, where it would have to', () => {
    const named = (attached: readonly string[]) => [green({ name: 'workers', targetGroups: attached })]
    expect(kindsOf(observed({ autoScalingGroups: named([]) }))).to.deep.equal(['missing', 'outsidePattern'])
    // Blue before the first deployment: Greenlight does not change it, and its copies match.
    expect(kindsOf(observed({ autoScalingGroups: named(['web']) }))).to.deep.equal([])
    // Without copies the next green is another Auto Scaling group of the user's, and need not match.
    expect(kindsOf(observed({ autoScalingGroups: named(['web']), of: { copies: false } }))).to.deep.equal([
      'outsidePattern',
    ])
  })

  it('include a record of a deployment, unless that deployment is under way', () => {
    const tags = { 'greenlight:record': 'd-1' }
    const group = green({ targetGroups: ['web'], tags })
    expect(kindsOf(observed({ autoScalingGroups: [group] }))).to.deep.equal(['unfinished'])
    expect(kindsOf(observed({ autoScalingGroups: [group], underWay: ['d-2'] }))).to.deep.equal(['unfinished'])
    expect(kindsOf(observed({ autoScalingGroups: [group], underWay: ['d-1'] }))).to.deep.equal([])
  })

  it('include what somebody else suspended, once no deployment is under way', () => {
    const suspended = ['Launch', ...holdProcesses]
    const found = (tags: Readonly<Record<string, string>> = {}, underWay: readonly string[] = []) =>
      findingsOf(
        observed({ autoScalingGroups: [green({ targetGroups: ['web'], tags, suspended })], underWay }),
        options,
      )
    const ids = { application: 'shop', deploymentGroup: 'production', kind: 'suspended', autoScalingGroup: greenName }
    expect(found()).to.deep.equal([{ ...ids, processes: suspended }])
    const [unfinished, ...others] = found(held)
    expect([unfinished?.kind, others]).to.deep.equal(['unfinished', [{ ...ids, processes: ['Launch'] }]])
    expect(found({}, ['d-1'])).to.deep.equal([])
  })

  it('say of AddToLoadBalancer, suspended, that it is the defect again', () => {
    const group = green({ targetGroups: ['web'], suspended: ['AddToLoadBalancer'] })
    expect(findingsOf(observed({ autoScalingGroups: [group] }), options).map(sentenceOf)).to.deep.equal([
      `shop/production: no record says who suspended AddToLoadBalancer of ${greenName}: instances that it launches get no traffic`,
    ])
  })

  it('include a hold on record of a deployment that is not under way, unless green drains', () => {
    const processesOf = (targetGroups: readonly string[]) =>
      findingsOf(
        observed({
          autoScalingGroups: [green({ targetGroups, tags: held, suspended: ['HealthCheck'] })],
          of: { wanted: [] },
        }),
        options,
      ).flatMap((finding) => (finding.kind === 'unfinished' ? finding.processes : []))
    expect(processesOf(['web'])).to.deep.equal(['HealthCheck'])
    expect(processesOf([])).to.deep.equal([])
  })

  for (const [what, chosen, differences, isFound] of [
    ['in mode gate, without test target groups', { mode: 'gate', isTested: false }, {}, true],
    ['by the parameter', { mode: undefined, isTested: false }, {}, true],
    ['with test target groups', { mode: 'gate', isTested: true }, {}, false],
    ['in mode heal', { mode: 'heal', isTested: false }, {}, false],
    ['whose tags were not read', undefined, {}, false],
    [
      'whose target group has no twin, since no load balancer uses it',
      { mode: 'gate', isTested: false },
      { isUsed: false },
      false,
    ],
  ] as const) {
    it(`${isFound ? 'say' : 'do not say'} that users meet what a gate proves: ${what}`, () => {
      const targetGroups = new Map([['web', targetGroup('web', differences)]])
      const seen = observed({ autoScalingGroups: [green({ targetGroups: ['web'] })], chosen, targetGroups })
      const expected = {
        application: 'shop',
        deploymentGroup: 'production',
        kind: 'provesByAttaching',
        targetGroups: ['web'],
      }
      expect(findingsOf(seen, { ...options, mode: 'gate' })).to.deep.equal(isFound ? [expected] : [])
    })
  }

  it('include a tag that does not parse, as far as tags were read', () => {
    const group = green({ targetGroups: ['web'] })
    const complaint = 'tag greenlight:mode of deployment group shop/production is "gaet"'
    expect(findingsOf(observed({ autoScalingGroups: [group], chosen: { refusal: complaint } }), options)).to.deep.equal(
      [{ application: 'shop', deploymentGroup: 'production', kind: 'badTag', complaint }],
    )
    expect(kindsOf(observed({ autoScalingGroups: [group], chosen: undefined }))).to.deep.equal([])
  })

  for (const [what, chosen, parameter, kind] of [
    ['the mode of its tag is gate', { mode: 'gate', isTested: false }, 'heal', 'nobodyAsks'],
    ['the mode of the parameter is gate', { mode: undefined, isTested: false }, 'gate', 'nobodyAsks'],
    ['its tag chooses another mode than the parameter gate', { mode: 'heal', isTested: false }, 'gate', 'doesNotWait'],
    ['its tags were not read', undefined, 'gate', 'doesNotWait'],
  ] as const) {
    it(`say ${kind} of deployments that do not wait, where ${what}`, () => {
      const seen = observed({
        autoScalingGroups: [green({ targetGroups: ['web'] })],
        chosen,
        of: { waitMinutes: undefined },
      })
      expect(findingsOf(seen, { ...options, mode: parameter }).map((one) => one.kind)).to.deep.equal([kind])
    })
  }

  it('include instances that CodeDeploy has not deployed to', () => {
    const unlisted = [{ deploymentId: 'd-1', autoScalingGroup: greenName, instances: ['i-3'] }]
    const found = findingsOf(observed({ underWay: ['d-1'], unlisted }), options)
    expect(found.map(sentenceOf)).to.deep.equal([
      `shop/production: i-3 of ${greenName} may lack the application: deployment d-1 gave them up or does not list them`,
    ])
  })

  it('include a record that nobody acts on, with every tag of it, instead of one that is unfinished', () => {
    const foreign = new Map([[greenName, 'it is no deployment']])
    const group = green({ targetGroups: ['web'], tags: held })
    const found = findingsOf(observed({ autoScalingGroups: [group], foreign }), options)
    expect(found.map(sentenceOf)).to.deep.equal([
      `shop/production: ${greenName} has greenlight:record, greenlight:attached/web and greenlight:held, on which nobody ` +
        'acts: it is no deployment',
    ])
  })

  it('include records outside every pattern, unless another stack may have another pattern', () => {
    const autoScalingGroups = [green({ name: 'workers', targetGroups: ['web'], tags: held })]
    const found = (patterns: readonly string[], mayBeOthers: boolean) =>
      findingsOf(observed({ autoScalingGroups }), { ...options, patterns, mayBeOthers }).map(({ kind }) => kind)
    expect(found(['CodeDeploy_*', 'web-*'], false)).to.deep.equal(['recordOutsidePattern'])
    expect(found(['CodeDeploy_*', 'work*'], false)).to.deep.equal(['unfinished'])
    expect(found(['CodeDeploy_*'], true)).to.deep.equal([])
  })

  it('include records of test target groups outside the pattern, where that is known', () => {
    const tags = { 'greenlight:testing/theirs': deploymentId, 'greenlight:testing/greenlight-web': deploymentId }
    const group = green({ targetGroups: ['web'], tags })
    const found = (more: object) => findingsOf(observed({ autoScalingGroups: [group] }), { ...options, ...more })
    expect(found({ testNamePattern: 'greenlight-*' }).map(sentenceOf)).to.deep.equal([
      `shop/production: ${greenName} has greenlight:testing/theirs, on which nobody acts: the parameter ` +
        'TestTargetGroupNamePattern, which is greenlight-*, does not match the target group',
    ])
    expect(found({})).to.deep.equal([])
  })

  it('name no deployment group where nobody can say whose a record is', () => {
    const foreign = new Map([['workers', 'it is no deployment']])
    const autoScalingGroup = green({ name: 'workers', tags: { 'greenlight:record': 'nonsense' } })
    const found = findingsOf({ kind: 'recorded', autoScalingGroup, foreign }, { ...options, patterns: ['*'] })
    expect(found.map(sentenceOf)).to.deep.equal([
      'workers has greenlight:record, on which nobody acts: it is no deployment',
    ])
  })

  it('are none about deployments where those under way could not be looked at', () => {
    const group = green({ tags: held, suspended: [...holdProcesses, 'Launch'] })
    expect(kindsOf(observed({ autoScalingGroups: [group], underWay: undefined }))).to.deep.equal([])
  })

  it('are only worth knowing for Classic Load Balancers and for deployments that do not wait', () => {
    const group = green({ targetGroups: ['web'] })
    const of = { classicLoadBalancers: ['old'], waitMinutes: undefined }
    const found = findingsOf(observed({ autoScalingGroups: [group], of }), options)
    expect(found.map((finding) => [finding.kind, isWrong(finding)])).to.deep.equal([
      ['notHandled', false],
      ['doesNotWait', false],
    ])
    const gone: Finding = {
      ...{ application: 'shop', deploymentGroup: 'production' },
      ...{ kind: 'noAutoScalingGroup', autoScalingGroup: 'workers' },
    }
    expect(isWrong(gone)).to.equal(true)
  })
})

describe('The finding of a green that a deployment left behind', () => {
  const leftover = (
    completedAt: number | undefined,
    tags: Readonly<Record<string, string>> = {},
  ): ObservedLeftover => ({
    kind: 'leftover',
    deployment: deployment({ status: 'Stopped', completedAt }),
    autoScalingGroup: green({ targetGroups: ['web'], tags }),
    serving: [],
    foreign: new Map(),
  })
  const ago = (minutes: number) => now - minutes * 60_000

  for (const [minutes, words] of [
    [0, '0 minutes'],
    [1, '1 minute'],
    [59, '59 minutes'],
    [60, '1 hour'],
    [47 * 60, '47 hours'],
    [48 * 60, '2 days'],
  ] as const) {
    it(`says how long ago the deployment ended: ${words}`, () => {
      const [finding] = findingsOf(leftover(ago(minutes)), options)
      expect(finding && sentenceOf(finding)).to.equal(
        `shop/production: deployment ${deploymentId} (Stopped ${words} ago) left its green ${greenName} running with 2 ` +
          'instances, attached to web',
      )
    })
  }

  it('does not say how long ago where CodeDeploy does not say it', () => {
    const [finding] = findingsOf(leftover(undefined), options)
    expect(finding && sentenceOf(finding)).to.contain('(Stopped) left its green')
  })

  it('is followed by one of what it serves in and lacks', () => {
    const serving = [targetGroup('admin')]
    expect(
      findingsOf({ ...leftover(ago(1)), serving }, options)
        .map(sentenceOf)
        .at(-1),
    ).to.equal(
      `shop/production: ${greenName}, the green of deployment ${deploymentId} (Stopped), serves users in admin and lacks it: ` +
        'instances that it launches get no traffic, and unhealthy instances are not replaced',
    )
  })

  it('is followed by one of what somebody suspended, where it may serve or was held', () => {
    const kinds = (targetGroups: readonly string[], suspended: readonly string[]) =>
      kindsOf({ ...leftover(ago(1)), autoScalingGroup: green({ targetGroups, suspended }) })
    expect(kinds(['old'], ['Launch'])).to.deep.equal(['leftover', 'suspended'])
    expect(kinds([], ['Launch'])).to.deep.equal(['leftover'])
    expect(kinds([], holdProcesses)).to.deep.equal(['leftover', 'suspended'])
  })

  it('is followed by one of its attachment, unless a record says who attached', () => {
    expect(kindsOf(leftover(ago(1)))).to.deep.equal(['leftover', 'unrecordedAttachment'])
    const records = { 'greenlight:record': deploymentId, 'greenlight:attached/web': deploymentId }
    expect(kindsOf(leftover(ago(1), records))).to.deep.equal(['leftover', 'unfinished'])
  })
})
