import { expect } from 'chai'
import type { Switches } from '../../simulator/simulate.ts'
import {
  attach,
  badRelease,
  beginDeployment,
  type DeploymentOptions,
  doors,
  hold,
  holdProcesses,
  type PlayedDeployment,
  playedDeployment,
  productionOf,
  settled,
  untouched,
} from './playedDeployment.ts'

/**
 * What is less likely of everything that nobody says about AWS: every switch of the simulator but for those of hooks, which
 * test/deployments/hook.test.ts plays, for terminated targets, which random schedules play, and for notifications that are lost,
 * which only a sweep makes up for. The compiler sees to it that none is missing; what is likely is played by every other test, and here by `{}`.
 */
const lessLikely: {
  readonly [Name in Exclude<keyof Switches, `hook${string}` | 'terminatedTargetsLeave'>]: readonly Switches[Name][]
} = {
  scriptsBeforeReady: [true],
  rollbackTargetInstances: ['green', 'blue'],
  launchDeploymentStyle: ['IN_PLACE'],
  launchDeploymentsAreLastAttempted: [true],
  successBeforeTerminationWait: [true],
  greenNamedAt: ['success'],
  launchHookMovedAt: ['termination'],
  copyTagNamesItsDeployment: [false],
  greenSuspendedAt: ['ready', 'never'],
  targetInstancesAbsentEarly: [false],
  copyLosesTargetGroups: [false],
  copyCarriesTags: [false],
  copyCarriesSuspendedProcesses: [false],
  reattachIsError: [true],
  attachRegistersThoughSuspended: [false],
  attachmentsShowAfter: [5],
  attachmentsActAfter: [5],
  trafficSourcesShowAsTargetGroups: [true],
  readyNotifiedWithoutWait: [true],
  snsStatusAtStart: ['unknown'],
  notifications: ['doubled', 'late', 'reordered'],
}
/** Whoever suspended them. */
const resumedByCodeDeploy = ['AddToLoadBalancer', 'AlarmNotification', 'ScheduledActions']
const ways: readonly Partial<Switches>[] = [
  {},
  ...Object.entries(lessLikely).flatMap(([name, values]) => values.map((value) => ({ [name]: value }))),
  { successBeforeTerminationWait: true, greenNamedAt: 'success' },
]

for (const via of doors) {
  describe(`Whatever AWS does where its documents are silent, a deployment that Greenlight hears of by ${via}`, () => {
    let deployment: PlayedDeployment
    afterEach(() => deployment.aws.end())
    const begin = async (options: DeploymentOptions): Promise<PlayedDeployment> => {
      deployment = await beginDeployment({ via, inProcess: true, ...options })
      return deployment
    }
    for (const switches of ways) {
      const way = JSON.stringify(switches)
      for (const mode of ['heal', 'gate'] as const) {
        it(`ends settled in mode ${mode}: ${way}`, async () => {
          const { aws, id, later, now } = await begin({ switches, mode, waitsAtReady: mode === 'gate' })
          expect(await aws.played(id)).to.equal('Succeeded')
          await later(330)
          expect(now()).to.deep.equal(settled)
        })
      }

      // How Greenlight hears of its end is the same for a good release and a bad one.
      if (via === 'SNS') continue
      // What Greenlight did not attach it does not detach.
      const undone = switches.copyLosesTargetGroups === false ? settled : untouched

      it(`ends undone where it is stopped in mode gate: ${way}`, async () => {
        const { aws, id, later, now } = await begin({ switches, mode: 'gate', ...badRelease })
        expect(await aws.played(id)).to.equal('Stopped')
        await later(360)
        await aws.sweep()
        expect(now()).to.deep.equal(undone)
      })

      it(`ends undone where it is stopped at Ready in mode heal: ${way}`, async () => {
        const { aws, id, later, now } = await begin({ switches })
        await aws.until(id, 'Ready')
        await later(20)
        aws.world.stopDeployment(id)
        await later(360)
        expect(now()).to.deep.equal(undone)
      })
    }

    it('counts that nothing was missing only when nobody has attached it: the day on which AWS mends the copy', async () => {
      const counted = async (copyLosesTargetGroups: boolean) => {
        const { aws, id, later } = await begin({ switches: { copyLosesTargetGroups } })
        await aws.until(id, 'Ready')
        await later(20)
        aws.world.continueDeployment(id)
        await aws.played(id)
        await later(60)
        return { nothingMissing: aws.metrics('NothingMissing') > 0, attached: aws.metrics('Attached') }
      }
      expect(await counted(true)).to.deep.equal({ nothingMissing: false, attached: 1 })
      await deployment.aws.end()
      expect(await counted(false)).to.deep.equal({ nothingMissing: true, attached: 0 })
    })

    for (const trafficSourcesShowAsTargetGroups of [true, false]) {
      it(`is attached nothing that AttachTrafficSources attached, where it ${trafficSourcesShowAsTargetGroups ? 'shows' : 'does not show'} as target group`, async () => {
        const { aws, id, green, later, now, actions } = await begin({ switches: { trafficSourcesShowAsTargetGroups } })
        await aws.until(id, 'Ready')
        const group = aws.world.autoScalingGroups.get(green)
        group?.trafficSources.push({ identifier: aws.world.targetGroups.get('web')?.arn ?? '', type: 'elbv2' })
        await later(20)
        aws.world.continueDeployment(id)
        expect(await aws.played(id)).to.equal('Succeeded')
        await later(60)
        expect(now()).to.deep.equal(settled)
        expect(actions()).to.not.include('AttachLoadBalancerTargetGroups')
      })
    }

    for (const copyCarriesTags of [true, false]) {
      for (const copyCarriesSuspendedProcesses of [true, false]) {
        const copied = [
          ...(copyCarriesTags ? ['tags'] : []),
          ...(copyCarriesSuspendedProcesses ? ['suspended processes'] : []),
        ]
        // Without the tag nobody can tell whose the suspended processes are: they are not ours to resume (P4).
        const nobodys = copyCarriesSuspendedProcesses && !copyCarriesTags
        it(`is ${nobodys ? 'let alone' : 'released in the end'} where its blue was held and the copy carries ${copied.join(' and ') || 'nothing'}`, async () => {
          const first = await begin({
            waitsAtReady: false,
            switches: { copyCarriesTags, copyCarriesSuspendedProcesses },
          })
          const { aws } = first
          await aws.played(first.id)
          await first.later(60)
          // As if every notification from READY on had been lost.
          hold(aws.world, first.green, first.id)
          attach(aws.world, first.green, first.id)
          productionOf(aws.world).blueGreen = {
            ...productionOf(aws.world).blueGreen,
            terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE', terminationWaitTimeInMinutes: 5 },
            deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 60 },
          }
          const { id, later, now } = playedDeployment(aws, aws.world.deploy({ deploymentGroup: 'production' }))
          await aws.until(id, 'Ready')
          await later(60)
          const heldAtReady = [id, ...holdProcesses].join(' ')
          expect(now()?.records['greenlight:held']).to.equal(nobodys ? undefined : heldAtReady)
          aws.world.continueDeployment(id)
          expect(await aws.played(id)).to.equal('Succeeded')
          await later(60)
          expect(now()).to.deep.equal(
            nobodys ? { ...settled, held: holdProcesses.filter((one) => !resumedByCodeDeploy.includes(one)) } : settled,
          )
        })
      }
    }

    for (const launchDeploymentStyle of ['BLUE_GREEN', 'IN_PLACE'] as const) {
      for (const launchDeploymentsAreLastAttempted of [true, false]) {
        it(`scales out, scales in and is brought up to date as if Greenlight were not there, by deployments of style ${launchDeploymentStyle}, ${launchDeploymentsAreLastAttempted ? 'the' : 'not the'} last attempted`, async () => {
          const { aws, id, green, later, actions } = await begin({
            waitsAtReady: false,
            switches: { launchDeploymentStyle, launchDeploymentsAreLastAttempted },
            arrange: (world) => {
              productionOf(world).terminationHookEnabled = true
            },
          })
          expect(await aws.played(id)).to.equal('Succeeded')
          await later(60)
          const before = { actions: actions().length, deployments: aws.world.deployments.size, lines: aws.log.length }
          const invoked = aws.world.invocations.length
          aws.world.setDesiredCapacity(green, 3)
          await later(200)
          aws.world.setDesiredCapacity(green, 2)
          await later(200)
          await aws.played(aws.world.updateOutdated('production'))
          await later(60)
          const made = [...aws.world.deployments.values()].slice(before.deployments)
          expect(made.map(({ creator, status }) => `${creator} ${status}`)).to.deep.equal([
            'autoscaling Succeeded',
            'autoscalingTermination Succeeded',
            'CodeDeployAutoUpdate Succeeded',
          ])
          expect(aws.world.invocations.length).to.be.above(invoked)
          expect({ actions: actions().length, lines: aws.log.length }).to.deep.equal({
            actions: before.actions,
            lines: before.lines,
          })
        })
      }
    }
  })
}
