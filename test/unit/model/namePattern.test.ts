import { expect } from 'chai'
import { matches } from '../../../src/model/namePattern.ts'

describe('The pattern of the names of Auto Scaling groups', () => {
  for (const [pattern, name, fits] of [
    ['CodeDeploy_*', 'CodeDeploy_web_d-1', true],
    ['CodeDeploy_*', 'my-CodeDeploy_web', false],
    ['web-?', 'web-1', true],
    ['web-?', 'web-12', false],
    ['web.1', 'web-1', false],
  ] as const) {
    it(`${pattern} ${fits ? 'fits' : 'does not fit'} ${name}`, () => expect(matches(pattern, name)).to.equal(fits))
  }
})
