import { expect } from 'chai'
import { readChoices, readMode } from '../../../src/model/choices.ts'
import { modes } from '../../../src/model/mode.ts'

const group = { application: 'shop', deploymentGroup: 'production' }
const parameters = { mode: 'heal', minimumHealthyPercent: 100, healthTimeoutSeconds: 300 } as const
const chosenBy = (tags: Readonly<Record<string, string>> | undefined) =>
  readChoices(group, tags && new Map(Object.entries(tags)), parameters)

describe('What is chosen for a deployment group', () => {
  for (const [what, tags, choices] of [
    ['the parameters say, where it has no tags', {}, parameters],
    ['the parameters say, where it is gone', undefined, parameters],
    ['its tag says', { 'greenlight:mode': 'gate' }, { ...parameters, mode: 'gate' }],
    [
      'its tags say',
      { 'greenlight:minimum-healthy-percent': '50', 'greenlight:health-timeout-seconds': '840' },
      { mode: 'heal', minimumHealthyPercent: 50, healthTimeoutSeconds: 840 },
    ],
    [
      'its tags say with spaces around and in any case',
      { 'greenlight:mode': ' Observe ', 'greenlight:minimum-healthy-percent': ' 75\t' },
      { mode: 'observe', minimumHealthyPercent: 75, healthTimeoutSeconds: 300 },
    ],
  ] as const) {
    it(`is what ${what}`, () => expect(chosenBy(tags)).to.deep.equal(choices))
  }

  const owner = 'of deployment group shop/production is'
  for (const [tag, value, allowed] of [
    ['greenlight:mode', 'gaet', 'observe, heal or gate'],
    ['greenlight:mode', '', 'observe, heal or gate'],
    ['greenlight:minimum-healthy-percent', '0', 'a whole number from 1 to 100'],
    ['greenlight:minimum-healthy-percent', '101', 'a whole number from 1 to 100'],
    ['greenlight:minimum-healthy-percent', '50%', 'a whole number from 1 to 100'],
    ['greenlight:health-timeout-seconds', '841', 'a whole number from 1 to 840'],
    ['greenlight:health-timeout-seconds', '1e2', 'a whole number from 1 to 840'],
  ] as const) {
    it(`is refused for ${tag}=${value}, naming the tag, its owner, its value and what it must be`, () => {
      expect(chosenBy({ [tag]: value })).to.deep.equal({
        refusal: `tag ${tag} ${owner} ${JSON.stringify(value)}; it must be ${allowed}`,
      })
    })
  }

  it('is the emergency bypass, whatever other tags do not parse; any other mode is refused then', () => {
    const broken = ['greenlight:minimum-healthy-percent', 'half'] as const
    const modeOf = (mode: string) => readMode(group, new Map([broken, ['greenlight:mode', mode]]), parameters)
    expect(modeOf('observe')).to.equal('observe')
    expect(modeOf('gate')).to.have.property('refusal').that.contains('minimum-healthy-percent')
    expect(modeOf('gaet')).to.have.property('refusal').that.contains('greenlight:mode')
    expect(readMode(group, new Map(), parameters)).to.equal('heal')
  })

  it('is refused naming every tag that does not parse', () => {
    const refused = chosenBy({ 'greenlight:mode': 'on', 'greenlight:health-timeout-seconds': 'long' })
    expect(refused).to.have.property('refusal').that.contains('greenlight:mode')
    expect(refused).to.have.property('refusal').that.contains('greenlight:health-timeout-seconds')
    expect(modes).to.deep.equal(['observe', 'heal', 'gate'])
  })
})
