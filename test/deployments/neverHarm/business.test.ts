import { expect } from 'chai'
import { deploy } from '../../../tools/stack.ts'
import { readTemplate } from '../../../tools/template.ts'
import { authorizeBy } from '../../policies/authorize.ts'
import { notifications } from '../notifications.ts'
import {
  badRelease,
  type DeploymentOptions,
  type PlayedDeployment,
  productionOf,
  settled,
  stateOf,
  untouched,
  type World,
} from '../playedDeployment.ts'
import { atReady, begin, failedInvocations, instancesIn, minutes, succeeds } from './scene.ts'

describe('Never harm: whose business', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  describe('a deployment group of Lambda or ECS whose tags name the groups of somebody else', () => {
    const theirs = 'CodeDeploy_theirs'
    /** Deploys with the hook; the owners of the Auto Scaling group and of its target group have agreed to these. */
    const play = async (computePlatform: 'Lambda' | 'ECS', agreed: readonly (string | undefined)[], healthy = true) => {
      const [group, targetGroup] = agreed.map((to) => (to === undefined ? {} : { 'greenlight:gated-by': to }))
      deployment = await begin({
        settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
        arrange: (world) => {
          world.createAutoScalingGroup({ name: theirs, ...(group && { tags: group }) })
          world.createTargetGroup({
            name: 'orders',
            deregistrationDelaySeconds: 5,
            ...(targetGroup && { tags: targetGroup }),
          })
          world.createDeploymentGroup({
            application: 'mine',
            name: 'mine',
            computePlatform,
            tags: { 'greenlight:auto-scaling-groups': theirs, 'greenlight:target-groups': 'orders' },
          })
        },
      })
      const { aws, later } = deployment
      const { world, functionName: BeforeAllowTraffic } = aws
      if (!healthy) for (const instanceId of instancesIn(world, theirs)) world.breakInstance(instanceId)
      const id = world.deploy({ application: 'mine', deploymentGroup: 'mine', lambdaHooks: { BeforeAllowTraffic } })
      const status = await aws.played(id)
      await later(minutes(11))
      const { attached, records } = stateOf(world, theirs) ?? untouched
      return { status, attached, records: Object.keys(records).filter((key) => key !== 'greenlight:gated-by') }
    }

    for (const computePlatform of ['Lambda', 'ECS'] as const) {
      for (const agreed of [
        [undefined, undefined],
        ['mine/mine', undefined],
        [undefined, 'mine/mine'],
        ['mine/mine2 others/mine', 'mine/mine'],
      ]) {
        it(`attaches nothing and fails its own hook where they agreed to ${agreed.map((to) => to ?? 'nobody').join(' and ')} (${computePlatform})`, async () => {
          expect(await play(computePlatform, agreed)).to.deep.include({ status: 'Failed', attached: [] })
        })
      }

      it(`attaches where they agreed (${computePlatform})`, async () => {
        const status = await play(computePlatform, ['others/production mine/mine', 'mine/mine'])
        expect(status).to.deep.equal({ status: 'Succeeded', attached: ['orders'], records: [] })
      })

      it(`leaves nothing attached that never became healthy where nobody else is (${computePlatform})`, async () => {
        const status = await play(computePlatform, ['mine/mine', 'mine/mine'], false)
        expect(status).to.deep.equal({ status: 'Failed', attached: [], records: [] })
      })
    }
  })

  describe('of a stack with another pattern', () => {
    const parameters = { AutoScalingGroupNamePattern: 'theirs_*' }
    const elsewhere = (options: DeploymentOptions = {}) =>
      begin({
        mode: 'gate',
        settings: { GREENLIGHT_NAME_PATTERN: parameters.AutoScalingGroupNamePattern },
        authorize: authorizeBy(deploy(readTemplate(), { parameters })),
        ...options,
      })

    it('stops nothing, fails nothing and changes nothing', async () => {
      deployment = await elsewhere()
      const { aws, id, later, now, actions } = deployment
      await atReady(deployment)
      await later(minutes(11))
      expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
      await succeeds(deployment)
      await later(minutes(11))
      expect(now()).to.deep.equal(untouched)
      expect(actions().filter((action) => action !== 'InvokeFunction')).to.deep.equal([])
      expect(failedInvocations(aws)).to.deep.equal([])
      expect(aws.log.filter(({ level }) => level === 'ERROR')).to.deep.equal([])
    })

    it('reads a pattern of many asterisks at once', async () => {
      const name = 'a'.repeat(200)
      deployment = await begin({
        via: 'nobody',
        sweeps: 'whenTold',
        settings: { GREENLIGHT_NAME_PATTERN: `${'*a'.repeat(20)}*b` },
        arrange: (world) => {
          world.createAutoScalingGroup({ name })
          world.createDeploymentGroup({ name: 'long', autoScalingGroup: name, targetGroups: ['web'] })
        },
      })
      const { user } = process.cpuUsage()
      expect((await deployment.aws.sweep())['findings']).to.include({ outsidePattern: 1 })
      expect((process.cpuUsage().user - user) / 1e6).to.be.below(2)
    })

    it('answers a call with the parameter that keeps it away', async () => {
      deployment = await elsewhere({ via: 'nobody', sweeps: false })
      await atReady(deployment)
      const answer = await deployment.aws.invoke({ DeploymentId: deployment.id })
      expect(answer).to.include({ verdict: 'Failed' })
      expect(answer['reason']).to.include('AutoScalingGroupNamePattern')
    })
  })

  describe('an event that nobody knows', () => {
    it('is named by its keys, and never repeats a value', async () => {
      deployment = await begin({ via: 'nobody', sweeps: false })
      const { aws } = deployment
      const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'SECRET', sessionToken: 'TOKEN' }
      const answer = await aws.invoke({
        'CodePipeline.job': { id: 'JOB', accountId: 'ACCOUNT', data: { artifactCredentials: credentials } },
      })
      const said = JSON.stringify([answer, aws.log])
      expect(said).to.include('CodePipeline.job')
      for (const value of ['AKIAEXAMPLE', 'SECRET', 'TOKEN', 'JOB', 'ACCOUNT']) expect(said).to.not.include(value)
    })

    it('of ECS itself is answered as ECS reads it', async () => {
      deployment = await begin({ via: 'nobody', sweeps: false })
      const { aws } = deployment
      const arn = 'arn:aws:ecs:eu-west-1:123456789012:service-deployment/c/s/1'
      expect(
        await aws.invoke({
          executionDetails: { testTrafficWeights: {}, productionTrafficWeights: {}, serviceArn: arn },
          executionId: 'a0e1',
          lifecycleStage: 'POST_SCALE_UP',
          resourceArn: arn,
        }),
      ).to.deep.equal({ hookStatus: 'SUCCEEDED' })
      expect(aws.calls).to.deep.equal([])
    })

    it("is the detail alone of CodeDeploy's, and is handled as the whole would be", async () => {
      deployment = await begin({ via: 'nobody', sweeps: false })
      const { aws, id, later, now } = deployment
      await aws.until(id, 'Ready')
      expect(await aws.invoke(notifications.EventBridge(id).detail)).to.equal(null)
      await later()
      expect(now()?.held).to.have.length(5)
    })
  })

  it('passes a local deployment, which there is nothing to gate about', async () => {
    deployment = await begin({ via: 'nobody', sweeps: false })
    const answer = await deployment.aws.invoke({ DeploymentId: 'd-ABCDEF123-local' })
    expect(answer).to.include({ verdict: 'Succeeded' })
    expect(answer['reason']).to.match(/^nothing to gate: .*local deployment/)
  })

  describe('a deployment', () => {
    for (const lacks of ['deploymentStyle', 'applicationName', 'deploymentGroupName'] as const) {
      it(`without ${lacks} in AWS's answer is nothing to gate`, async () => {
        deployment = await begin({
          via: 'nobody',
          sweeps: false,
          mode: 'gate',
          meets: async (_run, request, handle) => {
            const response = await handle()
            if (request.headers['x-amz-target'] !== 'CodeDeploy_20141006.GetDeployment') return response
            const { deploymentInfo } = JSON.parse(response.body)
            return { ...response, body: JSON.stringify({ deploymentInfo: { ...deploymentInfo, [lacks]: undefined } }) }
          },
        })
        const { aws, id } = deployment
        await atReady(deployment)
        expect((await aws.invoke({ DeploymentId: id }))['reason']).to.match(/^nothing to gate: /)
        expect(await aws.invoke(notifications.EventBridge(id))).to.equal(null)
        expect(aws.changes()).to.deep.equal([])
      })
    }

    const names = Array.from({ length: 30 }, (_, number) => `web-${number}`)
    const thirty = (world: World) => {
      for (const name of names) world.createTargetGroup({ name, deregistrationDelaySeconds: 5 })
      const blue = world.autoScalingGroups.get('blue')
      const arns = names.flatMap((name) => world.targetGroups.get(name)?.arn ?? [])
      if (blue) world.scaling.attach(blue, arns, 'targetGroups')
      productionOf(world).loadBalancerInfo = { targetGroupInfoList: names.map((name) => ({ name })) }
    }
    for (const healthy of [true, false]) {
      it(`of thirty target groups is ${healthy ? 'settled' : 'undone'} like any other`, async () => {
        deployment = await begin({ ...badRelease, healthy, mode: 'gate', arrange: thirty })
        const { aws, id, later, now } = deployment
        expect(await aws.played(id)).to.equal(healthy ? 'Succeeded' : 'Stopped')
        await later(minutes(11))
        expect(now()).to.deep.equal(healthy ? { ...settled, attached: names } : untouched)
        expect(failedInvocations(aws)).to.deep.equal([])
      })
    }

    it("whose green carries forty-eight of AWS's own tags is gated like any other", async () => {
      deployment = await begin({
        mode: 'gate',
        arrange: (world) => {
          const own = Array.from({ length: 48 }, (_, number) => ({
            key: `aws:own:${number}`,
            value: 'x',
            propagateAtLaunch: false,
          }))
          Object.assign(world.autoScalingGroups.get('blue') ?? {}, { tags: own })
        },
      })
      expect(await deployment.aws.played(deployment.id)).to.equal('Succeeded')
      await deployment.later(minutes(6))
      expect(deployment.now()).to.deep.equal(settled)
    })

    it('whose target group was made anew under its name after traffic had arrived gets the new one', async () => {
      deployment = await begin()
      const { aws, id, green, later, now } = deployment
      await atReady(deployment)
      aws.world.continueDeployment(id)
      while (now()?.attached.length === 0) await later(5)
      aws.world.deleteTargetGroup('web')
      const { arn } = aws.world.createTargetGroup({ name: 'web' })
      expect(await aws.played(id)).to.equal('Succeeded')
      await later(minutes(11))
      expect(aws.world.autoScalingGroups.get(green)?.targetGroupArns).to.include(arn)
    })
  })
})
