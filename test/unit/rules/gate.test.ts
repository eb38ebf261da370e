import { expect } from 'chai'
import { holdProcesses } from '../../../src/model/records.ts'
import { gate } from '../../../src/rules/gate.ts'
import { agreed, arnOf, deploymentId, ecs, green, greenName, heldGreen, target } from '../builders.ts'
import { type Gated, gated } from './gating.ts'

const judged = (seen: Gated) => gate(gated(seen), 0)
const attach = (name: string) => ({
  call: 'autoscaling:AttachLoadBalancerTargetGroups',
  green: greenName,
  targetGroups: [{ name, arn: arnOf(name) }],
})

describe('A gate', () => {
  it('waits while CodeDeploy installs, saying where', () => {
    expect(judged({ progress: { step: 'installing', waitingFor: ['i-1', 'i-2'] } })).to.deep.equal({
      decision: 'awaitInstall',
      reason: 'CodeDeploy is still installing on i-1 and i-2',
    })
    expect(judged({ progress: { step: 'installing' }, greens: [] })).to.deep.equal({
      decision: 'awaitInstall',
      reason: 'CodeDeploy is still installing',
    })
  })

  it('leaves it to the last batch while whole batches have not begun, and attaches nothing', () => {
    expect(judged({ progress: { step: 'betweenBatches', waitingFor: ['i-2'] }, greens: [heldGreen()] })).to.deep.equal({
      decision: 'leaveToLastBatch',
      reason: 'the last batch gates, and CodeDeploy has not begun with i-2',
    })
  })

  for (const [what, seen, reason] of [
    ['a green that does not exist once all is installed', { greens: [] }, `green ${greenName} does not exist`],
    ['a deployment that names no green', { named: [], greens: [] }, 'the deployment names no green Auto Scaling group'],
    ['a green without instances', { greens: [heldGreen({ instances: [] })] }, `green ${greenName} has no instances`],
    [
      'all that it misses at once, each in a clause of its own',
      { named: ['a', 'b', 'c'], greens: [] },
      'green a does not exist; green b does not exist and green c does not exist',
    ],
  ] satisfies [string, Gated, string][]) {
    it(`refuses ${what}`, () => {
      expect(judged(seen)).to.deep.equal({ decision: 'refuse', refusal: 'absent', reason })
    })
  }

  it('writes down what it is about to do, in one call, before it holds and attaches', () => {
    const changes = [
      {
        call: 'autoscaling:CreateOrUpdateTags',
        green: greenName,
        tags: {
          'greenlight:record': deploymentId,
          'greenlight:held': [deploymentId, '0', ...holdProcesses].join(' '),
          'greenlight:attached/web': `${deploymentId} 0`,
        },
      },
      { call: 'autoscaling:SuspendProcesses', green: greenName, processes: holdProcesses },
      attach('web'),
    ]
    expect(judged({ greens: [green()] })).to.deep.equal({ decision: 'change', changes })
  })

  describe('where it would change something', () => {
    const heal = { greens: [green({ tags: Object.fromEntries([agreed]) })], mode: 'heal' } as const
    for (const [who, seen, isInvited] of [
      ['a call in mode heal', { ...heal, trigger: 'call' }, false],
      ['a hook for a Server deployment in mode heal', { ...heal, trigger: 'hook' }, false],
      [
        'a call in mode heal once traffic has arrived',
        { ...heal, trigger: 'call', progress: { step: 'arrived' } },
        false,
      ],
      ['a call in mode gate', { ...heal, trigger: 'call', mode: 'gate' }, true],
      [
        'a call while a script of the deployment asks',
        { ...heal, trigger: 'call', progress: { asking: ['i-1'] } },
        true,
      ],
      ['a hook for ECS', { ...heal, trigger: 'hook', subject: ecs }, true],
      ['a notification', { ...heal, trigger: 'notification', mode: 'gate' }, true],
    ] satisfies [string, Gated, boolean][]) {
      it(`is ${isInvited ? '' : 'not '}invited by ${who}`, () => {
        expect(judged(seen).decision).to.equal(isInvited ? 'change' : 'awaitInvitation')
      })
    }

    it('says who could invite it', () => {
      expect(judged(heal)).to.have.property(
        'reason',
        `nobody has asked Greenlight to gate deployment ${deploymentId}: its mode is heal, and no script of its own is at BeforeAllowTraffic`,
      )
    })

    it('judges a green that lacks nothing, whoever asks', () => {
      expect(judged({ mode: 'heal' })).to.have.property('decision', 'healthy')
    })
  })

  it('releases green instead of holding it once traffic has arrived: green must be able to scale', () => {
    expect(judged({ greens: [heldGreen({ targetGroups: ['web'] })], progress: { step: 'arrived' } })).to.deep.equal({
      decision: 'change',
      changes: [{ call: 'autoscaling:ResumeProcesses', green: greenName, processes: holdProcesses }],
    })
    const whole = judged({ greens: [green({ targetGroups: ['web'] })], progress: { step: 'arrived' } })
    expect(whole).to.have.property('decision', 'healthy')
  })

  it('attaches what is missing, and only that', () => {
    const greens = [heldGreen({ targetGroups: ['web', 'unrelated'], recorded: ['web', 'api'] })]
    expect(judged({ wanted: ['web', 'api'], greens })).to.deep.equal({ decision: 'change', changes: [attach('api')] })
  })

  it('holds nothing of Lambda or ECS: the owner of that Auto Scaling group scales it as before', () => {
    expect(
      judged({ greens: [green({ targetGroups: ['web'], tags: Object.fromEntries([agreed]) })], subject: ecs }),
    ).to.have.property('decision', 'healthy')
  })

  it('waits for health, and passes with the sentence that says it', () => {
    expect(judged({ health: {} })).to.have.property('decision', 'awaitHealth')
    expect(judged({})).to.deep.equal({
      decision: 'healthy',
      reason: `${greenName} has 2 of 2 instances healthy behind web`,
    })
  })

  it('attaches nothing where health is beyond hope: such a green must get no traffic', () => {
    const greens = [heldGreen()]
    const progress = { givenUp: new Set(['i-2']) }
    expect(judged({ greens, progress })).to.have.property('decision', 'refuse')
    expect(judged({ greens, progress, minimumHealthyPercent: 50 })).to.have.property('decision', 'cannotProve')
  })

  it('judges each of several greens by itself, and all must pass', () => {
    const greens = [
      heldGreen({ name: 'a', instances: ['i-1'], targetGroups: ['web'] }),
      heldGreen({ name: 'b', instances: ['i-2'], targetGroups: ['web'] }),
    ]
    expect(judged({ named: ['a', 'b'], greens })).to.deep.equal({
      decision: 'healthy',
      reason: 'a has 1 of 1 instance healthy behind web. b has 1 of 1 instance healthy behind web',
    })
    expect(judged({ named: ['a', 'b'], greens, health: { web: [target('i-1')] } })).to.deep.equal({
      decision: 'awaitHealth',
      reason: 'b has 0 of 1 instance healthy behind web, and needs 1: i-2 is not registered in web',
    })
    expect(judged({ named: ['a', 'b', 'c'], greens })).to.deep.equal({
      decision: 'refuse',
      refusal: 'absent',
      reason: 'green c does not exist',
    })
  })
})
