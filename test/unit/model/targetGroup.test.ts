import { expect } from 'chai'
import { isDraining, isHealthy } from '../../../src/model/targetGroup.ts'
import { target } from '../builders.ts'

describe('A target', () => {
  for (const [state, healthy, draining] of [
    ['healthy', true, false],
    ['unhealthy', false, false],
    ['initial', false, false],
    ['draining', false, true],
    ['unhealthy.draining', false, true],
    ['unknown', false, false],
  ] as const) {
    it(`that is ${state} is ${healthy ? '' : 'not '}healthy, and ${draining ? 'drains' : 'does not drain'}`, () => {
      expect([isHealthy(target('i-1', state)), isDraining(target('i-1', state))]).to.deep.equal([healthy, draining])
    })
  }
})
