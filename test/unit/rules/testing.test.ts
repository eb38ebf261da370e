import { expect } from 'chai'
import { holdProcesses } from '../../../src/model/records.ts'
import type { Target } from '../../../src/model/targetGroup.ts'
import { arrive } from '../../../src/rules/arrive.ts'
import { gate } from '../../../src/rules/gate.ts'
import { orphan } from '../../../src/rules/orphan.ts'
import { settle } from '../../../src/rules/settle.ts'
import { withdrawalOf } from '../../../src/rules/testing.ts'
import { undo } from '../../../src/rules/undo.ts'
import {
  arnOf,
  deployment,
  deploymentId,
  green,
  greenName,
  heldGreen,
  seenAs,
  settings,
  target,
  targetGroup,
  targetGroupsByName,
} from '../builders.ts'
import { type Gated, gated } from './gating.ts'

const now = 1_700_000_000_500
const note = `${deploymentId} 1700000000`
const twin = 'greenlight-web'
const targetGroups = [targetGroup('web'), targetGroup(twin)]
const registering = (call: 'Register' | 'Deregister', ...instances: readonly string[]) => ({
  call: `elasticloadbalancing:${call}Targets`,
  green: greenName,
  targetGroups: [{ name: twin, arn: arnOf(twin) }],
  instances,
})
const both = [target('i-1'), target('i-2')]

describe('A gate with test target groups', () => {
  const judged = (seen: Gated = {}) =>
    gate(gated({ tests: [twin], greens: [heldGreen({ recorded: [], tested: [twin] })], targetGroups, ...seen }), now)
  const change = (...changes: readonly object[]) => ({ decision: 'change', changes })

  it('records and holds first, registers green there, and attaches nothing', () => {
    const decision = judged({ greens: [green()], health: {} })
    expect('changes' in decision && decision.changes.map(({ call }) => call)).to.deep.equal([
      'autoscaling:CreateOrUpdateTags',
      'autoscaling:SuspendProcesses',
      'elasticloadbalancing:RegisterTargets',
    ])
    expect('changes' in decision && decision.changes[0]).to.have.deep.property('tags', {
      'greenlight:record': deploymentId,
      'greenlight:held': [note, ...holdProcesses].join(' '),
      [`greenlight:testing/${twin}`]: note,
    })
    expect('changes' in decision && decision.changes[2]).to.deep.equal(registering('Register', 'i-1', 'i-2'))
  })

  for (const [what, seen, expected] of [
    [
      'passes once green is healthy there, without the wanted target group',
      { health: { [twin]: both } },
      { decision: 'healthy', reason: `${greenName} has 2 of 2 instances healthy in test target group ${twin}` },
    ],
    [
      'waits for health there',
      { health: { [twin]: [target('i-1', 'initial'), target('i-2')] } },
      {
        decision: 'awaitHealth',
        reason: `${greenName} has 1 of 2 instances healthy in test target group ${twin}, and needs 2: i-1 is initial in ${twin}`,
      },
    ],
    [
      'registers what is missing: one that drains, one that was replaced',
      { health: { [twin]: [target('i-1', 'draining'), target('gone')] } },
      change(registering('Register', 'i-1', 'i-2')),
    ],
    [
      'does not register what CodeDeploy gave up',
      { health: {}, minimumHealthyPercent: 50, progress: { givenUp: new Set(['i-2']) } },
      change(registering('Register', 'i-1')),
    ],
    [
      'does not register what is not running, and says so',
      {
        health: { [twin]: [target('i-1')] },
        greens: [heldGreen({ recorded: [], tested: [twin], notRunning: ['i-2'] })],
      },
      {
        decision: 'awaitHealth',
        reason: `${greenName} has 1 of 2 instances healthy in test target group ${twin}, and needs 2: i-2 is not running`,
      },
    ],
    [
      'has to be asked for, like any other',
      { health: {}, mode: 'heal' },
      {
        decision: 'awaitInvitation',
        reason: `nobody has asked Greenlight to gate deployment ${deploymentId}: its mode is heal, and no script of its own is at BeforeAllowTraffic`,
      },
    ],
  ] as const satisfies readonly (readonly [string, Gated, object])[]) {
    it(what, () => expect(judged(seen)).to.deep.equal(expected))
  }

  it('needs health in each of several, and names them', () => {
    const seen = {
      tests: [twin, 'greenlight-api'],
      targetGroups: [...targetGroups, targetGroup('greenlight-api')],
      health: { [twin]: both, 'greenlight-api': both },
    }
    expect(judged(seen))
      .to.have.property('reason')
      .that.matches(/healthy in test target groups greenlight-web and greenlight-api$/)
  })

  it('attaches once traffic has arrived, as any other, and deregisters', () => {
    const decision = judged({
      progress: { step: 'arrived', listed: new Set(['i-1', 'i-2']) },
      health: { [twin]: both },
    })
    expect('changes' in decision && decision.changes.map(({ call }) => call)).to.include.members([
      'autoscaling:AttachLoadBalancerTargetGroups',
      'elasticloadbalancing:DeregisterTargets',
    ])
  })
})

describe('What was only tested', () => {
  const leaving = (
    targets: readonly Target[],
    { value = deploymentId, wanted = ['web'], found = targetGroups, underWay = [] as readonly string[] } = {},
  ) =>
    withdrawalOf(
      green({ tags: { [`greenlight:testing/${twin}`]: value } }),
      { goal: { wanted }, targetGroups: targetGroupsByName(found), health: new Map([[twin, targets]]) },
      now,
      underWay,
    )
  const nothing = { deregister: [], keys: [], awaited: [] }
  const forgotten = { ...nothing, keys: [`greenlight:testing/${twin}`] }

  for (const [what, withdrawal, expected] of [
    [
      'is deregistered, but for what is not green’s',
      leaving([target('i-2'), target('b-1')]),
      { ...nothing, deregister: [registering('Deregister', 'i-2')] },
    ],
    ['is forgotten once nothing of green is registered there', leaving([target('b-1')]), forgotten],
    ['is forgotten while it drains: no user meets it', leaving([target('i-1', 'draining')]), forgotten],
    ['is forgotten with its target group', leaving([], { found: [] }), forgotten],
    [
      'may not show yet: then its record stays',
      leaving([], { value: note }),
      { ...nothing, awaited: [`${greenName} may not show yet that it is registered in ${twin}`] },
    ],
    ['is left to a deployment that is under way', leaving(both, { value: 'd-NEXT', underWay: ['d-NEXT'] }), nothing],
    ['is never taken out of what green is to have', leaving(both, { wanted: [twin] }), forgotten],
  ] as const) {
    it(what, () => expect(withdrawal).to.deep.equal(expected))
  }

  const tested = heldGreen({ recorded: [], tested: [twin] })
  const over = {
    greens: [tested],
    targetGroups: targetGroupsByName(targetGroups),
    health: new Map([[twin, both]]),
  }
  for (const [row, decision] of [
    ['arrive', arrive(seenAs('arrive', { ...over, greens: [{ ...tested, attached: [arnOf('web')] }] }), now)],
    ['settle', settle(seenAs('settle', { ...over, deployment: deployment({ status: 'Succeeded' }) }), now)],
    ['undo', undo(seenAs('undo', { ...over, deployment: deployment({ status: 'Failed' }) }), now)],
    ['orphan', orphan({ row: 'orphan', settings, why: 'gone', ...over }, now)],
  ] as const) {
    it(`is deregistered at the end: ${row}`, () => {
      expect('changes' in decision && decision.changes).to.deep.include(registering('Deregister', 'i-1', 'i-2'))
    })
  }
})
