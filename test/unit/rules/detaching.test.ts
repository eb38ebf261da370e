import { expect } from 'chai'
import { drains, leftAttached, whyNotDetach } from '../../../src/rules/detaching.ts'
import type { Production } from '../../../src/rules/seen.ts'
import { arnOf, ecs, green, target, targetGroup } from '../builders.ts'
import { blue, both, type Ended, seenEnded } from './ended.ts'

type Case = Ended & { production?: Partial<Production> }

const why = ({ production, ...seen }: Case) => {
  const ending = { ...seen.ending, production: { ...blue, ...production } }
  return whyNotDetach(arnOf('web'), green(), seenEnded('undo', { ...seen, ending }))
}

const serving = [target('i-1'), target('i-2')]
const failing = [target('i-1', 'unhealthy'), target('i-2', 'initial')]
const begun = { hasBegunTraffic: true }
const deploymentOf = (kind: 'server' | 'ecs') => (kind === 'ecs' ? { deployment: { subject: ecs } } : {})

describe('Green may be detached', () => {
  for (const [what, seen] of [
    ['where no load balancer uses the target group', { isUsed: false }],
    ['where the target group is gone', { found: [] }],
    ['where another target group has its name now', { found: [targetGroup('web', { arn: 'other' })], health: serving }],
    ['where blue has as many healthy instances as green', { health: [...both, ...serving] }],
    ['where blue has one healthy instance, and green none', { health: [target('b-1'), ...failing] }],
    [
      'where blue has as many as green has registered, once traffic has begun to move',
      { health: [...both, ...failing], production: begun },
    ],
    [
      'where blue has as many as green has registered and does not drain, once traffic has begun to move',
      { health: [target('b-1'), target('i-1', 'unhealthy'), target('i-2', 'draining')], production: begun },
    ],
    [
      'where what CodeDeploy labels Blue carries it, and the deployment group is gone',
      { health: [...both, ...serving], ending: { named: undefined }, production: { names: [] } },
    ],
    ['where nobody uses it: only green is registered, and is not healthy', { health: failing }],
    ['where nobody uses it, of Lambda and ECS', { health: failing, ...deploymentOf('ecs') }],
    [
      'where the next deployment is under way and has moved nothing',
      {
        health: [...both, ...serving],
        production: { underWay: [{ id: 'd-NEXT', greens: ['next'], movesTraffic: false }] },
      },
    ],
  ] satisfies [string, Case][]) {
    it(what, () => expect(why(seen)).to.equal(undefined))
  }

  it('where green has no instances, though the load balancer lists no targets', () => {
    const seen = seenEnded('undo', {})
    const empty = green({ instances: [] })
    expect(whyNotDetach(arnOf('web'), empty, { ...seen, greens: [empty] })).to.equal(undefined)
  })
})

const needs = (has: number, needed: number, registered: number, healthy: number, raiseTo: number) =>
  `blue has ${has} of the ${needed} healthy that it needs there without green, while green has ${registered} registered ` +
  `and ${healthy} healthy. Raise blue to ${raiseTo} instances; the next sweep then detaches it`
const noBlue =
  'there is no blue that could carry its traffic. The next sweep detaches it once only green is registered there, and is not healthy'

describe('Green may not be detached', () => {
  for (const [what, reason, seen] of [
    ['where blue has fewer healthy instances', needs(1, 2, 2, 2, 3), { health: [target('b-1'), ...serving] }],
    [
      'where blue is small because green serves, though green fails its checks just now',
      needs(1, 2, 2, 0, 2),
      { health: [target('b-1'), ...failing], production: { ...begun, instances: ['b-1'] } },
    ],
    [
      'where CodeDeploy does not tell whether traffic has begun to move',
      needs(1, 2, 2, 0, 3),
      { health: [target('b-1'), ...failing], production: { hasBegunTraffic: undefined } },
    ],
    ['where blue has nobody healthy', needs(0, 1, 0, 0, 3), { health: [target('b-1', 'draining')] }],
    ['where the load balancer lists no targets', needs(0, 1, 0, 0, 3), { health: [] }],
    [
      'where green is both in the deployment group and what CodeDeploy labels Blue',
      'what CodeDeploy labels Blue has 0 of the 2 healthy that it needs there without green, while green has 2 registered ' +
        'and 2 healthy. Register 2 more instances; the next sweep then detaches it',
      { health: serving, production: { names: [], instances: ['i-1', 'i-2'] } },
    ],
    [
      'where what CodeDeploy labels Blue has fewer healthy instances',
      'what CodeDeploy labels Blue has 1 of the 2 healthy that it needs there without green, while green has 2 registered ' +
        'and 2 healthy. Register 1 more instance; the next sweep then detaches it',
      { health: [target('b-1'), ...serving], production: { names: [] } },
    ],
    [
      'where it alone serves, though AWS shows no load balancer',
      needs(0, 2, 2, 2, 4),
      { isUsed: false, health: serving },
    ],
    [
      'where nobody is healthy and traffic has begun to move',
      needs(0, 2, 2, 0, 4),
      { health: failing, production: begun },
    ],
    [
      'while a deployment with the same green is under way',
      'deployment d-NEXT, which has the same green, is under way',
      {
        health: both,
        production: { underWay: [{ id: 'd-NEXT', greens: [green().name], movesTraffic: false }] },
      },
    ],
    [
      'while another deployment moves traffic',
      'deployment d-NEXT moves traffic',
      { health: both, production: { underWay: [{ id: 'd-NEXT', greens: [], movesTraffic: true }] } },
    ],
    ['of Lambda and ECS where it serves', noBlue, { health: serving, ...deploymentOf('ecs') }],
    ['of Lambda and ECS where others serve', noBlue, { health: [target('x-1')], ...deploymentOf('ecs') }],
  ] satisfies [string, string, Case][]) {
    it(what, () => expect(why(seen)).to.equal(reason))
  }
})

describe('What is left attached', () => {
  it('is told with the command that keeps it so', () => {
    expect(leftAttached('web', 'green', 'why')).to.deep.equal({
      ...{ kind: 'attached', autoScalingGroup: 'green', targetGroup: 'web' },
      reason:
        'web is left attached to green: why. To keep it attached: aws autoscaling delete-tags --tags ' +
        "'ResourceId=green,ResourceType=auto-scaling-group,Key=greenlight:attached/web'",
    })
  })
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
