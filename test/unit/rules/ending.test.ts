import { expect } from 'chai'
import { arrive } from '../../../src/rules/arrive.ts'
import { leftAttached } from '../../../src/rules/detaching.ts'
import {
  endedAs,
  type GreenEnding,
  isNamedAlone,
  isSomebodyElses,
  lasting,
  nothingRecorded,
  releaseUnlessUnderWay,
} from '../../../src/rules/ending.ts'
import { hold } from '../../../src/rules/hold.ts'
import { orphan } from '../../../src/rules/orphan.ts'
import { deployment, deploymentId, ecs, green, greenName, heldGreen, seenAs, settings } from '../builders.ts'
import { seenEnded } from './ended.ts'

const untouched = { changes: [], draining: [], awaited: [], left: [] }
const forget = { call: 'autoscaling:DeleteTags', green: greenName, keys: ['greenlight:record'] } as const

describe('The endings of several greens', () => {
  const left = [{ kind: 'missing', reason: 'b is without web' }] as const
  const endings: readonly GreenEnding[] = [
    { ...untouched, changes: [forget] },
    { ...untouched, draining: ['a is draining in web', 'a is draining in api'] },
    { ...untouched, awaited: ['a may not show web yet'] },
    { ...untouched, left },
  ]

  it('are made before anything is waited for', () => {
    expect(endedAs(endings, 'settled')).to.deep.equal({ decision: 'change', changes: [forget] })
  })

  it('are done with while something drains, and say so', () => {
    const reason = 'a is draining in web and a is draining in api, but b is without web'
    expect(endedAs(endings.slice(1), 'settled')).to.deep.equal({ decision: 'done', reason, left })
  })

  it('may not show yet, and are not done with before', () => {
    expect(endedAs(endings.slice(2), 'settled')).to.deep.equal({
      decision: 'awaitShown',
      reason: 'a may not show web yet',
    })
  })

  it('are done with, and say what is left undone', () => {
    const reason = 'settled, but b is without web'
    expect(endedAs(endings.slice(3), 'settled')).to.deep.equal({ decision: 'done', reason, left })
    const attached = leftAttached('web', 'a', 'blue has nobody there')
    const untaken = 'undone, but web is left attached to a'
    expect(endedAs([{ ...untouched, left: [attached] }], 'undone')).to.have.property('reason', untaken)
    expect(endedAs([], 'settled')).to.deep.equal({ decision: 'done', reason: 'settled', left: [] })
  })
})

describe('The end of a Lambda or ECS deployment of which nothing is recorded', () => {
  const over = deployment({ status: 'Failed', subject: ecs })
  const seen = (trigger: 'hook' | 'notification', tags: Readonly<Record<string, string>> = {}) =>
    seenAs('undo', { trigger, deployment: over, greens: [green({ tags })] })

  it('is not the business of a notification', () => {
    expect(nothingRecorded(seen('notification'))).to.deep.equal({
      decision: 'done',
      reason: `nothing is recorded for deployment ${deploymentId}`,
      left: [],
    })
  })

  it('is that of a hook', () => {
    expect(nothingRecorded(seen('hook'))).to.equal(undefined)
  })

  it('is that of a notification where a record names it', () => {
    for (const key of ['greenlight:record', 'greenlight:attached/web']) {
      expect(nothingRecorded(seen('notification', { [key]: deploymentId }))).to.equal(undefined)
    }
    expect(nothingRecorded(seenAs('undo', { trigger: 'notification' }))).to.equal(undefined)
  })
})

describe('A green at the end', () => {
  it('is settled where the deployment group of a Server deployment names it, and nothing but greens', () => {
    const alone = (seen: Parameters<typeof seenEnded>[1]) => isNamedAlone(seenEnded('undo', seen), green())
    expect(alone({ ending: { named: [greenName] } })).to.equal(true)
    expect(alone({ ending: { named: [greenName, 'blue'] } })).to.equal(false)
    expect(alone({ ending: { named: ['blue'] } })).to.equal(false)
    expect(alone({ ending: { named: undefined } })).to.equal(false)
    expect(alone({ ending: { named: [greenName] }, deployment: { subject: ecs } })).to.equal(false)
  })

  it('takes its records with it where it is being deleted', () => {
    const stays = green()
    const deleted = heldGreen({ isBeingDeleted: true })
    expect(lasting([deleted, stays])).to.deep.equal([stays])
    for (const decision of [
      hold(seenAs('hold', { greens: [green({ isBeingDeleted: true })] }), 0),
      arrive(seenAs('arrive', { greens: [deleted] }), 0),
      orphan({ row: 'orphan', settings, greens: [deleted], targetGroups: new Map(), health: new Map(), why: 'why' }, 0),
    ]) {
      expect(decision.decision).to.equal('done')
    }
  })

  it('keeps a hold of a deployment that is under way', () => {
    const { ending } = seenAs('undo')
    const held = heldGreen({ recorded: [] })
    expect(releaseUnlessUnderWay(held, { ...ending, underWay: [deploymentId] }, 0).resume).to.have.length(0)
    expect(releaseUnlessUnderWay(held, ending, 0).resume).to.have.length(1)
  })

  it('belongs to another deployment where that is on record and under way', () => {
    const { ending } = seenAs('undo')
    const recorded = green({ tags: { 'greenlight:record': 'd-NEXT' } })
    expect(isSomebodyElses(recorded, deploymentId, { ...ending, underWay: ['d-NEXT'] })).to.equal(true)
    expect(isSomebodyElses(recorded, deploymentId, ending)).to.equal(false)
    expect(isSomebodyElses(recorded, 'd-NEXT', { ...ending, underWay: ['d-NEXT'] })).to.equal(false)
    expect(isSomebodyElses(green(), deploymentId, { ...ending, underWay: ['d-NEXT'] })).to.equal(false)
  })
})
