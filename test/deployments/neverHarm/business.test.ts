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
  untouched,
  type World,
} from '../playedDeployment.ts'
import { atReady, begin, failedInvocations, minutes, succeeds } from './scene.ts'

describe('Never harm: whose business', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

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
  })
})
