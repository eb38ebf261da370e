import { expect } from 'chai'
import { inServiceOf } from '../../simulator/world/state.ts'
import {
  attach,
  badRelease,
  beginDeployment,
  createDiscovering,
  type DeploymentOptions,
  holdProcesses,
  isArrived,
  type PlayedDeployment,
  productionOf,
  settled,
  stateOf,
  untouched,
  type World,
  whileAsking,
} from './playedDeployment.ts'

const six = (world: World, name: string) => inServiceOf(world, name).map(({ instanceId }) => instanceId)
const registered = (world: World) => [...(world.targetGroups.get('web')?.targets.keys() ?? [])]

describe('A green that failed stays attached while production needs it', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())
  const begin = async (options: DeploymentOptions = {}): Promise<PlayedDeployment> => {
    deployment = await beginDeployment({ via: 'EventBridge', ...options })
    return deployment
  }

  /** Five of six blue instances are out of the load balancer when CodeDeploy fails to take the last one out. */
  const failHalfway = async (): Promise<PlayedDeployment> => {
    const { aws, id, later } = await begin({
      instances: 6,
      arrange: (world) => {
        Object.assign(world.targetGroups.get('web') ?? {}, { deregistrationDelaySeconds: 10 })
        // Without a script, which would run on what blue launches.
        productionOf(world).revision = { version: 'v1' }
      },
    })
    aws.world.failDeregistration(six(aws.world, 'blue').at(-1) ?? '')
    await aws.until(id, 'Ready')
    await later(20)
    aws.world.continueDeployment(id)
    while (!isArrived(aws.world, id)) await later(1)
    await aws.sweep()
    expect(await aws.played(id)).to.equal('Failed')
    await later(120)
    return deployment
  }

  /** Blue scales in its idle five: one instance is left, and serves. */
  const scaleInIdle = ({ aws }: PlayedDeployment): void => {
    const idle = inServiceOf(aws.world, 'blue').filter(({ instanceId }) => !registered(aws.world).includes(instanceId))
    const [left] = inServiceOf(aws.world, 'blue').filter((one) => !idle.includes(one))
    // The oldest go first.
    Object.assign(left ?? {}, { launchedAt: Number.MAX_SAFE_INTEGER })
    aws.world.setDesiredCapacity('blue', 1)
  }

  it('when blue scales in its idle instances', async () => {
    const { aws, id, later, now } = await failHalfway()
    scaleInIdle(deployment)
    await later(120)
    expect(six(aws.world, 'blue')).to.have.length(1)
    await aws.sweep()
    expect(now()).to.deep.equal({
      ...{ attached: ['web'], held: [], records: { 'greenlight:record': id, 'greenlight:attached/web': id } },
    })
    expect(deployment.lines('Left attached').at(-1)?.['reason']).to.match(
      /: blue has 1 of the 6 healthy that it needs there without green, while green has 6 registered and 6 healthy\. Raise blue to 6 instances; /,
    )
    aws.world.setDesiredCapacity('blue', 6)
    await later(300)
    await aws.sweep()
    await later(60)
    await aws.sweep()
    expect(now()).to.deep.equal(untouched)
    expect(aws.traffic.count().failed).to.equal(0)
  })

  it('when green fails its checks for three minutes', async () => {
    const { aws, green, later, now } = await failHalfway()
    scaleInIdle(deployment)
    aws.world.suspendProcesses(green, ['ReplaceUnhealthy', 'HealthCheck'])
    await later(3600)
    for (const instance of six(aws.world, green)) aws.world.breakInstance(instance)
    await later(180)
    await aws.sweep()
    expect(now()?.attached).to.deep.equal(['web'])
  })

  it('when the next deployment moves traffic on the same green, and the stop of the first is heard late', async () => {
    const greens = { deploymentGroup: 'discovering', green: ['CodeDeploy_own'] } as const
    const { aws, later } = await begin({
      arrange: (world) => {
        world.createAutoScalingGroup({ name: 'CodeDeploy_own', desiredCapacity: 2 })
        createDiscovering(world, 'heal')
      },
    })
    const first = aws.world.deploy({ ...greens, revision: { version: 'v2' } })
    await aws.until(first, 'Ready')
    const asked = whileAsking(aws.world, first, () => aws.invoke({ DeploymentId: first }))
    expect(await asked).to.deep.include({ verdict: 'Succeeded' })
    // Nobody hears of the end of the first.
    const gate = aws.world.functions.get(aws.functionName)
    aws.world.functions.delete(aws.functionName)
    aws.world.stopDeployment(first)
    const second = aws.world.deploy({ ...greens, revision: { version: 'v3' } })
    await aws.until(second, 'Ready')
    if (gate !== undefined) aws.world.functions.set(aws.functionName, gate)
    aws.world.continueDeployment(second)
    while (registered(aws.world).length > 2) {
      await later(1)
      const stop = aws.world.notifications.sent.find((one) => one.deploymentId === first && one.state === 'STOP')
      if (stop !== undefined && aws.world.deployments.get(second)?.status === 'InProgress')
        aws.world.notifications.resend(stop)
    }
    expect(await aws.played(second)).to.equal('Succeeded')
    await later(60)
    expect(stateOf(aws.world, 'CodeDeploy_own')?.attached).to.deep.equal(['web'])
    expect(aws.traffic.count().failed).to.equal(0)
  })
})

describe('A green that failed is detached', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  it('where its deployment group has named both standing groups from the beginning, and a person stops it at Ready', async () => {
    deployment = await beginDeployment({
      via: 'EventBridge',
      arrange: (world) => {
        world.createAutoScalingGroup({ name: 'CodeDeploy_own', desiredCapacity: 2 })
        const both = world.createDeploymentGroup({
          ...{ name: 'both', greenFleet: 'DISCOVER_EXISTING', autoScalingGroup: 'blue', targetGroups: ['web'] },
          readyWaitMinutes: 60,
        })
        both.autoScalingGroups = ['blue', 'CodeDeploy_own']
      },
    })
    const { aws, later } = deployment
    const id = aws.world.deploy({ deploymentGroup: 'both', green: ['CodeDeploy_own'], revision: { version: 'v2' } })
    await aws.until(id, 'Ready')
    await whileAsking(aws.world, id, () => aws.invoke({ DeploymentId: id }))
    expect(stateOf(aws.world, 'CodeDeploy_own')?.attached).to.deep.equal(['web'])
    aws.world.stopDeployment(id)
    await later(400)
    await aws.sweep()
    expect(stateOf(aws.world, 'CodeDeploy_own')).to.deep.equal(untouched)
  })

  it('from a target group that blue never had and where nobody is healthy', async () => {
    deployment = await beginDeployment({
      ...badRelease,
      via: 'EventBridge',
      mode: 'gate',
      arrange: (world) => {
        world.createTargetGroup({ name: 'news', deregistrationDelaySeconds: 5 })
        productionOf(world).loadBalancerInfo = { targetGroupInfoList: [{ name: 'news' }] }
      },
    })
    const { aws, id, later, now } = deployment
    expect(await aws.played(id)).to.equal('Stopped')
    await later(60)
    await aws.sweep()
    expect(now()).to.deep.equal(untouched)
    expect(deployment.lines('Left attached')).to.deep.equal([])
  })

  it('before it is released, so that what failed is not replaced before it is drained', async () => {
    deployment = await beginDeployment({ ...badRelease, via: 'EventBridge', mode: 'gate' })
    const { aws, id, green, later, now } = deployment
    const instancesNow = () => six(aws.world, green)
    await aws.until(id, 'Ready')
    const instances = instancesNow()
    expect(await aws.played(id)).to.equal('Stopped')
    await later(3)
    expect({ ...now(), records: undefined }).to.deep.equal({ attached: [], held: holdProcesses, records: undefined })
    expect(instancesNow()).to.deep.equal(instances)
    await later(60)
    await aws.sweep()
    expect(now()).to.deep.equal(untouched)
  })
})

describe('A green that a pipeline deletes', () => {
  it('takes its records with it: no run fails while it is being deleted or gone', async () => {
    const deployment = await beginDeployment({ via: 'EventBridge' })
    const { aws, id, green, later, now } = deployment
    await aws.until(id, 'Ready')
    attach(aws.world, green, id)
    await later(20)
    const group = aws.world.autoScalingGroups.get(green)
    if (group === undefined) throw new Error(`${green} does not exist`)
    const deleted = aws.world.scaling.deleteGroup(group)
    aws.world.stopDeployment(id)
    await later(10)
    const before = deployment.actions().length
    expect(now()).to.not.deep.equal(settled)
    await aws.sweep()
    await aws.time.run(deleted)
    await aws.sweep()
    expect(deployment.actions()).to.have.length(before)
    expect(new Set(aws.world.invocations.map(({ outcome }) => outcome))).to.deep.equal(new Set(['returned']))
    await aws.end()
  })
})
