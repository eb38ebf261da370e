import { expect } from 'chai'
import type { Simulator, Switches } from '../../simulator/simulate.ts'
import { attachedArns, inServiceOf, instancesOf } from '../../simulator/world/state.ts'
import { type Playground, playground } from './playground.ts'

type World = Simulator['world']
type Options = NonNullable<Parameters<typeof playground>[0]>

const green = (deploymentId: string) => `CodeDeploy_production_${deploymentId}`
const holdProcesses = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions']

/** Tags the deployment group with a mode. */
const inMode = (mode: string) => (world: World) =>
  void world.deploymentGroups.get('shop/production')?.tags.push({ key: 'greenlight:mode', value: mode })

/** What of a green is Greenlight's business. */
const stateOf = (world: World, name: string) => {
  const group = world.autoScalingGroups.get(name)
  return {
    attached: (group ? attachedArns(group) : []).map((arn) => arn.split('/').at(-2)),
    held: group?.suspendedProcesses,
    records: Object.fromEntries(
      (group?.tags ?? []).filter(({ key }) => key.startsWith('greenlight:')).map(({ key, value }) => [key, value]),
    ),
  }
}
const settled = { attached: ['web'], held: [], records: {} }
const untouched = { attached: [], held: [], records: {} }

for (const via of ['EventBridge', 'SNS'] as const) {
  describe(`A deployment that Greenlight hears of by ${via} (built bundle, real protocols)`, () => {
    let aws: Playground
    let id: string
    afterEach(() => aws.end())

    const begin = async (options: Options = {}, mode?: string, revision = { version: 'v2' } as object) => {
      aws = await playground({
        via,
        ...options,
        arrange: (world) => {
          if (mode !== undefined) inMode(mode)(world)
          options.arrange?.(world)
        },
      })
      id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', ...revision } })
    }
    /** Lets time pass, for what is on its way and what is being done about it. */
    const later = (seconds = 30) => aws.time.advance(seconds * 1000)
    const now = () => stateOf(aws.world, green(id))
    const actions = () => aws.changes().map(({ action }) => action.replace(/^\w+:/, ''))
    const lines = (message: string) => aws.log.filter((line) => line['message'] === message)
    const failed = () => aws.traffic.count().failed

    describe('in mode heal', () => {
      it('is only looked at while it is installed: preflight changes nothing', async () => {
        await begin()
        await aws.until(id, 'InProgress')
        await later(5)
        expect(aws.world.invocations).to.not.be.empty
        expect(actions()).to.deep.equal([])
      })

      it('is held at Ready and nothing else: a person decides about its traffic', async () => {
        await begin()
        await aws.until(id, 'Ready')
        await later(120)
        expect(now()).to.deep.equal({
          attached: [],
          held: holdProcesses,
          records: { 'greenlight:record': id, 'greenlight:held': [id, ...holdProcesses].join(' ') },
        })
        expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
      })

      it('is attached and released once its traffic has arrived, long before it has succeeded (F11)', async () => {
        await begin({ arrange: (world) => void terminateAfter(world, 60) })
        await aws.until(id, 'Ready')
        await later(20)
        aws.world.continueDeployment(id)
        await later(300)
        expect(aws.world.deployments.get(id)?.status).to.equal('InProgress')
        expect(now()).to.deep.equal({
          attached: ['web'],
          held: [],
          records: { 'greenlight:record': id, 'greenlight:attached/web': id },
        })
        aws.world.setDesiredCapacity(green(id), 4)
        await later(120)
        expect(aws.traffic.instancesWithoutTraffic([green(id)])).to.deep.equal([])
      })

      it('is settled when it has succeeded: everything attached, nothing held, no record left (P3)', async () => {
        await begin()
        await aws.until(id, 'Ready')
        await later(20)
        aws.world.continueDeployment(id)
        expect(await aws.played(id)).to.equal('Succeeded')
        await later(60)
        expect(now()).to.deep.equal(settled)
        expect(failed()).to.equal(0)
      })

      it('is released and forgotten when it is stopped at Ready', async () => {
        await begin()
        await aws.until(id, 'Ready')
        await later(20)
        aws.world.stopDeployment(id)
        await later(60)
        expect(now()).to.deep.equal(untouched)
      })

      it('is reported and not stopped for what preflight refuses', async () => {
        await begin({
          arrange: (world) => void Object.assign(world.targetGroups.get('web') ?? {}, { targetType: 'ip' }),
        })
        await aws.until(id, 'InProgress')
        await later(5)
        expect(lines('Refused')[0]).to.deep.include({
          reason: 'target group web is of target type ip; an Auto Scaling group needs instance',
        })
        expect(actions()).to.deep.equal([])
      })
    })

    describe('in mode gate', () => {
      it('is held, attached, found healthy and continued by Greenlight alone', async () => {
        await begin({}, 'gate')
        expect(await aws.played(id)).to.equal('Succeeded')
        await later(60)
        expect(now()).to.deep.equal(settled)
        expect(actions().slice(0, 4)).to.deep.equal([
          'CreateOrUpdateTags',
          'SuspendProcesses',
          'AttachLoadBalancerTargetGroups',
          'ContinueDeployment',
        ])
        expect(lines('Verdict')[0]).to.deep.include({ verdict: 'Succeeded' })
      })

      it('is stopped when it is not healthy in time, and undone; blue never loses a request', async () => {
        await begin({}, 'gate', { healthy: false })
        expect(await aws.played(id)).to.equal('Stopped')
        await later(400)
        expect(now()).to.deep.equal(untouched)
        expect(lines('Verdict')[0])
          .to.have.property('reason')
          .that.matches(/^not healthy within 300 s: .* unhealthy in web \(Target\.ResponseCodeMismatch/)
        expect(aws.world.deployments.get(id)?.rollbackInfo).to.equal(undefined)
      })

      it('is stopped in its first seconds for what preflight refuses', async () => {
        await begin(
          { arrange: (world) => void Object.assign(world.targetGroups.get('web') ?? {}, { loadBalancerArns: [] }) },
          'gate',
        )
        expect(await aws.played(id)).to.equal('Stopped')
        expect(aws.world.deployments.get(id)?.targets.size).to.equal(0)
        expect(aws.world.autoScalingGroups.get(green(id))).to.equal(undefined)
        expect(actions()).to.deep.equal(['StopDeployment'])
      })

      it('is gated without being continued where it does not wait (F5)', async () => {
        await begin({ waitsAtReady: false, switches: { readyNotifiedWithoutWait: true } }, 'gate')
        expect(await aws.played(id)).to.equal('Succeeded')
        await later(60)
        expect(now()).to.deep.equal(settled)
        expect(actions()).to.not.include('ContinueDeployment')
      })

      it('is not stopped where Greenlight cannot look: the invocation fails, and AWS tries again', async () => {
        const faults: NonNullable<Options['faults']> = [
          { action: 'elasticloadbalancing:DescribeTargetHealth', kind: 'accessDenied', times: 'forever' },
        ]
        await begin({ faults }, 'gate')
        await aws.until(id, 'Ready')
        await later(600)
        expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
        expect(aws.world.invocations.filter(({ outcome }) => outcome === 'threw')).to.have.length(3)
        expect(actions()).to.not.include('StopDeployment')
      })
    })

    it('counts that nothing was missing only where nobody has attached it: the day on which AWS mends the copy (F15)', async () => {
      const counted = async (copyLosesTargetGroups: boolean) => {
        await begin({ waitsAtReady: false, switches: { copyLosesTargetGroups } })
        await aws.played(id)
        await later(60)
        return { nothingMissing: aws.metrics('NothingMissing') > 0, attached: aws.metrics('Attached') }
      }
      expect(await counted(true)).to.deep.equal({ nothingMissing: false, attached: 1 })
      await aws.end()
      expect(await counted(false)).to.deep.equal({ nothingMissing: true, attached: 0 })
    })

    describe('in mode observe', () => {
      it('is let alone from its beginning to its end, and the log says what would have been done', async () => {
        await begin({}, 'observe')
        await aws.until(id, 'Ready')
        await later(60)
        expect(lines('Would change').map(({ call }) => call)).to.deep.equal([
          'autoscaling:CreateOrUpdateTags',
          'autoscaling:SuspendProcesses',
          'autoscaling:AttachLoadBalancerTargetGroups',
        ])
        expect(lines('Bypassed: somebody has to continue the deployment')[0]).to.deep.include({
          command: `aws deploy continue-deployment --deployment-id ${id} --deployment-wait-type READY_WAIT`,
          waitMinutes: 60,
        })
        aws.world.continueDeployment(id)
        expect(await aws.played(id)).to.equal('Succeeded')
        await later(60)
        expect(actions()).to.deep.equal([])
      })

      it('loses a hold of ours', async () => {
        await begin()
        await aws.until(id, 'Ready')
        await later(30)
        inMode('observe')(aws.world)
        aws.world.continueDeployment(id)
        await later(120)
        expect(now()).to.deep.equal(untouched)
      })
    })

    it('is let alone where the tag names no mode, with a warning that names it and the three values', async () => {
      await begin({}, 'heel')
      await aws.until(id, 'Ready')
      await later(30)
      expect(actions()).to.deep.equal([])
      expect(lines('No mode')[0]).to.deep.include({
        reason: 'tag greenlight:mode of deployment group shop/production is "heel"; it must be observe, heal or gate',
      })
    })

    describe('and fails halfway through deregistering blue', () => {
      const failHalfway = async (options: Options = {}) => {
        await begin(options)
        const blue = inServiceOf(aws.world, 'blue').at(-1)?.instanceId ?? ''
        aws.world.failDeregistration(blue)
        await aws.until(id, 'Ready')
        await later(20)
        aws.world.continueDeployment(id)
        expect(await aws.played(id)).to.equal('Failed')
      }

      it('keeps serving: green stays attached with its record, loudly', async () => {
        await failHalfway()
        await later(600)
        expect(now()).to.deep.equal({
          attached: ['web'],
          held: [],
          records: { 'greenlight:record': id, 'greenlight:attached/web': id },
        })
        expect(lines('Left attached')[0]).to.have.property('level', 'ERROR')
        expect(failed()).to.equal(0)
      })

      for (const rollbackTargetInstances of ['empty', 'green', 'blue'] as const) {
        it(`is undone when its rollback is over, and the rollback is neither stopped nor overruled (F8: ${rollbackTargetInstances})`, async () => {
          await failHalfway({
            switches: { rollbackTargetInstances },
            arrange: (world) => {
              const group = world.deploymentGroups.get('shop/production')
              if (group) group.autoRollback = { enabled: true, events: ['DEPLOYMENT_FAILURE'] }
            },
          })
          await later(900)
          const rollback = [...aws.world.deployments.values()].find(({ creator }) => creator === 'codeDeployRollback')
          expect(rollback?.status).to.equal('Succeeded')
          expect(now()).to.deep.equal(untouched)
          expect(aws.world.deploymentGroups.get('shop/production')?.autoScalingGroups).to.deep.equal(['blue'])
          expect(actions()).to.not.include('StopDeployment')
        })
      }
    })

    it('is followed by the next one at once: the copied hold is adopted, and released in the end', async () => {
      await begin()
      await aws.until(id, 'Ready')
      await later(20)
      aws.world.continueDeployment(id)
      await aws.played(id)
      const first = id
      // Nobody released it: the notifications of the first were lost, but for READY.
      Object.assign(aws.world.autoScalingGroups.get(green(first)) ?? {}, {
        suspendedProcesses: [...holdProcesses],
        tags: [
          { key: 'greenlight:record', value: first, propagateAtLaunch: false },
          { key: 'greenlight:held', value: [first, ...holdProcesses].join(' '), propagateAtLaunch: false },
          { key: 'greenlight:attached/web', value: first, propagateAtLaunch: false },
        ],
      })
      id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v3' } })
      await aws.until(id, 'Ready')
      await later(60)
      expect(now().records).to.deep.include({ 'greenlight:held': [id, ...holdProcesses].join(' ') })
      aws.world.continueDeployment(id)
      expect(await aws.played(id)).to.equal('Succeeded')
      await later(60)
      expect(now()).to.deep.equal(settled)
      expect(instancesOf(aws.world, green(first))).to.deep.equal([])
    })

    for (const mode of ['heal', 'gate', 'observe'] as const) {
      it(`is left as it is by every notification that comes twice, in mode ${mode} (P5)`, async () => {
        await begin({}, mode)
        await aws.until(id, 'Ready')
        await later(120)
        const again = async () => {
          const before = actions().length
          for (const notification of aws.world.notifications.sent) aws.world.notifications.resend(notification)
          await later(60)
          return actions().slice(before)
        }
        if (mode !== 'gate') expect(await again()).to.deep.equal([])
        if (mode !== 'gate') aws.world.continueDeployment(id)
        await aws.played(id)
        await later(300)
        expect(await again()).to.deep.equal([])
      })
    }

    for (const mode of ['heal', 'gate'] as const) {
      it(`ends in the same place where everything is told five times at once, in mode ${mode} (P5)`, async () => {
        await begin({ waitsAtReady: mode === 'gate' }, mode)
        const { sent, resend } = aws.world.notifications
        let told = 0
        const stop = aws.clock.every(500, () => {
          for (const notification of sent.slice(told)) for (let time = 0; time < 4; time += 1) resend(notification)
          told = sent.length
        })
        expect(await aws.played(id)).to.equal('Succeeded')
        await later(300)
        stop()
        expect(now()).to.deep.equal(settled)
        const counts = new Map<string, number>()
        for (const action of actions()) counts.set(action, (counts.get(action) ?? 0) + 1)
        for (const [action, count] of counts) {
          // Two instances arrive at the same moment, each told five times; records are written and removed twice.
          expect(count, action).to.be.within(1, action.includes('Tags') ? 20 : 10)
        }
      })
    }

    it('is nobody’s business where it was made for an instance that Auto Scaling launched', async () => {
      await begin({ waitsAtReady: false })
      expect(await aws.played(id)).to.equal('Succeeded')
      await later(60)
      const before = actions().length
      aws.world.setDesiredCapacity(green(id), 3)
      await later(200)
      const launched = [...aws.world.deployments.values()].find(({ creator }) => creator === 'autoscaling')
      expect(launched?.status).to.equal('Succeeded')
      expect(actions().length).to.equal(before)
    })

    it('keeps its hold from scheduled actions, alarms and replacements until its traffic has arrived (F10)', async () => {
      await begin()
      await aws.until(id, 'Ready')
      await later(30)
      const before = instancesOf(aws.world, green(id)).map(({ instanceId }) => instanceId)
      aws.world.alarm(green(id), 5)
      aws.world.scheduledAction(green(id), 1)
      await later(60)
      expect(instancesOf(aws.world, green(id)).map(({ instanceId }) => instanceId)).to.deep.equal(before)
    })

    if (via === 'EventBridge') {
      it('is nobody’s business where it is of ECS and its deployment group has none of our tags: no verdict is counted', async () => {
        aws = await playground({
          via,
          arrange: (world) =>
            void world.createDeploymentGroup({ application: 'orders', name: 'production', computePlatform: 'ECS' }),
        })
        id = aws.world.deploy({ application: 'orders', deploymentGroup: 'production' })
        expect(await aws.played(id)).to.equal('Succeeded')
        await later(30)
        expect(aws.world.invocations).to.not.be.empty
        expect({ verdicts: aws.metrics('Verdict'), failed: aws.metrics('FailedVerdicts') }).to.deep.equal({
          verdicts: 0,
          failed: 0,
        })
        expect(aws.log.filter(({ level }) => level === 'ERROR' || level === 'WARN')).to.deep.equal([])
      })
    }

    const switched: readonly Partial<Switches>[] = [
      { scriptsBeforeReady: true },
      { successBeforeTerminationWait: true },
      { greenNamedAt: 'success' },
      { successBeforeTerminationWait: true, greenNamedAt: 'success' },
      { copyLosesTargetGroups: false },
      { copyCarriesTags: false },
      { copyCarriesSuspendedProcesses: false },
      { reattachIsError: true },
      { trafficSourcesShowAsTargetGroups: true },
      { launchDeploymentStyle: 'IN_PLACE' },
      { targetInstancesAbsentEarly: false },
      { readyNotifiedWithoutWait: true },
      { notifications: 'doubled' },
      { notifications: 'late' },
      { notifications: 'reordered' },
    ]
    for (const switches of switched) {
      for (const mode of ['heal', 'gate'] as const) {
        it(`ends settled in mode ${mode}, whatever nobody says about AWS: ${JSON.stringify(switches)}`, async () => {
          await begin({ switches, waitsAtReady: mode === 'gate' }, mode)
          expect(await aws.played(id)).to.equal('Succeeded')
          await later(900)
          expect(now()).to.deep.equal(settled)
        })
      }
    }
  })
}

const terminateAfter = (world: World, terminationWaitTimeInMinutes: number): void => {
  const blueGreen = world.deploymentGroups.get('shop/production')?.blueGreen
  if (blueGreen)
    blueGreen.terminateBlueInstancesOnDeploymentSuccess = { action: 'TERMINATE', terminationWaitTimeInMinutes }
}
