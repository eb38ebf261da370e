import { expect } from 'chai'
import type { Simulator, Switches } from '../../../simulator/simulate.ts'
import { attachedArns, instancesOf, suspendedByOthers } from '../../../simulator/world/state.ts'
import { sweepFunctionName } from '../../../tools/greenlight.ts'
import { timeless } from '../playedDeployment.ts'
import { type Playground, playground } from '../playground.ts'

type World = Simulator['world']
type Options = NonNullable<Parameters<typeof playground>[0]>

const green = (deploymentId: string) => `CodeDeploy_production_${deploymentId}`
const holdProcesses = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions']

/** What of an Auto Scaling group is Greenlight's business. */
const stateOf = (world: World, name: string) => {
  const group = world.autoScalingGroups.get(name)
  return {
    attached: (group ? attachedArns(group) : []).map((arn) => arn.split('/').at(-2)),
    held: group && suspendedByOthers(group),
    records: Object.fromEntries(
      (group?.tags ?? [])
        .filter(({ key }) => /^greenlight:(record|held|attached)/.test(key))
        .map(({ key, value }) => [key, timeless(value)]),
    ),
  }
}
const settled = { attached: ['web'], held: [], records: {} }
const untouched = { attached: [], held: [], records: {} }

/** The states that CodeDeploy tells, and that are lost. */
type Lost = readonly ('START' | 'READY' | 'SUCCESS' | 'FAILURE' | 'STOP' | 'instances')[]

describe('When notifications are lost and the sweep runs, [settled]', () => {
  let aws: Playground
  let id: string
  afterEach(() => aws.end())

  /** Tells Greenlight of everything that is not lost. */
  const begin = async (lost: Lost, options: Options = {}, revision: object = {}) => {
    aws = await playground({
      sweeps: 'onSchedule',
      ...options,
      arrange: (world) => {
        const states = ['START', 'READY', 'SUCCESS', 'FAILURE', 'STOP'].filter(
          (state) => !lost.some((one) => one === state),
        )
        const name = 'CodeDeployHook_greenlight'
        const rule = (kind: string, heard: readonly string[]) =>
          world.notifications.createRule({
            pattern: {
              source: ['aws.codedeploy'],
              'detail-type': [`CodeDeploy ${kind} State-change Notification`],
              detail: { state: heard },
            },
            functionName: name,
          })
        rule('Deployment', states)
        if (!lost.includes('instances')) rule('Instance', ['SUCCESS'])
        options.arrange?.(world)
      },
    })
    id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', ...revision } })
  }
  const minutes = (count: number) => aws.time.advance(count * 60_000)
  const now = () => stateOf(aws.world, green(id))
  const inMode = (mode: string) =>
    void aws.world.deploymentGroups.get('shop/production')?.tags.push({ key: 'greenlight:mode', value: mode })

  it('READY: the next sweep holds green', async () => {
    await begin(['READY'])
    await aws.until(id, 'Ready')
    await minutes(6)
    expect(now().held).to.deep.equal(holdProcesses)
  })

  it('READY in mode gate: the gate function gates, as if it had heard', async () => {
    await begin(['READY'])
    inMode('gate')
    await aws.until(id, 'Ready')
    expect(await aws.played(id)).to.equal('Succeeded')
    await minutes(6)
    expect(now()).to.deep.equal(settled)
  })

  it('those of instances: Greenlight sees that traffic has arrived, long before the deployment has succeeded', async () => {
    await begin(['instances'], {
      arrange: (world) => {
        const waits =
          world.deploymentGroups.get('shop/production')?.blueGreen?.terminateBlueInstancesOnDeploymentSuccess
        if (waits) waits.terminationWaitTimeInMinutes = 60
      },
    })
    await aws.until(id, 'Ready')
    await minutes(1)
    aws.world.continueDeployment(id)
    await minutes(10)
    expect(aws.world.deployments.get(id)?.status).to.equal('InProgress')
    expect(now().attached).to.deep.equal(['web'])
    expect(now().held).to.deep.equal([])
  })

  it('SUCCESS: the next sweep settles green', async () => {
    await begin(['SUCCESS', 'instances'])
    await aws.until(id, 'Ready')
    await minutes(1)
    aws.world.continueDeployment(id)
    expect(await aws.played(id)).to.equal('Succeeded')
    await minutes(6)
    expect(now()).to.deep.equal(settled)
  })

  it('FAILURE: the next sweep detaches green and does not wait until it has drained', async () => {
    await begin(['FAILURE', 'STOP'], {}, { healthy: false })
    inMode('gate')
    await aws.until(id, 'Ready')
    await aws.time.advance(12_000)
    expect(now().attached).to.deep.equal(['web'])
    aws.world.stopDeployment(id)
    await minutes(11)
    expect(now()).to.deep.equal(untouched)
    expect(aws.traffic.count().failed).to.equal(0)
  })

  for (const switches of [
    {},
    { successBeforeTerminationWait: true },
    { greenNamedAt: 'success' },
    { targetInstancesAbsentEarly: false },
    { copyCarriesTags: false },
    { copyCarriesSuspendedProcesses: false },
    { rollbackTargetInstances: 'green' },
    { rollbackTargetInstances: 'blue' },
    { reattachIsError: true },
    { trafficSourcesShowAsTargetGroups: true },
  ] satisfies Partial<Switches>[]) {
    it(`all of them, with SweepMode heal: what succeeds ends settled, what fails untouched ${JSON.stringify(switches)} [settled]`, async () => {
      const settings = { GREENLIGHT_SWEEP_MODE: 'heal' }
      await begin(['START', 'READY', 'SUCCESS', 'FAILURE', 'STOP', 'instances'], { switches, settings })
      await aws.until(id, 'Ready')
      aws.world.continueDeployment(id)
      expect(await aws.played(id)).to.equal('Succeeded')
      await minutes(6)
      expect(now()).to.deep.equal(settled)

      const first = id
      const next = (autoRollback: boolean) =>
        aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v3' }, autoRollback })
      id = next(false)
      await aws.until(id, 'Ready')
      await minutes(6)
      expect(now().held).to.deep.equal(holdProcesses)
      aws.world.stopDeployment(id)
      await minutes(11)
      expect(now()).to.deep.equal(untouched)
      expect(stateOf(aws.world, green(first))).to.deep.equal(settled)

      // One whose blue is half gone from the load balancer when it fails, and which is rolled back.
      id = next(true)
      await aws.until(id, 'Ready')
      await minutes(6)
      const [instance] = instancesOf(aws.world, green(first))
      aws.world.failDeregistration(instance?.instanceId ?? '')
      aws.world.continueDeployment(id)
      expect(await aws.played(id)).to.equal('Failed')
      await minutes(16)
      expect(now()).to.deep.equal(untouched)
      expect(stateOf(aws.world, green(first))).to.deep.equal(settled)
      expect(aws.traffic.count().failed).to.equal(0)
    })
  }

  it('all of them, and no sweep came by: the next sweep heals what is left, with SweepMode heal', async () => {
    await begin(['START', 'READY', 'SUCCESS', 'FAILURE', 'STOP', 'instances'], {
      waitsAtReady: false,
      sweeps: 'whenTold',
      settings: { GREENLIGHT_SWEEP_MODE: 'heal' },
    })
    expect(await aws.played(id)).to.equal('Succeeded')
    expect(now()).to.deep.equal(untouched)
    expect(await aws.sweep()).to.deep.equal({
      deploymentGroups: 1,
      findings: { missing: 1, doesNotWait: 1 },
      handled: 1,
      failures: 0,
      cutShort: false,
    })
    expect(now()).to.deep.equal(settled)
    expect(aws.metrics('Healed')).to.equal(1)
    expect(aws.attaches().map(({ principal }) => principal)).to.deep.equal([
      { kind: 'lambda', functionName: sweepFunctionName },
    ])
  })
})
