import { expect } from 'chai'
import type { Switches } from '../switches.ts'
import { inServiceOf } from '../world/state.ts'
import { type Arranged, arrange, arrangeBlueGreen, inService, targetStates } from './arranged.ts'

/** The part of an event that matters here. */
type Heard = {
  resources?: string[]
  detail?: Record<string, string>
  Records?: { Sns: { Message: string } }[]
  'detail-type'?: string
}

describe("CodeDeploy's notifications", () => {
  let aws: Arranged
  let heard: { at: number; event: Heard }[]
  afterEach(() => aws.end())

  const begin = async (switches: Partial<Switches> = {}) => {
    aws = await arrange({ switches })
    heard = []
    const { world, clock } = aws.simulator
    arrangeBlueGreen(aws.simulator, { readyWaitMinutes: 60, terminateBlueAfterMinutes: 10 })
    world.createFunction({
      name: 'listener',
      handler: (event) => void heard.push({ at: clock.now(), event: event as Heard }),
      rules: [{ source: ['aws.codedeploy'] }],
    })
  }
  const play = async () => {
    const { world } = aws.simulator
    const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.time.advance(120_000)
    world.continueDeployment(id)
    await aws.time.run(world.deploymentEnded(id))
    await aws.time.advance(600_000)
    return id
  }
  const states = (of: 'Deployment' | 'Instance') =>
    heard.filter(({ event }) => event['detail-type']?.includes(of)).map(({ event }) => event.detail?.['state'])

  it('tell EventBridge how the deployment stands, and each of its instances', async () => {
    await begin()
    const deploymentId = await play()
    expect(states('Deployment')).to.deep.equal(['START', 'READY', 'SUCCESS'])
    const instances = states('Instance')
    // Two of green, which become Ready, and two of blue, which do not.
    expect(instances.filter((state) => state === 'START')).to.have.length(4)
    expect(instances.filter((state) => state === 'READY')).to.have.length(2)
    expect(instances.filter((state) => state === 'SUCCESS')).to.have.length(4)
    expect(heard[0]?.event.detail).to.deep.include({
      deploymentId,
      application: 'shop',
      deploymentGroup: 'production',
      region: 'eu-west-1',
    })
  })

  it('are lost, or arrive twice, where a switch says so', async () => {
    await begin({ notifications: 'lost' })
    await play()
    expect(heard).to.deep.equal([])
    await aws.end()
    await begin({ notifications: 'doubled' })
    await play()
    expect(states('Deployment')).to.deep.equal(['START', 'START', 'READY', 'READY', 'SUCCESS', 'SUCCESS'])
  })

  it('arrive minutes late where a switch says so', async () => {
    await begin({ notifications: 'late' })
    await play()
    const [first] = aws.simulator.world.notifications.sent
    expect((heard[0]?.at ?? 0) - (first?.at ?? 0)).to.equal(240_000)
  })

  it('reach the functions of an SNS topic that a trigger names, as SNS messages, after a test message that is not JSON', async () => {
    await begin()
    const { world } = aws.simulator
    world.createFunction({ name: 'subscriber', handler: (event) => void heard.push({ at: 0, event: event as Heard }) })
    world.notifications.subscribe('deployments', 'subscriber')
    world.notifications.createTrigger('shop', 'production', { topic: 'deployments', events: ['DeploymentSuccess'] })
    const deploymentId = await play()
    const messages = heard.flatMap(({ event }) => event.Records?.map(({ Sns }) => Sns.Message) ?? [])
    expect(messages).to.have.length(2)
    expect(() => JSON.parse(messages[0] ?? '')).to.throw()
    const success = JSON.parse(messages[1] ?? '')
    expect(success).to.deep.include({ deploymentId, status: 'SUCCEEDED', deploymentGroupName: 'production' })
    expect(JSON.parse(success.deploymentOverview)).to.deep.include({ Succeeded: 4, Failed: 0 })
  })

  for (const snsStatusAtStart of ['CREATED', 'unknown'] as const) {
    it(`come from SNS with ${snsStatusAtStart} at the start, dates as text, and what a rollback takes back`, async () => {
      await begin({ snsStatusAtStart })
      const { world } = aws.simulator
      const subscriber = (event: unknown) => void heard.push({ at: 0, event: event as Heard })
      world.createFunction({ name: 'subscriber', handler: subscriber })
      world.notifications.subscribe('deployments', 'subscriber')
      const group = world.deploymentGroups.get('shop/production')
      const events = ['DeploymentStart', 'DeploymentFailure', 'DeploymentRollback']
      group?.triggers.push({ topic: 'deployments', events })
      const [, last = ''] = inService(aws.simulator, 'blue')
      world.failDeregistration(last)
      const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' }, autoRollback: true })
      await aws.time.advance(120_000)
      world.continueDeployment(id)
      await aws.time.run(world.deploymentEnded(id))
      await aws.time.advance(60_000)
      const [start, failure, rollback] = heard.flatMap(
        ({ event }) => event.Records?.map(({ Sns }) => JSON.parse(Sns.Message)) ?? [],
      )
      const rollbackId = world.deployments.get(id)?.rollbackInfo?.rollbackDeploymentId
      const common = { region: 'eu-west-1', accountId: '123456789012', eventTriggerName: 'deployments' }
      const of = { ...common, applicationName: 'shop', deploymentGroupName: 'production' }
      expect(start.createTime).to.match(/^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}$/)
      const begun = { ...of, createTime: start.createTime, completeTime: null, status: snsStatusAtStart }
      expect(start).to.deep.equal({ ...begun, deploymentId: id })
      expect(failure).to.deep.include({ deploymentId: id, status: 'FAILED', rollbackInformation: '{}' })
      expect(rollback).to.deep.equal({
        ...{ ...begun, createTime: rollback.createTime, deploymentId: rollbackId },
        rollbackInformation: JSON.stringify({
          RollbackMessage: `Deployment ${rollbackId} is triggered to roll back deployment ${id}.`,
          RollbackTriggeringDeploymentId: id,
        }),
      })
    })
  }

  it('name the deployment group before the application, or neither where the deployment has none', async () => {
    await begin()
    const group = aws.simulator.world.deploymentGroups.get('shop/production')
    await play()
    expect(heard[0]?.event.resources?.map((arn) => arn.split(':').slice(5).join(':'))).to.deep.equal([
      'deploymentgroup:shop/production',
      'application:shop',
    ])
    if (group) group.leftOut = ['applicationName', 'deploymentGroupName', 'deploymentStyle']
    heard = []
    await play()
    expect(heard[0]?.event.detail).to.not.have.any.keys('application', 'deploymentGroup')
  })

  it('of one state arrive late where a test says so', async () => {
    await begin()
    aws.simulator.world.notifications.delay('READY', 5)
    await play()
    expect(states('Deployment')).to.deep.equal(['START', 'READY', 'SUCCESS'])
    const sent = aws.simulator.world.notifications.sent.find((one) => one.state === 'READY' && !one.instanceId)
    const ready = heard.find(({ event }) => event.detail?.['state'] === 'READY' && !event.detail['instanceId'])
    expect((ready?.at ?? 0) - (sent?.at ?? 0)).to.equal(301_000)
  })

  it('match a rule by exact values only; a pattern that says more is refused', async () => {
    await begin()
    const rule = (pattern: unknown) => () =>
      aws.simulator.world.notifications.createRule({ pattern: pattern as never, functionName: 'listener' })
    expect(rule({ detail: { state: [{ prefix: 'S' }] } })).to.throw('this simulator matches only values')
  })
})

describe('Blue, after its traffic has moved', () => {
  it('leaves the load balancer except for the instance that fails to deregister, and the deployment fails', async () => {
    const aws = await arrange()
    try {
      const { world } = aws.simulator
      arrangeBlueGreen(aws.simulator)
      const [first = '', stuck = ''] = inService(aws.simulator, 'blue')
      world.failDeregistration(stuck)
      const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
      expect(await aws.time.run(world.deploymentEnded(id))).to.equal('Failed')
      await aws.time.advance(120_000)
      const states = targetStates(aws.simulator, 'web')
      expect({ first: states[first], stuck: states[stuck] }).to.deep.equal({ first: undefined, stuck: 'healthy' })
    } finally {
      await aws.end()
    }
  })

  it('registers the instances that it launches during the termination wait, although CodeDeploy installs nothing there', async () => {
    const aws = await arrange()
    try {
      const { world } = aws.simulator
      arrangeBlueGreen(aws.simulator, { terminateBlueAfterMinutes: 60 })
      world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
      await aws.time.advance(300_000)
      const before = inService(aws.simulator, 'blue')
      world.setDesiredCapacity('blue', 3)
      await aws.time.advance(120_000)
      const [launched] = inServiceOf(world, 'blue').filter(({ instanceId }) => !before.includes(instanceId))
      expect(launched?.application).to.equal(undefined)
      expect(targetStates(aws.simulator, 'web')).to.have.property(launched?.instanceId ?? '')
    } finally {
      await aws.end()
    }
  })
})

describe("EventBridge's schedule", () => {
  it('invokes a function at its interval, and does not retry a failed run', async () => {
    const aws = await arrange()
    const heard: unknown[] = []
    aws.simulator.world.createFunction({
      name: 'sweep',
      everyMinutes: 5,
      handler: (event) => {
        heard.push(event)
        throw new Error('it fails')
      },
    })
    await aws.time.advance(11 * 60_000)
    expect(heard).to.have.length(2)
    expect(heard[0]).to.deep.include({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} })
    await aws.end()
  })
})
