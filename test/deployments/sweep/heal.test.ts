import { expect } from 'chai'
import { type Condition, type Generated, generateAccount } from '../../../simulator/account.ts'
import { attachedArns, instancesOf } from '../../../simulator/world/state.ts'
import { sweepFunctionName } from '../../../tools/greenlight.ts'
import { type Playground, playground } from '../playground.ts'

type Options = NonNullable<Parameters<typeof playground>[0]>

describe('A sweep that finds Auto Scaling groups without their target groups', () => {
  let aws: Playground
  let generated: readonly Generated[]
  afterEach(() => aws.end())

  const begin = async (
    { mode = 'heal', conditions }: { mode?: string; conditions: readonly Condition[] },
    arrange: Options['arrange'] = () => {},
  ) => {
    aws = await playground({
      sweeps: 'whenTold',
      settings: { GREENLIGHT_SWEEP_MODE: mode },
      arrange: (world) => {
        generated = generateAccount(world, {
          deploymentGroups: conditions.length,
          conditionOf: (number) => conditions[number] ?? 'healthy',
        })
        arrange(world)
      },
    })
  }
  const attached = (name: string) => {
    const group = aws.world.autoScalingGroups.get(name)
    return (group ? attachedArns(group) : []).map((arn) => arn.split('/').at(-2))
  }
  /** The names of those that have their target group. */
  const mended = () =>
    generated.filter(({ autoScalingGroup }) => attached(autoScalingGroup).length > 0).map(({ name }) => name)
  const reasons = (message: string) =>
    aws.log.filter((line) => line['message'] === message).map((line) => line['reason'])
  const all = (count: number, condition: Condition) => Array.from({ length: count }, () => condition)

  it('reports them and attaches nothing while SweepMode is observe, the default', async () => {
    await begin({ mode: 'observe', conditions: ['missing', 'healthy', 'missing'] })
    expect(await aws.sweep()).to.deep.include({ deploymentGroups: 4, failures: 0, handled: 0 })
    expect(aws.changes()).to.deep.equal([])
    expect(reasons('Finding').filter((reason) => String(reason).includes(' lacks '))).to.have.length(2)
    expect(aws.metrics('Findings')).to.equal(2)
  })

  it('logs a finding once, and again after an hour, and counts it in every run', async () => {
    await begin({ mode: 'observe', conditions: ['missing'] })
    await aws.sweep()
    await aws.sweep()
    expect([reasons('Finding').length, aws.metrics('Findings')]).to.deep.equal([1, 2])
    await aws.time.advance(3_600_000)
    await aws.sweep()
    expect([reasons('Finding').length, aws.metrics('Findings')]).to.deep.equal([2, 3])
  })

  it('heals at most five a run, one after the other, and the others in the next run', async () => {
    await begin({ conditions: all(7, 'missing') })
    expect(await aws.sweep()).to.deep.include({ failures: 0, handled: 5 })
    expect(mended()).to.have.length(5)
    await aws.sweep()
    expect(mended()).to.have.length(7)
    expect(aws.attaches()).to.have.length(7)
    expect([aws.metrics('Healed'), aws.metrics('HealingStopped')]).to.deep.equal([7, 0])
    expect(aws.traffic.count().failed).to.equal(0)
  })

  it('heals one after the other, also where a run takes longer than the minute after which the next would begin', async () => {
    await begin({ conditions: all(8, 'missing') }, (world) => world.notifications.schedule(sweepFunctionName, 1))
    await aws.time.advance(12 * 60_000)
    const at = aws.attaches().map((call) => Number(call.at))
    const between = at.slice(1).map((one, index) => one - (at[index] ?? 0))
    expect([mended().length, Math.min(...between) >= 30_000]).to.deep.equal([8, true])
    // The first five by one run, and the rest by the one that began after it.
    const runs = aws.world.invocations.filter(({ functionName }) => functionName === sweepFunctionName)
    const [, second = 0] = runs.map((run) => run.at)
    expect(at.filter((one) => one < second)).to.have.length(5)
  })

  it('stops at the first after which fewer targets are healthy', async () => {
    await begin({ conditions: all(3, 'missing') })
    const watching = setInterval(() => {
      for (const { autoScalingGroup } of generated) {
        if (attached(autoScalingGroup).length === 0) continue
        clearInterval(watching)
        for (const { instanceId } of instancesOf(aws.world, autoScalingGroup)) aws.world.breakInstance(instanceId)
      }
    }, 500)
    await aws.sweep()
    expect(mended()).to.have.length(1)
    expect(aws.metrics('HealingStopped')).to.equal(1)
    const [name] = mended()
    expect(reasons('Healing stopped')).to.deep.equal([
      `fewer targets of ${name?.replace('group', 'web')} are healthy than before ${name?.replace('group', 'web')} was attached to ` +
        generated.find((one) => one.name === name)?.autoScalingGroup,
    ])
  })

  it('does not try to heal what the stack may not change', async () => {
    await begin({ conditions: ['missingElsewhere'] })
    expect(await aws.sweep()).to.deep.include({ handled: 0, failures: 0, findings: { missing: 1, outsidePattern: 1 } })
    expect(mended()).to.deep.equal([])
  })

  it('does not heal when the missing target group does not exist', async () => {
    await begin({ conditions: ['noTargetGroup'] })
    expect(await aws.sweep()).to.deep.include({
      handled: 0,
      failures: 0,
      findings: { missing: 1, unusableTargetGroup: 1 },
    })
  })

  it('heals the green of a deployment that was stopped when its deployment group named it already', async () => {
    await begin({ conditions: ['missing'] }, (world) => {
      for (const deployment of world.deployments.values()) deployment.status = 'Stopped'
    })
    expect(await aws.sweep()).to.deep.include({ handled: 1, failures: 0 })
    expect(mended()).to.deep.equal(['group-0'])
  })

  it('does not heal an Auto Scaling group that is the green of no deployment', async () => {
    await begin({ conditions: ['missing'] }, (world) => world.deployments.clear())
    await aws.sweep()
    expect(mended()).to.deep.equal([])
    expect(reasons('Not healed')).to.deep.equal([
      'CodeDeploy_group-0_d-D00000000 is the green of no deployment that is over',
    ])
  })

  it('does not heal the blue of a deployment that is under way', async () => {
    await begin(
      { conditions: ['missing'] },
      (world) => void world.deploy({ application: 'application-0', deploymentGroup: 'group-0' }),
    )
    expect(await aws.sweep()).to.deep.include({ failures: 0 })
    expect(mended()).to.deep.equal([])
  })

  it('does not heal the blue of a deployment that begins after the first look', async () => {
    await begin({ conditions: ['missing'] })
    // Between the survey and what settle reads just before it acts.
    aws.faults.add({
      kind: 'latency',
      action: 'elasticloadbalancing:DescribeTargetHealth',
      latencyMs: 1,
      when: () => {
        aws.world.deploy({ application: 'application-0', deploymentGroup: 'group-0' })
        return true
      },
    })
    await aws.sweep()
    expect(aws.world.deployments.size).to.equal(2)
    expect(mended()).to.deep.equal([])
    expect(reasons('Not attached')).to.have.length(1)
  })

  it('follows the tag greenlight:mode of the deployment group: observe changes nothing', async () => {
    await begin(
      { conditions: ['missing', 'missing'] },
      (world) =>
        void world.deploymentGroups
          .get('application-0/group-0')
          ?.tags.push({ key: 'greenlight:mode', value: 'observe' }),
    )
    await aws.sweep()
    expect(mended()).to.deep.equal(['group-1'])
    const asked = aws.calls.filter(({ action }) => action === 'codedeploy:ListTagsForResource')
    expect(new Set(asked.map(({ input }) => input['ResourceArn'])).size).to.equal(2)
  })

  it('does not attach a target group that the deployment group does not name any more', async () => {
    await begin({ conditions: ['missing'] }, (world) => {
      world.createTargetGroup({ name: 'new' })
      Object.assign(world.deploymentGroups.get('application-0/group-0') ?? {}, {
        loadBalancerInfo: { targetGroupInfoList: [{ name: 'new' }] },
      })
    })
    await aws.sweep()
    expect(mended()).to.deep.equal([])
    expect(reasons('Not healed')).to.deep.equal([
      'deployment d-D00000000 named web-0, which the deployment group does not name any more',
    ])
  })

  it('finds the green although launch deployments have succeeded since', async () => {
    await begin({ conditions: ['missing'] })
    aws.world.setDesiredCapacity('CodeDeploy_group-0_d-D00000000', 3)
    await aws.time.advance(120_000)
    expect([...aws.world.deployments.values()].map(({ creator }) => creator)).to.deep.equal(['user', 'autoscaling'])
    await aws.sweep()
    expect(mended()).to.deep.equal(['group-0'])
    expect(aws.traffic.instancesWithoutTraffic(['CodeDeploy_group-0_d-D00000000'])).to.deep.equal([])
  })
})
