import { expect } from 'chai'
import { generateAccount } from '../../../simulator/account.ts'
import type { Simulator } from '../../../simulator/simulate.ts'
import type { Fault } from '../../../simulator/wire/faults.ts'
import { attachedArns, suspendedByOthers } from '../../../simulator/world/state.ts'
import { timeless } from '../playedDeployment.ts'
import { type Playground, playground } from '../playground.ts'

type World = Simulator['world']

const made = 'CodeDeploy_group-0_d-D00000000'
const failedGreen = 'CodeDeploy_group-0_d-F00000000'
const hold = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions']
const heldFor = (id: string) => ({
  'greenlight:record': id,
  'greenlight:held': [id, ...hold].join(' '),
})

const howToKeep = (group: string): string =>
  `To keep it attached: aws autoscaling delete-tags --tags 'ResourceId=${group},ResourceType=auto-scaling-group,` +
  "Key=greenlight:attached/web-0'"

describe('Records that a sweep finds', () => {
  let aws: Playground
  afterEach(() => aws.end())

  const begin = async (arrange: (world: World) => void, faults: readonly Fault[] = []) => {
    aws = await playground({ sweeps: 'whenTold', arrange, faults })
  }
  /** Puts records on an Auto Scaling group, and suspends what they say is held. */
  const record = (world: World, name: string, tags: Readonly<Record<string, string>>) => {
    const group = world.autoScalingGroups.get(name)
    if (group === undefined) throw new Error(`there is no ${name}`)
    group.tags = Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: false }))
    if ('greenlight:held' in tags) group.suspendedProcesses = [...hold]
  }
  const stateOf = (name: string) => {
    const group = aws.world.autoScalingGroups.get(name)
    return {
      attached: (group ? attachedArns(group) : []).map((arn) => arn.split('/').at(-2)),
      held: group && suspendedByOthers(group),
      records: Object.fromEntries(
        (group?.tags ?? [])
          .filter(({ key }) => key.startsWith('greenlight:'))
          .map(({ key, value }) => [key, timeless(value)]),
      ),
    }
  }
  const reasons = (message: string) =>
    aws.log.filter((line) => line['message'] === message).map((line) => line['reason'])

  it('of a deployment that has succeeded are settled, and of one that failed undone', async () => {
    await begin((world) => {
      generateAccount(world, { deploymentGroups: 1, conditionOf: () => 'leftoverAttached' })
      record(world, made, heldFor('d-D00000000'))
      record(world, failedGreen, { 'greenlight:record': 'd-F00000000', 'greenlight:attached/web-0': 'd-F00000000' })
    })
    const began = Date.now()
    expect(await aws.sweep()).to.deep.include({ failures: 0 })
    expect(stateOf(made)).to.deep.equal({ attached: ['web-0'], held: [], records: {} })
    // It drains for a minute, which this sweep does not wait for, and the next one forgets.
    expect(Date.now() - began).to.be.below(30_000)
    expect(stateOf(failedGreen).attached).to.deep.equal([])
    expect(stateOf(failedGreen).records).to.not.deep.equal({})
    await aws.time.advance(120_000)
    await aws.sweep()
    expect(stateOf(failedGreen)).to.deep.equal({ attached: [], held: [], records: {} })
    expect(aws.traffic.count().failed).to.equal(0)
  })

  it('that CodeDeploy has copied, and no deployment has adopted, follow the deployment that made the copy', async () => {
    await begin((world) => {
      generateAccount(world, { deploymentGroups: 1, conditionOf: () => 'leftover' })
      // What d-D00000000 left on its green came along to the green of d-F00000000, which failed.
      record(world, failedGreen, { ...heldFor('d-D00000000'), 'greenlight:attached/web-0': 'd-D00000000' })
    })
    expect(await aws.sweep()).to.deep.include({ failures: 0 })
    expect(stateOf(failedGreen)).to.deep.equal({ attached: [], held: [], records: {} })
    expect(stateOf(made).attached).to.deep.equal(['web-0'])
    expect(reasons('Finished')).to.deep.equal(['deployment d-F00000000 is Failed: undone'])
  })

  it('that were copied to a green of a deployment under way are left to the gate function', async () => {
    await begin((world) => generateAccount(world, { deploymentGroups: 1 }))
    record(aws.world, made, heldFor('d-D00000000'))
    const id = aws.world.deploy({ application: 'application-0', deploymentGroup: 'group-0' })
    await aws.until(id, 'Ready')
    await aws.sweep()
    await aws.time.advance(30_000)
    const { records } = stateOf(`CodeDeploy_group-0_${id}`)
    expect(records).to.deep.equal(heldFor(id))
    expect(stateOf(made).held).to.deep.equal([])
  })

  describe('of a deployment that does not exist any more', () => {
    it('are released and forgotten', async () => {
      await begin((world) => {
        generateAccount(world, { deploymentGroups: 1 })
        world.deployments.delete('d-D00000000')
        record(world, made, heldFor('d-D00000000'))
      })
      expect(await aws.sweep()).to.deep.include({ failures: 0 })
      expect(stateOf(made)).to.deep.equal({ attached: ['web-0'], held: [], records: {} })
      expect(reasons('Released')).to.deep.equal(['deployment d-D00000000 does not exist any more'])
    })

    it('are released after a pause when AWS fails the release', async () => {
      await begin((world) => {
        generateAccount(world, { deploymentGroups: 1 })
        world.deployments.delete('d-D00000000')
        record(world, made, heldFor('d-D00000000'))
      })
      aws.faults.add({ action: 'autoscaling:ResumeProcesses', kind: 'error500', times: 3 })
      expect(await aws.sweep()).to.deep.include({ failures: 0 })
      const at = aws.calls
        .filter(({ action }) => action === 'autoscaling:ResumeProcesses')
        .map((call) => Number(call.at))
      expect(at.map((one) => one - (at[0] ?? 0))).to.deep.equal([0, 1_000, 2_500, 4_750])
    })

    it('stay while their target group is attached: every run says so, and none detaches it', async () => {
      const records = { 'greenlight:record': 'd-D00000000', 'greenlight:attached/web-0': 'd-D00000000' }
      await begin((world) => {
        generateAccount(world, { deploymentGroups: 1 })
        world.deployments.delete('d-D00000000')
        record(world, made, { ...heldFor('d-D00000000'), ...records, 'greenlight:attached/gone': 'd-D00000000' })
      })
      for (const run of [1, 2]) {
        expect(await aws.sweep()).to.deep.include({ failures: 0 })
        expect(stateOf(made)).to.deep.equal({ attached: ['web-0'], held: [], records })
        expect(aws.metrics('LeftAttached')).to.equal(run)
      }
      expect(reasons('Left attached')[0]).to.equal(
        `web-0 is left attached to ${made}: deployment d-D00000000 does not exist any more. ${howToKeep(made)}`,
      )
    })
  })

  for (const [what, id] of [
    ['nonsense', 'nonsense'],
    ['a deployment that CodeDeploy does not know', 'd-GONE00000'],
    ['a deployment that never named this group', 'd-D00000001'],
  ] as const) {
    it(`of ${what} are left alone: no sweep fails, and a person who suspended something finds it suspended`, async () => {
      await begin((world) => {
        generateAccount(world, { deploymentGroups: 2 })
        world.createAutoScalingGroup({ name: 'CodeDeploy_strange' })
        for (const name of [made, 'CodeDeploy_strange']) record(world, name, heldFor(id))
      })
      const before = [made, 'CodeDeploy_strange'].map(stateOf)
      for (const _ of [1, 2]) expect(await aws.sweep()).to.deep.include({ failures: 0, handled: 0 })
      expect([made, 'CodeDeploy_strange'].map(stateOf)).to.deep.equal(before)
      expect(aws.changes()).to.deep.equal([])
      const [named, stray, ...others] = reasons('Finding').filter((reason) => String(reason).includes('nobody acts'))
      expect(others).to.deep.equal([])
      expect(named).to.match(RegExp(`^application-0/group-0: ${made} has greenlight:record and greenlight:held`))
      expect(stray).to.match(/^CodeDeploy_strange has greenlight:record and greenlight:held/)
    })
  }

  it('of a deployment group that does not exist any more are released, and what is attached stays so', async () => {
    await begin((world) => {
      generateAccount(world, { deploymentGroups: 1, conditionOf: () => 'leftoverAttached' })
      record(world, made, heldFor('d-D00000000'))
      const records = { 'greenlight:record': 'd-F00000000', 'greenlight:attached/web-0': 'd-F00000000' }
      record(world, failedGreen, { ...heldFor('d-F00000000'), ...records })
      world.deploymentGroups.delete('application-0/group-0')
    })
    expect(await aws.sweep()).to.deep.include({ failures: 0 })
    expect(stateOf(made)).to.deep.equal({ attached: ['web-0'], held: [], records: {} })
    expect(stateOf(failedGreen)).to.deep.equal({
      attached: ['web-0'],
      held: [],
      records: { 'greenlight:record': 'd-F00000000', 'greenlight:attached/web-0': 'd-F00000000' },
    })
    expect(reasons('Left attached')).to.deep.equal([
      `web-0 is left attached to ${failedGreen}: what CodeDeploy labels Blue has 0 of the 2 healthy that it needs there ` +
        'without green, while green has 2 registered and 2 healthy. Register 2 more instances; the next sweep then ' +
        `detaches it. ${howToKeep(failedGreen)}`,
    ])
  })

  it('are finished although one of them cannot be; the run fails and counts both, and the next one finishes it', async () => {
    const denied: Fault = {
      kind: 'accessDenied',
      action: 'autoscaling:DeleteTags',
      times: 1,
      when: (input) => JSON.stringify(input).includes('group-2'),
    }
    await begin((world) => generateAccount(world, { deploymentGroups: 4, conditionOf: () => 'recorded' }), [denied])
    const answer = await aws.sweep()
    expect(String(answer['errorMessage'])).to.match(
      /^1 thing could not be swept, and 4 were tried: autoscaling:DeleteTags failed/,
    )
    const recorded = () => [...aws.world.autoScalingGroups.values()].filter(({ tags }) => tags.length > 0)
    expect(recorded().map(({ name }) => name)).to.deep.equal(['CodeDeploy_group-2_d-D00000002'])
    expect(aws.log.find(({ message }) => message === 'Swept')).to.deep.include({ failures: 1, handled: 4 })
    expect(aws.metrics('SweepFailures')).to.equal(1)
    expect(reasons('Could not be swept')).to.have.length(1)
    expect(await aws.sweep()).to.deep.include({ failures: 0 })
    expect(recorded()).to.deep.equal([])
  })
})

describe('A deployment that is under way when a sweep comes by', () => {
  let aws: Playground
  afterEach(() => aws.end())
  const handed = () =>
    aws.world.invocations
      .filter(({ functionName }) => functionName === aws.functionName)
      .map(({ event }) => event as { readonly source?: string })
      // The script of an instance that Auto Scaling has launched asks too.
      .filter(({ source }) => source === 'aws.codedeploy')

  it('is handed to the gate function in the words of CodeDeploy', async () => {
    aws = await playground({ sweeps: 'whenTold' })
    const id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(id, 'Ready')
    const before = aws.calls.length
    expect(await aws.sweep()).to.deep.include({ handled: 1, failures: 0 })
    await aws.time.advance(30_000)
    const [event, ...others] = handed() as { id: string; time: string }[]
    expect(others).to.deep.equal([])
    expect({ ...event, id: '', time: '' }).to.deep.equal({
      version: '0',
      id: '',
      'detail-type': 'CodeDeploy Deployment State-change Notification',
      source: 'aws.codedeploy',
      account: '123456789012',
      time: '',
      region: 'eu-west-1',
      resources: ['arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production'],
      detail: {
        region: 'eu-west-1',
        application: 'shop',
        deploymentGroup: 'production',
        deploymentId: id,
        state: 'READY',
      },
    })
    const invoked = aws.calls.slice(before).filter(({ action }) => action === 'lambda:InvokeFunction')
    expect(invoked.map(({ input }) => input['InvocationType'])).to.deep.equal(['Event'])
  })

  it('is not handed over when a hook gates it, it is a rollback, or Auto Scaling made it', async () => {
    aws = await playground({ sweeps: 'whenTold' })
    const { world } = aws
    world.createFunction({ name: 'slow', handler: () => new Promise(() => {}) })
    world.createDeploymentGroup({ application: 'mailer', name: 'production', computePlatform: 'Lambda' })
    world.deploy({ application: 'mailer', deploymentGroup: 'production', lambdaHooks: { BeforeAllowTraffic: 'slow' } })
    const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(id, 'Ready')
    world.stopDeployment(id, { rollBack: true })
    world.setDesiredCapacity('blue', 3)
    await aws.time.advance(21_000)
    const underWay = [...world.deployments.values()].filter(({ completeTime }) => completeTime === undefined)
    expect(underWay.map(({ creator }) => creator)).to.include.members(['user', 'autoscaling'])
    expect(await aws.sweep()).to.deep.include({ handled: 0, failures: 0 })
    expect(handed()).to.deep.equal([])
  })

  it('is logged and counted when the gate function does not answer, and the sweep goes on', async () => {
    aws = await playground({
      sweeps: 'whenTold',
      arrange: (world) => generateAccount(world, { deploymentGroups: 1, conditionOf: () => 'recorded' }),
      faults: [{ kind: 'accessDenied', action: 'lambda:InvokeFunction', times: 'forever' }],
    })
    const id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(id, 'Ready')
    expect(String((await aws.sweep())['errorMessage'])).to.contain('lambda:InvokeFunction failed: AccessDenied')
    expect(aws.world.autoScalingGroups.get(made)?.tags).to.deep.equal([])
    expect(aws.metrics('SweepFailures')).to.equal(1)
  })
})
