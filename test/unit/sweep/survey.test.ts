import { expect } from 'chai'
import { build } from 'esbuild'
import { type Condition, conditions, generateAccount } from '../../../simulator/account.ts'
import { type Simulator, simulate } from '../../../simulator/simulate.ts'
import { type VirtualTime, virtualTime } from '../../../simulator/virtualTime.ts'
import { createClients } from '../../../src/aws/clients.ts'
import { regionReading } from '../../../src/aws/region.ts'
import { nothingToInstall } from '../../../src/model/progress.ts'
import { findingsOf, sentenceOf } from '../../../src/sweep/finding.ts'
import type { RegionReading } from '../../../src/sweep/ports.ts'
import { type Observation, type SurveyOptions, survey } from '../../../src/sweep/survey.ts'
import { root } from '../../../tools/template.ts'
import { withEnvironment } from '../../environment.ts'

describe('A survey of a region, through the SDK, against the simulator', () => {
  let time: VirtualTime
  let aws: Simulator
  let leave: () => void
  beforeEach(async () => {
    time = virtualTime()
    aws = await simulate()
    const { accessKeyId, secretAccessKey } = aws.credentials({ kind: 'user' })
    leave = withEnvironment({
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    })
  })
  afterEach(async () => {
    leave()
    await aws.close()
    time.restore()
  })

  const look = async (options: SurveyOptions = {}) => {
    const observations: Observation[] = []
    const limits = {
      signal: new AbortController().signal,
      sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
      requestMs: 10_000,
      onFailedTry: () => {},
    }
    const ended = await time.run(
      survey(regionReading(createClients(), limits), (observation) => void observations.push(observation), options),
    )
    return { ended, observations }
  }
  const sentences = (observations: readonly Observation[]) =>
    observations
      .flatMap((observation) =>
        findingsOf(observation, { patterns: ['CodeDeploy_*'], mayBeOthers: false, mode: undefined, now: Date.now() }),
      )
      .map((finding) => sentenceOf(finding).replace(/i-[0-9a-f]{17}/, 'INSTANCE'))
  const unseen = (observations: readonly Observation[]) =>
    observations.flatMap((observation) => (observation.kind === 'couldNotLook' ? [observation.what] : []))
  const names = (observations: readonly Observation[]) =>
    observations.flatMap((observation) =>
      observation.kind === 'deploymentGroup' ? [observation.deploymentGroup.name] : [],
    )
  const inCondition = (condition: Condition) =>
    generateAccount(aws.world, { deploymentGroups: 1, conditionOf: () => condition })

  const expected: Readonly<Record<Condition, readonly string[]>> = {
    healthy: [],
    missing: [
      'CodeDeploy_group-0_d-D00000000 lacks web-0: instances that it launches get no traffic, instances that it terminates are not drained, and unhealthy instances are not replaced',
    ],
    missingElsewhere: [
      'workers-0 lacks web-0: instances that it launches get no traffic, instances that it terminates are not drained, and unhealthy instances are not replaced',
      'workers-0 does not match the pattern CodeDeploy_*, so Greenlight may not change it',
    ],
    unnamed: [
      'CodeDeploy_group-0_d-D00000000 has target groups that the deployment group does not name, and that the next green will lack: admin-0',
    ],
    keptBlue: ['blue-0, which it names no more, still has web-0: instances that it launches serve another version'],
    leftover: [
      'deployment d-F00000000 (Failed 2 days ago) left its green CodeDeploy_group-0_d-F00000000 running with 2 instances',
    ],
    leftoverAttached: [
      'deployment d-F00000000 (Failed 2 days ago) left its green CodeDeploy_group-0_d-F00000000 running with 2 instances, attached to web-0',
      'no record says who attached web-0 to CodeDeploy_group-0_d-F00000000, the green of deployment d-F00000000',
    ],
    held: [
      'no record says who suspended HealthCheck, AZRebalance, AlarmNotification, ReplaceUnhealthy and ScheduledActions of CodeDeploy_group-0_d-D00000000',
    ],
    recorded: [
      "CodeDeploy_group-0_d-D00000000 still has Greenlight's records of deployment d-D00000000, which is not under way",
    ],
    classicLoadBalancer: ['Greenlight handles only target groups of load balancers, and leaves classic-0 alone'],
    lattice: [
      'Greenlight handles only target groups of load balancers, and leaves arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-0 alone',
    ],
    doesNotWait: ['its deployments do not wait at Ready, and mode gate needs that wait'],
    noAutoScalingGroup: ['it names the Auto Scaling group CodeDeploy_group-0_d-D00000000, which does not exist'],
    noTargetGroup: [
      'CodeDeploy_group-0_d-D00000000 lacks web-0: instances that it launches get no traffic, instances that it terminates are not drained, and unhealthy instances are not replaced',
      'target group web-0 does not exist',
    ],
    suspended: [
      'no record says who suspended AddToLoadBalancer of CodeDeploy_group-0_d-D00000000: instances that it launches get no traffic',
    ],
    leftoverServing: [
      'deployment d-F00000000 (Failed 2 days ago) left its green CodeDeploy_group-0_d-F00000000 running with 2 instances',
      'CodeDeploy_group-0_d-F00000000, the green of deployment d-F00000000 (Failed), serves users in web-0 and lacks it: instances that it launches get no traffic, and unhealthy instances are not replaced',
    ],
    launchedEarly: [
      'INSTANCE of CodeDeploy_group-0_d-U00000000 may lack the application: deployment d-U00000000 gave them up or does not list them',
    ],
    badTag: [
      'tag greenlight:mode of deployment group application-0/group-0 is "gaet"; it must be observe, heal or gate, so Greenlight begins nothing for it',
    ],
    foreignRecord: [
      'CodeDeploy_group-0_d-D00000000 has greenlight:record, on which nobody acts: "nonsense" is no id of a deployment',
    ],
    recordedElsewhere: [
      "workers-0 has Greenlight's records and does not match the pattern CodeDeploy_*, so no sweep finishes them",
    ],
    provesByAttaching: [
      'its mode is gate, and it proves green in web-0, where users meet it: test target groups would prove it without them',
    ],
    nobodyAsks: [
      'its mode is gate, and its deployments do not wait at Ready: none is gated, unless its own script or pipeline asks',
    ],
  }
  for (const condition of conditions) {
    it(`finds of a deployment group that is ${condition} exactly what is so`, async () => {
      inCondition(condition)
      const { ended, observations } = await look()
      expect(ended).to.equal('complete')
      expect(sentences(observations)).to.deep.equal(expected[condition].map((one) => `application-0/group-0: ${one}`))
    })
  }

  it('changes nothing, and asks for the target groups that are there in as few calls as it can', async () => {
    generateAccount(aws.world, {
      deploymentGroups: conditions.length,
      conditionOf: (number) => conditions[number] ?? 'healthy',
    })
    await look()
    expect([...new Set(aws.calls.map(({ action }) => action))].sort()).to.deep.equal([
      'autoscaling:DescribeAutoScalingGroups',
      'codedeploy:BatchGetDeploymentGroups',
      'codedeploy:BatchGetDeploymentTargets',
      'codedeploy:BatchGetDeployments',
      'codedeploy:ListApplications',
      'codedeploy:ListDeploymentGroups',
      'codedeploy:ListDeploymentTargets',
      'codedeploy:ListDeployments',
      'codedeploy:ListTagsForResource',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
    ])
    const asked = aws.calls.filter(({ action }) => action.endsWith('DescribeTargetGroups'))
    const attached = conditions.map((_, number) => `web-${number}`).filter((name) => !/^web-(1|2|12|13)$/.test(name))
    // All at once, and one by one where that fails because one of them does not exist.
    expect(asked.map(({ input }) => input['Names'])).to.have.deep.members([
      attached,
      ['web-1', 'web-2', 'web-13'],
      ['web-1'],
      ['web-2'],
      ['web-13'],
      // Of greens that were left over without them.
      ['web-5'],
      ['web-15'],
    ])
  })

  it('asks for the tags of each deployment group once, or of those alone that it is told to', async () => {
    generateAccount(aws.world, {
      deploymentGroups: 3,
      conditionOf: (number) => (number === 1 ? 'recorded' : 'healthy'),
    })
    const asked = () => aws.calls.filter(({ action }) => action.endsWith('ListTagsForResource')).length
    await look({ readsTags: ({ autoScalingGroups = [] }) => autoScalingGroups.some(({ tags }) => tags.size > 0) })
    expect(asked()).to.equal(1)
    await look()
    expect(asked()).to.equal(1 + 3)
  })

  it('goes on where it may not read tags, and says so once', async () => {
    generateAccount(aws.world, { deploymentGroups: 2, conditionOf: (number) => (number === 1 ? 'leftover' : 'badTag') })
    aws.faults.add({ action: 'codedeploy:ListTagsForResource', kind: 'accessDenied', times: 'forever' })
    const { observations } = await look()
    expect(unseen(observations)).to.deep.equal(['tags of deployment groups'])
    expect(sentences(observations)).to.have.length(1)
  })

  it('is made of nothing that could change anything: no such command is in its bundle', async () => {
    const contents =
      "export { survey } from './src/sweep/survey.ts'; export { regionReading } from './src/aws/region.ts'"
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: root, loader: 'ts' },
      bundle: true,
      platform: 'node',
      write: false,
      mainFields: ['module', 'main'],
    })
    const commands = new Set(outputFiles[0]?.text.match(/\b[A-Z]\w+(?=Command = class)/g))
    expect([...commands].sort()).to.deep.equal([
      'BatchGetDeploymentGroups',
      'BatchGetDeploymentTargets',
      'BatchGetDeployments',
      'DescribeAutoScalingGroups',
      'DescribeTags',
      'DescribeTargetGroupAttributes',
      'DescribeTargetGroups',
      'DescribeTargetHealth',
      'ListApplications',
      'ListDeploymentGroups',
      'ListDeploymentTargets',
      'ListDeployments',
      'ListTagsForResource',
    ])
  })

  describe('of deployment groups', () => {
    it('passes over what is in place, without traffic control, or on Lambda or ECS', async () => {
      inCondition('healthy')
      const { world } = aws
      world.createDeploymentGroup({ name: 'in-place', deploymentStyle: { deploymentType: 'IN_PLACE' } })
      world.createDeploymentGroup({ name: 'quiet', deploymentStyle: { deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' } })
      world.createDeploymentGroup({ name: 'lambda', computePlatform: 'Lambda' })
      world.createDeploymentGroup({ name: 'ecs', computePlatform: 'ECS', targetGroupPairs: [['web-0', 'web-0']] })
      expect(names((await look()).observations)).to.deep.equal(['group-0'])
    })

    it('says nothing of missing target groups while a deployment is under way: green is about to get them', async () => {
      inCondition('missing')
      const underWay = aws.world.deploy({ application: 'application-0', deploymentGroup: 'group-0' })
      const { observations } = await look()
      expect(sentences(observations)).to.deep.equal([])
      expect(
        observations.map((observation) =>
          observation.kind === 'deploymentGroup' ? observation.underWay : observation,
        ),
      ).to.deep.equal([[underWay]])
    })

    it('asks again for an Auto Scaling group that is new, before it says that there is none', async () => {
      inCondition('healthy')
      const group = aws.world.autoScalingGroups.get('CodeDeploy_group-0_d-D00000000')
      if (group === undefined) throw new Error('nothing was generated')
      aws.world.autoScalingGroups.delete(group.name)
      // Made between the list of all of them and the question.
      aws.faults.add({ action: 'codedeploy:BatchGetDeploymentGroups', kind: 'latency', latencyMs: 1_000 })
      setTimeout(() => aws.world.autoScalingGroups.set(group.name, group), 500)
      expect(sentences((await look()).observations)).to.deep.equal([])
    })

    it('goes on where an application was deleted since it was listed', async () => {
      generateAccount(aws.world, { applications: 2, deploymentGroups: 2 })
      aws.faults.add({ action: 'codedeploy:ListDeploymentGroups', kind: 'latency', latencyMs: 1_000 })
      setTimeout(() => aws.world.deploymentGroups.delete('application-0/group-0'), 500)
      const { ended, observations } = await look()
      expect([ended, names(observations), unseen(observations)]).to.deep.equal(['complete', ['group-1'], []])
    })

    it('turns every page of every list', async () => {
      generateAccount(aws.world, { applications: 101, deploymentGroups: 303, instances: 0 })
      for (let number = 0; number < 101; number++) {
        aws.world.createDeploymentGroup({
          application: 'large',
          name: `large-${number}`,
          targetGroups: ['web-0'],
          readyWaitMinutes: 60,
        })
      }
      const { observations } = await look()
      expect(new Set(names(observations)).size).to.equal(404)
      expect(sentences(observations)).to.deep.equal([])
    })
  })

  describe('of what deployments left behind', () => {
    it('takes no other Auto Scaling group for a kept blue, though it has the same target group', async () => {
      inCondition('healthy')
      aws.world.createAutoScalingGroup({ name: 'canary', targetGroups: ['web-0'] })
      expect(sentences((await look()).observations)).to.deep.equal([])
    })

    it('takes no group for a copy because of its name alone', async () => {
      inCondition('healthy')
      aws.world.createAutoScalingGroup({ name: 'CodeDeploy_group-0_d-NOBODY000' })
      expect(sentences((await look()).observations)).to.deep.equal([])
    })

    it('knows an earlier green by its deployment, whatever becomes of blue today', async () => {
      inCondition('healthy')
      const earlier = aws.world.deployments.get('d-D00000000')
      if (earlier === undefined) throw new Error('nothing was generated')
      aws.world.createAutoScalingGroup({ name: 'CodeDeploy_group-0_d-EARLIER00', targetGroups: ['web-0'] })
      aws.world.deployments.set('d-EARLIER00', {
        ...earlier,
        deploymentId: 'd-EARLIER00',
        targetInstances: { autoScalingGroups: ['CodeDeploy_group-0_d-EARLIER00'] },
      })
      expect(sentences((await look()).observations)).to.deep.equal([
        'application-0/group-0: CodeDeploy_group-0_d-EARLIER00, which it names no more, still has web-0: instances that it launches serve another version',
      ])
    })

    it('says nothing of blue while a deployment is under way, nor of what is being deleted', async () => {
      inCondition('keptBlue')
      Object.assign(aws.world.autoScalingGroups.get('blue-0') ?? {}, { status: 'Delete in progress' })
      expect(sentences((await look()).observations)).to.deep.equal([])
      Object.assign(aws.world.autoScalingGroups.get('blue-0') ?? {}, { status: undefined })
      aws.world.deploy({ application: 'application-0', deploymentGroup: 'group-0' })
      expect(sentences((await look()).observations)).to.deep.equal([])
    })
  })

  describe('where AWS does not tell everything', () => {
    it('says what it could not look at, once, and sees the rest', async () => {
      generateAccount(aws.world, { applications: 3, deploymentGroups: 9, conditionOf: () => 'missing' })
      aws.faults.add({ action: 'elasticloadbalancing:DescribeTargetGroups', kind: 'accessDenied', times: 'forever' })
      const denied = (input: Readonly<Record<string, unknown>>) => input['applicationName'] === 'application-1'
      aws.faults.add({ action: 'codedeploy:ListDeploymentGroups', kind: 'accessDenied', when: denied })
      const { ended, observations } = await look()
      expect([ended, names(observations).length, unseen(observations).sort()]).to.deep.equal([
        'complete',
        6,
        ['application application-1', 'target groups'],
      ])
      expect(sentences(observations)).to.have.length(6)
    })

    it('says so where CodeDeploy describes a deployment group without its name', async () => {
      const observations: Observation[] = []
      const none = async () => []
      const refusal = 'CodeDeploy described a deployment group without its application or its name'
      const reading: RegionReading = {
        applications: async () => ['shop'],
        deploymentGroups: async function* () {
          yield [{ refusal }]
        },
        everyAutoScalingGroup: async function* () {
          yield []
        },
        everyDeploymentUnderWay: none,
        deployments: none,
        autoScalingGroups: none,
        targetGroups: async () => new Map(),
        tagsOf: async () => new Map(),
        deploymentsOf: async function* () {},
        targetHealth: none,
        progress: async () => nothingToInstall,
      }
      expect(await survey(reading, (observation) => void observations.push(observation))).to.equal('complete')
      expect(
        observations.map((observation) =>
          'error' in observation ? [observation.what, String(observation.error)] : observation,
        ),
      ).to.deep.equal([
        [
          'a deployment group of application shop',
          'Error: CodeDeploy described a deployment group without its application or its name',
        ],
      ])
    })

    it('sees deployment groups though it may not look at Auto Scaling groups', async () => {
      generateAccount(aws.world, { deploymentGroups: 2, conditionOf: () => 'doesNotWait' })
      aws.faults.add({ action: 'autoscaling:DescribeAutoScalingGroups', kind: 'accessDenied', times: 'forever' })
      const { observations } = await look()
      expect(unseen(observations)).to.deep.equal(['the Auto Scaling groups'])
      expect(sentences(observations)).to.have.length(2)
    })

    it('says nothing of what is left behind where not all who could name it were seen', async () => {
      generateAccount(aws.world, { applications: 2, deploymentGroups: 2, conditionOf: () => 'leftover' })
      const denied = (input: Readonly<Record<string, unknown>>) => input['applicationName'] === 'application-1'
      aws.faults.add({ action: 'codedeploy:ListDeploymentGroups', kind: 'accessDenied', when: denied })
      expect(sentences((await look()).observations)).to.deep.equal([])
    })
  })

  describe('that is cut short', () => {
    it('ends before the next page, and says so', async () => {
      generateAccount(aws.world, { applications: 20, deploymentGroups: 20 })
      let pages = 0
      const { ended, observations } = await look({ mayGoOn: () => pages++ < 12 })
      expect(ended).to.equal('cutShort')
      expect(names(observations)).to.not.be.empty
      expect(names(observations).length).to.be.below(20)
    })

    it('begins where it is told to, and comes round to what is before', async () => {
      generateAccount(aws.world, { applications: 20, deploymentGroups: 20 })
      const begun: string[] = []
      await look({ startAt: 0.5, onProgress: (done, of) => void begun.push(`${done}/${of}`) })
      const listed = aws.calls.filter(({ action }) => action.endsWith('ListDeploymentGroups'))
      expect(listed.map(({ input }) => input['applicationName']).slice(0, 3)).to.deep.equal([
        'application-10',
        'application-11',
        'application-12',
      ])
      expect(new Set(listed.map(({ input }) => input['applicationName'])).size).to.equal(20)
      expect(begun.at(-1)).to.equal('20/20')
    })
  })
})
