import { expect } from 'chai'
import type { Ending, SeenAs } from '../../../src/rules/seen.ts'
import { settle, settleAndJudge } from '../../../src/rules/settle.ts'
import { agreed, deployment, deploymentId, ecs, greenName, seenAs, target, targetGroup } from '../builders.ts'
import { attach, both, type Ended, forget, inShort, now, records, seenEnded } from './ended.ts'

const decided = (seen: Ended) => settle(seenEnded('settle', seen), now)
const settling = (seen: Ended) => inShort(decided(seen))

describe('Settle', () => {
  const succeeded = { status: 'Succeeded' }
  const named = [greenName]

  const record = (tags: Readonly<Record<string, string>>) => ({ call: 'CreateOrUpdateTags', green: greenName, tags })
  const noted = { 'greenlight:attached/web': `${deploymentId} ${now / 1000}` }

  it('attaches what is missing where the deployment group names green, on record first', () => {
    expect(settling({ attached: [], ending: { named }, deployment: succeeded })).to.deep.equal([attach])
    expect(settling({ attached: [], tags: {}, ending: { named }, deployment: succeeded })).to.deep.equal([
      record({ 'greenlight:record': deploymentId, ...noted }),
      attach,
    ])
  })

  it('forgets an attachment only once it is there: one that was refused is asked for again', () => {
    const whole = { ending: { named }, deployment: succeeded }
    expect(settling(whole)).to.deep.equal([forget('greenlight:attached/web', 'greenlight:record')])
    expect(settling({ ...whole, attached: [] })).to.not.deep.include(forget('greenlight:attached/web'))
  })

  it('forgets what it may not attach any more: the deployment group names another, or is gone', () => {
    for (const names of [['the next'], undefined]) {
      expect(settling({ attached: [], ending: { named: names }, deployment: succeeded })).to.deep.equal([
        forget('greenlight:attached/web', 'greenlight:record'),
      ])
    }
  })

  it('attaches nothing to a green that tags do not name any more, and forgets what it noted there', () => {
    const seen = seenEnded('settle', {
      attached: [],
      ending: { named: [] },
      deployment: { ...succeeded, subject: ecs },
    })
    expect(inShort(settle({ ...seen, goal: { greens: [], wanted: [], tests: [] } }, now))).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })

  describe('where another deployment attached what is there', () => {
    const others = (at: number) => ({
      'greenlight:record': 'd-OTHER',
      'greenlight:attached/web': `d-OTHER ${at}`,
      [agreed[0]]: agreed[1],
    })
    const completedAt = now - 1000
    const before = others((completedAt - 1000) / 1000)
    const whole: Ended = { tags: before, ending: { named }, deployment: { ...succeeded, subject: ecs, completedAt } }
    const taken = [forget('greenlight:attached/web', 'greenlight:record')]
    const leavesIt = { done: [] }
    for (const [what, seen, settled] of [
      ['forgets that: users depend on it now', {}, taken],
      ['forgets that for Server as well', { deployment: { ...succeeded, completedAt } }, taken],
      ['keeps what was attached after this one succeeded', { tags: others(now / 1000) }, leavesIt],
      ['keeps that of one under way', { ending: { named, underWay: ['d-OTHER'] } }, leavesIt],
      ['keeps that where green is not named', { ending: { named: ['another'] } }, leavesIt],
      ['keeps what it does not want', { wanted: [] }, leavesIt],
    ] as const satisfies readonly (readonly [string, Ended, unknown])[]) {
      it(what, () => expect(settling({ ...whole, ...seen })).to.deep.equal(settled))
    }
  })

  it('keeps its record while a deployment in the way may fail and leave green in place', () => {
    const end = { named, underWay: ['d-NEXT'], inTheWay: ['d-NEXT'] }
    expect(settling({ attached: [], ending: end, deployment: succeeded })).to.have.property('done')
  })

  it('attaches nothing where another deployment is under way: green may be its blue', () => {
    const end = { named, underWay: ['d-NEXT'], inTheWay: ['d-NEXT'] }
    expect(settling({ attached: [], tags: {}, ending: end, deployment: succeeded })).to.deep.equal({
      done: [`missing: ${greenName} is without web: deployment d-NEXT is under way`],
    })
  })

  it('attaches nothing where the deployment group names another, and keeps its record for the hour in which that may change', () => {
    const seen = { attached: [], tags: { 'greenlight:record': deploymentId } }
    const missing = `missing: ${greenName} is without web: its deployment group names blue now`
    expect(settling({ ...seen, deployment: { ...succeeded, completedAt: now - 1000 } })).to.deep.equal({
      done: [missing],
    })
    expect(settling({ ...seen, deployment: succeeded })).to.deep.equal([forget('greenlight:record')])
  })

  it('attaches nothing whose owner has not agreed, or agrees no more, and keeps no record for it', () => {
    const ended = { attached: [], ending: { named }, deployment: { ...succeeded, subject: ecs } }
    expect(settling(ended)).to.deep.equal([forget('greenlight:attached/web', 'greenlight:record')])
    expect(settling({ ...ended, tags: { 'greenlight:record': deploymentId, [agreed[0]]: agreed[1] } })).to.deep.equal([
      record(noted),
      attach,
    ])
  })

  describe('where the target group has a percentage of healthy targets', () => {
    const attribute = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage'
    const diluted = (percent: number, seen: Ended) => {
      const ended = seenEnded('settle', { attached: [], ending: { named }, deployment: succeeded, ...seen })
      const web = { thresholds: [{ attribute, percent }], crossZone: undefined }
      return inShort(settle({ ...ended, routing: new Map([['web', web]]) }, now))
    }
    const some = [...both, target('i-1')]
    const onlyRecord = { 'greenlight:record': deploymentId }

    it('attaches once that does not bring it below, and keeps a record by which a sweep finds green until then', () => {
      expect(diluted(80, { tags: {}, health: some })).to.deep.equal([record(onlyRecord)])
      expect(diluted(80, { tags: onlyRecord, health: some })).to.deep.equal({
        done: [
          `missing: ${greenName} is without web: target group web has ${attribute} 80, and 3 of 4 targets would be healthy at ` +
            'first: the load balancer would give requests to those that are not; lower it, or set it to off; or terminate what ' +
            'is not registered there: aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-2 ' +
            '--should-decrement-desired-capacity',
        ],
      })
      expect(diluted(75, { health: some })).to.deep.equal([attach])
    })

    it('attaches where that registers nobody', () => {
      expect(diluted(80, { health: [...some, target('i-2', 'unhealthy')] })).to.deep.equal([attach])
    })

    it('releases green all the same', () => {
      const tags = { ...records, 'greenlight:held': `${deploymentId} HealthCheck` }
      const release = { call: 'ResumeProcesses', green: greenName, processes: ['HealthCheck'] }
      expect(diluted(80, { tags, suspended: ['HealthCheck'], health: some })).to.deep.equal([release])
      expect(diluted(80, { tags, health: some })).to.deep.equal([forget('greenlight:held')])
    })
  })

  it('says so', () => {
    expect(decided({ tags: {}, deployment: succeeded, ending: { named } })).to.deep.equal({
      decision: 'done',
      reason: `deployment ${deploymentId} is Succeeded: settled`,
      left: [],
    })
  })

  it('attaches nothing that is no target group of type instance, and says so', () => {
    for (const found of [[], [targetGroup('web', { type: 'ip' })]]) {
      expect(settling({ attached: [], tags: {}, found, deployment: succeeded, ending: { named } })).to.deep.equal({
        done: [`missing: ${greenName} is without web: no such target group of type instance`],
      })
    }
  })

  it('attaches nothing where the deployment group is gone, and says so', () => {
    expect(settling({ attached: [], tags: {}, deployment: succeeded, ending: { named: undefined } })).to.deep.equal({
      done: [`missing: ${greenName} is without web: its deployment group does not exist any more`],
    })
  })

  it('says where Auto Scaling does not know the green that the deployment group names', () => {
    const withoutGreen = (ending: Partial<Ending>) =>
      settle({ ...seenEnded('settle', { ending, deployment: succeeded }), greens: [] }, now)
    const left = [{ kind: 'missing', reason: `green ${greenName} does not exist` }]
    expect(withoutGreen({ named })).to.have.deep.property('left', left)
    for (const other of [['the next'], undefined])
      expect(withoutGreen({ named: other })).to.have.deep.property('left', [])
  })

  it('keeps its record only where it will look again: something is missing, something is in the way, and the deployment has just ended', () => {
    const soon = { ...succeeded, completedAt: now - 1_000 }
    const hourLater = { ...succeeded, completedAt: now - 3_600_000 }
    const other = { named: ['the next'] }
    const tags = { 'greenlight:record': deploymentId }
    const forgotten = [forget('greenlight:record')]
    expect(settling({ tags, ending: other, deployment: soon })).to.deep.equal(forgotten)
    expect(settling({ tags, attached: [], ending: other, deployment: hourLater })).to.deep.equal(forgotten)
    expect(
      settling({ tags, attached: [], ending: other, deployment: { ...succeeded, completedAt: undefined } }),
    ).to.deep.equal(forgotten)
    expect(settling({ tags, attached: [], ending: { named }, deployment: soon })).to.deep.equal([record(noted), attach])
    expect(settling({ tags, attached: [], ending: other, deployment: soon })).to.have.property('done')
  })

  it('forgets what no rollback will need', () => {
    const forgotten = [forget('greenlight:attached/web', 'greenlight:record')]
    const soon = { completedAt: now - 1_000 }
    // Nobody rolls back what has succeeded.
    expect(settling({ ending: { named }, deployment: { ...succeeded, ...soon, autoRollback: true } })).to.deep.equal(
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
    expect(settling({ tags, suspended: ['HealthCheck'], ending: end, deployment: succeeded })).to.deep.equal({
      done: [],
    })
  })

  it('detaches nothing', () => {
    expect(settling({ health: both, deployment: succeeded, ending: { named } })).to.deep.equal([
      forget('greenlight:attached/web', 'greenlight:record'),
    ])
  })
})

describe('Settle and judge', () => {
  const judged = (seen: Ended, differences: Partial<SeenAs<'settleAndJudge'>> = {}) => {
    const { row: _, ...settled } = seenEnded('settle', { tags: {}, ...seen })
    const health = new Map([['web', [target('i-1'), target('i-2')]]])
    const whole = { ...settled, deployment: deployment({ status: 'Succeeded' }), health, ...differences }
    return settleAndJudge(seenAs('settleAndJudge', whole), now)
  }
  const succeeded = `deployment ${deploymentId} has succeeded`

  it('settles first', () => {
    expect(inShort(judged({ attached: [], ending: { named: [greenName] } }))).to.deep.include(attach)
  })

  it('is good where green has everything and is healthy', () => {
    expect(judged({})).to.deep.equal({
      decision: 'judged',
      isGood: true,
      reason: `${succeeded}, and ${greenName} has 2 of 2 instances healthy behind web`,
      left: [],
    })
  })

  it('is not good where something is left undone', () => {
    const reason = `${greenName} is without web: its deployment group names blue now`
    expect(judged({ attached: [] })).to.deep.equal({
      decision: 'judged',
      isGood: false,
      reason: `${succeeded}, but ${reason}`,
      left: [{ kind: 'missing', reason }],
    })
  })

  it('is not good where green does not exist, or is not healthy', () => {
    expect(judged({}, { greens: [] })).to.deep.include({
      isGood: false,
      reason: `${succeeded}, but green ${greenName} does not exist`,
    })
    expect(judged({}, { health: new Map() }))
      .to.have.property('reason')
      .that.matches(/^deployment d-ABCDEF123 has succeeded, but CodeDeploy_.* has 0 of 2 instances healthy/)
  })
})
