import { expect } from 'chai'
import type { Trigger } from '../../../src/model/trigger.ts'
import { decidedByChoice, decidedByDeployment, refuse, triggerOf } from '../../../src/reconcile/early.ts'
import { begin } from '../../../src/reconcile/memory.ts'
import { conclude, waitFor } from '../../../src/reconcile/move.ts'
import { deployment, deploymentId, ecs, seenAs } from '../builders.ts'
import { afterChange, begun, continueIt, done, stop, throttled } from './changes.ts'

describe('The deployment alone', () => {
  it('decides nothing about a first-hand deployment', () => {
    for (const trigger of ['hook', 'call', 'notification', 'schedule'] as const) {
      expect(decidedByDeployment(deployment(), begun(trigger))).to.equal(undefined)
    }
  })

  it('is refused where CodeDeploy does not know it, or Greenlight cannot read it', () => {
    const refusal = `deployment ${deploymentId} does not exist in this account and region`
    for (const trigger of ['call', 'notification'] as const) {
      expect(decidedByDeployment({ refusal }, begun(trigger))).to.deep.equal(refuse(trigger, 'deployment', refusal))
    }
  })

  it('passes a caller, and nothing else, where there is nothing to gate', () => {
    const subject = { kind: 'nothing', reason: `deployment ${deploymentId} is in-place` } as const
    const reason = `nothing to gate: deployment ${deploymentId} is in-place`
    const decided = (trigger: Trigger) => decidedByDeployment(deployment({ subject }), begun(trigger))
    expect(decided('hook')).to.deep.equal(conclude('Succeeded', reason))
    expect(decided('call')).to.deep.equal(conclude('Succeeded', reason))
    expect(decided('notification')).to.deep.equal(conclude(undefined, reason))
  })

  it('leads from a rollback that is over to the deployment that it took back, and no further', () => {
    const subject = { kind: 'nothing', reason: 'is a rollback' } as const
    const rollback = deployment({ id: 'd-BACK', status: 'Succeeded', rollbackOf: deploymentId, subject })
    const memory = begin({ kind: 'deployment', id: 'd-BACK', trigger: 'notification', isDryRun: false }, 0)
    expect(decidedByDeployment(rollback, memory)).to.deep.equal({ kind: 'follow', deploymentId, notices: [] })
    expect(decidedByDeployment({ ...rollback, status: 'InProgress' }, memory)).to.have.property('kind', 'conclude')
    expect(decidedByDeployment(rollback, begun('call'))).to.have.property('kind', 'conclude')
    expect(decidedByDeployment(rollback, begun('notification'))).to.deep.equal(
      conclude(undefined, 'deployment d-BACK is a rollback of a rollback'),
    )
  })

  it('passes once a deployment that was continued has gone on', () => {
    const memory = afterChange(begun('notification'), continueIt)
    expect(decidedByDeployment(deployment(), memory)).to.equal(undefined)
    for (const status of ['InProgress', 'Baking', 'Succeeded']) {
      expect(decidedByDeployment(deployment({ status }), memory)).to.deep.equal(
        conclude('Succeeded', 'green is healthy'),
      )
    }
    expect(decidedByDeployment(deployment({ status: 'Stopped' }), memory)).to.equal(undefined)
  })

  it('is waited for once a deployment was stopped for certain', () => {
    const stopped = afterChange(begun('notification'), stop, done)
    expect(decidedByDeployment(deployment(), stopped)).to.deep.equal(
      waitFor('end', `CodeDeploy has not ended deployment ${deploymentId} yet`),
    )
    expect(decidedByDeployment(deployment({ status: 'Stopped' }), stopped)).to.equal(undefined)
    const unanswered = afterChange(begun('notification'), stop, { kind: 'unanswered', refusal: throttled })
    expect(decidedByDeployment(deployment(), unanswered)).to.equal(undefined)
  })

  it('of Lambda and ECS decides where a call or a notification asks', () => {
    const going = deployment({ subject: ecs, status: 'InProgress' })
    expect(decidedByDeployment(going, begun('hook'))).to.equal(undefined)
    expect(decidedByDeployment(going, begun('call'))).to.have.nested.property('conclusion.verdict', 'Succeeded')
  })
})

describe('The tags of the deployment group', () => {
  const { choice } = seenAs('gate')

  it('decide nothing where they can be read', () => {
    expect(decidedByChoice(choice, 'hook')).to.equal(undefined)
  })

  it('refuse a mode that is none', () => {
    const mode = { refusal: 'tag greenlight:mode is "Gate"' }
    const notices = [{ kind: 'noMode', reason: mode.refusal }] as const
    expect(decidedByChoice({ ...choice, mode }, 'call')).to.deep.equal(conclude('Failed', mode.refusal, notices))
    expect(decidedByChoice({ ...choice, mode }, 'notification')).to.deep.equal(
      conclude(undefined, mode.refusal, notices),
    )
  })

  it('that name no goal are not the business of a notification, and are looked at further for a hook', () => {
    const goal = { refusal: 'no tags' }
    expect(decidedByChoice({ ...choice, goal }, 'notification')).to.deep.equal(conclude(undefined, 'no tags'))
    expect(decidedByChoice({ ...choice, goal }, 'hook')).to.equal(undefined)
  })
})

describe('A refusal', () => {
  it('is Failed for a caller, and a line of the log for anybody else', () => {
    const notice = { kind: 'refused', refusal: 'unhealthy', reason: 'sick' } as const
    expect(refuse('hook', 'unhealthy', 'sick')).to.deep.equal(
      conclude('Failed', 'sick', [{ ...notice, isAnswered: true }]),
    )
    expect(refuse('notification', 'unhealthy', 'sick')).to.deep.equal(
      conclude(undefined, 'sick', [{ ...notice, isAnswered: false }]),
    )
  })
})

describe('The trigger of a task', () => {
  it('is its own, and for an orphan the schedule', () => {
    expect(triggerOf(begun('call').task)).to.equal('call')
    expect(triggerOf({ kind: 'orphan', autoScalingGroup: 'green', why: 'gone' })).to.equal('schedule')
  })
})
