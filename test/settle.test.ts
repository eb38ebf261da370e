import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect } from 'chai'
import { type Deployment, readDeployment } from '../src/deployment.ts'
import { readGreen } from '../src/green.ts'
import { whyNotReturned } from '../src/health.ts'
import type { End } from '../src/judge.ts'
import { settle, undo } from '../src/settle.ts'
import {
  arnOf,
  autoScalingGroup,
  deploymentId,
  deploymentInfo,
  greenName,
  targetGroup,
  targetHealth,
} from './builders.ts'

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
  end?: Partial<End>
  deployment?: Partial<Deployment>
}

const ending = (decide: typeof settle | typeof undo, seen: Seen) => {
  const { attached = ['web'], tags = records, suspended = [], health = [], used = true, end = {} } = seen
  const group = autoScalingGroup({
    targetGroups: attached,
    SuspendedProcesses: suspended.map((ProcessName) => ({ ProcessName })),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) as never,
  })
  const step = decide(
    {
      aim: { greens: [greenName], wanted: ['web'] },
      greens: [readGreen(group)],
      targetGroups: new Map([['web', targetGroup('web', used ? {} : { LoadBalancerArns: [] })]]),
      progress: { step: 'installed', failed: new Set(), waitingFor: [], askingSince: undefined },
      health: new Map([['web', health]]),
      end: undefined,
    },
    { named: ['blue'], underWay: [], inTheWay: [], blue, ...end },
    deploymentWith({ completedAt: now - 7_200_000, ...seen.deployment }),
    now,
    100,
  )
  if (step.step === 'change') return step.changes.map(({ call, ...rest }) => ({ call: call.split(':')[1], ...rest }))
  if (step.step === 'done') return { done: step.left.map(({ kind, reason }) => `${kind}: ${reason}`) }
  return step
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
