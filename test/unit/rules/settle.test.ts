import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect } from 'chai'
import { type Deployment, readDeployment } from '../../../src/model/deployment.ts'
import { readGreen } from '../../../src/model/green.ts'
import type { Records } from '../../../src/model/records.ts'
import { whyNotReturned } from '../../../src/rules/health.ts'
import type { End } from '../../../src/rules/judge.ts'
import { settle, undo } from '../../../src/rules/settle.ts'
import {
  arnOf,
  autoScalingGroup,
  deploymentId,
  deploymentInfo,
  greenName,
  targetGroup,
  targetHealth,
} from '../builders.ts'

const records = { 'greenlight:record': deploymentId, 'greenlight:attached/web': deploymentId }
const blue = { names: ['blue'], instances: ['b-1', 'b-2'], blocked: new Set<string>() }
const now = 10_000_000

const deploymentWith = (differences: Partial<Deployment>): Deployment => {
  const deployment = readDeployment(deploymentInfo({ status: 'Failed' }))
  if (typeof deployment === 'string') throw new Error(deployment)
  return { ...deployment, ...differences }
}

type Seen = {
  attached?: readonly string[]
  tags?: Readonly<Record<string, string>>
  suspended?: readonly string[]
  health?: readonly TargetHealthDescription[]
  used?: boolean
  wanted?: readonly string[]
  found?: readonly TargetGroup[]
  /** What this invocation has done, though its tags are gone. */
  remembered?: Partial<Records>
  end?: Partial<End>
  deployment?: Partial<Deployment>
}

const ending = (decide: typeof settle | typeof undo, seen: Seen) => {
  const step = stepOf(decide, seen)
  if (step.step === 'change') return step.changes.map(({ call, ...rest }) => ({ call: call.split(':')[1], ...rest }))
  if (step.step === 'done') return { done: step.left.map(({ kind, reason }) => `${kind}: ${reason}`) }
  return step
}

const stepOf = (decide: typeof settle | typeof undo, seen: Seen) => {
  const { attached = ['web'], tags = records, suspended = [], health = [], used = true, end = {} } = seen
  const { found = [targetGroup('web', used ? {} : { LoadBalancerArns: [] })], wanted = ['web'] } = seen
  const group = autoScalingGroup({
    targetGroups: attached,
    SuspendedProcesses: suspended.map((ProcessName) => ({ ProcessName })),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) as never,
  })
  const green = readGreen(group)
  return decide(
    {
      aim: { greens: [greenName], wanted },
      greens: [{ ...green, records: { ...green.records, ...seen.remembered } }],
      targetGroups: new Map(found.map((one) => [one.TargetGroupName ?? '', one])),
      progress: { step: 'installed', failed: new Set(), waitingFor: [], askingSince: undefined },
      health: new Map([['web', health]]),
      end: undefined,
    },
    { named: ['blue'], underWay: [], inTheWay: [], blue, ...end },
    deploymentWith({ completedAt: now - 7_200_000, ...seen.deployment }),
    now,
    100,
  )
}

const attach = {
  call: 'AttachLoadBalancerTargetGroups',
  green: greenName,
  targetGroups: [{ name: 'web', arn: arnOf('web') }],
}
const detach = { ...attach, call: 'DetachLoadBalancerTargetGroups' }
const forget = (...keys: readonly string[]) => ({ call: 'DeleteTags', green: greenName, keys })
const both = [targetHealth('b-1'), targetHealth('b-2')]

describe('Undo (design 2.2)', () => {
  it('detaches what the record says, where blue has returned', () => {
    expect(ending(undo, { health: both })).to.deep.equal([detach])
  })

  it('detaches nothing that is on no record', () => {
    expect(ending(undo, { tags: {}, health: both })).to.deep.equal({ done: [] })
  })

  it('waits until no instance of green drains any more, and forgets only then', () => {
    for (const state of ['draining', 'unhealthy.draining'] as const) {
      expect(ending(undo, { attached: [], health: [...both, targetHealth('i-1', state)] })).to.deep.equal({
        step: 'awaitDrained',
        reason: `${greenName} is draining in web`,
      })
    }
    expect(ending(undo, { attached: [], health: both })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  it('does not wait for instances that CodeDeploy registered by hand, which nobody drains (F9)', () => {
    expect(ending(undo, { attached: [], health: [targetHealth('i-1')] })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  it('releases first', () => {
    const tags = { ...records, 'greenlight:held': `${deploymentId} HealthCheck` }
    expect(ending(undo, { tags, suspended: ['HealthCheck'], health: [targetHealth('i-1')] })).to.deep.equal([
      { call: 'ResumeProcesses', green: greenName, processes: ['HealthCheck'] },
      forget('greenlight:held'),
    ])
  })

  it('detaches where green has no healthy target and somebody else has one', () => {
    expect(ending(undo, { health: [targetHealth('x-1'), targetHealth('i-1', 'unhealthy')] })).to.deep.equal([detach])
  })

  it('detaches where no load balancer uses the target group', () => {
    expect(ending(undo, { used: false, health: [] })).to.deep.equal([detach])
  })

  for (const [why, seen] of [
    ['blue (blue) is not registered there', { health: [targetHealth('i-1')] }],
    [
      'blue (blue) was taken out of it and is not back: b-2',
      { health: [targetHealth('b-1'), targetHealth('i-1')], end: { blue: { ...blue, blocked: new Set(['b-2']) } } },
    ],
    [
      'there is no blue that could carry its traffic',
      { health: [targetHealth('i-1')], end: { named: [], blue: { ...blue, names: [], instances: [] } } },
    ],
    ['its deployment group does not exist any more', { end: { named: undefined } }],
  ] as const) {
    it(`leaves the attachment and its record, loudly, where ${why}`, () => {
      expect(ending(undo, seen)).to.deep.equal({ done: [`attached: web is left attached to ${greenName}: ${why}`] })
    })
  }

  it('settles instead where the deployment group names green', () => {
    expect(ending(undo, { end: { named: [greenName] } })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  it('keeps what it will need where a rollback is under way, or may still come', () => {
    const named = [greenName]
    const underWay = { named, underWay: ['d-BACK'], inTheWay: ['d-BACK'] }
    expect(ending(undo, { end: underWay, deployment: { rolledBackBy: 'd-BACK' } })).to.deep.equal({ done: [] })
    const soon = { autoRollback: true, completedAt: now - 1000 }
    expect(ending(undo, { end: { named }, deployment: soon })).to.deep.equal({ done: [] })
  })

  it('removes what CodeDeploy copied, and leaves what a deployment under way has written', () => {
    const tags = {
      'greenlight:attached/a': 'd-OLD',
      'greenlight:attached/b': 'd-NEXT',
      'greenlight:held': 'd-NEXT HealthCheck',
      'greenlight:record': 'd-NEXT',
    }
    expect(
      ending(undo, {
        attached: [],
        tags,
        suspended: ['HealthCheck'],
        end: { underWay: ['d-NEXT'], inTheWay: ['d-NEXT'] },
      }),
    ).to.deep.equal([forget('greenlight:attached/a')])
  })
})

describe('Undo (design 2.2), in the odd case,', () => {
  it('detaches what its record says, and not what is attached beside it', () => {
    expect(ending(undo, { attached: ['api', 'web'], health: both })).to.deep.equal([detach])
  })

  it('detaches from a target group that is gone: nobody gets traffic from it', () => {
    expect(ending(undo, { found: [], health: [targetHealth('i-1')] })).to.deep.equal([detach])
  })

  it('leaves what it attached where the load balancer says nothing of anybody', () => {
    const unknown = [{}, { Target: { Id: 'i-1' } }] as TargetHealthDescription[]
    for (const health of [[], unknown]) {
      expect(ending(undo, { health })).to.deep.equal({
        done: [`attached: web is left attached to ${greenName}: blue (blue) is not registered there`],
      })
    }
  })

  it('does not wait for targets that nobody names', () => {
    expect(ending(undo, { attached: [], health: [{}, {}] })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  it('leaves nothing undone where everything is detached', () => {
    expect(ending(undo, { attached: [], tags: {} })).to.deep.equal({ done: [] })
  })

  it('waits for all that drain, each in a clause of its own', () => {
    const tags = {
      'greenlight:attached/a': deploymentId,
      'greenlight:attached/b': deploymentId,
      'greenlight:attached/c': deploymentId,
    }
    const drains = (name: string) => [name, [targetHealth('i-1', 'draining')]] as const
    const step = undo(
      {
        aim: { greens: [greenName], wanted: [] },
        greens: [
          readGreen(autoScalingGroup({ Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) as never })),
        ],
        targetGroups: new Map(),
        progress: { step: 'installed', failed: new Set(), waitingFor: [], askingSince: undefined },
        health: new Map([drains('a'), drains('b'), drains('c')]),
        end: undefined,
      },
      { named: ['blue'], underWay: [], inTheWay: [], blue },
      deploymentWith({}),
      now,
      100,
    )
    expect(step).to.have.property(
      'reason',
      `${greenName} is draining in a; ${greenName} is draining in b and ${greenName} is draining in c`,
    )
  })

  it('keeps the record that a deployment under way has written, and forgets its own hold', () => {
    const tags = { 'greenlight:record': 'd-NEXT', 'greenlight:held': `${deploymentId} HealthCheck` }
    const end = { underWay: ['d-NEXT'], inTheWay: ['d-NEXT'] }
    expect(ending(undo, { attached: [], tags, suspended: ['HealthCheck'], end })).to.deep.equal([
      { call: 'ResumeProcesses', green: greenName, processes: ['HealthCheck'] },
      forget('greenlight:held'),
    ])
    expect(ending(undo, { attached: [], tags: { 'greenlight:record': 'd-OVER' } })).to.deep.equal([
      forget('greenlight:record'),
    ])
  })

  it('takes back what this invocation did, though somebody has removed its records meanwhile', () => {
    const remembered = {
      held: { deploymentId, processes: ['HealthCheck'] },
      attached: new Map([['web', deploymentId]]),
    }
    expect(ending(undo, { tags: {}, suspended: ['HealthCheck'], health: both, remembered })).to.deep.equal([
      { call: 'ResumeProcesses', green: greenName, processes: ['HealthCheck'] },
      detach,
      forget('greenlight:held'),
    ])
    expect(ending(undo, { attached: [], tags: {}, health: both, remembered })).to.deep.equal([
      forget('greenlight:held', 'greenlight:attached/web'),
    ])
    expect(ending(undo, { attached: [], tags: {}, health: both })).to.deep.equal({ done: [] })
  })

  it('says how it ended', () => {
    const done = { attached: [], tags: {} }
    const reason = (seen: Seen) => {
      const step = stepOf(undo, { ...done, ...seen })
      return 'reason' in step ? step.reason : step
    }
    expect(reason({})).to.equal(`deployment ${deploymentId} is Failed: undone`)
    expect(reason({ attached: ['web'], end: { named: [greenName] } })).to.equal(
      `deployment ${deploymentId} is Failed: its deployment group names green, which was settled`,
    )
    const subject = { kind: 'tagged', platform: 'ECS', pairs: [] } as const
    expect(reason({ end: { named: [greenName] }, deployment: { subject } })).to.equal(
      `deployment ${deploymentId} is Failed: undone`,
    )
  })

  it('of Lambda and ECS is no settling, though their tags name green for ever', () => {
    const subject = { kind: 'tagged', platform: 'ECS', pairs: [] } as const
    const end = { named: [greenName], blue: { ...blue, names: [] } }
    expect(ending(undo, { health: [targetHealth('x-1')], end, deployment: { subject } })).to.deep.equal([detach])
  })
})

describe('Settle (design 2.2)', () => {
  const succeeded = { status: 'Succeeded' }
  const named = [greenName]

  it('attaches what is missing where the deployment group names green, and forgets', () => {
    expect(ending(settle, { attached: [], end: { named }, deployment: succeeded })).to.deep.equal([
      attach,
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  it('attaches nothing where another deployment is under way: green may be its blue', () => {
    const end = { named, underWay: ['d-NEXT'], inTheWay: ['d-NEXT'] }
    expect(ending(settle, { attached: [], tags: {}, end, deployment: succeeded })).to.deep.equal({
      done: [`missing: ${greenName} is without web: deployment d-NEXT is under way`],
    })
  })

  it('attaches nothing where the deployment group names another, and keeps its record for the hour in which that may change (F11)', () => {
    const seen = { attached: [], tags: { 'greenlight:record': deploymentId } }
    const missing = `missing: ${greenName} is without web: its deployment group names blue now`
    expect(ending(settle, { ...seen, deployment: { ...succeeded, completedAt: now - 1000 } })).to.deep.equal({
      done: [missing],
    })
    expect(ending(settle, { ...seen, deployment: succeeded })).to.deep.equal([forget('greenlight:record')])
  })

  it('says so', () => {
    expect(stepOf(settle, { tags: {}, deployment: succeeded, end: { named } })).to.deep.equal({
      step: 'done',
      reason: `deployment ${deploymentId} is Succeeded: settled`,
      left: [],
    })
  })

  it('attaches nothing that is no target group of type instance, and says so', () => {
    for (const found of [[], [targetGroup('web', { TargetType: 'ip' })]]) {
      expect(ending(settle, { attached: [], tags: {}, found, deployment: succeeded, end: { named } })).to.deep.equal({
        done: [`missing: ${greenName} is without web: no such target group of type instance`],
      })
    }
  })

  it('attaches nothing where the deployment group is gone, and says so', () => {
    expect(ending(settle, { attached: [], tags: {}, deployment: succeeded, end: { named: undefined } })).to.deep.equal({
      done: [`missing: ${greenName} is without web: its deployment group does not exist any more`],
    })
  })

  it('says where Auto Scaling does not know the green that the deployment group names', () => {
    const nobody = (end: Partial<End>) =>
      settle(
        {
          aim: { greens: [greenName], wanted: ['web'] },
          greens: [],
          targetGroups: new Map(),
          progress: { step: 'installed', failed: new Set(), waitingFor: [], askingSince: undefined },
          health: new Map(),
          end: undefined,
        },
        { named: ['blue'], underWay: [], inTheWay: [], blue, ...end },
        deploymentWith(succeeded),
        now,
      )
    const left = [{ kind: 'missing', green: greenName, reason: `green ${greenName} does not exist` }]
    expect(nobody({ named })).to.have.deep.property('left', left)
    for (const other of [['the next'], undefined]) expect(nobody({ named: other })).to.have.deep.property('left', [])
  })

  it('keeps its record only where it will look again: something is missing, somebody is in the way, and it is soon', () => {
    const soon = { ...succeeded, completedAt: now - 1_000 }
    const hourLater = { ...succeeded, completedAt: now - 3_600_000 }
    const other = { named: ['the next'] }
    const tags = { 'greenlight:record': deploymentId }
    const forgotten = [forget('greenlight:record')]
    expect(ending(settle, { tags, end: other, deployment: soon })).to.deep.equal(forgotten)
    expect(ending(settle, { tags, attached: [], end: other, deployment: hourLater })).to.deep.equal(forgotten)
    expect(
      ending(settle, { tags, attached: [], end: other, deployment: { ...succeeded, completedAt: undefined } }),
    ).to.deep.equal(forgotten)
    expect(ending(settle, { tags, attached: [], end: { named }, deployment: soon })).to.deep.equal([
      attach,
      ...forgotten,
    ])
    expect(ending(settle, { tags, attached: [], end: other, deployment: soon })).to.have.property('done')
  })

  it('forgets what no rollback will need', () => {
    const forgotten = [forget('greenlight:attached/web', 'greenlight:record')]
    const soon = { completedAt: now - 1_000 }
    // Nobody takes back what has succeeded, nor what is never taken back by itself, nor what ended long ago.
    expect(ending(settle, { end: { named }, deployment: { ...succeeded, ...soon, autoRollback: true } })).to.deep.equal(
      forgotten,
    )
    expect(ending(undo, { end: { named }, deployment: { ...soon, autoRollback: false } })).to.deep.equal(forgotten)
    expect(ending(undo, { end: { named }, deployment: { autoRollback: true } })).to.deep.equal(forgotten)
    expect(ending(undo, { end: { named }, deployment: { autoRollback: true, completedAt: undefined } })).to.deep.equal(
      forgotten,
    )
  })

  it('leaves what another deployment under way has attached and held', () => {
    const tags = {
      'greenlight:record': 'd-NEXT',
      'greenlight:held': 'd-NEXT HealthCheck',
      'greenlight:attached/web': 'd-NEXT',
    }
    const end = { named, underWay: ['d-NEXT'], inTheWay: ['d-NEXT'] }
    expect(ending(settle, { tags, suspended: ['HealthCheck'], end, deployment: succeeded })).to.deep.equal({ done: [] })
  })

  it('detaches nothing', () => {
    expect(ending(settle, { health: both, deployment: succeeded, end: { named } })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })
})

describe('Blue has returned (design 1)', () => {
  const asked = { instances: ['b-1', 'b-2'], blocked: new Set<string>(), minimumHealthyPercent: 100 }
  for (const [targets, minimum, why] of [
    [both, 100, undefined],
    [[targetHealth('b-1')], 100, undefined],
    [[], 100, 'is not registered there'],
    [[targetHealth('b-1'), targetHealth('b-2', 'draining')], 100, 'is draining there: b-2'],
    [[targetHealth('b-1'), targetHealth('b-2', 'unhealthy.draining')], 100, 'is draining there: b-2'],
    [[targetHealth('b-1'), targetHealth('b-2', 'unhealthy')], 100, 'has 1 of 2 instances healthy there'],
    [[targetHealth('b-1'), targetHealth('b-2', 'unhealthy')], 50, undefined],
  ] as const) {
    const states = targets.map(({ TargetHealth: health }) => health?.State).join(', ')
    it(`${why === undefined ? 'is so' : `is not so: ${why}`} (${states || 'nothing'}; ${minimum} %)`, () => {
      expect(whyNotReturned({ ...asked, targets, minimumHealthyPercent: minimum })).to.equal(why)
    })
  }
})
