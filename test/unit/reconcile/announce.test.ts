import { expect } from 'chai'
import { announce } from '../../../src/reconcile/announce.ts'
import { conclude } from '../../../src/reconcile/move.ts'
import type { Choice, SeenAs } from '../../../src/rules/seen.ts'
import { deployment, deploymentId, green, greenName, seenAs, targetGroupsByName } from '../builders.ts'
import { afterChange, begun, denied, refusedBy, resume } from './changes.ts'

const choice: Choice = { ...seenAs('gate').choice, mode: 'observe' }
const bypassed = `Bypassed: greenlight is in mode observe and changes nothing on deployment ${deploymentId}`

const observed = (would: SeenAs<'gate' | 'settle'>, greens = [green()]) =>
  ({ row: 'observed', deployment: would.deployment, choice, would, greens }) as const
const choiceOnly = (differences: { goal?: Choice['goal']; couldNotLook?: string } = {}) =>
  ({
    row: 'choiceOnly',
    deployment: deployment(),
    choice: { ...choice, goal: differences.goal ?? choice.goal },
    couldNotLook: differences.couldNotLook,
  }) as const

describe('Mode observe', () => {
  it('announces every change that mode gate would make, and makes none', () => {
    const { notices, ...move } = announce(observed(seenAs('gate')), begun(), 0)
    expect(move).to.deep.equal({ kind: 'conclude', conclusion: { verdict: 'Succeeded', reason: bypassed } })
    expect(notices.map((notice) => ('change' in notice ? notice.change.call : notice.kind))).to.deep.equal([
      'bypassed',
      ...['autoscaling:CreateOrUpdateTags', 'autoscaling:SuspendProcesses'],
      ...['autoscaling:AttachLoadBalancerTargetGroups'],
    ])
  })

  it('announces a refusal', () => {
    const would = seenAs('gate', { targetGroups: targetGroupsByName([], ['web']) })
    expect(announce(observed(would), begun(), 0).notices).to.deep.include({
      kind: 'wouldRefuse',
      reason: 'target group web does not exist',
    })
  })

  it('announces nothing where nothing would be done', () => {
    const would = seenAs('settle', { greens: [] })
    expect(announce(observed(would, []), begun('notification'), 0)).to.deep.equal(
      conclude(undefined, bypassed, [
        { kind: 'bypassed', readyDeployment: { id: deploymentId, waitMinutes: undefined } },
      ]),
    )
  })

  it('tells which deployment somebody has to continue', () => {
    const ready = deployment({ waitMinutes: 60 })
    expect(announce(observed(seenAs('gate', { deployment: ready })), begun(), 0).notices[0]).to.deep.equal({
      kind: 'bypassed',
      readyDeployment: { id: deploymentId, waitMinutes: 60 },
    })
    const going = deployment({ status: 'InProgress' })
    expect(announce(observed(seenAs('gate', { deployment: going })), begun(), 0).notices[0]).to.deep.equal({
      kind: 'bypassed',
      readyDeployment: undefined,
    })
  })

  it('announces once, in the first look', () => {
    const { notices } = announce(observed(seenAs('gate')), { ...begun(), told: ['bypassed'] }, 0)
    expect(notices).to.deep.equal([])
  })

  it('says what it could not look at, and what it could not read', () => {
    expect(announce(choiceOnly({ couldNotLook: 'throttled' }), begun(), 0)).to.deep.include({
      kind: 'conclude',
      conclusion: { verdict: 'Succeeded', reason: bypassed },
    })
    expect(announce(choiceOnly({ couldNotLook: 'throttled' }), begun(), 0).notices).to.deep.include({
      kind: 'couldNotLook',
      reason: 'throttled',
    })
    expect(announce(choiceOnly({ goal: { refusal: 'no tags' } }), begun(), 0).notices).to.deep.include({
      kind: 'wouldRefuse',
      reason: 'no tags',
    })
  })
})

describe("A hold of Greenlight's own in mode observe", () => {
  const held = green({
    suspended: ['HealthCheck'],
    tags: { 'greenlight:record': deploymentId, 'greenlight:held': `${deploymentId} HealthCheck` },
  })
  const seen = observed(seenAs('settle', { greens: [] }), [held])

  it('is released, one change a look', () => {
    expect(announce(seen, begun(), 0)).to.deep.include({ kind: 'change', next: 'look', changes: [resume] })
    const forgetting = announce(observed(seenAs('settle', { greens: [] }), [{ ...held, suspended: [] }]), begun(), 0)
    expect(forgetting).to.deep.include({
      changes: [{ call: 'autoscaling:DeleteTags', green: greenName, keys: ['greenlight:held', 'greenlight:record'] }],
    })
  })

  it('that AWS does not show as released yet is waited for', () => {
    const forget = {
      call: 'autoscaling:DeleteTags',
      green: greenName,
      keys: ['greenlight:held', 'greenlight:record'],
    } as const
    const sent = afterChange(afterChange(begun(), resume), forget)
    expect(announce(seen, sent, 0)).to.deep.include({ kind: 'wait', on: 'change' })
  })

  it('that may not be released lets a caller pass all the same, and fails a notification', () => {
    const memory = afterChange(begun(), resume, refusedBy(denied))
    expect(announce(seen, memory, 0)).to.have.nested.property('conclusion.verdict', 'Succeeded')
    expect(announce(seen, memory, 0).notices).to.deep.include({ kind: 'couldNotLook', reason: 'denied' })
    const notified = afterChange(begun('notification'), resume, refusedBy(denied))
    expect(announce(seen, notified, 0)).to.deep.include({ kind: 'fail', reason: 'denied' })
  })
})
