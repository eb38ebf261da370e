import { expect } from 'chai'
import { nothingToInstall, type Progress } from '../../../src/model/progress.ts'
import type { Trigger } from '../../../src/model/trigger.ts'
import { confirm, type Looking, look, observesForMs } from '../../../src/reconcile/look.ts'
import type { Memory } from '../../../src/reconcile/memory.ts'
import type { Reading } from '../../../src/reconcile/ports.ts'
import type { Seen } from '../../../src/rules/seen.ts'
import { type Row, reads } from '../../../src/rules/table.ts'
import {
  deployment,
  deploymentId,
  ecs,
  green,
  greenName,
  heldGreen,
  settings,
  target,
  targetGroup,
} from '../builders.ts'
import { begun } from './changes.ts'

const modeTags = (mode: string) => new Map([['greenlight:mode', mode]])

/** Answers to every question; a test replaces what matters to it. */
const answers: Reading = {
  deployment: async () => deployment(),
  progress: async () => nothingToInstall,
  progressUpTo: async () => ({ ...nothingToInstall, asking: ['i-0', 'i-1'], askingSince: 0 }),
  givenUp: async () => new Set(),
  copies: async () => [],
  blueTargets: async () => ({ instances: [], hasBegunTraffic: false, isOut: false }),
  deploymentGroupTags: async () => modeTags('gate'),
  autoScalingGroupsNamedBy: async () => ['blue'],
  deploymentsUnderWay: async () => [],
  autoScalingGroups: async (names) => names.map((name) => heldGreen({ name, targetGroups: ['web'] })),
  targetGroups: async (names) => new Map(names.map((name) => [name, targetGroup(name)])),
  targetGroupTags: async () => new Map(),
  targetHealth: async () => [target('i-1'), target('i-2')],
  routing: async () => ({ thresholds: [], crossZone: undefined }),
}

/** Looks, and tells what it asked for; a question that was not arranged rejects. */
const looking = (arranged: Partial<Reading>, differences: Partial<Looking> = {}) => {
  const asked: (keyof Reading)[] = []
  const ports = Object.fromEntries(
    (Object.keys(answers) as (keyof Reading)[]).map((name) => [
      name,
      (...given: never[]) => {
        asked.push(name)
        const answer = arranged[name] as ((...given: never[]) => Promise<unknown>) | undefined
        return answer === undefined ? Promise.reject(new Error(`${name} was not arranged`)) : answer(...given)
      },
    ]),
  ) as unknown as Reading
  const tools: Looking = { ports, settings, now: () => 0, sleep: () => new Promise(() => {}), ...differences }
  return {
    asked,
    look: (memory: Memory, before?: Seen) => look(memory, before, tools),
    confirm: (first: Seen, memory: Memory, isChanged: boolean) => confirm(first, memory, isChanged, tools),
  }
}

const portsOf = {
  choice: ['deploymentGroupTags'],
  goal: [],
  greens: ['autoScalingGroups'],
  targetGroups: ['targetGroups'],
  progress: ['progress'],
  health: ['targetHealth'],
  arrival: ['autoScalingGroupsNamedBy', 'blueTargets'],
  turn: ['progressUpTo'],
  routing: ['routing'],
  ending: ['autoScalingGroupsNamedBy', 'deploymentsUnderWay', 'autoScalingGroups'],
} as const satisfies Record<string, readonly (keyof Reading)[]>

type Case = { status: string; trigger: Trigger; caller?: string; step?: Progress['step']; mode?: string }

const cases: Readonly<Record<Row, Case>> = {
  preflight: { status: 'InProgress', trigger: 'notification', step: 'installing' },
  gate: { status: 'InProgress', trigger: 'hook', step: 'arrived' },
  hold: { status: 'Ready', trigger: 'notification', mode: 'heal' },
  arrive: { status: 'InProgress', trigger: 'notification', step: 'arrived' },
  settle: { status: 'Succeeded', trigger: 'notification' },
  settleAndJudge: { status: 'Succeeded', trigger: 'call' },
  undo: { status: 'Failed', trigger: 'notification' },
  endAndWatch: { status: 'Succeeded', trigger: 'healing' },
  leave: { status: 'InProgress', trigger: 'notification', step: 'shifting' },
  pending: { status: 'Created', trigger: 'call' },
  awaitTurn: { status: 'InProgress', trigger: 'call', caller: 'i-1' },
  awaitEnd: { status: 'InProgress', trigger: 'aftermath' },
  handOver: { status: 'InProgress', trigger: 'schedule' },
  refuseStatus: { status: 'Paused', trigger: 'hook' },
}

describe('A look', () => {
  for (const [row, { status, trigger, caller, step, mode = 'gate' }] of Object.entries(cases)) {
    const needed = reads[row as Row]
    it(`asks for nothing that its row does not read: ${row} reads ${needed.join(', ') || 'nothing'}`, async () => {
      // How far CodeDeploy is may choose the row itself.
      const choosing: readonly (keyof Reading)[] = step === undefined ? [] : ['progress']
      // Who carries the traffic without green matters only where something may be detached.
      const guarding: readonly (keyof Reading)[] = row === 'undo' ? ['progress', 'blueTargets'] : []
      const allowed = new Set<keyof Reading>([
        'deployment',
        ...choosing,
        ...guarding,
        ...needed.flatMap((part) => portsOf[part]),
      ])
      const arranged: Reading = {
        ...answers,
        deployment: async () => deployment({ status }),
        progress: async () => ({ ...nothingToInstall, step: step ?? 'installed' }),
        deploymentGroupTags: async () => modeTags(mode),
        autoScalingGroups: async (names) => names.map((name) => heldGreen({ name, tested: ['greenlight-web'] })),
        // Blue is looked at only where green is not named yet.
        autoScalingGroupsNamedBy: async () => (needed.some((part) => part === 'arrival') ? ['blue'] : [greenName]),
        targetHealth: async () => [],
      }
      const some = Object.fromEntries(Object.entries(arranged).filter(([name]) => allowed.has(name as keyof Reading)))
      const { asked, look: lookNow } = looking(some)
      const seen = await lookNow(begun(trigger, { caller }))
      expect(seen.row).to.equal(row)
      // What is attached once traffic has arrived brings no target group below its threshold.
      const unneeded = step === 'arrived' ? ['routing'] : []
      expect([...allowed].filter((name) => ![...asked, ...unneeded].includes(name))).to.deep.equal([])
      for (const part of needed) expect(seen).to.have.property(part)
    })
  }

  it('ends with the deployment where that alone decides', async () => {
    const nothing = { kind: 'nothing', reason: 'is a rollback' } as const
    const { asked, look: lookNow } = looking({ deployment: async () => deployment({ subject: nothing }) })
    expect(await lookNow(begun())).to.deep.equal({
      row: 'deploymentOnly',
      deployment: deployment({ subject: nothing }),
    })
    expect(asked).to.deep.equal(['deployment'])
  })

  it('ends with the tags where they decide', async () => {
    const { asked, look: lookNow } = looking({
      deployment: answers.deployment,
      deploymentGroupTags: async () => modeTags('gaet'),
    })
    expect(await lookNow(begun())).to.have.property('row', 'choiceOnly')
    expect(asked).to.deep.equal(['deployment', 'deploymentGroupTags'])
  })

  for (const trigger of ['hook', 'call', 'notification'] as const) {
    it(`ends with the name of green where the stack may not change it (${trigger})`, async () => {
      const { asked, look: lookNow } = looking(
        { deployment: answers.deployment },
        { settings: { ...settings, namePattern: 'web-*' } },
      )
      const reason =
        `deployment ${deploymentId} is not this stack's: green ${greenName} does not match ` +
        "the stack's parameter AutoScalingGroupNamePattern, which is web-*"
      expect(await lookNow(begun(trigger))).to.deep.equal({ row: 'notOurs', deployment: deployment(), reason })
      expect(asked).to.deep.equal(['deployment'])
    })
  }

  it('ends likewise with a name in the tags of Lambda and ECS, but for mode observe, which lets it pass', async () => {
    const tagsWith = (mode: string) =>
      new Map([
        ['greenlight:mode', mode],
        ['greenlight:auto-scaling-groups', 'CodeDeploy_a workers'],
        ['greenlight:target-groups', 'web'],
      ])
    const lookIn = (mode: string) =>
      looking(
        {
          ...answers,
          deployment: async () => deployment({ subject: ecs }),
          deploymentGroupTags: async () => tagsWith(mode),
        },
        { settings: { ...settings, namePattern: 'CodeDeploy_*' } },
      ).look(begun())
    expect(await lookIn('gate'))
      .to.have.property('reason')
      .that.matches(/green workers does not match/)
    expect(await lookIn('observe')).to.have.property('row', 'observed')
  })

  it("ends for a notification where no green is named yet: it may be another stack's", async () => {
    const subject = { kind: 'server', greens: [], isNamed: false, wanted: ['web'], classicLoadBalancers: [] } as const
    const unnamed = { ...answers, deployment: async () => deployment({ subject, status: 'InProgress' }) }
    expect(await looking(unnamed).look(begun('notification'))).to.have.property('row', 'notOurs')
    expect(await looking(unnamed).look(begun('call'))).to.have.property('row', 'gate')
  })

  it('asks for the tag of the copy where CodeDeploy does not name green, and there alone', async () => {
    const expected = {
      kind: 'server',
      greens: [greenName],
      isNamed: false,
      wanted: ['web'],
      classicLoadBalancers: [],
    } as const
    const copies = async () => [{ name: 'CodeDeploy_renamed', createdAt: 1 }]
    const unnamed = looking({ ...answers, copies, deployment: async () => deployment({ subject: expected }) })
    const first = await unnamed.look(begun())
    expect('goal' in first && first.goal.greens).to.deep.equal(['CodeDeploy_renamed'])
    const second = await unnamed.confirm(first, begun(), false)
    expect('choice' in second && second.choice.goal).to.deep.equal({
      greens: ['CodeDeploy_renamed'],
      wanted: ['web'],
      tests: [],
    })
    const named = looking(answers)
    await named.look(begun())
    expect(named.asked).to.not.include('copies')
  })

  it('goes by the settings that the tags choose, and reads them again for the second look', async () => {
    const tagged = (percent: string) => ({
      ...answers,
      deploymentGroupTags: async () => new Map([['greenlight:minimum-healthy-percent', percent]]),
    })
    const first = await looking(tagged('50')).look(begun())
    expect(first).to.have.deep.property('settings', { ...settings, minimumHealthyPercent: 50 })
    const second = await looking(tagged('75')).confirm(first, begun(), false)
    expect(second).to.have.deep.property('settings', { ...settings, minimumHealthyPercent: 75 })
  })

  it('at an orphan is one at its Auto Scaling group', async () => {
    const { asked, look: lookNow } = looking({ autoScalingGroups: answers.autoScalingGroups })
    const task = { kind: 'orphan', autoScalingGroup: 'CodeDeploy_old', why: 'gone' } as const
    expect(await lookNow({ ...begun(), task })).to.deep.include({ row: 'orphan', why: 'gone' })
    expect(asked).to.deep.equal(['autoScalingGroups'])
  })

  it('asks for target groups once, and for tags again after 30 s', async () => {
    const { asked, look: lookNow } = looking(answers, { now: () => 30_000 })
    const first = await lookNow(begun())
    const early = looking(answers, { now: () => 59_999 })
    await early.look(begun(), first)
    expect(early.asked).to.not.include('targetGroups')
    expect(early.asked).to.not.include('deploymentGroupTags')
    const late = looking(answers, { now: () => 60_000 })
    await late.look(begun(), first)
    expect(late.asked).to.include('deploymentGroupTags')
    expect(asked).to.include('targetGroups')
  })

  it('of a gate that polls throws away what it asked ahead where the deployment is another by then', async () => {
    const first = await looking(answers).look(begun())
    const { look: lookNow } = looking({ ...answers, deployment: async () => deployment({ status: 'Stopped' }) })
    expect(await lookNow(begun(), first)).to.have.property('row', 'undo')
  })

  it('fails where AWS could not be asked', async () => {
    const { look: lookNow } = looking({ ...answers, autoScalingGroups: () => Promise.reject(new Error('throttled')) })
    expect(await lookNow(begun()).catch(String)).to.equal('Error: throttled')
  })
})

describe('A look in mode observe', () => {
  const observing = { ...answers, deploymentGroupTags: async () => modeTags('observe') }

  it('reads what Greenlight would act on, and the greens', async () => {
    for (const trigger of ['hook', 'notification'] as const) {
      const seen = await looking(observing).look(begun(trigger))
      expect(seen.row === 'observed' && [seen.would.row, seen.greens.map(({ name }) => name)]).to.deep.equal([
        'gate',
        [greenName],
      ])
    }
  })

  it('lets a caller pass where AWS could not be asked, and says why', async () => {
    const broken = { ...observing, autoScalingGroups: () => Promise.reject(new Error('throttled')) }
    expect(await looking(broken).look(begun('hook'))).to.deep.include({ row: 'choiceOnly', couldNotLook: 'throttled' })
    const failed = looking(broken).look(begun('notification')).catch(String)
    expect(await failed).to.equal('Error: throttled')
  })

  it('lets a caller pass after 10 s, whatever AWS does', async () => {
    const hanging = { ...observing, autoScalingGroups: () => new Promise<never>(() => {}) }
    const slept: number[] = []
    const sleep = async (ms: number) => void slept.push(ms)
    expect(await looking(hanging, { sleep, now: () => 3_000 }).look(begun('call'))).to.have.property(
      'row',
      'choiceOnly',
    )
    expect(slept).to.deep.equal([observesForMs - 3_000])
  })
})

describe('The second look', () => {
  it('of a gate reads the deployment, its tags and health again, and greens only where something was changed', async () => {
    const first = await looking(answers).look(begun())
    const { asked, confirm: confirmNow } = looking(answers)
    expect(await confirmNow(first, begun(), false)).to.deep.equal({ ...first, isConfirmed: true })
    expect(asked).to.deep.equal(['deployment', 'deploymentGroupTags', 'targetHealth'])
    const changed = looking(answers)
    await changed.confirm(first, begun(), true)
    expect(changed.asked).to.have.members([
      ...['deployment', 'deploymentGroupTags', 'autoScalingGroups', 'targetHealth'],
    ])
  })

  it('of a Lambda or ECS deployment reads as well whether the owners still agree', async () => {
    const tags = new Map([
      ['greenlight:auto-scaling-groups', 'CodeDeploy_a'],
      ['greenlight:target-groups', 'web'],
    ])
    const ofEcs = {
      ...answers,
      deployment: async () => deployment({ subject: ecs }),
      deploymentGroupTags: async () => tags,
    }
    const { asked, confirm: confirmNow } = looking(ofEcs)
    await confirmNow(await looking(ofEcs).look(begun()), begun(), false)
    expect(asked).to.have.members([
      ...['deployment', 'deploymentGroupTags', 'autoScalingGroups', 'targetGroupTags', 'targetHealth'],
    ])
  })

  it('shows what the deployment is about by now', async () => {
    const first = await looking(answers).look(begun())
    const subject = {
      kind: 'server',
      greens: ['other'],
      isNamed: true,
      wanted: ['web'],
      classicLoadBalancers: [],
    } as const
    const moved = looking({ ...answers, deployment: async () => deployment({ subject }) })
    const seen = await moved.confirm(first, begun(), false)
    expect('choice' in seen && seen.choice.goal).to.deep.equal({ greens: ['other'], wanted: ['web'], tests: [] })
  })

  it('ends where the deployment is gone', async () => {
    const first = await looking(answers).look(begun())
    const gone = { refusal: `deployment ${deploymentId} does not exist`, isGone: true }
    const { confirm: confirmNow } = looking({ ...answers, deployment: async () => gone })
    expect(await confirmNow(first, begun(), false)).to.deep.equal({ row: 'deploymentOnly', deployment: gone })
  })

  it('of any other row is a look', async () => {
    const settled = { ...answers, deployment: async () => deployment({ status: 'Succeeded' }) }
    const first = await looking(settled).look(begun('notification'))
    expect(await looking(settled).confirm(first, begun('notification'), true)).to.have.property('row', 'settle')
  })
})

describe('A green that is being deleted', () => {
  const gone = async () => [green({ isBeingDeleted: true })]
  const deleted = { ...answers, autoScalingGroups: gone, deploymentGroupTags: async () => modeTags('heal') }
  const greensSeen = async (status: string, trigger: Trigger) => {
    const seen = await looking({ ...deleted, deployment: async () => deployment({ status }) }).look(begun(trigger))
    return 'greens' in seen ? seen.greens.length : seen
  }

  it('takes its records with it: only preflight and gate see it, and complain', async () => {
    expect(await greensSeen('Created', 'notification')).to.equal(1)
    expect(await greensSeen('Ready', 'hook')).to.equal(1)
    for (const status of ['Ready', 'Succeeded', 'Failed']) expect(await greensSeen(status, 'notification')).to.equal(0)
    const task = { kind: 'orphan', autoScalingGroup: greenName, why: 'gone' } as const
    expect(await looking(deleted).look({ ...begun(), task }))
      .to.have.property('greens')
      .that.deep.equals([])
  })
})

describe('What this invocation did', () => {
  it('is on record in every look, though the tags do not show it yet', async () => {
    const bare = { ...answers, autoScalingGroups: async () => [green()] }
    const held = { deploymentId, at: 1, processes: ['HealthCheck'] }
    const attached = { web: { deploymentId, at: 2 } }
    const testing = { 'greenlight-web': { deploymentId, at: 3 } }
    const memory = { ...begun(), ownActs: { [greenName]: { held, attached, testing } } }
    const seen = await looking(bare).look(memory)
    expect('greens' in seen && seen.greens[0]?.records).to.deep.equal({
      record: undefined,
      held,
      attached: new Map(Object.entries(attached)),
      testing: new Map(Object.entries(testing)),
      copied: [],
      theirs: [],
    })
  })
})
