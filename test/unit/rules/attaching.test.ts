import { expect } from 'chai'
import { missingFrom } from '../../../src/model/autoScalingGroup.ts'
import { holdProcesses } from '../../../src/model/records.ts'
import { attachAndRelease, attachable, attachmentsOf, holdAnd } from '../../../src/rules/attaching.ts'
import {
  arnOf,
  deployment,
  deploymentId,
  ecs,
  green,
  greenName,
  heldGreen,
  seenAs,
  targetGroup,
  targetGroupsByName,
} from '../builders.ts'

const web = targetGroupsByName([targetGroup('web')])
const attachWeb = {
  call: 'autoscaling:AttachLoadBalancerTargetGroups',
  green: greenName,
  targetGroups: [{ name: 'web', arn: arnOf('web') }],
}
const tagsOf = (tags: Readonly<Record<string, string>>) => ({
  call: 'autoscaling:CreateOrUpdateTags',
  green: greenName,
  tags,
})
const forget = (...keys: readonly string[]) => ({ call: 'autoscaling:DeleteTags', green: greenName, keys })
const now = 1_700_000_000_500
const noted = `${deploymentId} 1700000000`
const recorded = { 'greenlight:record': deploymentId, 'greenlight:attached/web': noted }

const holding = (one: Parameters<typeof holdAnd>[0], differences: Parameters<typeof deployment>[0] = {}) =>
  holdAnd(one, attachmentsOf(one, missingFrom(one, ['web'], web), web), deployment(differences), now)
const releasing = (one: Parameters<typeof attachAndRelease>[0], arrival = { named: ['blue'], isBlueOut: true }) =>
  attachAndRelease(one, ['web'], true, seenAs('arrive', { targetGroups: web, arrival }), now)

/** A green whose records CodeDeploy copied from blue. */
const copy = (tags: Readonly<Record<string, string>>, differences: Parameters<typeof green>[0]) => {
  const one = green({ ...differences, tags })
  const copied = Object.keys(tags).filter((key) => key.startsWith('greenlight:attached/'))
  return { ...one, records: { ...one.records, attached: new Map(), copied } }
}

describe('Attachments', () => {
  it('are of at most ten target groups a call, by name and ARN', () => {
    const names = Array.from({ length: 12 }, (_, index) => `web-${index}`)
    const all = targetGroupsByName(names.map((name) => targetGroup(name)))
    const calls = attachmentsOf(green(), names, all)
    expect(calls.map(({ targetGroups }) => targetGroups.length)).to.deep.equal([10, 2])
    expect(calls.flatMap(({ targetGroups }) => targetGroups)).to.deep.equal(
      names.map((name) => ({ name, arn: arnOf(name) })),
    )
  })

  it('leave out what does not exist', () => {
    expect(attachmentsOf(green(), ['web', 'gone'], targetGroupsByName([targetGroup('web')], ['gone']))).to.deep.equal([
      attachWeb,
    ])
    expect(attachmentsOf(green(), ['gone'], new Map())).to.deep.equal([])
  })

  it('are possible for target groups of type instance alone', () => {
    const found = targetGroupsByName([targetGroup('web'), targetGroup('ip', { type: 'ip' })], ['gone'])
    expect(attachable(['web', 'ip', 'gone', 'unknown'], found)).to.deep.equal(['web'])
  })
})

describe('Before green has traffic', () => {
  it('Greenlight records in one call what it is about to hold and to attach, and then does so', () => {
    expect(holding(green())).to.deep.equal([
      tagsOf({
        'greenlight:record': deploymentId,
        'greenlight:held': [noted, ...holdProcesses].join(' '),
        'greenlight:attached/web': noted,
      }),
      { call: 'autoscaling:SuspendProcesses', green: greenName, processes: holdProcesses },
      attachWeb,
    ])
  })

  it('Greenlight does nothing where green is held and has everything', () => {
    expect(holding(heldGreen({ targetGroups: ['web'] }))).to.deep.equal([])
  })

  it('Greenlight writes anew what it remembers of this deployment, where somebody has removed the tags', () => {
    const tags = { ...recorded, 'greenlight:held': [noted, ...holdProcesses].join(' ') }
    const { records } = green({ tags })
    const stripped = green({ targetGroups: ['web'], suspended: holdProcesses })
    expect(holding({ ...stripped, records })).to.deep.equal([tagsOf(tags)])
  })

  it('Greenlight holds nothing of Lambda or ECS: the owner of that Auto Scaling group scales it as before', () => {
    expect(holding(green(), { subject: ecs })).to.deep.equal([tagsOf(recorded), attachWeb])
  })
})

describe('Once green has its traffic', () => {
  const held = { suspended: ['HealthCheck'], tags: { ...recorded, 'greenlight:held': `${deploymentId} HealthCheck` } }
  const { 'greenlight:attached/web': _, ...onlyHeld } = held.tags
  const release = { call: 'autoscaling:ResumeProcesses', green: greenName, processes: ['HealthCheck'] }

  it('Greenlight attaches what is missing, then releases, and keeps the record of what it attaches', () => {
    expect(releasing(green({ ...held, tags: onlyHeld }))).to.deep.equal([
      tagsOf({ 'greenlight:attached/web': noted }),
      attachWeb,
      release,
    ])
    expect(releasing(green())).to.deep.equal([tagsOf(recorded), attachWeb])
  })

  it('Greenlight releases where nothing is missing, and forgets once that shows', () => {
    const whole = { ...held, tags: onlyHeld, targetGroups: ['web'] }
    expect(releasing(green(whole))).to.deep.equal([release])
    expect(releasing(green({ ...whole, suspended: [] }))).to.deep.equal([
      forget('greenlight:held', 'greenlight:record'),
    ])
  })

  it('Greenlight holds green until blue is out, or the deployment group names green', () => {
    const whole = green({ ...held, tags: onlyHeld, targetGroups: ['web'] })
    expect(releasing(whole, { named: ['blue'], isBlueOut: false })).to.deep.equal([])
    expect(releasing(whole, { named: [greenName], isBlueOut: false })).to.deep.equal([release])
  })

  it('Greenlight removes what CodeDeploy copied', () => {
    expect(releasing(copy({ 'greenlight:attached/web': 'd-OLD' }, { targetGroups: ['web'] }))).to.deep.equal([
      forget('greenlight:attached/web'),
    ])
  })
})

describe('A target group that green has from an earlier deployment', () => {
  it('is noted for this one together with its hold', () => {
    const tags = { 'greenlight:record': 'd-EARLIER', 'greenlight:attached/web': 'd-EARLIER 1' }
    expect(holding(green({ tags, targetGroups: ['web'], suspended: holdProcesses.slice(1) }))).to.deep.equal([
      tagsOf({ ...recorded, 'greenlight:held': `${noted} HealthCheck` }),
      { call: 'autoscaling:SuspendProcesses', green: greenName, processes: ['HealthCheck'] },
    ])
  })
})

describe('Copied records', () => {
  const copied = {
    'greenlight:record': 'd-OLD',
    'greenlight:attached/web': 'd-OLD',
    'greenlight:attached/old': 'd-OLD',
  }
  for (const [when, changesOf] of [
    ['before green has traffic', holding],
    ['once green has its traffic', releasing],
  ] as const) {
    it(`are written anew in their place, and the others removed, ${when}`, () => {
      // Another invocation may have written its own record of web since green was read: nobody removes that key.
      expect(changesOf(copy(copied, { suspended: holdProcesses }))).to.have.deep.members([
        forget('greenlight:attached/old'),
        tagsOf(recorded),
        attachWeb,
      ])
    })
  }
})
