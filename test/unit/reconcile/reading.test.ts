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
  heldGreen,
  seenAs,
  settings,
  target,
  targetGroup,
  targetGroupsByName,
} from '../builders.ts'
import { begun } from './changes.ts'

const unasked = () => Promise.reject(new Error('this was not to be asked'))
const portsWith = (arranged: Partial<Reading>): Reading => ({
  deployment: unasked,
  progress: unasked,
  progressUpTo: unasked,
  givenUp: unasked,
  copies: unasked,
  blueTargets: unasked,
  deploymentGroupTags: unasked,
  autoScalingGroupsNamedBy: unasked,
  deploymentsUnderWay: unasked,
  autoScalingGroups: unasked,
  targetGroups: unasked,
  targetGroupTags: unasked,
  targetHealth: unasked,
  routing: unasked,
  ...arranged,
})

describe('What a load balancer does where too few targets are healthy', () => {
  const off = { thresholds: [], crossZone: undefined }
  const asks = (status: string, missing: boolean, step: 'installing' | 'installed' | 'arrived', before?: 'known') => {
    const arns: string[] = []
    const ports = portsWith({
      progress: async () => ({ ...nothingToInstall, step }),
      autoScalingGroups: async () => [green({ targetGroups: missing ? [] : ['web'] })],
      targetGroups: async () => new Map([['web', targetGroup('web')]]),
      targetHealth: async () => [],
      autoScalingGroupsNamedBy: async () => ['blue'],
      blueTargets: async () => ({ instances: [], hasBegunTraffic: false, isOut: true }),
      routing: async (arn) => {
        arns.push(arn)
        return off
      },
    })
    const seen = seenAs('gate', { deployment: deployment({ status }), routing: new Map([['web', off]]) })
    const asked = {
      row: 'gate',
      goal: seen.goal,
      deployment: seen.deployment,
      memory: begun(),
      progress: undefined,
    } as const
    return readParts({ ...asked, settings, now: 0, before: before && seen, ports }).then(({ routing }) => [
      arns,
      [...routing.keys()],
    ])
  }

  it('is asked for where something is about to be attached before traffic, and once', async () => {
    expect(await asks('Ready', true, 'installed')).to.deep.equal([[arnOf('web')], ['web']])
    expect(await asks('InProgress', true, 'installed')).to.deep.equal([[arnOf('web')], ['web']])
    expect(await asks('Ready', true, 'installed', 'known')).to.deep.equal([[], ['web']])
    expect(await asks('Ready', false, 'installed')).to.deep.equal([[], []])
    expect(await asks('InProgress', true, 'installing')).to.deep.equal([[], []])
    expect(await asks('InProgress', true, 'arrived')).to.deep.equal([[], []])
  })
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
        return arn === arnOf('web') ? [target('i-1')] : undefined
      },
    })
    const found = targetGroupsByName([targetGroup('web'), targetGroup('deleted')], ['gone'])
    expect(await readHealth(['web', 'deleted', 'gone', 'unknown'], found, ports)).to.deep.equal({
      targetGroups: targetGroupsByName([targetGroup('web')], ['deleted', 'gone']),
      health: new Map([['web', [target('i-1')]]]),
    })
    expect(asked).to.deep.equal([arnOf('web'), arnOf('deleted')])
  })
})

describe('Greens', () => {
  const { settings } = seenAs('gate')

  it('are those that exist, with what this invocation did to them', async () => {
    const ports = portsWith({ autoScalingGroups: async () => [green()] })
    const web = { deploymentId, at: 1 }
    const acts = { held: undefined, attached: { web }, testing: {} }
    const memory = { ...begun(), ownActs: { [greenName]: acts } }
    const [one] = await readGreens([greenName, 'gone'], deployment(), memory, { ports, settings })
    expect(one?.records.attached).to.deep.equal(new Map([['web', web]]))
  })

  it('have the records that this deployment may act on: CodeDeploy is asked whose the others are', async () => {
    const asked: string[] = []
    const tags = {
      'greenlight:record': 'nonsense',
      'greenlight:attached/web': 'd-EARLIER',
      'greenlight:held': deploymentId,
      'greenlight:testing/theirs': deploymentId,
      'greenlight:testing/greenlight-web': deploymentId,
    }
    const ports = portsWith({
      autoScalingGroups: async () => [green({ tags })],
      deployment: async (id) => {
        asked.push(id)
        return deployment({ id, status: 'Stopped' })
      },
    })
    const [one] = await readGreens([greenName], deployment(), begun(), { ports, settings })
    expect(one?.records).to.deep.include({
      record: undefined,
      attached: new Map([['web', { deploymentId: 'd-EARLIER', at: undefined }]]),
      // No other target group may be registered in.
      testing: new Map([['greenlight-web', { deploymentId, at: undefined }]]),
      copied: [],
    })
    expect(asked).to.deep.equal(['d-EARLIER'])
  })
})

describe('The ending of a deployment', () => {
  const read = (
    row: 'settle' | 'undo',
    {
      tags = {},
      named = ['blue'] as readonly string[],
      isGone = false,
      underWay = [] as readonly UnderWay[],
      hasBegun = {} as Readonly<Record<string, boolean>>,
      registered = 'i-1',
    } = {},
    of = deployment({ status: 'Failed' }),
  ) => {
    const asked: string[] = []
    const ports = portsWith({
      deployment: async (id) => deployment({ id, status: 'Stopped' }),
      autoScalingGroups: async (names) => names.map((name) => green({ name, tags, instances: [`${name}-1`] })),
      targetGroups: async (names) => {
        asked.push(`target groups ${names.join(' ')}`)
        return new Map(names.filter((name) => name !== 'gone').map((name) => [name, targetGroup(name)]))
      },
      targetHealth: async () => [target(registered)],
      routing: async (arn) => {
        asked.push(`routing ${arn}`)
        return { thresholds: [], crossZone: undefined }
      },
      autoScalingGroupsNamedBy: async () => (isGone ? undefined : named),
      deploymentsUnderWay: async () => underWay,
      progress: async (id) => {
        asked.push(`progress ${id}`)
        return { ...nothingToInstall, hasBegunTraffic: hasBegun[id] }
      },
      blueTargets: async () => {
        asked.push('blue')
        return { instances: ['b-1'], hasBegunTraffic: false, isOut: false }
      },
    })
    const goal = { greens: [greenName], wanted: ['web'], tests: [] }
    const parts = readParts({
      ...{
        row,
        goal,
        deployment: of,
        memory: begun(),
        before: undefined,
        progress: undefined,
        settings,
        now: 0,
        ports,
      },
    })
    return parts.then((all) => ({ ...all, asked }))
  }
  const recorded = { 'greenlight:attached/api': deploymentId, 'greenlight:attached/gone': 'd-OLD' }

  it('looks at the target groups on record as well, and at the health of those that may be detached', async () => {
    const { asked, health, targetGroups } = await read('undo', { tags: recorded })
    expect(asked).to.deep.equal(['target groups web api gone', `progress ${deploymentId}`, 'blue'])
    expect([...health.keys()]).to.deep.equal(['api'])
    expect(targetGroups.get('gone')).to.equal(undefined)
  })

  it('looks at who carries the traffic only where something may be detached', async () => {
    expect((await read('undo')).asked).to.deep.equal(['target groups web'])
    expect((await read('settle', { tags: recorded })).asked).to.deep.equal(['target groups web api gone'])
  })

  it('asks what the load balancer does with what is about to be attached, where that registers an instance of green', async () => {
    const asked = async (...given: Parameters<typeof read>) => {
      const parts = await read(...given)
      return { health: [...parts.health.keys()], routing: parts.asked.filter((one) => one.startsWith('routing')) }
    }
    const succeeded = deployment({ status: 'Succeeded' })
    const named = [greenName]
    const both = { health: ['web'], routing: [`routing ${arnOf('web')}`] }
    expect(await asked('settle', { named }, succeeded)).to.deep.equal(both)
    expect(await asked('undo', { named })).to.deep.equal(both)
    const registered = `${greenName}-1`
    expect(await asked('settle', { named, registered }, succeeded)).to.deep.equal({ health: ['web'], routing: [] })
    const nothing = { health: [], routing: [] }
    const underWay: readonly UnderWay[] = [{ id: 'd-NEXT', status: 'Created', kind: 'firstHand', greens: [] }]
    expect(await asked('settle', {}, succeeded)).to.deep.equal(nothing)
    expect(await asked('settle', { named, underWay }, succeeded)).to.deep.equal(nothing)
    expect(await asked('undo', { named: ['blue', greenName] })).to.deep.equal(nothing)
  })

  it('knows who carries the traffic without green: what the deployment group names beside it', async () => {
    const { ending } = await read('undo', {
      tags: recorded,
      named: [greenName, 'blue'],
      hasBegun: { [deploymentId]: false },
    })
    expect(ending.production).to.deep.equal({
      ...{ names: ['blue'], instances: ['blue-1'], hasBegunTraffic: false, underWay: [] },
    })
  })

  it('takes what CodeDeploy labels Blue where the deployment group names nothing else, or is gone', async () => {
    for (const given of [{ named: [greenName] }, { named: [] }, { isGone: true }]) {
      const { ending } = await read('undo', { tags: recorded, ...given })
      expect(ending.production).to.deep.equal({
        ...{ names: [], instances: ['b-1'], hasBegunTraffic: undefined, underWay: [] },
      })
    }
  })

  it('is told which other deployments are under way, and which of them may move traffic', async () => {
    const one = (id: string, status: string, kind: UnderWay['kind']): UnderWay => ({ id, status, kind, greens: ['g'] })
    const underWay = [
      one(deploymentId, 'Failed', 'firstHand'),
      one('d-LAUNCH', 'InProgress', 'other'),
      one('d-WAITS', 'Ready', 'firstHand'),
      one('d-STILL', 'InProgress', 'firstHand'),
      one('d-UNTOLD', 'InProgress', 'firstHand'),
      one('d-BACK', 'Created', 'rollback'),
      one('d-ANY', 'Created', 'unreadable'),
    ]
    const others = underWay.slice(2).map(({ id }) => id)
    const { ending } = await read('settle', { underWay })
    expect(ending).to.deep.include({ underWay: ['d-LAUNCH', ...others], inTheWay: others })
    const undone = await read('undo', { tags: recorded, underWay, hasBegun: { 'd-STILL': false } })
    const moving = undone.ending.production.underWay.filter(({ movesTraffic }) => movesTraffic)
    expect(undone.ending.production.underWay.map(({ id }) => id)).to.deep.equal(others)
    expect(moving.map(({ id }) => id)).to.deep.equal(['d-UNTOLD', 'd-BACK', 'd-ANY'])
  })

  it('of Lambda and ECS is blocked by each deployment under way, whose greens are the same', async () => {
    const underWay: readonly UnderWay[] = [{ id: 'd-NEXT', status: 'Created', kind: 'firstHand', greens: [] }]
    const { ending } = await read('undo', { tags: recorded, underWay }, deployment({ status: 'Failed', subject: ecs }))
    expect(ending.production).to.deep.equal({
      ...{ names: [], instances: [], hasBegunTraffic: false },
      underWay: [{ id: 'd-NEXT', greens: [greenName], movesTraffic: true }],
    })
  })

  it('of Lambda and ECS has no blue: the tags name green for ever', async () => {
    const { ending } = await read('undo', {}, deployment({ status: 'Failed', subject: ecs }))
    expect(ending).to.deep.include({ named: [greenName] })
  })
})

describe('Target groups', () => {
  it('of Lambda and ECS are read with their tags', async () => {
    const tags = new Map([['greenlight:gated-by', 'shop/production']])
    const ports = portsWith({
      autoScalingGroups: async () => [green()],
      targetGroups: async () => new Map([['web', targetGroup('web', { tags: new Map() })]]),
      targetGroupTags: async (arns) => new Map(arns.map((arn) => [arn, tags])),
      targetHealth: async () => [],
      routing: async () => ({ thresholds: [], crossZone: undefined }),
    })
    const { targetGroups } = await readParts({
      ...{ row: 'gate', goal: { greens: [greenName], wanted: ['web', 'gone'], tests: [] } },
      ...{
        deployment: deployment({ subject: ecs }),
        memory: begun(),
        before: undefined,
        progress: undefined,
        settings,
        now: 0,
        ports,
      },
    })
    expect(targetGroups).to.deep.equal(targetGroupsByName([targetGroup('web', { tags })], ['gone']))
  })

  for (const [what, status, step, tests, asked] of [
    ['are those of the test at Ready', 'Ready', 'installed', ['greenlight-web'], ['greenlight-web']],
    [
      'are those of the test before traffic has arrived',
      'InProgress',
      'shifting',
      ['greenlight-web'],
      ['greenlight-web'],
    ],
    ['are the wanted ones once it has', 'InProgress', 'arrived', ['greenlight-web'], ['web']],
    ['are the wanted ones without a test', 'Ready', 'installed', [], ['web']],
  ] as const) {
    it(`in which a gate looks for health ${what}; owners of test target groups agree by tags`, async () => {
      const tagged: string[] = []
      const arns: string[] = []
      const ports = portsWith({
        progress: async () => ({ ...nothingToInstall, step }),
        autoScalingGroups: async () => [green({ targetGroups: ['web'] })],
        targetGroups: async (names) => new Map(names.map((name) => [name, targetGroup(name)])),
        targetGroupTags: async (all) => {
          tagged.push(...all)
          return new Map(all.map((arn) => [arn, new Map()]))
        },
        targetHealth: async (arn) => {
          arns.push(arn)
          return []
        },
      })
      await readParts({
        ...{ row: 'gate', goal: { greens: [greenName], wanted: ['web'], tests }, memory: begun() },
        ...{ deployment: deployment({ status }), before: undefined, progress: undefined, settings, now: 0, ports },
      })
      expect([arns, tagged]).to.deep.equal([asked.map(arnOf), tests.map(arnOf)])
    })
  }

  it('in which records say that green was tested are looked at once traffic has arrived, whatever tags say', async () => {
    const ports = portsWith({
      autoScalingGroups: async () => [heldGreen({ recorded: [], tested: ['greenlight-old', 'greenlight-gone'] })],
      targetGroups: async (names) =>
        new Map(names.filter((name) => !name.includes('gone')).map((name) => [name, targetGroup(name)])),
      targetHealth: async () => [target('i-1')],
      autoScalingGroupsNamedBy: async () => ['blue'],
      blueTargets: async () => ({ instances: [], hasBegunTraffic: false, isOut: true }),
    })
    const { targetGroups, health } = await readParts({
      ...{ row: 'arrive', goal: seenAs('gate').goal, deployment: deployment(), memory: begun(), before: undefined },
      ...{ progress: { ...nothingToInstall, step: 'arrived' }, settings, now: 0, ports },
    })
    expect([...targetGroups.keys()]).to.deep.equal(['web', 'greenlight-old'])
    expect(health).to.deep.equal(new Map([['greenlight-old', [target('i-1')]]]))
  })

  it('are described once while one invocation looks on', async () => {
    const before = seenAs('gate')
    const ports = portsWith({ autoScalingGroups: async () => [green()] })
    const { targetGroups } = await readParts({
      ...{ row: 'arrive', goal: before.goal, deployment: deployment(), memory: begun(), before },
      ...{ progress: undefined, settings, now: 0, ports },
    })
    expect(targetGroups).to.deep.equal(before.targetGroups)
  })
})
