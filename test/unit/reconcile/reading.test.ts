import { expect } from 'chai'
import { nothingToInstall } from '../../../src/model/progress.ts'
import type { Reading, UnderWay } from '../../../src/reconcile/ports.ts'
import { readGreens, readHealth, readParts, readProgress } from '../../../src/reconcile/reading.ts'
import {
  arnOf,
  deployment,
  deploymentId,
  ecs,
  green,
  greenName,
  seenAs,
  target,
  targetGroup,
  targetGroupsByName,
} from '../builders.ts'
import { begun } from './changes.ts'

const unasked = () => Promise.reject(new Error('this was not to be asked'))
const portsWith = (arranged: Partial<Reading>): Reading => ({
  deployment: unasked,
  progress: unasked,
  copies: unasked,
  blocked: unasked,
  deploymentGroupTags: unasked,
  autoScalingGroupsNamedBy: unasked,
  deploymentsUnderWay: unasked,
  autoScalingGroups: unasked,
  targetGroups: unasked,
  targetHealth: unasked,
  ...arranged,
})

describe('Progress', () => {
  const shifting = { ...nothingToInstall, step: 'shifting' as const }
  const asks = portsWith({ progress: async () => shifting })
  const never = portsWith({})

  it('is not asked for where the deployment itself tells it', async () => {
    expect(await readProgress(deployment({ subject: ecs }), undefined, never)).to.equal(nothingToInstall)
    for (const status of ['Created', 'Queued']) {
      expect(await readProgress(deployment({ status }), undefined, never)).to.have.property('step', 'installing')
    }
  })

  it('is installed at Ready and after success, whatever the lifecycle events say', async () => {
    expect(await readProgress(deployment(), undefined, asks)).to.have.property('step', 'installed')
    expect(await readProgress(deployment({ status: 'Succeeded' }), undefined, asks)).to.have.property(
      'step',
      'installed',
    )
    expect(await readProgress(deployment({ status: 'InProgress' }), undefined, asks)).to.have.property(
      'step',
      'shifting',
    )
  })

  it('does not change at Ready, and is asked for once', async () => {
    const before = { ...shifting, failed: new Set(['i-2']) }
    expect(await readProgress(deployment(), before, never)).to.deep.equal({ ...before, step: 'installed' })
  })
})

describe('Health', () => {
  it('is asked for by ARN, of those target groups that exist', async () => {
    const asked: string[] = []
    const ports = portsWith({
      targetHealth: async (arn) => {
        asked.push(arn)
        return [target('i-1')]
      },
    })
    const found = targetGroupsByName([targetGroup('web')], ['gone'])
    expect(await readHealth(['web', 'gone', 'unknown'], found, ports)).to.deep.equal(
      new Map([['web', [target('i-1')]]]),
    )
    expect(asked).to.deep.equal([arnOf('web')])
  })
})

describe('Greens', () => {
  it('are those that exist, with what this invocation did to them', async () => {
    const ports = portsWith({ autoScalingGroups: async () => [green()] })
    const web = { deploymentId, at: 1 }
    const acts = { held: undefined, attached: { web } }
    const [one] = await readGreens([greenName, 'gone'], { ...begun(), ownActs: { [greenName]: acts } }, ports)
    expect(one?.records.attached).to.deep.equal(new Map([['web', web]]))
  })
})

describe('The ending of a deployment', () => {
  const read = (
    row: 'settle' | 'undo',
    { tags = {}, named = ['blue'] as readonly string[], isGone = false, underWay = [] as readonly UnderWay[] } = {},
    of = deployment({ status: 'Failed' }),
  ) => {
    const asked: string[] = []
    const ports = portsWith({
      autoScalingGroups: async (names) => names.map((name) => green({ name, tags, instances: [`${name}-1`] })),
      targetGroups: async (names) => {
        asked.push(`target groups ${names.join(' ')}`)
        return new Map(names.filter((name) => name !== 'gone').map((name) => [name, targetGroup(name)]))
      },
      targetHealth: async () => [target('i-1')],
      autoScalingGroupsNamedBy: async () => (isGone ? undefined : named),
      deploymentsUnderWay: async () => underWay,
      blocked: async () => {
        asked.push('blocked')
        return new Set(['blue-1'])
      },
    })
    const goal = { greens: [greenName], wanted: ['web'] }
    const parts = readParts({
      ...{ row, goal, deployment: of, memory: begun(), before: undefined, progress: undefined, ports },
    })
    return parts.then((all) => ({ ...all, asked }))
  }
  const recorded = { 'greenlight:attached/api': deploymentId, 'greenlight:attached/gone': 'd-OLD' }

  it('looks at the target groups on record as well, and at the health of those that may be detached', async () => {
    const { asked, health, targetGroups } = await read('undo', { tags: recorded })
    expect(asked).to.deep.equal(['target groups web api gone', 'blocked'])
    expect([...health.keys()]).to.deep.equal(['api'])
    expect(targetGroups.get('gone')).to.equal(undefined)
  })

  it('looks at blue only where something may be detached', async () => {
    expect((await read('undo')).asked).to.deep.equal(['target groups web'])
    expect((await read('settle', { tags: recorded })).asked).to.deep.equal(['target groups web api gone'])
    const { ending } = await read('undo', { tags: recorded })
    expect(ending.blue).to.deep.equal({ names: ['blue'], instances: ['blue-1'], blocked: new Set(['blue-1']) })
  })

  it('knows no blue but what the deployment group names beside green', async () => {
    const { ending } = await read('undo', { tags: recorded, named: [greenName] })
    expect(ending.blue.names).to.deep.equal([])
    expect((await read('undo', { isGone: true })).ending).to.deep.include({ named: undefined })
  })

  it('is told which other deployments are under way, and which of them may move traffic', async () => {
    const underWay = [
      { id: deploymentId, mayMoveTraffic: true },
      { id: 'd-LAUNCH', mayMoveTraffic: false },
      { id: 'd-NEXT', mayMoveTraffic: true },
    ]
    const { ending } = await read('settle', { underWay })
    expect(ending).to.deep.include({ underWay: ['d-LAUNCH', 'd-NEXT'], inTheWay: ['d-NEXT'] })
  })

  it('of Lambda and ECS has no blue: the tags name green for ever', async () => {
    const { ending } = await read('settle', {}, deployment({ status: 'Failed', subject: ecs }))
    expect(ending).to.deep.include({ named: [greenName] })
  })
})

describe('Target groups', () => {
  it('are described once while one invocation looks on', async () => {
    const before = seenAs('gate')
    const ports = portsWith({ autoScalingGroups: async () => [green()] })
    const { targetGroups } = await readParts({
      ...{ row: 'arrive', goal: before.goal, deployment: deployment(), memory: begun(), before },
      ...{ progress: undefined, ports },
    })
    expect(targetGroups).to.equal(before.targetGroups)
  })
})
