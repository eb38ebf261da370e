import { expect } from 'chai'
import {
  attach,
  beginDeployment,
  type DeploymentOptions,
  holdProcesses,
  inMode,
  isArrived,
  type PlayedDeployment,
  settled,
  stateOf,
  untouched,
} from './playedDeployment.ts'
import type { Playground } from './playground.ts'

/** Refuses so many calls of an operation, in a way that passes. */
const busy = (operation: string, times: number | 'forever' = 1) => ({
  kind: 'InstanceRefreshInProgress' as const,
  action: `autoscaling:${operation}`,
  times,
})

/** The runs that failed. */
const failures = ({ runs }: Playground) =>
  runs.flatMap(({ ended }) => (ended !== undefined && 'error' in ended ? [ended.error] : []))

describe('What Auto Scaling refuses for a while', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())
  const begin = async (options: DeploymentOptions): Promise<PlayedDeployment> => {
    deployment = await beginDeployment({ via: 'EventBridge', ...options })
    return deployment
  }

  for (const operation of ['CreateOrUpdateTags', 'SuspendProcesses']) {
    it(`is asked for again at Ready: ${operation}`, async () => {
      const { aws, id, later, now } = await begin({ faults: [busy(operation, 3)] })
      await aws.until(id, 'Ready')
      await later(60)
      expect(now()).to.have.property('held').that.deep.equals(holdProcesses)
      expect(failures(aws)).to.deep.equal([])
    })
  }

  for (const [ending, end] of [
    ['released and settled', settled],
    ['released and undone', untouched],
  ] as const) {
    it(`is asked for again at the end: ResumeProcesses and DeleteTags, and green is ${ending}`, async () => {
      const faults = [busy('ResumeProcesses', 3), busy('DeleteTags', 2)]
      const { aws, id, later, now } = await begin({ faults })
      await aws.until(id, 'Ready')
      await later(60)
      if (end === settled) aws.world.continueDeployment(id)
      else aws.world.stopDeployment(id)
      await aws.played(id)
      await later(120)
      expect(now()).to.deep.equal(end)
    })
  }

  it('and for longer than Greenlight is patient with, is asked for by the next sweep: a green that is being refreshed', async () => {
    const { aws, id, later, now } = await begin({ sweeps: 'whenTold' })
    await aws.until(id, 'Ready')
    await later(60)
    const over = aws.faults.add(busy('AttachLoadBalancerTargetGroups', 'forever'))
    aws.world.continueDeployment(id)
    await aws.played(id)
    await later(900)
    expect(now()).to.deep.include({ attached: [], held: [] })
    expect(failures(aws)).to.not.deep.equal([])
    over()
    await aws.sweep()
    expect(now()).to.deep.equal(settled)
  })
})

describe('A hold', () => {
  it('lasts until blue is out of the load balancer: an alarm before that launches nothing', async () => {
    const { aws, id, green, later, now, actions } = await beginDeployment({ via: 'EventBridge' })
    const blues = () =>
      [...(aws.world.deployments.get(id)?.targets.values() ?? [])].filter(({ label }) => label === 'Blue')
    const isOut = () =>
      blues().every(({ lifecycleEvents }) =>
        lifecycleEvents.some(({ name, status }) => name === 'BlockTraffic' && status === 'Succeeded'),
      )
    await aws.until(id, 'Ready')
    await later(60)
    aws.world.continueDeployment(id)
    while (!isArrived(aws.world, id)) await later(1)
    await aws.sweep()
    await later(1)
    expect(now()?.attached).to.deep.equal(['web'])
    while (!isOut()) {
      await later(1)
      if (isOut()) break
      expect(now()?.held).to.include.members(holdProcesses)
      expect(aws.world.autoScalingGroups.get(green)?.desiredCapacity).to.equal(2)
    }
    expect(actions()).to.not.include('ResumeProcesses')
    await aws.played(id)
    await later(60)
    expect(now()).to.deep.equal(settled)
    await aws.end()
  })
})

describe('A release that AWS answers without effect', () => {
  for (const [ending, end] of [
    ['success', settled],
    ['a stop', untouched],
  ] as const) {
    it(`is made again after ${ending}`, async () => {
      let ineffective = 2
      const { aws, id, green, later, now, actions } = await beginDeployment({
        via: 'EventBridge',
        meets: async (_run, request, handle) => {
          const answer = await handle()
          if (!String(request.body).includes('Action=ResumeProcesses') || ineffective === 0) return answer
          ineffective -= 1
          aws.world.suspendProcesses(green, holdProcesses)
          return answer
        },
      })
      await aws.until(id, 'Ready')
      await later(60)
      if (end === settled) aws.world.continueDeployment(id)
      else aws.world.stopDeployment(id)
      await aws.played(id)
      await later(120)
      expect(now()).to.deep.equal(end)
      expect(actions().filter((action) => action === 'ResumeProcesses')).to.have.length(3)
      await aws.end()
    })
  }
})

describe('A green that a pipeline deletes', () => {
  for (const when of ['while it is held', 'while it is undone'] as const) {
    it(`${when} takes its records with it, and no invocation fails`, async () => {
      const { aws, id, green, later } = await beginDeployment({ via: 'EventBridge', sweeps: 'whenTold' })
      await aws.until(id, 'Ready')
      await later(60)
      if (when === 'while it is undone') attach(aws.world, green, id)
      const group = aws.world.autoScalingGroups.get(green)
      if (group === undefined) throw new Error('there is no green')
      if (when === 'while it is undone') aws.world.stopDeployment(id)
      const deleted = aws.world.scaling.deleteGroup(group)
      if (when === 'while it is held') aws.world.stopDeployment(id)
      await later(5)
      expect(await aws.sweep()).to.deep.include({ failures: 0 })
      await aws.time.run(deleted)
      await later(120)
      expect(await aws.sweep()).to.deep.include({ failures: 0 })
      expect(stateOf(aws.world, green)).to.equal(undefined)
      expect(failures(aws)).to.deep.equal([])
      await aws.end()
    })
  }
})

describe('A green with thirty target groups', () => {
  it('is recorded, attached, settled and forgotten, with at most 25 tags a call', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `tg-${index}`)
    const { aws, id, later, now } = await beginDeployment({
      via: 'EventBridge',
      arrange: (world) => {
        for (const name of names) world.createTargetGroup({ name })
        const group = world.deploymentGroups.get('shop/production')
        Object.assign(group?.loadBalancerInfo ?? {}, { targetGroupInfoList: names.map((name) => ({ name })) })
      },
    })
    await aws.until(id, 'Ready')
    await later(60)
    aws.world.continueDeployment(id)
    await aws.played(id)
    await later(300)
    const sizes = aws.changes().flatMap(({ input }) => (Array.isArray(input['Tags']) ? [input['Tags'].length] : []))
    expect(Math.max(...sizes)).to.equal(25)
    expect({ ...now(), attached: now()?.attached.length }).to.deep.equal({ attached: 30, held: [], records: {} })
    await aws.end()
  })
})

describe('A mode that does not parse, set while green is held,', () => {
  for (const [ending, end] of [
    ['a success', (id: string) => ({ ...untouched, records: { 'greenlight:record': id } })],
    ['a stop', () => untouched],
  ] as const) {
    it(`begins nothing, and what was begun is finished after ${ending}`, async () => {
      const { aws, id, later, now, actions } = await beginDeployment({ via: 'EventBridge' })
      await aws.until(id, 'Ready')
      await later(60)
      expect(now()).to.have.property('held').that.deep.equals(holdProcesses)
      inMode(aws.world, 'gaet')
      if (ending === 'a success') aws.world.continueDeployment(id)
      else aws.world.stopDeployment(id)
      await aws.played(id)
      await later(120)
      expect(now()).to.deep.equal(end(id))
      expect(actions()).to.not.include('AttachLoadBalancerTargetGroups')
      await aws.end()
    })
  }
})
