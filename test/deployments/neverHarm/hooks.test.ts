import { expect } from 'chai'
import { inServiceOf } from '../../../simulator/world/state.ts'
import { ownersAgree } from '../ownersAgree.ts'
import {
  type DeploymentOptions,
  type PlayedDeployment,
  settled,
  stateOf,
  untouched,
  type World,
} from '../playedDeployment.ts'
import { begin, minutes } from './scene.ts'

const workers = 'CodeDeploy_workers'
const tags = { 'greenlight:auto-scaling-groups': workers, 'greenlight:target-groups': 'jobs' }

describe('Never harm: what a hook attached', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  /** Two Lambda deployment groups whose tags name the same workers; a person stops a deployment of the first once workers are attached. */
  const stopped = async (via: DeploymentOptions['via'] = 'EventBridge') => {
    deployment = await begin({
      via,
      settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
      arrange: (world) => {
        world.createAutoScalingGroup({ name: workers, desiredCapacity: 2, healthCheckType: 'EC2' })
        world.createTargetGroup({ name: 'jobs', requestsPerSecond: 5, deregistrationDelaySeconds: 5 })
        for (const name of ['one', 'two']) {
          world.createDeploymentGroup({ application: 'orders', name, computePlatform: 'Lambda', tags })
        }
        ownersAgree(world, 'orders/one orders/two')
      },
    })
    const { aws, later } = deployment
    aws.world.stopDeployment(deployment.id)
    const id = deploy('one')
    while (now()?.attached.length === 0) await later(0.3)
    return { ...deployment, id }
  }
  const deploy = (deploymentGroup: string) => {
    const { world, functionName } = deployment.aws
    return world.deploy({ application: 'orders', deploymentGroup, lambdaHooks: { BeforeAllowTraffic: functionName } })
  }
  const told = () => deployment.lines('Left attached')
  const now = () => stateOf(deployment.aws.world, workers)

  for (const [next, via] of [
    ['one', 'EventBridge'],
    ['two', 'EventBridge'],
    ['one', 'nobody'],
    ['two', 'nobody'],
  ] as const) {
    it(`stays through an outage once a deployment of group ${next} has succeeded with it, told by ${via}`, async () => {
      const { aws, id, later } = await stopped(via)
      await later(8)
      aws.world.stopDeployment(id)
      await later(minutes(6))
      expect(now()?.records).to.include.keys('greenlight:attached/jobs')
      expect(await aws.played(deploy(next))).to.equal('Succeeded')
      await later(minutes(6))
      for (const { instanceId } of inServiceOf(aws.world, workers)) aws.world.breakInstance(instanceId)
      await later(minutes(11))
      expect(now()).to.deep.equal({ ...settled, attached: ['jobs'] })
    })
  }

  const retag = (world: World, wanted: Readonly<Record<string, string>>) => {
    const group = world.deploymentGroups.get('orders/one')
    if (group) group.tags = Object.entries(wanted).map(([key, value]) => ({ key, value }))
  }
  for (const [what, change] of [
    ['has lost its tags', (world) => retag(world, {})],
    ['names another green', (world) => retag(world, { ...tags, 'greenlight:auto-scaling-groups': 'CodeDeploy_new' })],
    ["names another stack's green", (world) => retag(world, { ...tags, 'greenlight:auto-scaling-groups': 'others' })],
    ['is deleted', (world) => void world.deploymentGroups.delete('orders/one')],
  ] as const satisfies readonly (readonly [string, (world: World) => void])[]) {
    it(`is undone where its deployment group ${what}, and is reported as long as it serves`, async () => {
      const { aws, id, later } = await stopped()
      await later(8)
      aws.world.stopDeployment(id)
      await later(30)
      change(aws.world)
      await later(minutes(11))
      expect(now()?.attached).to.deep.equal(['jobs'])
      expect([aws.metrics('LeftAttached'), told().length]).to.deep.equal([3, 3])
      for (const { instanceId } of inServiceOf(aws.world, workers)) aws.world.breakInstance(instanceId)
      await later(minutes(11))
      expect(now()).to.deep.equal(untouched)
      expect([...aws.watch.broken]).to.deep.equal([])
    })
  }

  it('stays without its record where its deployment succeeds after its group has lost its tags', async () => {
    const { aws, id, later } = await stopped()
    const denied = aws.faults.add({
      ...{ action: 'autoscaling:DeleteTags', kind: 'accessDenied', times: 'forever', principal: 'lambda' },
    })
    expect(await aws.played(id)).to.equal('Succeeded')
    retag(aws.world, {})
    denied()
    await later(minutes(11))
    expect(now()).to.deep.equal({ ...settled, attached: ['jobs'] })
  })
})
