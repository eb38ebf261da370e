import { expect } from 'chai'
import { statuses } from '../../../src/model/deployment.ts'
import type { Trigger } from '../../../src/model/trigger.ts'
import { whyNothingToGate } from '../../../src/rules/nothingToGate.ts'
import { deployment, deploymentId } from '../builders.ts'

const triggers: readonly Trigger[] = ['hook', 'call', 'notification', 'schedule', 'healing', 'aftermath']

describe('Whether there is anything to gate', () => {
  for (const status of statuses) {
    it(`there is not for a rollback that is ${status}, whatever the trigger`, () => {
      const reason = `deployment ${deploymentId} is a rollback`
      const rollback = deployment({ status, subject: { kind: 'nothing', reason } })
      for (const trigger of triggers) expect(whyNothingToGate(rollback, trigger)).to.equal(reason)
    })
  }

  for (const platform of ['Lambda', 'ECS'] as const) {
    it(`there is for ${platform} where a hook asks, or where a deployment is over and a notification ends it`, () => {
      const subject = { kind: 'tagged', platform, pairs: [] } as const
      const reason = `deployment ${deploymentId} is of the ${platform} platform, which is gated by a hook alone`
      const going = deployment({ subject, status: 'InProgress' })
      const failed = deployment({ subject, status: 'Failed' })
      expect(triggers.map((trigger) => whyNothingToGate(going, trigger))).to.deep.equal([
        ...[undefined, reason, reason],
        ...[undefined, undefined, undefined],
      ])
      expect(triggers.map((trigger) => whyNothingToGate(failed, trigger))).to.deep.equal([
        ...[undefined, reason, undefined],
        ...[undefined, undefined, undefined],
      ])
    })
  }

  it('there is for a first-hand Server deployment', () => {
    for (const trigger of triggers) expect(whyNothingToGate(deployment(), trigger)).to.equal(undefined)
  })
})
