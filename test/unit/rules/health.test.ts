import { expect } from 'chai'
import { judgeGreens, judgeHealth } from '../../../src/rules/health.ts'
import { greenName, heldGreen, target } from '../builders.ts'
import { type Gated, gated } from './gating.ts'

const judged = (seen: Gated) => judgeGreens(gated(seen))
const sentenceOf = (seen: Gated) => {
  const { decision, reason } = judged(seen)
  return `${decision}: ${reason}`
}
const attached = (differences: Parameters<typeof heldGreen>[0]) => [
  heldGreen({ targetGroups: ['web'], ...differences }),
]

describe('Health', () => {
  it('is what the load balancer says of every InService instance in every wanted target group', () => {
    expect(sentenceOf({})).to.equal(`healthy: ${greenName} has 2 of 2 instances healthy behind web`)
  })

  it("names each instance that is not healthy with the load balancer's reason", () => {
    const because = 'Target.FailedHealthChecks: Health checks failed with these codes: [500]'
    const web = [target('i-1', 'initial'), target('i-2', 'unhealthy', because)]
    expect(sentenceOf({ health: { web } })).to.equal(
      `awaitHealth: ${greenName} has 0 of 2 instances healthy behind web, and needs 2: i-1 is initial in web and ` +
        `i-2 is unhealthy in web (${because})`,
    )
  })

  it('asks every wanted target group', () => {
    const web = [target('i-1'), target('i-2')]
    expect(sentenceOf({ wanted: ['web', 'api'], health: { web, api: [target('i-1')] } })).to.equal(
      `awaitHealth: ${greenName} has 1 of 2 instances healthy behind web and api, and needs 2: i-2 is not registered in api`,
    )
  })

  it('is missing in a target group whose health is not known', () => {
    expect(sentenceOf({ health: {} })).to.match(
      /^awaitHealth: .*: i-1 is not registered in web and i-2 is not registered in web$/,
    )
  })

  for (const [percent, healthy, decision] of [
    [50, 1, 'healthy'],
    [51, 1, 'awaitHealth'],
    [100, 2, 'healthy'],
    [1, 1, 'healthy'],
    [1, 0, 'awaitHealth'],
  ] as const) {
    it(`of ${healthy} of 2 instances is ${decision === 'healthy' ? 'enough' : 'too little'} where ${percent} % are wanted`, () => {
      const web = ['i-1', 'i-2'].map((id, index) => target(id, index < healthy ? 'healthy' : 'initial'))
      expect(judged({ minimumHealthyPercent: percent, health: { web } }).decision).to.equal(decision)
    })
  }

  it('needs at least one InService instance', () => {
    expect(sentenceOf({ greens: attached({ instances: ['i-1'], inService: [], desiredCapacity: 1 }) })).to.equal(
      `awaitHealth: ${greenName} has 0 of 1 instance healthy behind web, and needs 1: 1 not InService yet`,
    )
  })

  it('is never found in a green that is about to be empty, whatever per cent of nothing is wanted', () => {
    const greens = attached({ instances: ['i-1'], inService: [], desiredCapacity: 0 })
    expect(sentenceOf({ greens, minimumHealthyPercent: 1 })).to.equal(
      `refuse: ${greenName} has 0 of 0 instances healthy behind web, and needs 1`,
    )
  })

  it('counts only InService instances', () => {
    const greens = attached({
      instances: ['i-1', 'i-2', 'i-3'],
      inService: ['i-1'],
      notRunning: [],
      desiredCapacity: 1,
    })
    expect(sentenceOf({ greens, health: { web: [target('i-1')] } })).to.equal(
      `healthy: ${greenName} has 1 of 1 instance healthy behind web`,
    )
  })

  it('does not count an instance that CodeDeploy failed, though the load balancer finds it healthy', () => {
    expect(sentenceOf({ progress: { givenUp: new Set(['i-2']) }, minimumHealthyPercent: 50 })).to.equal(
      `healthy: ${greenName} has 1 of 2 instances healthy behind web`,
    )
  })

  it('is beyond hope where CodeDeploy failed so many that the rest cannot be enough', () => {
    expect(judged({ progress: { givenUp: new Set(['i-2']) } })).to.deep.equal({
      decision: 'refuse',
      refusal: 'hopeless',
      reason: `${greenName} has 1 of 2 instances healthy behind web, and needs 2: i-2 was given up by CodeDeploy`,
    })
  })

  it('is not improved by the unhealthy instances that Auto Scaling is just replacing', () => {
    const greens = attached({
      instances: ['i-1', 'i-2', 'i-3'],
      inService: ['i-1'],
      notRunning: [],
      desiredCapacity: 2,
    })
    expect(sentenceOf({ greens, health: { web: [target('i-1')] } })).to.equal(
      `awaitHealth: ${greenName} has 1 of 2 instances healthy behind web, and needs 2: 1 not InService yet`,
    )
  })

  it('counts InService instances alone where capacity is in other units: nobody says how many are to come', () => {
    const of = (inService: readonly string[]) =>
      sentenceOf({ greens: attached({ inService, desiredCapacity: undefined }) })
    expect(of(['i-1'])).to.equal(`healthy: ${greenName} has 1 of 1 instance healthy behind web`)
    expect(of([])).to.equal(
      `awaitHealth: ${greenName} has 0 of 1 instance healthy behind web, and needs 1: 1 not InService yet`,
    )
  })

  it('takes one healthy port of an instance for enough', () => {
    const web = [target('i-1', 'unhealthy'), target('i-1'), target('i-2')]
    expect(judged({ health: { web } }).decision).to.equal('healthy')
  })

  it('does not name more instances than a person reads', () => {
    const instances = Array.from({ length: 200 }, (_, index) => `i-${index}`)
    expect(sentenceOf({ greens: attached({ instances }), health: { web: [] } }))
      .to.match(/i-8 is not registered in web and 191 more$/)
      .and.to.have.length.below(600)
  })

  it('of one green is a state and a sentence', () => {
    const asked = { name: 'green', inService: ['i-1'], notRunning: [], desiredCapacity: 1, givenUp: new Set<string>() }
    const targets = new Map([['web', [target('(no id)', 'unknown'), target('i-1', 'unknown')]]])
    expect(judgeHealth({ ...asked, targets, isTest: false, minimumHealthyPercent: 100 })).to.deep.equal({
      state: 'unhealthy',
      sentence: 'green has 0 of 1 instance healthy behind web, and needs 1: i-1 is unknown in web',
    })
  })
})

describe('Of several greens', () => {
  const of = (name: string, instance: string) => heldGreen({ name, instances: [instance], targetGroups: ['web'] })
  const greens = [of('a', 'i-1'), of('b', 'i-2')]

  it('one that is beyond hope decides, then one that is not healthy yet', () => {
    const named = ['a', 'b']
    expect(sentenceOf({ named, greens, health: {}, progress: { givenUp: new Set(['i-2']) } })).to.equal(
      'refuse: b has 0 of 1 instance healthy behind web, and needs 1: i-2 was given up by CodeDeploy',
    )
    expect(sentenceOf({ named, greens, health: { web: [target('i-1')] } })).to.equal(
      'awaitHealth: b has 0 of 1 instance healthy behind web, and needs 1: i-2 is not registered in web',
    )
    expect(sentenceOf({ named, greens })).to.equal(
      'healthy: a has 1 of 1 instance healthy behind web. b has 1 of 1 instance healthy behind web',
    )
  })
})
