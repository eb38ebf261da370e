import { expect } from 'chai'
import { inServiceOf } from '../../simulator/world/state.ts'
import {
  beginDeployment,
  createDiscovering,
  type DeploymentOptions,
  doors,
  type PlayedDeployment,
  settled,
  stateOf,
  untouched,
} from './playedDeployment.ts'

/** A deployment to Auto Scaling groups that exist already (F17): one or several, under names of their own. */
const discovering = async (
  greens: readonly string[],
  { mode = 'heal', ...options }: DeploymentOptions,
): Promise<PlayedDeployment> => {
  const deployment = await beginDeployment({
    ...options,
    arrange: (world) => {
      for (const name of greens) world.createAutoScalingGroup({ name, desiredCapacity: 1, version: 'v1' })
      createDiscovering(world, mode)
      if (options.via === 'SNS') {
        const events = ['DeploymentStart', 'DeploymentReady', 'DeploymentSuccess', 'DeploymentStop']
        world.notifications.createTrigger('shop', 'discovering', { topic: 'deployments', events })
      }
      options.arrange?.(world)
    },
  })
  deployment.aws.world.stopDeployment(deployment.id)
  const id = deployment.aws.world.deploy({ deploymentGroup: 'discovering', green: greens, revision: { version: 'v2' } })
  return { ...deployment, id }
}

for (const via of doors) {
  describe(`A green that DISCOVER_EXISTING finds, heard of by ${via}`, () => {
    let deployment: PlayedDeployment
    afterEach(() => deployment.aws.end())

    for (const mode of ['heal', 'gate'] as const) {
      for (const greens of [['CodeDeploy_own'], ['CodeDeploy_one', 'CodeDeploy_two']]) {
        it(`is handled like a copy when the pattern allows its name, in mode ${mode}: ${greens.join(' and ')}`, async () => {
          deployment = await discovering(greens, { via, mode })
          const { aws, id, later } = deployment
          await aws.until(id, 'Ready')
          await later(20)
          if (mode === 'heal') {
            for (const name of greens) expect(stateOf(aws.world, name)?.held).to.have.length(5)
            aws.world.continueDeployment(id)
          }
          expect(await aws.played(id)).to.equal('Succeeded')
          await later(60)
          for (const name of greens) expect(stateOf(aws.world, name)).to.deep.equal(settled)
        })
      }

      it(`is nobody's business when the pattern does not match its name, in mode ${mode}: nothing is done, and no line is logged`, async () => {
        deployment = await discovering(['CodeDeploy_own', 'handmade'], { via, mode })
        const { aws, id, later } = deployment
        await aws.until(id, 'Ready')
        await later(30)
        for (const name of ['CodeDeploy_own', 'handmade']) expect(stateOf(aws.world, name)).to.deep.equal(untouched)
        expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
        expect(aws.changes()).to.deep.equal([])
        expect(aws.log.filter(({ deploymentId }) => deploymentId === id)).to.deep.equal([])
        expect(await aws.invoke({ DeploymentId: id })).to.deep.equal({
          verdict: 'Failed',
          reason:
            `deployment ${id} is not this stack's: green handmade does not match ` +
            "the stack's parameter AutoScalingGroupNamePattern, which is CodeDeploy_*",
          deploymentId: id,
        })
      })
    }

    it('is stopped when one of several is not healthy, and all of them are undone', async () => {
      const greens = ['CodeDeploy_one', 'CodeDeploy_two']
      deployment = await discovering(greens, {
        via,
        mode: 'gate',
        settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
      })
      const { aws, id, later, lines } = deployment
      await aws.until(id, 'InProgress')
      aws.world.breakInstance(inServiceOf(aws.world, 'CodeDeploy_two')[0]?.instanceId ?? '')
      expect(await aws.played(id)).to.equal('Stopped')
      await later(300)
      await aws.sweep()
      expect(lines('Verdict')[0])
        .to.have.property('reason')
        .that.matches(
          /^not healthy within 60 s: CodeDeploy_two has 0 of 1 instance healthy behind web, and needs 1: i-/,
        )
      for (const name of greens) expect(stateOf(aws.world, name)).to.deep.equal(untouched)
    })
  })
}
