import { expect } from 'chai'
import fc from 'fast-check'
import type { Passing } from '../../../simulator/wire/inProcess.ts'
import { readDeployment } from '../../../src/aws/readDeployment.ts'
import { readInvocation } from '../../../src/invocation/invocation.ts'
import { readNotices } from '../../../src/invocation/notification.ts'
import { readChoices } from '../../../src/model/choices.ts'
import { readGoal } from '../../../src/model/goal.ts'
import { readRecords } from '../../../src/model/records.ts'
import { ownersAgree } from '../../deployments/ownersAgree.ts'
import { whileAsking } from '../../deployments/playedDeployment.ts'
import { playground } from '../../deployments/playground.ts'
import { warmGate } from '../../deployments/warmFunction.ts'
import { groupsIn, isRead, readRequest } from '../oracles/request.ts'
import { type Mangling, mangled } from './mangledAnswers.ts'
import { functionSeconds } from './playScenario.ts'

const seed = Number(process.env['GREENLIGHT_SEED'] ?? 1)
const parameters = { mode: 'heal', minimumHealthyPercent: 100, healthTimeoutSeconds: 300 } as const
const deployment = {
  ...{ id: 'd-1', application: 'shop', deploymentGroup: 'production', status: 'InProgress' },
  ...{ waitMinutes: undefined, createdAt: undefined, completedAt: undefined, autoRollback: false },
  ...{ rolledBackBy: undefined, rollbackOf: undefined },
  subject: { kind: 'tagged', platform: 'ECS', pairs: ['moved-by-ecs'] },
} as const

describe(`Whatever it is sent, Greenlight (seed ${seed}, GREENLIGHT_SEED chooses another) [answered, never worse, never silent]`, function () {
  // However busy the machine is.
  this.timeout(300_000)

  /** Checks this many inputs drawn from this arbitrary. */
  const forAll = <Value>(numRuns: number, inputs: fc.Arbitrary<Value>, check: (value: Value) => void) =>
    fc.assert(
      fc.property(inputs, (value) => void check(value)),
      { seed, numRuns },
    )

  it('reads any event as a hook, a call or a notification, or refuses it in a sentence without its values: 2,500 inputs', () => {
    forAll(2_500, events, (event) => {
      const read = attempt(() => readInvocation(event))
      if (typeof read === 'string') {
        return expect(read).to.match(/^Greenlight does not know this event, (whose keys are|which is no|which has no)/)
      }
      if (read.kind === 'ecsHook') return expect(event).to.include.keys('executionId', 'lifecycleStage')
      if (read.kind === 'notification') return expect(read.notices).to.not.be.empty
      // A hook or a call is answered: with an id that CodeDeploy could have made, or with a refusal.
      expect(read.refusal !== undefined || /^d-[A-Z0-9]+(-local)?$/.test(read.deploymentId ?? '')).to.equal(true)
      expect(read.refusal).to.not.equal('')
      return undefined
    })
  })

  it('reads any message of SNS as one notice, with an id that CodeDeploy could have made or with a reason: 1,500 inputs', () => {
    forAll(1_500, messages, (text) => {
      const notices = readNotices({ Records: [{ Sns: { Message: text } }] }) ?? []
      expect(notices).to.have.length(1)
      for (const notice of notices) {
        if ('deploymentId' in notice) expect(notice.deploymentId).to.match(/^d-[A-Z0-9]+$/)
        else expect('refusal' in notice ? notice.refusal : notice.unneeded).to.not.equal('')
      }
    })
  })

  it('reads any tags as greens, target groups, mode and records, or says why not: 1,000 inputs', () => {
    forAll(1_000, tags, (read) => {
      const goal = readGoal(deployment, read)
      if ('refusal' in goal) expect(goal.refusal).to.contain('shop/production')
      else {
        expect(goal.greens.length * goal.wanted.length).to.be.greaterThan(0)
        for (const name of [...goal.greens, ...goal.wanted]) expect(name).to.match(/^\S+$/)
        expect(goal.wanted).to.not.include('moved-by-ecs')
      }
      const choices = readChoices(deployment, read, parameters)
      if ('refusal' in choices) expect(choices.refusal).to.match(/^tag greenlight:(mode|minimum|health)/)
      else expect([choices.minimumHealthyPercent > 0, choices.healthTimeoutSeconds > 0]).to.deep.equal([true, true])
      const { held, attached } = readRecords(read)
      for (const process of held?.processes ?? [])
        expect(process).to.match(/^(HealthCheck|AZRebalance|AlarmNotification|ReplaceUnhealthy|ScheduledActions)$/)
      for (const name of attached.keys()) expect(read.has(`greenlight:attached/${name}`)).to.equal(true)
    })
  })

  it('reads any description of a deployment, or refuses it in a sentence: 1,000 inputs', () => {
    forAll(1_000, descriptions, (info) => {
      const read = readDeployment(info)
      if ('refusal' in read) return expect(read.refusal).to.match(/^(deployment|CodeDeploy described deployment) /)
      expect([read.id, read.status]).to.not.include('')
      if (read.subject.kind === 'nothing') return undefined
      return expect([read.application, read.deploymentGroup]).to.not.include('')
    })
  })

  describe('when AWS answers anything', () => {
    it('gives one verdict at most, in time, changes nothing but green, and logs no secret: 4,000 inputs', async () => {
      const inputs = { count: 0 }
      const draws = fc.record({
        door: fc.constantFrom('hook', 'call', 'notification'),
        mode: fc.constantFrom('observe', 'heal', 'gate'),
        isOver: fc.boolean(),
        chance: fc.double({ min: 0.02, max: 0.5, noNaN: true }),
        mangling: fc.infiniteStream(fc.record({ chance: fc.double({ min: 0, max: 1, noNaN: true }), how: mangled })),
      })
      const property = fc.asyncProperty(draws, async (drawn) => {
        expect(await invoked(drawn, inputs)).to.deep.equal([])
      })
      // Some spoil an invocation with its first answer, some let it do all it wants.
      for (let batch = 0; inputs.count < 4_000; batch += 1) {
        await fc.assert(property, { seed: seed + batch, numRuns: 100, endOnFailure: true })
      }
    })
  })
})

/** What comes near enough to a real event to get past the first look. */
const ids = fc.oneof(
  fc.stringMatching(/^d-[A-Z0-9]{1,9}$/),
  fc.string(),
  fc.constantFrom('d-', 'd-A-local', 'd-abc', 'd-A\n', 'D-A', '../d-A'),
  fc.jsonValue({ maxDepth: 1 }),
)

const detail = fc.record({ deploymentId: ids, state: fc.string(), instanceId: fc.string() }, { requiredKeys: [] })

const messages = fc.oneof(
  fc.string(),
  fc.json(),
  detail.map((about) => JSON.stringify(about)),
  detail.map((about) => JSON.stringify({ source: 'aws.codedeploy', detail: about })),
  detail.map((about) => JSON.stringify({ detail: JSON.stringify(about) })),
)

const events = fc.oneof(
  fc.anything(),
  fc.record(
    {
      DeploymentId: ids,
      LifecycleEventHookExecutionId: fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 1 })),
      WaitSeconds: fc.oneof(fc.double(), fc.integer(), fc.string()),
      other: fc.anything(),
    },
    { requiredKeys: [] },
  ),
  fc.record({ source: fc.constantFrom('aws.codedeploy', 'aws.ec2'), 'detail-type': fc.string(), detail }),
  detail,
  fc.record({ executionId: fc.string(), lifecycleStage: fc.anything() }, { requiredKeys: [] }),
  fc.record({
    Records: fc.array(
      fc.oneof(
        fc.anything(),
        messages.map((text) => ({ Sns: { Message: text } })),
      ),
    ),
  }),
)

const keys = fc.oneof(
  fc.constantFrom(
    'greenlight:mode',
    'greenlight:minimum-healthy-percent',
    'greenlight:held',
    'greenlight:record',
    '__proto__',
    'constructor',
  ),
  fc
    .tuple(
      fc.constantFrom('greenlight:auto-scaling-groups', 'greenlight:target-groups', 'greenlight:attached'),
      fc.constantFrom('', '/', '/1', '/2', '/3', '/02', '/1e3', '/99999'),
    )
    .map(([key, part]) => `${key}${part}`),
  fc.string().map((name) => `greenlight:attached/${name}`),
)
const names = fc.constantFrom(
  'web',
  'api',
  'moved-by-ecs',
  'blue',
  '\t',
  ' ',
  'HealthCheck',
  'Launch',
  'observe',
  'gate',
)
const tags = fc
  .array(
    fc.tuple(
      keys,
      fc.oneof(
        fc.string(),
        fc.array(names).map((several) => several.join(' ')),
      ),
    ),
  )
  .map((pairs): ReadonlyMap<string, string> => new Map(pairs))

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const named = maybe(fc.array(fc.record({ name: maybe(fc.string()) })))
const descriptions = fc.record({
  deploymentId: maybe(ids.map((id) => (typeof id === 'string' ? id : JSON.stringify(id)))),
  applicationName: maybe(fc.string()),
  deploymentGroupName: maybe(fc.string()),
  status: maybe(fc.string()),
  creator: maybe(fc.string()),
  computePlatform: maybe(fc.constantFrom('Server', 'Lambda', 'ECS', 'Kubernetes')),
  deploymentStyle: maybe(fc.record({ deploymentType: maybe(fc.string()), deploymentOption: maybe(fc.string()) })),
  loadBalancerInfo: maybe(fc.record({ targetGroupInfoList: named, elbInfoList: named })),
  targetInstances: maybe(fc.record({ autoScalingGroups: maybe(fc.array(fc.string())) })),
  completeTime: maybe(fc.date()),
}) as fc.Arbitrary<Parameters<typeof readDeployment>[0]>

const attempt = <Value>(act: () => Value): Value | string => {
  try {
    return act()
  } catch (error) {
    return error instanceof Error ? error.message : `threw ${String(error)}`
  }
}

type Drawn = {
  readonly door: 'hook' | 'call' | 'notification'
  readonly mode: 'observe' | 'heal' | 'gate'
  readonly isOver: boolean
  readonly chance: number
  readonly mangling: Iterator<{ readonly chance: number; readonly how: Mangling }>
}

/** Invokes the function once, while AWS answers as drawn; what was wrong with what it did. */
const invoked = async (
  { door, mode, isOver, chance, mangling }: Drawn,
  inputs: { count: number },
): Promise<readonly string[]> => {
  const complaints: string[] = []
  const lines: string[] = []
  let green = ''
  const passing: Passing = async (request, handle) => {
    const { action, input } = readRequest(request)
    const others = isRead(action) ? [] : groupsIn(input).filter((one) => one !== green)
    complaints.push(...others.map((one) => `${action} of ${one}`))
    const response = await handle()
    const { value: drawn } = mangling.next()
    if (drawn === undefined || drawn.chance > chance) return response
    inputs.count += 1
    return drawn.how(response)
  }
  const aws = await playground({
    inProcess: true,
    // The oracles know what AWS has answered, and not what was made of it.
    looksForItself: true,
    instances: 1,
    deploy: async (simulator, log) => {
      const deployed = await warmGate(
        { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '10' },
        {
          simulator,
          log: (line) => {
            lines.push(line)
            log(line)
          },
          passing,
        },
      )
      return { ...deployed, timeoutSeconds: functionSeconds }
    },
    arrange: (world) => {
      world.createAutoScalingGroup({ name: 'CodeDeploy_web', desiredCapacity: 1 })
      const tagged = { 'greenlight:auto-scaling-groups': 'CodeDeploy_web', 'greenlight:target-groups': 'web' }
      world.createDeploymentGroup({
        application: 'orders',
        name: 'production',
        computePlatform: 'Lambda',
        tags: { ...tagged, 'greenlight:mode': mode },
      })
      ownersAgree(world, 'orders/production')
      world.deploymentGroups.get('shop/production')?.tags.push({ key: 'greenlight:mode', value: mode })
    },
  })
  try {
    const { world, time, clock, functionName } = aws
    if (door === 'hook') {
      green = 'CodeDeploy_web'
      world.deploy({
        application: 'orders',
        deploymentGroup: 'production',
        lambdaHooks: { BeforeAllowTraffic: functionName },
      })
      await time.advance(functionSeconds * 1_000 + 1_000)
    } else {
      const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
      green = `CodeDeploy_production_${id}`
      await time.run(
        new Promise<void>((resolve) => {
          const stop = clock.every(1_000, () => {
            if (world.deployments.get(id)?.status !== 'Ready') return
            stop()
            resolve()
          })
        }),
      )
      if (isOver) world.stopDeployment(id)
      const detail = { deploymentId: id, state: 'READY' }
      const event =
        door === 'call'
          ? { DeploymentId: id }
          : { source: 'aws.codedeploy', 'detail-type': 'CodeDeploy Deployment State-change Notification', detail }
      await whileAsking(world, id, () => aws.invoke(event))
    }
    const accepted = aws.calls.filter(
      ({ action, outcome }) => action.endsWith(':PutLifecycleEventHookExecutionStatus') && outcome === 'ok',
    )
    if (accepted.length > 1) complaints.push(`${accepted.length} verdicts were accepted`)
    if (world.invocations.some(({ outcome }) => outcome === 'timedOut')) complaints.push('Lambda ended a run')
    const {
      secretAccessKey,
      sessionToken = secretAccessKey,
      accessKeyId,
    } = aws.credentials({ kind: 'lambda', functionName })
    for (const secret of [secretAccessKey, sessionToken, accessKeyId, 'GREENLIGHT_HEALTH_TIMEOUT_SECONDS']) {
      if (lines.some((line) => line.includes(secret))) complaints.push(`the log shows ${secret}`)
    }
    return complaints
  } finally {
    await aws.end()
  }
}
