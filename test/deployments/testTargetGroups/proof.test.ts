import { expect } from 'chai'
import { customConfiguration } from '../../../simulator/world/deployments/configurations.ts'
import { ready } from '../deploymentStates.ts'
import { instancesIn, minutes } from '../neverHarm/scene.ts'
import {
  inMode,
  type PlayedDeployment,
  productionOf,
  settled,
  stateOf,
  type World,
  whileAsking,
} from '../playedDeployment.ts'
import { revisionWithScript } from '../playground.ts'
import {
  addTwin,
  begin,
  callsOf,
  greenTargets,
  outcomeOf,
  played,
  registeredIn,
  registrationsOf,
  retag,
  targetGroupOf,
  until,
  untilProving,
  wantApi,
  wasStopped,
  wentOn,
  withImage,
} from './scene.ts'

const reasons = ({ lines }: PlayedDeployment): string =>
  lines('Verdict')
    .map(({ reason }) => reason)
    .join('\n')

/** How AWS refuses to register an instance that does not run, and all others in the same call. */
const invalidTarget = (instanceId: string) => ({
  status: 400,
  headers: { 'content-type': 'text/xml' },
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidTarget</Code><Message>The following targets are not in a running state and cannot be registered: '${instanceId}'</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
})

describe('Test target groups: the proof', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  describe('at Ready in mode gate', () => {
    it('stops a bad release of which no user has seen anything', async () => {
      deployment = await begin({ healthy: false })
      await played(deployment)
      expect(outcomeOf(deployment)).to.deep.equal(wasStopped)
      expect(registrationsOf(deployment)).to.have.length(2)
      expect(deployment.aws.attaches()).to.deep.equal([])
      expect(deployment.aws.traffic.count().failed).to.equal(0)
      expect(stateOf(deployment.aws.world, 'blue')).to.deep.equal(settled)
      expect(reasons(deployment)).to.match(/not healthy within 60 s: .*greenlight-web/)
    })

    it("lets a good one go on in CodeDeploy's own batches, and attaches what is wanted at arrival", async () => {
      deployment = await begin({ instances: 3 })
      await played(deployment)
      expect(outcomeOf(deployment)).to.deep.equal(wentOn)
      expect(deployment.aws.traffic.count().failed).to.equal(0)
      expect(reasons(deployment)).to.match(/has 3 of 3 instances healthy in test target group greenlight-web/)
      const arrived = greenTargets(deployment).map(({ lifecycleEvents }) => lifecycleEvents.at(-2)?.endTime ?? 0)
      expect(deployment.aws.attaches().map(({ at }) => at.getTime() >= Math.max(...arrived))).to.deep.equal([true])
      expect(callsOf(deployment, 'DeregisterTargets')).to.not.deep.equal([])
    })

    it('asks for the proof once more where a notification comes again, and changes nothing', async () => {
      deployment = await begin()
      const { aws, later } = deployment
      await untilProving(deployment)
      for (const notification of aws.world.notifications.sent) aws.world.notifications.resend(notification)
      await later(5)
      expect(callsOf(deployment, 'RegisterTargets').filter(({ effect }) => effect === 'changed')).to.have.length(1)
      await played(deployment)
      expect(outcomeOf(deployment)).to.deep.equal(wentOn)
    })

    for (const [percent, status] of [
      ['75', 'Succeeded'],
      ['76', 'Stopped'],
    ] as const) {
      it(`calls three healthy of four ${percent === '75' ? 'enough' : 'too few'} for ${percent} %`, async () => {
        deployment = await begin({ instances: 4, settings: { GREENLIGHT_MINIMUM_HEALTHY_PERCENT: percent } })
        const { aws, green } = deployment
        await untilProving(deployment)
        aws.world.breakInstance(instancesIn(aws.world, green)[0] ?? '')
        await played(deployment)
        expect(outcomeOf(deployment)).to.deep.equal({ ...(status === 'Stopped' ? wasStopped : wentOn), status })
      })
    }

    for (const [percent, status] of [
      ['75', 'Succeeded'],
      ['100', 'Stopped'],
    ] as const) {
      it(`leaves out an instance that CodeDeploy gave up, which is one too few for 100 %, and not for 75 %: ${percent} %`, async () => {
        deployment = await begin({ instances: 4, settings: { GREENLIGHT_MINIMUM_HEALTHY_PERCENT: percent } })
        const { aws, id, green, later } = deployment
        while (instancesIn(aws.world, green).length < 4) await later(1)
        const [givenUp = ''] = instancesIn(aws.world, green)
        aws.world.failEvent(givenUp, 'Install')
        expect(await aws.played(id)).to.equal(status)
        expect(registrationsOf(deployment)).to.not.include(givenUp)
        await later(660)
        expect(outcomeOf(deployment)).to.deep.include({ held: [], records: [], registered: [] })
      })
    }

    for (const [image, terminatedTargetsLeave] of [
      [true, true],
      [true, false],
      [false, false],
    ] as const) {
      it(`proves anew what ${image ? 'serves' : 'does not serve'} in the place of an instance that was terminated meanwhile, and ${terminatedTargetsLeave ? 'left' : 'stays'}`, async () => {
        deployment = await begin({
          switches: { terminatedTargetsLeave },
          arrange: (world) => image && withImage(world),
        })
        const { aws, green } = deployment
        await untilProving(deployment)
        const instance = aws.world.instances.get(instancesIn(aws.world, green)[0] ?? '')
        if (instance) aws.world.scaling.terminateInstance(instance, false)
        await until(deployment, () => instancesIn(aws.world, green).length === 2)
        const launched = instancesIn(aws.world, green).find((id) => id !== instance?.instanceId)
        await played(deployment)
        expect(registrationsOf(deployment)).to.include(launched)
        expect(outcomeOf(deployment)).to.deep.equal(image ? wentOn : wasStopped)
      })
    }

    it('looks again where an instance ended as it was to be registered, and registers the others', async () => {
      let isDue = true
      deployment = await begin({
        instances: 3,
        meets: (_run, request, handle) => {
          const { aws, green } = deployment
          const instance = aws.world.instances.get(instancesIn(aws.world, green)[0] ?? '')
          if (isDue && instance && request.body.includes('Action=RegisterTargets&')) {
            isDue = false
            aws.world.scaling.terminateInstance(instance, true)
            instance.running = false
          }
          return handle()
        },
      })
      await played(deployment)
      expect(callsOf(deployment, 'RegisterTargets')[0]?.outcome).to.equal('InvalidTarget')
      expect(outcomeOf(deployment)).to.deep.equal(wentOn)
    })

    for (const [percent, status] of [
      ['75', 'Succeeded'],
      ['100', 'Stopped'],
    ] as const) {
      it(`names an instance that is InService and does not run, and registers the others: ${percent} %`, async () => {
        const notRunning = () => instancesIn(deployment.aws.world, deployment.green)[0] ?? 'none'
        deployment = await begin({
          instances: 4,
          settings: { GREENLIGHT_MINIMUM_HEALTHY_PERCENT: percent },
          meets: async (_run, request, handle) =>
            request.body.includes('Action=RegisterTargets&') && request.body.includes(notRunning())
              ? invalidTarget(notRunning())
              : handle(),
        })
        expect(await deployment.aws.played(deployment.id)).to.equal(status)
        if (status === 'Stopped') {
          expect(reasons(deployment))
            .to.match(new RegExp(`${notRunning()} .*not run`))
            .and.not.match(/not InService/)
        }
      })
    }

    for (const healthy of [true, false]) {
      const release = healthy ? 'good' : 'bad'
      it(`proves a ${release} release where attaching proves nothing: the target group fails open below 60 %`, async () => {
        const attribute = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage'
        const arrange: Parameters<typeof begin>[0] = {
          arrange: (world) => void targetGroupOf(world, 'web').attributes.set(attribute, '60'),
        }
        deployment = await begin({ healthy, ...arrange })
        await played(deployment)
        expect(outcomeOf(deployment)).to.deep.equal(healthy ? wentOn : wasStopped)
        expect(deployment.aws.traffic.count().failed).to.equal(0)
      })

      it(`proves a ${release} release where attaching registers nobody: CodeDeploy has suspended AddToLoadBalancer`, async () => {
        const switches = { greenSuspendedAt: 'ready', attachRegistersThoughSuspended: false } as const
        deployment = await begin({ healthy, switches })
        await played(deployment)
        expect(outcomeOf(deployment)).to.deep.equal(healthy ? wentOn : wasStopped)
      })

      it(`proves a ${release} release of standing greens`, async () => {
        const greens = ['CodeDeploy_one', 'CodeDeploy_two']
        deployment = await begin()
        const { aws } = deployment
        aws.world.stopDeployment(deployment.id)
        await played(deployment)
        for (const name of greens) aws.world.createAutoScalingGroup({ name, desiredCapacity: 1 })
        const production = productionOf(aws.world)
        if (production.blueGreen) production.blueGreen.greenFleetProvisioningOption = { action: 'DISCOVER_EXISTING' }
        const revision = { version: 'v3', healthy }
        deployment = {
          ...deployment,
          id: aws.world.deploy({ deploymentGroup: 'production', green: greens, revision }),
        }
        await played(deployment)
        for (const name of greens) {
          expect(outcomeOf(deployment, name)).to.deep.equal(healthy ? wentOn : wasStopped)
        }
      })
    }

    for (const sick of [['greenlight-api'], ['greenlight-web'], []]) {
      it(`takes two test target groups, ${sick.length === 0 ? 'both of them healthy' : `and not one alone: ${sick} is not healthy`}`, async () => {
        deployment = await begin({
          tags: {
            'greenlight:test-target-groups': ' greenlight-web ',
            'greenlight:test-target-groups/2': 'greenlight-api',
          },
          revision: { unhealthyIn: sick },
          arrange: (world) => {
            wantApi(world)
            addTwin(world, 'api')
          },
        })
        await played(deployment)
        const isGood = sick.length === 0
        expect(outcomeOf(deployment)).to.deep.equal(isGood ? { ...wentOn, attached: ['web', 'api'] } : wasStopped)
        expect(reasons(deployment)).to.match(
          isGood ? /healthy in test target groups greenlight-\w+ and greenlight-\w+/ : new RegExp(`in .*${sick}`),
        )
        expect(deployment.lines('Verdict').some(({ verdict }) => verdict === 'Succeeded')).to.equal(isGood)
      })
    }
  })

  describe('that somebody asks for', () => {
    for (const healthy of [true, false]) {
      it(`is given to the scripts of a ${healthy ? 'good' : 'bad'} release in mode heal, and to no user`, async () => {
        deployment = await begin({
          mode: 'heal',
          inProcess: false,
          waitsAtReady: false,
          batches: [2, 1],
          revision: revisionWithScript({}, healthy),
        })
        await played(deployment)
        const failed = { ...wasStopped, status: 'Failed' }
        expect(outcomeOf(deployment)).to.deep.equal(healthy ? wentOn : failed)
        const said = deployment.aws.world.scriptRuns.map(({ output }) => output.trimEnd().split('\n').at(-1))
        const expected = healthy ? /Succeeded .* in test target group greenlight-web/ : /Failed .*greenlight-web/
        for (const line of said) expect(line).to.match(expected)
      })

      it(`is given to an invited call, and what it registered stays until traffic has arrived or the end: ${healthy}`, async () => {
        deployment = await begin({ mode: 'heal', healthy, via: 'nobody' })
        const { aws, id, green } = deployment
        await ready(deployment, 'InProgress')
        const answer = await whileAsking(aws.world, id, () => aws.invoke({ DeploymentId: id }))
        expect(answer['verdict']).to.equal(healthy ? 'Succeeded' : 'Failed')
        expect(answer['reason']).to.match(/ test target group greenlight-web/)
        expect(outcomeOf(deployment)).to.deep.include({ attached: [], usersTooEarly: [] })
        expect(registeredIn(aws.world)).to.have.members(instancesIn(aws.world, green))
        Object.assign(aws.world.deployments.get(id) ?? {}, { status: 'Ready' })
        if (healthy) aws.world.continueDeployment(id)
        else aws.world.stopDeployment(id)
        await played(deployment)
        expect(outcomeOf(deployment)).to.deep.equal(healthy ? wentOn : wasStopped)
      })
    }

    for (const mode of ['heal', 'observe'] as const) {
      for (const event of ['call', 'hook'] as const) {
        it(`is refused, and changes nothing, where nobody invited the ${event} in mode ${mode}`, async () => {
          deployment = await begin({ mode, via: 'nobody', sweeps: false })
          const { aws, id, later } = deployment
          await aws.until(id, 'Ready')
          const hook = event === 'hook' && { LifecycleEventHookExecutionId: 'e-1' }
          const answer = aws.invoke({ DeploymentId: id, WaitSeconds: 45, ...hook })
          await later(120)
          expect(aws.changes().filter(({ action }) => !/PutLifecycle/.test(action))).to.deep.equal([])
          if (event === 'call') {
            expect((await answer)['verdict']).to.equal(mode === 'heal' ? 'Pending' : 'Succeeded')
          }
          aws.world.stopDeployment(id)
          await answer.catch(() => undefined)
        })
      }
    }

    it('is announced by a dry run, which registers nobody', async () => {
      deployment = await begin({ via: 'nobody', sweeps: false })
      const { aws, id } = deployment
      await aws.until(id, 'Ready')
      const answer = await aws.invoke({ DeploymentId: id, DryRun: true })
      expect(answer).to.include({ verdict: 'Pending' })
      expect(JSON.stringify(answer['wouldChange'])).to.include('greenlight-web')
      expect(aws.changes()).to.deep.equal([])
    })

    it('goes on across the calls of a pipeline, whose time is not begun anew by each', async () => {
      deployment = await begin({ via: 'nobody', sweeps: false, healthy: false })
      const { aws, id } = deployment
      await aws.until(id, 'Ready')
      const began = Date.now()
      const verdicts: unknown[] = []
      while (verdicts.at(-1) !== 'Failed' && verdicts.length < 20) {
        verdicts.push((await aws.invoke({ DeploymentId: id, WaitSeconds: 20 }))['verdict'])
      }
      expect(verdicts.slice(0, -1).every((verdict) => verdict === 'Pending')).to.equal(true)
      expect((Date.now() - began) / 1000).to.be.within(59, 85)
    })
  })

  for (const mode of ['heal', 'observe'] as const) {
    it(`is not made in mode ${mode} because of notifications`, async () => {
      deployment = await begin({ mode })
      const { aws, id, later } = deployment
      await aws.until(id, 'Ready')
      await later(minutes(6))
      aws.world.continueDeployment(id)
      await played(deployment)
      expect(registrationsOf(deployment)).to.deep.equal([])
      expect(outcomeOf(deployment)).to.deep.include({ held: [], records: [], usersTooEarly: [] })
    })
  }

  for (const [what, happens, says] of [
    [
      'is deleted',
      (world: World) => world.deleteTargetGroup('greenlight-web'),
      /^test target group greenlight-web does not exist/,
    ],
    [
      'is withdrawn by its owner',
      (world: World) => void targetGroupOf(world, 'greenlight-web').tags.delete('greenlight:gated-by'),
      /^test target group greenlight-web does not say in its tag greenlight:gated-by/,
    ],
  ] as const) {
    for (const asks of ['call', 'notification'] as const) {
      it(`fails by a ${asks} where a test target group ${what} meanwhile, and says so`, async () => {
        deployment = await begin({ healthy: what !== 'is deleted', ...(asks === 'call' ? { via: 'nobody' } : {}) })
        const { aws, id, lines } = deployment
        await ready(deployment, 'Ready')
        const answer = asks === 'call' ? aws.invoke({ DeploymentId: id }) : undefined
        await untilProving(deployment)
        happens(aws.world)
        const { verdict, reason } = (await answer) ?? {}
        await deployment.later(120)
        const said = asks === 'call' ? { verdict, reason } : lines('Verdict').at(-1)
        expect(said).to.have.property('verdict', 'Failed')
        expect(said).to.have.property('reason').that.matches(says)
        if (aws.world.deployments.get(id)?.status === 'Ready') aws.world.stopDeployment(id)
        await played(deployment)
        expect(stateOf(aws.world, 'blue')).to.deep.equal(settled)
      })
    }
  }

  it('is for Server alone: a Lambda deployment group with the tag registers nobody, and one line says that it has no effect', async () => {
    deployment = await begin({
      arrange: (world) => {
        const tags = { 'greenlight:gated-by': 'mine/mine' }
        world.createAutoScalingGroup({ name: 'CodeDeploy_mine', tags })
        world.createTargetGroup({ name: 'orders', tags })
        addTwin(world, 'orders', { tags })
        world.createDeploymentGroup({
          application: 'mine',
          name: 'mine',
          computePlatform: 'Lambda',
          tags: {
            'greenlight:auto-scaling-groups': 'CodeDeploy_mine',
            'greenlight:target-groups': 'orders',
            'greenlight:test-target-groups': 'greenlight-orders',
          },
        })
      },
    })
    const { world, functionName: BeforeAllowTraffic } = deployment.aws
    world.stopDeployment(deployment.id)
    await played(deployment)
    const id = world.deploy({ application: 'mine', deploymentGroup: 'mine', lambdaHooks: { BeforeAllowTraffic } })
    await deployment.aws.played(id)
    await deployment.later(660)
    expect(registeredIn(world, 'greenlight-orders')).to.deep.equal([])
    expect(deployment.lines('A tag has no effect')).to.have.length(1)
  })

  describe('of two deployment groups that share a test target group', () => {
    for (const [first, second] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      it(`disturbs neither: one release is ${first ? 'good' : 'bad'}, the other ${second ? 'good' : 'bad'}`, async () => {
        deployment = await begin({
          healthy: first,
          arrange: (world) => {
            targetGroupOf(world, 'greenlight-web').tags.set('greenlight:gated-by', 'shop/other shop/production')
            world.createAutoScalingGroup({ name: 'blue-other', targetGroups: ['web'] })
            const other = world.createDeploymentGroup({
              ...{ name: 'other', autoScalingGroup: 'blue-other', targetGroups: ['web'], readyWaitMinutes: 60 },
              configuration: customConfiguration(1, 1),
            })
            const { tags } = productionOf(world)
            retag(world, Object.fromEntries(tags.map(({ key, value }) => [key, value])), other)
          },
        })
        const { aws, later } = deployment
        await later(5)
        const id = aws.world.deploy({ deploymentGroup: 'other', revision: { version: 'v2', healthy: second } })
        const other = { ...deployment, id, green: `CodeDeploy_other_${id}` }
        await Promise.all([played(deployment), played(other)])
        expect(outcomeOf(deployment)).to.deep.equal(first ? wentOn : wasStopped)
        expect(outcomeOf(other)).to.deep.equal(second ? wentOn : wasStopped)
      })
    }
  })

  it('of the next deployment counts no instance of the one before, whose green drains there for an hour', async () => {
    deployment = await begin({
      healthy: true,
      arrange: (world) =>
        void Object.assign(targetGroupOf(world, 'greenlight-web'), { deregistrationDelaySeconds: 3600 }),
    })
    const { aws, later } = deployment
    await untilProving(deployment)
    await later(3)
    aws.world.stopDeployment(deployment.id)
    await later(30)
    const id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v3', healthy: false } })
    const next = { ...deployment, id, green: `CodeDeploy_production_${id}` }
    await played(next)
    expect(outcomeOf(next)).to.deep.include({ status: 'Stopped', attached: [], registered: [], usersTooEarly: [] })
    await later(minutes(75))
    expect(outcomeOf(deployment)).to.deep.equal(wasStopped)
    expect(outcomeOf(next)).to.deep.equal(wasStopped)
  })

  it('neither stops nor continues once its mode is heal', async () => {
    deployment = await begin({ healthy: false })
    const { aws, id, later } = deployment
    await untilProving(deployment)
    inMode(aws.world, 'heal')
    await later(minutes(15))
    expect(outcomeOf(deployment)).to.deep.include({ status: 'Ready', attached: [], usersTooEarly: [] })
    aws.world.stopDeployment(id)
    await played(deployment)
    expect(outcomeOf(deployment)).to.deep.equal(wasStopped)
  })
})
