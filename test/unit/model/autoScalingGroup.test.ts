import { expect } from 'chai'
import { makerIdIn, missingFrom, targetGroupName } from '../../../src/model/autoScalingGroup.ts'
import { arnOf, green, greenName } from '../builders.ts'

describe('An Auto Scaling group', () => {
  it('has target groups by the names in their ARNs', () => {
    expect(targetGroupName(arnOf('web'))).to.equal('web')
    expect(targetGroupName('classic')).to.equal('classic')
  })

  it('misses what is wanted and not attached, in the order given', () => {
    expect(missingFrom(green({ targetGroups: ['web'] }), ['b', 'web', 'a'])).to.deep.equal(['b', 'a'])
    expect(missingFrom(green(), [])).to.deep.equal([])
  })

  for (const [name, id] of [
    [greenName, 'd-ABCDEF123'],
    ['CodeDeploy_a_d-1_d-2', 'd-2'],
    ['CodeDeploy__d-1', undefined],
    ['CodeDeploy_web', undefined],
    ['my-CodeDeploy_web_d-1', undefined],
    ['CodeDeploy_web_d-1-copy', undefined],
  ] as const) {
    it(`named ${name} may have been made by ${id ?? 'no deployment'}`, () => expect(makerIdIn(name)).to.equal(id))
  }
})
