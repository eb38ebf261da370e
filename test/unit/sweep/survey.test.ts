import { expect } from 'chai'
import { build } from 'esbuild'
import { type Condition, conditions, generateAccount } from '../../../simulator/account.ts'
import { type Simulator, simulate } from '../../../simulator/simulate.ts'
import { type VirtualTime, virtualTime } from '../../../simulator/virtualTime.ts'
import { createClients } from '../../../src/aws/clients.ts'
import { eyesOn } from '../../../src/aws/eyes.ts'
import type { Eyes } from '../../../src/reconcile/ports.ts'
import { findingsOf, sentenceOf } from '../../../src/sweep/finding.ts'
import { type Sight, type Survey, survey } from '../../../src/sweep/survey.ts'
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

  const look = async (options: Survey = {}) => {
    const sights: Sight[] = []
    const limits = {
      signal: new AbortController().signal,
      sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
      requestMs: 10_000,
      onFailedTry: () => {},
    }
    const ended = await time.run(survey(eyesOn(createClients(), limits), (sight) => void sights.push(sight), options))
    return { ended, sights }
  }
  const sentences = (sights: readonly Sight[]) =>
    sights.flatMap((sight) => findingsOf(sight, { pattern: 'CodeDeploy_*', now: Date.now() })).map(sentenceOf)
  const unseen = (sights: readonly Sight[]) => sights.flatMap((sight) => (sight.kind === 'unseen' ? [sight.what] : []))
  const names = (sights: readonly Sight[]) =>
    sights.flatMap((sight) => (sight.kind === 'deploymentGroup' ? [sight.deploymentGroup.name] : []))
  const inCondition = (condition: Condition) =>
    generateAccount(aws.world, { deploymentGroups: 1, conditionOf: () => condition })

  const expected: Readonly<Record<Condition, readonly string[]>> = {
    healthy: [],
    missing: [
      'CodeDeploy_group-0_d-D00000000 is without web-0: what it launches gets no traffic, what it terminates is not drained, and what is unhealthy is not replaced',
    ],
    missingElsewhere: [
      'workers-0 is without web-0: what it launches gets no traffic, what it terminates is not drained, and what is unhealthy is not replaced',
      'workers-0 does not match CodeDeploy_*, and Greenlight may not change it',
    ],
    unnamed: [
      'CodeDeploy_group-0_d-D00000000 has admin-0, which the deployment group does not name: the next green will be without',
    ],
    keptBlue: ['blue-0, an earlier blue, still has web-0: what it launches serves the old version'],
    leftover: [
      'CodeDeploy_group-0_d-F00000000, the green of deployment d-F00000000, which was Failed, 2 days ago, still runs with 2 instances',
    ],
    leftoverAttached: [
      'CodeDeploy_group-0_d-F00000000, the green of deployment d-F00000000, which was Failed, 2 days ago, still runs with 2 instances, and still has web-0',
      'CodeDeploy_group-0_d-F00000000 has web-0 since deployment d-F00000000, and no record says who attached it',
    ],
    held: [
      'HealthCheck, AZRebalance, AlarmNotification, ReplaceUnhealthy and ScheduledActions of CodeDeploy_group-0_d-D00000000 are suspended, and no record says who did it',
    ],
    recorded: [
      "CodeDeploy_group-0_d-D00000000 still carries Greenlight's records of deployment d-D00000000, which is not under way",
    ],
    classicLoadBalancer: ['Greenlight handles target groups alone, and not classic-0'],
    lattice: [
      'Greenlight handles target groups alone, and not arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-0',
    ],
    doesNotWait: ['its deployments do not wait at Ready, where mode gate would continue or stop them'],
    noAutoScalingGroup: ['it names CodeDeploy_group-0_d-D00000000, which does not exist'],
    noTargetGroup: [
      'CodeDeploy_group-0_d-D00000000 is without web-0: what it launches gets no traffic, what it terminates is not drained, and what is unhealthy is not replaced',
      'target group web-0 does not exist',
    ],
  }
  for (const condition of conditions) {
    it(`finds of a deployment group that is ${condition} exactly what is so`, async () => {
      inCondition(condition)
      const { ended, sights } = await look()
      expect(ended).to.equal('complete')
      expect(sentences(sights)).to.deep.equal(expected[condition].map((one) => `application-0/group-0: ${one}`))
    })
  }

  it('changes nothing, and asks for no tags, and for target groups only where one is missing', async () => {
    generateAccount(aws.world, {
      deploymentGroups: conditions.length,
      conditionOf: (number) => conditions[number] ?? 'healthy',
    })
    await look()
    expect([...new Set(aws.calls.map(({ action }) => action))].sort()).to.deep.equal([
      'autoscaling:DescribeAutoScalingGroups',
      'codedeploy:BatchGetDeploymentGroups',
      'codedeploy:BatchGetDeployments',
      'codedeploy:ListApplications',
      'codedeploy:ListDeploymentGroups',
      'codedeploy:ListDeployments',
      'elasticloadbalancing:DescribeTargetGroups',
    ])
    const asked = aws.calls.filter(({ action }) => action.endsWith('DescribeTargetGroups'))
    // All at once, and one by one where that fails because one of them does not exist (F19).
    expect(asked.map(({ input }) => input['Names'])).to.deep.equal([
      ['web-1', 'web-2', 'web-13'],
      ['web-1'],
      ['web-2'],
      ['web-13'],
    ])
  })
  it('is made of nothing that could change anything: no such command is in its bundle', async () => {
    const contents = "export { survey } from './src/sweep/survey.ts'; export { eyesOn } from './src/aws/eyes.ts'"
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
      'BatchGetDeployments',
      'DescribeAutoScalingGroups',
      'DescribeTargetGroups',
      'DescribeTargetHealth',
      'ListApplications',
      'ListDeploymentGroups',
      'ListDeployments',
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
      expect(names((await look()).sights)).to.deep.equal(['group-0'])
    })

    it('says nothing of missing target groups while a deployment is under way: green is about to get them', async () => {
      inCondition('missing')
      const underWay = aws.world.deploy({ application: 'application-0', deploymentGroup: 'group-0' })
      const { sights } = await look()
      expect(sentences(sights)).to.deep.equal([])
      expect(sights.map((sight) => (sight.kind === 'deploymentGroup' ? sight.underWay : sight))).to.deep.equal([
        [underWay],
      ])
    })

    it('asks again for an Auto Scaling group that is new, before it says that there is none', async () => {
      inCondition('healthy')
      const group = aws.world.autoScalingGroups.get('CodeDeploy_group-0_d-D00000000')
      if (group === undefined) throw new Error('nothing was generated')
      aws.world.autoScalingGroups.delete(group.name)
      // Made between the list of all of them and the question.
      aws.faults.add({ action: 'codedeploy:BatchGetDeploymentGroups', kind: 'latency', latencyMs: 1_000 })
      setTimeout(() => aws.world.autoScalingGroups.set(group.name, group), 500)
      expect(sentences((await look()).sights)).to.deep.equal([])
    })

    it('goes on where an application was deleted since it was listed', async () => {
      generateAccount(aws.world, { applications: 2, deploymentGroups: 2 })
      aws.faults.add({ action: 'codedeploy:ListDeploymentGroups', kind: 'latency', latencyMs: 1_000 })
      setTimeout(() => aws.world.deploymentGroups.delete('application-0/group-0'), 500)
      const { ended, sights } = await look()
      expect([ended, names(sights), unseen(sights)]).to.deep.equal(['complete', ['group-1'], []])
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
      const { sights } = await look()
      expect(new Set(names(sights)).size).to.equal(404)
      expect(sentences(sights)).to.deep.equal([])
    })
  })

  describe('of what deployments left behind', () => {
    it('takes no other Auto Scaling group for a kept blue, though it has the same target group', async () => {
      inCondition('healthy')
      aws.world.createAutoScalingGroup({ name: 'canary', targetGroups: ['web-0'] })
      expect(sentences((await look()).sights)).to.deep.equal([])
    })

    it('takes no group for a copy because of its name alone', async () => {
      inCondition('healthy')
      aws.world.createAutoScalingGroup({ name: 'CodeDeploy_group-0_d-NOBODY000' })
      expect(sentences((await look()).sights)).to.deep.equal([])
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
      expect(sentences((await look()).sights)).to.deep.equal([
        'application-0/group-0: CodeDeploy_group-0_d-EARLIER00, an earlier blue, still has web-0: what it launches serves the old version',
      ])
    })

    it('says nothing of blue while a deployment is under way, nor of what is being deleted', async () => {
      inCondition('keptBlue')
      Object.assign(aws.world.autoScalingGroups.get('blue-0') ?? {}, { status: 'Delete in progress' })
      expect(sentences((await look()).sights)).to.deep.equal([])
      Object.assign(aws.world.autoScalingGroups.get('blue-0') ?? {}, { status: undefined })
      aws.world.deploy({ application: 'application-0', deploymentGroup: 'group-0' })
      expect(sentences((await look()).sights)).to.deep.equal([])
    })
  })

  describe('where AWS does not tell everything', () => {
    it('says what it could not look at, once, and sees the rest', async () => {
      generateAccount(aws.world, { applications: 3, deploymentGroups: 9, conditionOf: () => 'missing' })
      aws.faults.add({ action: 'elasticloadbalancing:DescribeTargetGroups', kind: 'accessDenied', times: 'forever' })
      const denied = (input: Readonly<Record<string, unknown>>) => input['applicationName'] === 'application-1'
      aws.faults.add({ action: 'codedeploy:ListDeploymentGroups', kind: 'accessDenied', when: denied })
      const { ended, sights } = await look()
      expect([ended, names(sights).length, unseen(sights).sort()]).to.deep.equal([
        'complete',
        6,
        ['application application-1', 'target groups'],
      ])
      expect(sentences(sights)).to.have.length(6)
    })

    it('says so where CodeDeploy describes a deployment group without its name', async () => {
      const sights: Sight[] = []
      const none = async () => []
      const eyes: Eyes = {
        applications: async () => ['shop'],
        deploymentGroups: async function* () {
          yield [{}]
        },
        everyAutoScalingGroup: async function* () {
          yield []
        },
        everyDeploymentUnderWay: async () => [{}, {}],
        deployments: none,
        autoScalingGroups: none,
        targetGroups: async () => new Map(),
      }
      expect(await survey(eyes, (sight) => void sights.push(sight))).to.equal('complete')
      expect(sights.map((sight) => ('error' in sight ? [sight.what, String(sight.error)] : sight))).to.deep.equal([
        [
          'a deployment group of application shop',
          'Error: CodeDeploy described a deployment group without its application or its name',
        ],
      ])
    })

    it('sees deployment groups though it may not look at Auto Scaling groups', async () => {
      generateAccount(aws.world, { deploymentGroups: 2, conditionOf: () => 'doesNotWait' })
      aws.faults.add({ action: 'autoscaling:DescribeAutoScalingGroups', kind: 'accessDenied', times: 'forever' })
      const { sights } = await look()
      expect(unseen(sights)).to.deep.equal(['the Auto Scaling groups'])
      expect(sentences(sights)).to.have.length(2)
    })

    it('says nothing of what is left behind where not all who could name it were seen', async () => {
      generateAccount(aws.world, { applications: 2, deploymentGroups: 2, conditionOf: () => 'leftover' })
      const denied = (input: Readonly<Record<string, unknown>>) => input['applicationName'] === 'application-1'
      aws.faults.add({ action: 'codedeploy:ListDeploymentGroups', kind: 'accessDenied', when: denied })
      expect(sentences((await look()).sights)).to.deep.equal([])
    })
  })

  describe('that is cut short', () => {
    it('ends before the next page, and says so', async () => {
      generateAccount(aws.world, { applications: 20, deploymentGroups: 20 })
      let pages = 0
      const { ended, sights } = await look({ mayGoOn: () => pages++ < 12 })
      expect(ended).to.equal('cutShort')
      expect(names(sights)).to.not.be.empty
      expect(names(sights).length).to.be.below(20)
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
