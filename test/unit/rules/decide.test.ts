import { expect } from 'chai'
import { readDeployment } from '../../../src/model/deployment.ts'
import { type Asked, decide, notOurs, unknownStatus } from '../../../src/rules/decide.ts'
import { deploymentId, deploymentInfo } from '../builders.ts'

const read = (differences: Parameters<typeof deploymentInfo>[0]) => {
  const deployment = readDeployment(deploymentInfo(differences))
  if (typeof deployment === 'string') throw new Error(deployment)
  return deployment
}
const statuses = ['Created', 'Queued', 'InProgress', 'Baking', 'Ready', 'Succeeded', 'Failed', 'Stopped'] as const
const pending = 'Pending'

describe('The table of design 2.2', () => {
  for (const [status, hook, call, inGate, inHeal] of [
    ['Created', 'gate', pending, 'preflight', 'preflight'],
    ['Queued', 'gate', pending, 'preflight', 'preflight'],
    ['InProgress', 'gate', 'gate', 'look', 'look'],
    ['Baking', 'gate', 'gate', 'look', 'look'],
    ['Ready', 'gate', 'gate', 'gate', 'hold'],
    ['Succeeded', 'settle', 'settle', 'settle', 'settle'],
    ['Failed', 'undo', 'undo', 'undo', 'undo'],
    ['Stopped', 'undo', 'undo', 'undo', 'undo'],
  ] as const) {
    it(`${status}: hook → ${hook}, call → ${call}, notification → ${inGate} (gate), ${inHeal} (heal)`, () => {
      const said = (asked: Asked, mode: 'heal' | 'gate') => {
        const decision = decide(read({ status }), asked, mode)
        return decision.act === 'answer' ? decision.answer.verdict : decision.act
      }
      for (const mode of ['heal', 'gate'] as const) {
        expect({ hook: said('hook', mode), call: said('call', mode) }).to.deep.equal({ hook, call })
      }
      expect(said('notification', 'gate')).to.equal(inGate)
      expect(said('notification', 'heal')).to.equal(inHeal)
    })
  }

  it('leaves a deployment that is under way to the gate function, where a sweep asks', () => {
    const conclusions = statuses.map((status) => notOurs(read({ status }), 'schedule')?.reason)
    expect(conclusions).to.deep.equal([
      ...statuses.slice(0, 5).map((status) => `deployment ${deploymentId} is ${status}: it is for the gate function`),
      ...[undefined, undefined, undefined],
    ])
  })

  it('tells a call for a deployment that has not begun so', () => {
    expect(decide(read({ status: 'Queued' }), 'call', 'heal')).to.deep.equal({
      act: 'answer',
      answer: { verdict: 'Pending', reason: `deployment ${deploymentId} has not begun: it is Queued` },
    })
  })
})

describe('Whose business a deployment is (design 2.1)', () => {
  for (const status of statuses) {
    it(`${status} and nothing to gate: Succeeded to a hook and a call, nothing to a notification, saying why`, () => {
      const reason = `nothing to gate: deployment ${deploymentId} is a rollback`
      const rollback = read({ status, creator: 'codeDeployRollback' })
      expect(notOurs(rollback, 'hook')).to.deep.equal({ verdict: 'Succeeded', reason })
      expect(notOurs(rollback, 'call')).to.deep.equal({ verdict: 'Succeeded', reason })
      expect(notOurs(rollback, 'notification')).to.deep.equal({ verdict: undefined, reason })
    })
  }

  it('names a status that nobody knows', () => {
    expect(unknownStatus(read({ status: 'Paused' as 'Ready' }))).to.equal(
      `deployment ${deploymentId} has status Paused, which Greenlight does not know`,
    )
    for (const status of statuses) expect(unknownStatus(read({ status }))).to.equal(undefined)
  })

  for (const computePlatform of ['Lambda', 'ECS'] as const) {
    it(`${computePlatform}: only a hook gates, and a notification ends`, () => {
      const reason = `nothing to gate: deployment ${deploymentId} is of the ${computePlatform} platform, which is gated by a hook alone`
      const going = read({ computePlatform, status: 'InProgress' })
      expect(notOurs(going, 'hook')).to.equal(undefined)
      expect(notOurs(going, 'call')).to.deep.equal({ verdict: 'Succeeded', reason })
      expect(notOurs(going, 'notification')).to.deep.equal({ verdict: undefined, reason })
      expect(notOurs(read({ computePlatform, status: 'Failed' }), 'notification')).to.equal(undefined)
    })
  }
})
