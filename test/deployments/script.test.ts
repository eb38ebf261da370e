import { expect } from 'chai'
import { settled, stateOf, untouched } from './playedDeployment.ts'
import { type Playground, playground, revisionWithScript } from './playground.ts'

const scriptRunsOf = (aws: Playground, deploymentId: string) =>
  aws.world.scriptRuns
    .filter((run) => run.deploymentId === deploymentId)
    .map(({ exitCode, output }) => ({ exitCode, said: output.trimEnd().split('\n').at(-1) }))

describe('The script in an EC2 bundle, run on every instance by CodeDeploy', () => {
  let aws: Playground
  afterEach(() => aws.end())

  const deploy = async (
    options: Parameters<typeof playground>[0] = {},
    revision = revisionWithScript(),
    deploymentGroup = 'production',
  ) => {
    aws = await playground({ inProcess: false, waitsAtReady: false, ...options })
    return aws.world.deploy({ deploymentGroup, revision })
  }
  const endOf = async (deploymentId: string) => ({
    status: await aws.played(deploymentId),
    runs: scriptRunsOf(aws, deploymentId),
  })
  type Refused = [string, (world: Playground['world']) => unknown, RegExp]
  const twice = <Same>(same: Same) => [same, same]

  for (const cli of ['1', '2']) {
    it(`gates the deployment: green has its target group and is healthy before traffic shifts (AWS command line ${cli})`, async () => {
      const deploymentId = await deploy({}, revisionWithScript({ SIMULATED_AWS_CLI: cli }))
      const green = `CodeDeploy_production_${deploymentId}`
      const { status, runs } = await endOf(deploymentId)
      expect(status).to.equal('Succeeded')
      expect(runs).to.have.length(2)
      for (const { exitCode, said } of runs) {
        expect(exitCode).to.equal(0)
        expect(said)
          .to.match(/^Greenlight: Succeeded after \d+ s: /)
          .and.to.contain(`${green} has 2 of 2 instances healthy behind web`)
      }
      expect(aws.world.autoScalingGroups.get(green)?.targetGroupArns).to.deep.equal([
        aws.world.targetGroups.get('web')?.arn,
      ])
      expect(aws.traffic.count().failed).to.equal(0)
    })
  }

  it('fails a release that never becomes healthy, with the reason of each instance, and blue goes on serving', async () => {
    const deploymentId = await deploy({}, revisionWithScript({ GREENLIGHT_TIMEOUT_SECONDS: '120' }, false))
    const { status, runs } = await endOf(deploymentId)
    expect(status).to.equal('Failed')
    expect(runs).to.have.length(2)
    for (const { exitCode, said } of runs) {
      expect(exitCode).to.not.equal(0)
      expect(said).to.match(
        /i-\w+ is unhealthy in web \(Target\.ResponseCodeMismatch: Health checks failed with these codes: \[500\]\)/,
      )
    }
    const blue = [...aws.world.instances.values()].filter(({ autoScalingGroupName }) => autoScalingGroupName === 'blue')
    expect(
      blue.map(({ instanceId }) => aws.world.targetGroups.get('web')?.targets.get(instanceId)?.state),
    ).to.deep.equal(twice('healthy'))
  })

  describe('fails the deployment with one clear line:', () => {
    for (const [what, break_, said] of [
      [
        'a target group that does not exist',
        (world) => world.deleteTargetGroup('web'),
        /target group web does not exist/,
      ],
      ...(['ip', 'lambda', 'alb'] as const).map(
        (targetType) =>
          [
            `a target group of type ${targetType}`,
            (world: Playground['world']) => Object.assign(world.targetGroups.get('web') ?? {}, { targetType }),
            new RegExp(`target group web is of target type ${targetType}; an Auto Scaling group needs instance`),
          ] satisfies Refused,
      ),
      [
        'neither target group nor Classic Load Balancer',
        (world) => {
          for (const deployment of world.deployments.values()) deployment.loadBalancerInfo = {}
        },
        /names neither a target group nor a Classic Load Balancer/,
      ],
      [
        'a green that does not exist',
        (world) => {
          for (const deployment of world.deployments.values())
            deployment.targetInstances = { autoScalingGroups: ['CodeDeploy_gone'] }
        },
        /green CodeDeploy_gone does not exist/,
      ],
      [
        'a green without instances',
        (world) => {
          world.createAutoScalingGroup({ name: 'CodeDeploy_empty', desiredCapacity: 0 })
          for (const deployment of world.deployments.values())
            deployment.targetInstances = { autoScalingGroups: ['CodeDeploy_empty'] }
        },
        /green CodeDeploy_empty has no instances/,
      ],
      [
        'a target group that no load balancer uses',
        (world) => Object.assign(world.targetGroups.get('web') ?? {}, { loadBalancerArns: [] }),
        /no load balancer uses target group web/,
      ],
      [
        'a green that is being deleted',
        (world) => {
          for (const [name, group] of world.autoScalingGroups) if (name !== 'blue') group.status = 'Delete in progress'
        },
        /green CodeDeploy_production_d-\w+ is being deleted/,
      ],
    ] satisfies Refused[]) {
      it(what, async () => {
        const deploymentId = await deploy({ waitsAtReady: true })
        await aws.until(deploymentId, 'Ready')
        break_(aws.world)
        aws.world.continueDeployment(deploymentId)
        const { status, runs } = await endOf(deploymentId)
        expect(status).to.equal('Failed')
        for (const run of runs) {
          expect(run.exitCode).to.not.equal(0)
          expect(run.said)
            .to.match(/^Greenlight: /)
            .and.to.match(said)
        }
        expect(aws.changes()).to.deep.equal([])
      })
    }

    it('no permission of the function', async () => {
      const deploymentId = await deploy({
        faults: [{ action: 'codedeploy:GetDeployment', kind: 'accessDenied', times: 'forever', principal: 'lambda' }],
      })
      const { status, runs } = await endOf(deploymentId)
      expect(status).to.equal('Failed')
      for (const run of runs) expect(run.said).to.match(/codedeploy:GetDeployment failed: AccessDenied/)
    })

    it('no permission of the instance to ask, nor to find out whether it must', async () => {
      const deploymentId = await deploy({
        faults: [
          { action: 'lambda:InvokeFunction', kind: 'accessDenied', times: 'forever', principal: 'instance' },
          { action: 'codedeploy:GetDeployment', kind: 'accessDenied', times: 'forever', principal: 'instance' },
        ],
      })
      const { status, runs } = await endOf(deploymentId)
      expect(status).to.equal('Failed')
      for (const run of runs) expect(run.said).to.match(/AccessDenied/)
    })

    it('no function', async () => {
      const deploymentId = await deploy({}, revisionWithScript({ GREENLIGHT_FUNCTION: 'CodeDeployHook_elsewhere' }))
      const { status, runs } = await endOf(deploymentId)
      expect(status).to.equal('Failed')
      for (const run of runs) expect(run.said).to.match(/CodeDeployHook_elsewhere/)
    })

    it('settings of the function that do not parse', async () => {
      const deploymentId = await deploy({ settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: 'soon' } })
      const { status, runs } = await endOf(deploymentId)
      expect(status).to.equal('Failed')
      for (const run of runs) expect(run.said).to.match(/GREENLIGHT_HEALTH_TIMEOUT_SECONDS is "soon"/)
    })
  })

  it('fails the deployment when the function fails each time', async () => {
    const deploymentId = await deploy()
    const broken = () => Promise.reject(new Error('the bundle does not load'))
    Object.assign(aws.world.functions.get(aws.functionName) ?? {}, { handler: broken })
    const { status, runs } = await endOf(deploymentId)
    expect(status).to.equal('Failed')
    for (const { said } of runs) expect(said).to.match(/the bundle does not load/)
  })

  it('passes without a gate when GREENLIGHT_UNREACHABLE=pass and the function does not answer', async () => {
    const deploymentId = await deploy(
      {},
      revisionWithScript({ GREENLIGHT_FUNCTION: 'CodeDeployHook_elsewhere', GREENLIGHT_UNREACHABLE: 'pass' }),
    )
    expect(await aws.played(deploymentId)).to.equal('Succeeded')
  })

  it('gets past a throttled Lambda', async () => {
    const deploymentId = await deploy({
      faults: [{ action: 'lambda:InvokeFunction', kind: 'throttle', times: 12, principal: 'instance' }],
    })
    expect(await aws.played(deploymentId)).to.equal('Succeeded')
  })

  for (const scriptsBeforeReady of [true, false]) {
    it(`gates batches too, where BeforeAllowTraffic runs ${scriptsBeforeReady ? 'before the next batch begins' : 'after all are installed'}`, async () => {
      const deploymentId = await deploy(
        {
          switches: { scriptsBeforeReady },
          arrange: (world) =>
            void world.createDeploymentGroup({
              name: 'batches',
              autoScalingGroup: 'blue',
              targetGroups: ['web'],
              configuration: 'CodeDeployDefault.OneAtATime',
            }),
        },
        revisionWithScript(),
        'batches',
      )
      const { status, runs } = await endOf(deploymentId)
      expect(status).to.equal('Succeeded')
      expect(runs.map(({ exitCode }) => exitCode)).to.deep.equal([0, 0])
      expect(aws.world.autoScalingGroups.get(`CodeDeploy_batches_${deploymentId}`)?.targetGroupArns).to.have.length(1)
      expect(aws.traffic.count().failed).to.equal(0)
    })

    it(`fails a bad release in batches too, and the end is undone, where BeforeAllowTraffic runs ${scriptsBeforeReady ? 'before the next batch begins' : 'after all are installed'}`, async () => {
      const deploymentId = await deploy(
        {
          switches: { scriptsBeforeReady },
          via: 'EventBridge',
          settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
          arrange: (world) =>
            void world.createDeploymentGroup({
              name: 'batches',
              autoScalingGroup: 'blue',
              targetGroups: ['web'],
              configuration: 'CodeDeployDefault.HalfAtATime',
            }),
        },
        revisionWithScript({}, false),
        'batches',
      )
      expect((await endOf(deploymentId)).status).to.equal('Failed')
      await aws.time.advance(600_000)
      // Nobody waits for the draining: a sweep, or a notification that comes again, finds it done.
      const [end] = aws.world.notifications.sent.filter(({ state }) => state === 'FAILURE')
      if (end) aws.world.notifications.resend(end)
      await aws.time.advance(60_000)
      expect(stateOf(aws.world, `CodeDeploy_batches_${deploymentId}`)).to.deep.equal(untouched)
      expect(stateOf(aws.world, 'blue')).to.deep.equal(settled)
    })
  }

  for (const launchDeploymentStyle of ['BLUE_GREEN', 'IN_PLACE'] as const) {
    it(`lets a scale-out go through, whose deployment Auto Scaling makes in style ${launchDeploymentStyle}`, async () => {
      const first = await deploy({ switches: { launchDeploymentStyle } })
      expect(await aws.played(first)).to.equal('Succeeded')
      const before = aws.world.scriptRuns.length
      aws.world.setDesiredCapacity(`CodeDeploy_production_${first}`, 3)
      await aws.time.advance(300_000)
      const launched = aws.world.scriptRuns.slice(before)
      expect(launched.map(({ exitCode }) => exitCode)).to.deep.equal([0])
      expect(launched[0]?.output).to.match(
        /nothing to gate: deployment d-\w+ was made by Auto Scaling for an instance that it launched/,
      )
      const targets = aws.world.targetGroups.get('web')?.targets
      expect(targets?.get(launched[0]?.instanceId ?? '')?.state).to.equal('healthy')
    })
  }

  for (const rollbackTargetInstances of ['empty', 'green', 'blue'] as const) {
    it(`lets a rollback go through, whose targetInstances are ${rollbackTargetInstances}`, async () => {
      const first = await deploy({ switches: { rollbackTargetInstances }, waitsAtReady: true })
      await aws.until(first, 'Ready')
      const rollback = aws.world.rollBack(first)
      const { status, runs } = await endOf(rollback)
      expect(status).to.equal('Succeeded')
      expect(runs.length).to.be.above(0)
      for (const { exitCode, said } of runs) {
        expect(exitCode).to.equal(0)
        expect(said).to.match(/nothing to gate: deployment d-\w+ is a rollback/)
      }
    })
  }

  it('lets a rollback go through after traffic has shifted, where it runs on blue again', async () => {
    const first = await deploy()
    for (let seconds = 0; aws.world.deployments.get(first)?.instanceTerminationWaitTimeStarted !== true; seconds++) {
      if (seconds > 600) throw new Error('blue never waits for its termination')
      await aws.time.advance(1000)
    }
    const rollback = aws.world.rollBack(first)
    const { status, runs } = await endOf(rollback)
    expect(status).to.equal('Succeeded')
    expect(runs.map(({ exitCode }) => exitCode)).to.deep.equal(twice(0))
    for (const { said } of runs) expect(said).to.match(/nothing to gate: deployment d-\w+ is a rollback/)
  })

  it('fails a release that is not healthy in time after the time of the gate, not of the script', async () => {
    const deploymentId = await deploy(
      { settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '120' } },
      revisionWithScript({}, false),
    )
    const { status, runs } = await endOf(deploymentId)
    expect(status).to.equal('Failed')
    expect(runs.map(({ said }) => said).join('\n')).to.match(
      /^Greenlight: Failed after 1[12]\d s: not healthy within 120 s: /m,
    )
    // Once CodeDeploy has failed one instance, the other cannot be enough alone.
    for (const { said } of runs) expect(said).to.match(/not healthy within 120 s|was given up by CodeDeploy/)
  })

  it('lets an in-place deployment go through', async () => {
    const deploymentId = await deploy(
      {
        arrange: (world) =>
          void world.createDeploymentGroup({
            name: 'in-place',
            autoScalingGroup: 'blue',
            targetGroups: ['web'],
            deploymentStyle: { deploymentType: 'IN_PLACE' },
          }),
      },
      revisionWithScript(),
      'in-place',
    )
    const { status, runs } = await endOf(deploymentId)
    expect(status).to.equal('Succeeded')
    for (const { said } of runs) expect(said).to.match(/nothing to gate: deployment d-\w+ is in-place/)
  })

  it('gates a deployment whose green CodeDeploy names late', async () => {
    const deploymentId = await deploy({ switches: { targetInstancesAbsentEarly: true } })
    expect(await aws.played(deploymentId)).to.equal('Succeeded')
  })

  it('attaches nothing when the copy keeps its target groups, the day AWS mends it', async () => {
    const deploymentId = await deploy({ switches: { copyLosesTargetGroups: false } })
    expect(await aws.played(deploymentId)).to.equal('Succeeded')
    expect(aws.attaches()).to.deep.equal([])
  })
})
