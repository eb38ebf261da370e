import { expect } from 'chai'
import { drains, whyNotDetach, whyNotReturned } from '../../../src/rules/detaching.ts'
import { green, target } from '../builders.ts'
import { blue, both, type Ended, seenEnded } from './ended.ts'

const why = (seen: Ended) => whyNotDetach('web', green(), seenEnded('undo', seen))

describe('Green may be detached', () => {
  for (const [what, seen] of [
    ['where blue is back', { health: both }],
    ['where no load balancer uses the target group', { isUsed: false }],
    ['where the target group is gone', { found: [] }],
    [
      'where green has no healthy target and others have one',
      { health: [target('x-1'), target('i-1', 'unhealthy')], ending: { blue: { ...blue, names: [] } } },
    ],
  ] satisfies [string, Ended][]) {
    it(what, () => expect(why(seen)).to.equal(undefined))
  }
})

describe('Green may not be detached', () => {
  for (const [reason, seen] of [
    ['its deployment group does not exist any more', { isUsed: false, ending: { named: undefined } }],
    ['there is no blue that could carry its traffic', { ending: { blue: { ...blue, names: [] } } }],
    ['blue (blue) is not registered there', { health: [target('i-1')] }],
    ['blue (blue) is draining there: b-1', { health: [target('b-1', 'draining')] }],
    [
      'blue (blue) was taken out of it and is not back: b-2',
      { health: [target('b-1'), target('i-1')], ending: { blue: { ...blue, blocked: new Set(['b-2']) } } },
    ],
  ] satisfies [string, Ended][]) {
    it(`where ${reason}`, () => expect(why(seen)).to.equal(reason))
  }
})

describe('Green drains', () => {
  it('where one of its own instances does, and not for what was registered by hand or for others', () => {
    const draining = (...targets: readonly ReturnType<typeof target>[]) =>
      drains('web', green(), new Map([['web', targets]]))
    expect(draining(target('i-1', 'draining'))).to.equal(true)
    expect(draining(target('i-1', 'unhealthy.draining'))).to.equal(true)
    expect(draining(target('i-1'), target('x-1', 'draining'))).to.equal(false)
    expect(drains('web', green(), new Map())).to.equal(false)
  })
})

describe('Whether blue carries the traffic again', () => {
  const asked = { instances: ['b-1', 'b-2'], blocked: new Set<string>(), minimumHealthyPercent: 100 }
  for (const [targets, minimum, why] of [
    [both, 100, undefined],
    [[target('b-1')], 100, undefined],
    [[], 100, 'is not registered there'],
    [[target('b-1'), target('b-2', 'draining')], 100, 'is draining there: b-2'],
    [[target('b-1'), target('b-2', 'unhealthy.draining')], 100, 'is draining there: b-2'],
    [[target('b-1'), target('b-2', 'unhealthy')], 100, 'has 1 of 2 instances healthy there'],
    [[target('b-1'), target('b-2', 'unhealthy')], 50, undefined],
  ] as const) {
    const states = targets.map(({ state }) => state).join(', ')
    it(`it ${why ?? 'does'} (${states || 'no targets'}; ${minimum} % are needed)`, () => {
      expect(whyNotReturned({ ...asked, targets, minimumHealthyPercent: minimum })).to.equal(why)
    })
  }
})
