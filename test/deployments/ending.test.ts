import { expect } from 'chai'
import { inServiceOf } from '../../simulator/world/state.ts'
import { earlierDeployment } from './deploymentStates.ts'
import { ownersAgree } from './ownersAgree.ts'
import {
  attach,
  beginDeployment,
  type DeploymentOptions,
  doors,
  hold,
  holdProcesses,
  type PlayedDeployment,
  playedDeployment,
  productionOf,
  settled,
  stateOf,
  untouched,
} from './playedDeployment.ts'

const gatedRecords = (id: string) => ({
  'greenlight:record': id,
  'greenlight:held': [id, ...holdProcesses].join(' '),
  'greenlight:attached/web': id,
})
const attachedFor = (id: string) => ({
  attached: ['web'],
  held: [],
  records: { 'greenlight:record': id, 'greenlight:attached/web': id },
})

for (const via of doors) {
  describe(`The end of a deployment that Greenlight hears of by ${via}`, () => {
    let deployment: PlayedDeployment
    afterEach(() => deployment.aws.end())
    const begin = async (options: DeploymentOptions = {}): Promise<PlayedDeployment> => {
      deployment = await beginDeployment({ via, ...options })
      return deployment
    }

    /** In mode heal, continued by a person, with blue waiting for its termination. */
    const inTerminationWait = async (options: DeploymentOptions = {}): Promise<PlayedDeployment> => {
      const { aws, id, later } = await begin(options)
      await aws.until(id, 'Ready')
      await later(20)
      aws.world.continueDeployment(id)
      while (!aws.world.deployments.get(id)?.instanceTerminationWaitTimeStarted) await later(5)
      await aws.sweep()
      await later(30)
      return deployment
    }

    describe('that fails halfway through deregistering blue', () => {
      const failHalfway = async (options: DeploymentOptions = {}): Promise<PlayedDeployment> => {
        const { aws, id, later } = await begin(options)
        aws.world.failDeregistration(inServiceOf(aws.world, 'blue').at(-1)?.instanceId ?? '')
        await aws.until(id, 'Ready')
        await later(20)
        if (options.mode !== 'gate') aws.world.continueDeployment(id)
        expect(await aws.played(id)).to.equal('Failed')
        return deployment
      }

      it(`keeps serving in mode gate: green stays attached with its record, and the log says so`, async () => {
        const { aws, id, later, now, lines } = await failHalfway({ mode: 'gate' })
        await later(600)
        expect(now()).to.deep.equal(attachedFor(id))
        expect(lines('Left attached')[0])
          .to.deep.include({ level: 'ERROR' })
          .and.have.property('reason')
          .that.matches(
            /^web is left attached to CodeDeploy_\S+: blue has 1 of the 2 healthy that it needs there without green, while green has 2 registered and 2 healthy\. Raise blue to 3 instances; the next sweep then detaches it\. To keep it attached: aws autoscaling delete-tags --tags 'ResourceId=CodeDeploy_\S+,Key=greenlight:attached\/web'$/,
          )
        expect(aws.metrics('LeftAttached')).to.be.above(0)
        expect(aws.traffic.count().failed).to.equal(0)
      })

      for (const rollbackTargetInstances of ['empty', 'green', 'blue'] as const) {
        it(`is undone when its rollback is over, and the rollback is neither held, stopped nor overruled (${rollbackTargetInstances})`, async () => {
          const { aws, later, now, actions } = await failHalfway({
            switches: { rollbackTargetInstances },
            arrange: (world) => {
              const group = productionOf(world)
              group.autoRollback = { enabled: true, events: ['DEPLOYMENT_FAILURE'] }
              // Without a script, which the rollback would run on blue.
              group.revision = { version: 'v1' }
            },
          })
          const failed = actions().length
          await later(900)
          const rollback = [...aws.world.deployments.values()].find(({ creator }) => creator === 'codeDeployRollback')
          expect(rollback?.status).to.equal('Succeeded')
          expect(now()).to.deep.equal(untouched)
          expect(stateOf(aws.world, 'blue')).to.deep.equal(settled)
          expect(productionOf(aws.world).autoScalingGroups).to.deep.equal(['blue'])
          expect(
            actions()
              .slice(failed)
              .filter((action) => /^(Stop|Continue|Suspend)/.test(action)),
          ).to.deep.equal([])
        })
      }
    })

    for (const [greenNamedAt, mode] of [
      ['rerouting', 'heal'],
      ['rerouting', 'gate'],
      ['success', 'heal'],
    ] as const) {
      const names = greenNamedAt === 'rerouting' ? 'green' : 'blue still'
      it(`leaves users where they are when it is stopped in its termination wait, while its deployment group names ${names}, in mode ${mode}`, async () => {
        const { aws, id, later, now, lines } = await inTerminationWait({ switches: { greenNamedAt }, mode })
        aws.world.stopDeployment(id)
        await later(300)
        expect(aws.world.deployments.get(id)?.status).to.equal('Stopped')
        if (greenNamedAt === 'rerouting') expect(now()).to.deep.equal(settled)
        else {
          expect(now()).to.deep.equal(attachedFor(id))
          expect(lines('Left attached')).to.not.be.empty
        }
        expect(aws.traffic.count().failed).to.equal(0)
      })
    }

    it('leaves nothing to do when green is gone', async () => {
      const { aws, id, green, later, actions } = await begin()
      await aws.until(id, 'Ready')
      await later(20)
      const before = actions().length
      aws.world.autoScalingGroups.delete(green)
      aws.world.stopDeployment(id)
      await later(60)
      expect(actions().slice(before)).to.deep.equal([])
      expect(aws.world.invocations.at(-1)?.outcome).to.equal('returned')
    })

    it('is not waited for while green drains for an hour: no run fails, and a sweep finishes it', async () => {
      const { aws, id, green, later, now } = await begin({
        arrange: (world) =>
          void Object.assign(world.targetGroups.get('web') ?? {}, { deregistrationDelaySeconds: 3600 }),
      })
      await aws.until(id, 'Ready')
      hold(aws.world, green, id)
      attach(aws.world, green, id)
      aws.world.stopDeployment(id)
      await later(300)
      await aws.sweep()
      expect(now()).to.deep.equal({ attached: [], held: holdProcesses, records: gatedRecords(id) })
      await later(3600)
      await aws.sweep()
      expect(now()).to.deep.equal(untouched)
      expect(new Set(aws.world.invocations.map(({ outcome }) => outcome))).to.deep.equal(new Set(['returned']))
    })

    it('detaches green when no load balancer uses the target group any more', async () => {
      const { aws, id, green, later, now } = await inTerminationWait({ switches: { greenNamedAt: 'success' } })
      expect(now()).to.deep.equal(attachedFor(id))
      Object.assign(aws.world.targetGroups.get('web') ?? {}, { loadBalancerArns: [] })
      // As a load balancer that is gone leaves its target group.
      for (const { id: instance } of aws.world.targetGroups.get('web')?.targets.values() ?? [])
        aws.world.targetHealth.instanceChanged(instance)
      aws.world.stopDeployment(id)
      await later(300)
      expect(stateOf(aws.world, green)).to.deep.equal(untouched)
    })

    it('attaches nothing while the next deployment is under way, whose blue this green may be, and says so', async () => {
      const { aws, id, green, later, actions, lines } = await begin({
        waitsAtReady: false,
        // Nobody has heard of the first one until the second is under way.
        switches: { notifications: 'lost' },
      })
      expect(await aws.played(id)).to.equal('Succeeded')
      const next = playedDeployment(aws, aws.world.deploy({ deploymentGroup: 'production' }))
      await later(5)
      for (const notification of aws.world.notifications.sent) {
        if (notification.deploymentId === id) aws.world.notifications.resend(notification)
      }
      await later(5)
      expect(actions()).to.deep.equal([])
      expect(lines('Not attached')[0]).to.deep.include({
        level: 'ERROR',
        reason: `${green} is without web: deployment ${next.id} is under way`,
      })
      // CodeDeploy's test message to a new topic is lost here too.
      expect(aws.metrics('Refused')).to.equal(lines('Not attached').length)
    })

    it('removes the record of an attachment that CodeDeploy copied from an older green, and never acts on it', async () => {
      const { aws, id, green, later, now, actions } = await begin()
      await aws.until(id, 'Ready')
      earlierDeployment(aws.world, id, 'd-OLDER')
      attach(aws.world, green, 'd-OLDER')
      aws.world.stopDeployment(id)
      await later(120)
      expect(now()).to.deep.equal({ attached: ['web'], held: [], records: {} })
      expect(actions()).to.not.include('DetachLoadBalancerTargetGroups')
    })

    it('lets the next deployment begin at once, which is handled as the first was', async () => {
      const first = await begin({ mode: 'gate' })
      const { aws } = first
      expect(await aws.played(first.id)).to.equal('Succeeded')
      const next = playedDeployment(
        aws,
        aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v3' } }),
      )
      expect(await aws.played(next.id)).to.equal('Succeeded')
      await next.later(60)
      expect(next.now()).to.deep.equal(settled)
      expect(aws.traffic.count().failed).to.equal(0)
    })

    for (const computePlatform of ['ECS', 'Lambda'] as const) {
      const workers = 'CodeDeploy_workers'
      /** A deployment whose hook had attached the workers that the tags of its deployment group name. */
      const stopped = async ({ healthy }: { healthy: boolean }) => {
        const { aws, later } = await begin({
          arrange: (world) => {
            for (const name of [workers, 'CodeDeploy_others']) world.createAutoScalingGroup({ name })
            world.createTargetGroup({ name: 'jobs' })
            const tags = {
              'greenlight:auto-scaling-groups': workers,
              'greenlight:auto-scaling-groups/2': 'CodeDeploy_others',
              'greenlight:target-groups': 'jobs',
            }
            world.createDeploymentGroup({ application: 'orders', name: 'production', computePlatform, tags })
            ownersAgree(world, 'orders/production')
            if (via === 'EventBridge') return
            const events = ['DeploymentStart', 'DeploymentStop']
            world.notifications.createTrigger('orders', 'production', { topic: 'deployments', events })
          },
        })
        const id = aws.world.deploy({ application: 'orders', deploymentGroup: 'production' })
        attach(aws.world, workers, id, 'jobs')
        const jobs = aws.world.targetGroups.get('jobs')
        for (const { instanceId } of inServiceOf(aws.world, workers)) {
          if (healthy && jobs) aws.world.targetHealth.assumeHealthy(jobs, instanceId)
          else aws.world.breakInstance(instanceId)
        }
        await later(10)
        aws.world.stopDeployment(id)
        await later(300)
        await aws.sweep()
        const changes = aws.changes().filter(({ input }) => JSON.stringify(input).includes(workers))
        return { id, changes: changes.map(({ action }) => action) }
      }

      it(`undoes what records say on the groups that the tags name, and touches no other (${computePlatform})`, async () => {
        const { changes } = await stopped({ healthy: false })
        expect(stateOf(deployment.aws.world, workers)).to.deep.equal(untouched)
        expect(changes).to.deep.equal(['autoscaling:DetachLoadBalancerTargetGroups', 'autoscaling:DeleteTags'])
      })

      it(`leaves attached what serves, because there is no blue, and the log says so (${computePlatform})`, async () => {
        const { id, changes } = await stopped({ healthy: true })
        expect(stateOf(deployment.aws.world, workers)).to.deep.equal({
          ...{ attached: ['jobs'], held: [], records: { 'greenlight:record': id, 'greenlight:attached/jobs': id } },
        })
        expect(changes).to.deep.equal([])
        expect(deployment.lines('Left attached')[0])
          .to.deep.include({ level: 'ERROR' })
          .and.have.property('reason')
          .that.matches(
            /^jobs is left attached to CodeDeploy_workers: there is no blue that could carry its traffic\. /,
          )
      })
    }

    it('releases a hold that an older deployment has left, too', async () => {
      const { aws, id, green, later, now } = await begin()
      await aws.until(id, 'Ready')
      earlierDeployment(aws.world, id, 'd-OLDER')
      hold(aws.world, green, 'd-OLDER')
      aws.world.stopDeployment(id)
      await later(60)
      expect(now()).to.deep.equal(untouched)
    })
  })
}
