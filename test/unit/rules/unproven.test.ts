import { expect } from 'chai'
import type { Routing } from '../../../src/model/targetGroup.ts'
import { gate } from '../../../src/rules/gate.ts'
import { wayOut } from '../../../src/rules/testing.ts'
import { whyNotProve, whyNotRegister } from '../../../src/rules/unproven.ts'
import {
  deployment,
  green,
  greenName,
  heldGreen,
  seenAs,
  target,
  targetGroup,
  targetGroupsByName,
} from '../builders.ts'

const attribute = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage'
const of60 = { attribute, percent: 60 }
const blue = (healthy: number, all = healthy) =>
  Array.from({ length: all }, (_, index) => target(`b-${index}`, index < healthy ? 'healthy' : 'unhealthy'))

/** Two instances of green lack the target group web, in which these targets are registered. */
const diluting = (
  routing: Partial<Routing>,
  registered = blue(2),
  {
    isOfApplicationLoadBalancer = true,
    ...differences
  }: Parameters<typeof seenAs>[1] & {
    isOfApplicationLoadBalancer?: boolean
  } = {},
) =>
  seenAs('gate', {
    greens: [green()],
    targetGroups: targetGroupsByName([targetGroup('web', { isOfApplicationLoadBalancer })]),
    health: new Map([['web', registered]]),
    routing: new Map([['web', { thresholds: [of60], crossZone: 'use_load_balancer_configuration', ...routing }]]),
    ...differences,
  })

describe('A target group below whose share of healthy targets the load balancer gives requests to all', () => {
  const below = `target group web has ${attribute} 60, and 2 of 4 targets would be healthy at first: the load balancer would give requests to those that are not; lower it, or set it to off`
  const zonal = `target group web has ${attribute} 60, which counts in each zone, since it is without cross-zone load balancing: switch that on, or set it to off`

  for (const [what, seen, reason] of [
    ['gets no instances that are not healthy yet, where they would bring it there', diluting({}), below],
    ['gets them where the share is off', diluting({ thresholds: [] }), undefined],
    ['gets them where nothing is healthy there', diluting({}, blue(0, 2)), undefined],
    ['gets them where it is there already', diluting({}, blue(1, 2)), undefined],
    ['gets them where enough stay healthy', diluting({}, blue(3)), undefined],
    ['counts nothing that is draining', diluting({}, [...blue(3), target('b-9', 'draining')]), undefined],
    [
      'counts what green is still to launch',
      diluting({}, blue(3), { greens: [green({ desiredCapacity: 3 })] }),
      below.replace('2 of 4', '3 of 6'),
    ],
    ['counts what of green is registered already once', diluting({}, [...blue(2), target('i-1', 'initial')]), below],
    ['counts in each zone without cross-zone load balancing', diluting({ crossZone: 'false' }, blue(9)), zonal],
    [
      'counts in each zone where another kind of load balancer decides',
      diluting({}, blue(9), { isOfApplicationLoadBalancer: false }),
      zonal,
    ],
    [
      'counts as a whole where the target group itself spreads requests over the zones',
      diluting({ crossZone: 'true' }, blue(9), { isOfApplicationLoadBalancer: false }),
      undefined,
    ],
    [
      'gets none where its share cannot be read',
      diluting({ thresholds: [{ attribute, percent: undefined }] }),
      `target group web has ${attribute} with a value that Greenlight cannot read: set it to off`,
    ],
    [
      'gets them once CodeDeploy has given green its traffic',
      diluting({}, blue(2), { progress: { ...seenAs('gate').progress, step: 'arrived' } }),
      undefined,
    ],
    [
      'is none of those that green has already',
      diluting({}, blue(2), { greens: [green({ targetGroups: ['web'] })] }),
      undefined,
    ],
  ] as const) {
    it(what, () => expect(whyNotProve(seen)).to.equal(reason))
  }

  it('keeps a gate from attaching; it holds green all the same, since a person may continue', () => {
    expect(gate(diluting({}), 0)).to.have.nested.property('changes.length', 2)
    expect(gate(diluting({}, blue(2), { greens: [heldGreen({ recorded: [] })] }), 0)).to.deep.equal({
      decision: 'cannotProve',
      reason: `${below}${wayOut(deployment())}`,
    })
  })
})

describe('An instance that CodeDeploy gave up', () => {
  it('keeps a gate from attaching, since it would get traffic; the reason has the command that terminates it', () => {
    const progress = { ...seenAs('gate').progress, givenUp: new Set(['i-2']) }
    expect(whyNotProve(seenAs('gate', { progress }))).to.equal(
      `${greenName} is without web: CodeDeploy gives i-2 no traffic, and attaching would; terminate it: ` +
        'aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-2 --should-decrement-desired-capacity',
    )
    expect(whyNotProve(seenAs('gate', { progress, greens: [green({ targetGroups: ['web'] })] }))).to.equal(undefined)
    // Once traffic has arrived, what CodeDeploy never listed as well.
    const arrived = { ...seenAs('gate').progress, step: 'arrived', listed: new Set(['i-1']) } as const
    expect(whyNotProve(seenAs('gate', { progress: arrived }))).to.include('CodeDeploy gives i-2 no traffic')
    expect(whyNotProve(seenAs('gate', { progress: { ...arrived, step: 'installed' } }))).to.equal(undefined)
  })
})

describe('The end of a deployment', () => {
  const lacking = green()
  /** Another green has the target group, and one instance that is not registered there. */
  const complete = green({ name: 'other', instances: ['i-9'], targetGroups: ['web'] })
  const kept = (healthy: number) =>
    [...whyNotRegister(lacking, ['web'], { ...diluting({}, blue(healthy)), greens: [lacking, complete] }).keys()].length

  it('counts every instance that attaching would register, and none of a green that has the target group already', () => {
    expect([kept(2), kept(3)]).to.deep.equal([1, 0])
  })
})
