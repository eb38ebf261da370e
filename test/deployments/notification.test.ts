import { expect } from 'chai'
import { instancesOf } from '../../simulator/world/state.ts'
import {
  beginDeployment,
  type DeploymentOptions,
  doors,
  holdProcesses,
  inMode,
  type PlayedDeployment,
  productionOf,
  settled,
  untouched,
  type World,
} from './playedDeployment.ts'

const held = (id: string) => ({
  attached: [],
  held: holdProcesses,
  records: { 'greenlight:record': id, 'greenlight:held': [id, ...holdProcesses].join(' ') },
})

for (const via of doors) {
  describe(`A deployment that Greenlight hears of by ${via}`, () => {
    let deployment: PlayedDeployment
    afterEach(() => deployment.aws.end())
    const begin = async (options: DeploymentOptions = {}): Promise<PlayedDeployment> => {
      deployment = await beginDeployment({ via, ...options })
      return deployment
    }

    describe('in mode heal', () => {
      it('is only looked at while CodeDeploy installs it: preflight changes nothing', async () => {
        const { aws, id, later, actions } = await begin()
        await aws.until(id, 'InProgress')
        await later(5)
        expect(aws.world.invocations).to.not.be.empty
        expect(actions()).to.deep.equal([])
      })

      it('is held at Ready and not attached: a person decides about its traffic', async () => {
        const { aws, id, later, now } = await begin()
        await aws.until(id, 'Ready')
        await later(120)
        expect(now()).to.deep.equal(held(id))
        expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
      })

      it('is held back from scheduled actions, alarms and replacements until its traffic has arrived', async () => {
        const { aws, id, green, later } = await begin()
        await aws.until(id, 'Ready')
        await later(30)
        const ids = () => instancesOf(aws.world, green).map(({ instanceId }) => instanceId)
        const before = ids()
        aws.world.alarm(green, 5)
        aws.world.scheduledAction(green, 1)
        await later(60)
        expect(ids()).to.deep.equal(before)
      })

      it('is attached and released once its traffic has arrived, long before it has succeeded, and scales out during the termination wait of blue', async () => {
        const { aws, id, green, later, now } = await begin({ sweeps: 'onSchedule', arrange: terminateAfter(60) })
        await aws.until(id, 'Ready')
        await later(20)
        aws.world.continueDeployment(id)
        await later(600)
        expect(aws.world.deployments.get(id)?.status).to.equal('InProgress')
        expect(now()).to.deep.equal({
          attached: ['web'],
          held: [],
          records: { 'greenlight:record': id, 'greenlight:attached/web': id },
        })
        aws.world.setDesiredCapacity(green, 4)
        await later(120)
        expect(aws.traffic.instancesWithoutTraffic([green])).to.deep.equal([])
      })

      it('is settled when it has succeeded: everything attached, nothing held, no record left [settled]', async () => {
        const { aws, id, later, now } = await begin()
        await aws.until(id, 'Ready')
        await later(20)
        aws.world.continueDeployment(id)
        expect(await aws.played(id)).to.equal('Succeeded')
        await later(60)
        expect(now()).to.deep.equal(settled)
        expect(aws.traffic.count().failed).to.equal(0)
      })

      it('is released and forgotten when it is stopped at Ready', async () => {
        const { aws, id, later, now } = await begin()
        await aws.until(id, 'Ready')
        await later(20)
        aws.world.stopDeployment(id)
        await later(60)
        expect(now()).to.deep.equal(untouched)
      })

      it('is released and forgotten when nobody continues it in time', async () => {
        const { aws, id, later, now } = await begin()
        expect(await aws.played(id)).to.equal('Stopped')
        await later(60)
        expect(now()).to.deep.equal(untouched)
      })
    })

    describe('in mode observe', () => {
      it('is never changed, and the log says what would have been done', async () => {
        const { aws, id, later, lines, actions } = await begin({ mode: 'observe' })
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
        expect(aws.metrics('Bypassed')).to.be.above(0)
      })

      it('is not changed when it fails either', async () => {
        const { aws, id, later, actions } = await begin({ mode: 'observe', healthy: false, waitsAtReady: false })
        expect(await aws.played(id)).to.equal('Failed')
        await later(60)
        expect(actions()).to.deep.equal([])
      })
    })

    describe('has the mode', () => {
      it('of the parameter, when the deployment group has no tag', async () => {
        const { aws, id, later, now, actions } = await begin({ settings: { GREENLIGHT_MODE: 'gate' } })
        expect(await aws.played(id)).to.equal('Succeeded')
        await later(60)
        expect(now()).to.deep.equal(settled)
        expect(actions()).to.include('ContinueDeployment')
      })

      it('of the tag, whatever the parameter says', async () => {
        const { aws, id, later, now } = await begin({ mode: 'heal', settings: { GREENLIGHT_MODE: 'gate' } })
        await aws.until(id, 'Ready')
        await later(120)
        expect(now()).to.deep.equal(held(id))
        expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
      })

      it("none, when the tag names no mode: nothing is changed, and a warning names the tag's value and the three modes", async () => {
        const { aws, id, later, now, actions, lines } = await begin({ mode: 'heel' })
        await aws.until(id, 'Ready')
        await later(30)
        expect(actions()).to.deep.equal([])
        expect(lines('No mode')[0]).to.deep.include({
          level: 'WARN',
          reason: 'tag greenlight:mode of deployment group shop/production is "heel"; it must be observe, heal or gate',
        })
        aws.world.continueDeployment(id)
        await aws.played(id)
        await later(60)
        expect(now()).to.deep.equal(untouched)
      })

      it('that it is given between the first look and the second: only mode gate continues', async () => {
        const { aws, id, later, now, actions } = await begin({ mode: 'gate' })
        await aws.until(id, 'Ready')
        await later(5)
        expect(now()?.attached).to.deep.equal(['web'])
        inMode(aws.world, 'heal')
        await later(120)
        expect(actions()).to.not.include('ContinueDeployment')
        expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
        expect(now()?.held).to.deep.equal(holdProcesses)
      })

      it('observe within 30 seconds of a wait: Greenlight releases its hold and does nothing more', async () => {
        const { aws, id, later, now } = await begin({ healthy: false, mode: 'gate' })
        await aws.until(id, 'Ready')
        await later(5)
        inMode(aws.world, 'observe')
        await later(35)
        expect(now()).to.deep.equal({
          attached: ['web'],
          held: [],
          records: { 'greenlight:record': id, 'greenlight:attached/web': id },
        })
        await later(600)
        expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
      })

      it('observe from the next notification on: Greenlight releases its hold', async () => {
        const { aws, id, later, now } = await begin()
        await aws.until(id, 'Ready')
        await later(30)
        inMode(aws.world, 'observe')
        aws.world.continueDeployment(id)
        await aws.played(id)
        await later(60)
        expect(now()).to.deep.equal(untouched)
      })
    })
  })
}

const terminateAfter =
  (terminationWaitTimeInMinutes: number) =>
  (world: World): void => {
    const { blueGreen } = productionOf(world)
    if (blueGreen)
      blueGreen.terminateBlueInstancesOnDeploymentSuccess = { action: 'TERMINATE', terminationWaitTimeInMinutes }
  }
