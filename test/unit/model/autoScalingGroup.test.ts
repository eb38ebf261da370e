import { expect } from 'chai'
import { makerIdIn, missingFrom, targetGroupName } from '../../../src/model/autoScalingGroup.ts'
import { arnOf, green, greenName, targetGroup, targetGroupsByName } from '../builders.ts'

describe('An Auto Scaling group', () => {
  it('has target groups by the names in their ARNs', () => {
    expect(targetGroupName(arnOf('web'))).to.equal('web')
    expect(targetGroupName('classic')).to.equal('classic')
  })

  it('misses what is wanted and not attached, in the order given', () => {
    const targetGroups = targetGroupsByName([targetGroup('web'), targetGroup('b')], ['a'])
    const missing = (wanted: readonly string[]) => missingFrom(green({ targetGroups: ['web'] }), wanted, targetGroups)
    expect(missing(['b', 'web', 'a'])).to.deep.equal(['b', 'a'])
    expect(missing([])).to.deep.equal([])
    const remade = targetGroupsByName([targetGroup('web', { arn: `${arnOf('web')}-of-today` })])
    expect(missingFrom(green({ targetGroups: ['web'] }), ['web'], remade)).to.deep.equal(['web'])
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
