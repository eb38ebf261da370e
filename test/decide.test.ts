import { expect } from 'chai'
import { decide } from '../src/decide.ts'
import { readDeployment } from '../src/deployment.ts'
import { deploymentId, deploymentInfo } from './builders.ts'

const decided = (asked: 'hook' | 'call', differences: Parameters<typeof deploymentInfo>[0]) => {
  const deployment = readDeployment(deploymentInfo(differences))
  if (typeof deployment === 'string') throw new Error(deployment)
  return decide(deployment, asked)
}
const statuses = ['Created', 'Queued', 'InProgress', 'Baking', 'Ready', 'Succeeded', 'Failed', 'Stopped'] as const

describe('The table of design 2.2, for a hook and a call', () => {
  const gate = { act: 'gate' }
  const look = { act: 'look' }
  const answer = (verdict: string, reason: string) => ({ act: 'answer', answer: { verdict, reason } })

  for (const [status, hook, call] of [
    ['Created', gate, answer('Pending', `deployment ${deploymentId} has not begun: it is Created`)],
    ['Queued', gate, answer('Pending', `deployment ${deploymentId} has not begun: it is Queued`)],
    ['InProgress', gate, gate],
    ['Baking', gate, gate],
    ['Ready', gate, gate],
    ['Succeeded', look, look],
    ['Failed', ...twice(answer('Failed', `deployment ${deploymentId} is over: it is Failed`))],
    ['Stopped', ...twice(answer('Failed', `deployment ${deploymentId} is over: it is Stopped`))],
    [
      'Paused',
      ...twice(answer('Failed', `deployment ${deploymentId} has status Paused, which Greenlight does not know`)),
    ],
  ] as const) {
    it(`${status}: hook → ${say(hook)}, call → ${say(call)}`, () => {
      expect(decided('hook', { status: status as 'Ready' })).to.deep.equal(hook)
      expect(decided('call', { status: status as 'Ready' })).to.deep.equal(call)
    })
  }

  for (const status of statuses) {
    it(`${status} and nothing to gate: Succeeded, saying why`, () => {
      const nothing = answer('Succeeded', `nothing to gate: deployment ${deploymentId} is a rollback`)
      expect(decided('hook', { status, creator: 'codeDeployRollback' })).to.deep.equal(nothing)
      expect(decided('call', { status, creator: 'codeDeployRollback' })).to.deep.equal(nothing)
    })
  }

  for (const computePlatform of ['Lambda', 'ECS'] as const) {
    it(`${computePlatform}: only a hook gates`, () => {
      expect(decided('hook', { computePlatform, status: 'InProgress' })).to.deep.equal(gate)
      expect(decided('call', { computePlatform, status: 'InProgress' })).to.deep.equal(
        answer(
          'Succeeded',
          `nothing to gate: deployment ${deploymentId} is of the ${computePlatform} platform, which is gated by a hook alone`,
        ),
      )
    })
  }
})

function twice<Same>(same: Same): readonly [Same, Same] {
  return [same, same]
}

function say(decision: { act: string; answer?: { verdict: string } }): string {
  return decision.answer?.verdict ?? decision.act
}
