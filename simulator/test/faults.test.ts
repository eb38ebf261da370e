import {
  DescribeAutoScalingGroupsCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling'
import { GetDeploymentCommand } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import { simulate } from '../simulate.ts'
import { type Arranged, arrange, arrangeBlueGreen } from './arranged.ts'

describe("the simulator's faults", () => {
  let arranged: Arranged
  let deploymentId: string
  beforeEach(async () => {
    arranged = await arrange()
    arrangeBlueGreen(arranged.simulator)
    deploymentId = arranged.simulator.world.deploy({ deploymentGroup: 'production' })
  })
  afterEach(() => arranged.end())

  const ask = () => arranged.clients().codeDeploy.send(new GetDeploymentCommand({ deploymentId }))
  const set = (DesiredCapacity: number, abortSignal?: AbortSignal) =>
    arranged
      .clients()
      .autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'blue', DesiredCapacity }), {
        ...(abortSignal && { abortSignal }),
      })
  const errorOf = async (
    sent: Promise<unknown>,
  ): Promise<Error & { code?: string; $metadata?: { httpStatusCode?: number } }> => {
    try {
      await arranged.time.run(sent)
    } catch (error) {
      return error as Error
    }
    throw new Error('It succeeded.')
  }
  const desired = () => arranged.simulator.world.autoScalingGroups.get('blue')?.desiredCapacity

  it('throttle and fail as each service does, as often as a test says', async () => {
    const { faults } = arranged.simulator
    faults.add({ kind: 'throttle', times: 2 })
    expect((await errorOf(ask())).name).to.equal('ThrottlingException')
    expect((await errorOf(set(3))).name).to.equal('Throttling')
    await arranged.time.run(ask())
    faults.add({ kind: 'error500', action: 'autoscaling:SetDesiredCapacity' })
    await arranged.time.run(ask())
    expect((await errorOf(set(3))).name).to.equal('InternalFailure')
    expect(desired()).to.equal(2)
    await arranged.time.run(set(3))
    expect(desired()).to.equal(3)
  })

  it('come by themselves where a service takes only so many calls a second', async () => {
    const { handle, close } = await simulate({ callsPerSecond: { codedeploy: 2 }, inProcess: true })
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIAX/20261123/eu-west-1/codedeploy/aws4_request, SignedHeaders=host, Signature=0'
    const list = async () => {
      const headers = { authorization, 'x-amz-target': 'CodeDeploy_20141006.ListApplications' }
      const { status, body } = await handle({ method: 'POST', path: '/', headers, body: '{}' })
      return status === 200 ? 'ok' : `${JSON.parse(body).__type}: ${JSON.parse(body).message}`
    }
    const throttled = 'ThrottlingException: Rate exceeded'
    expect([await list(), await list(), await list()]).to.deep.equal(['ok', 'ok', throttled])
    await arranged.time.advance(500)
    expect([await list(), await list()]).to.deep.equal(['ok', throttled])
    await close()
  })

  it('say that credentials have expired as each service does', async () => {
    arranged.simulator.faults.add({ kind: 'expiredToken', times: 2 })
    expect((await errorOf(ask())).name).to.equal('ExpiredTokenException')
    expect((await errorOf(set(3))).name).to.equal('ExpiredToken')
    expect(desired()).to.equal(2)
  })

  it('hang before the call is carried out, and after it, while virtual time goes on', async () => {
    const { faults, calls } = arranged.simulator
    faults.add({ kind: 'hang', action: 'autoscaling:SetDesiredCapacity' })
    faults.add({ kind: 'hangAfter', action: 'autoscaling:SetDesiredCapacity' })
    const before = Date.now()
    expect((await errorOf(set(3, AbortSignal.timeout(60_000)))).name).to.match(/Abort|Timeout/)
    expect(Date.now() - before).to.equal(60_000)
    expect(desired()).to.equal(2)
    expect((await errorOf(set(3, AbortSignal.timeout(60_000)))).name).to.match(/Abort|Timeout/)
    expect(desired()).to.equal(3)
    expect(calls.map(({ outcome }) => outcome)).to.deep.equal(['hang', 'ok'])
  })

  it('break the connection before the call is carried out, and after it', async () => {
    const { faults } = arranged.simulator
    faults.add({ kind: 'reset' })
    expect((await errorOf(set(3))).code).to.equal('ECONNRESET')
    expect(desired()).to.equal(2)
    faults.add({ kind: 'resetAfter' })
    expect((await errorOf(set(3))).code).to.equal('ECONNRESET')
    expect(desired()).to.equal(3)
  })

  it('answer with something that nobody can read, and with nothing', async () => {
    const { faults } = arranged.simulator
    faults.add({ kind: 'malformed' })
    expect(await errorOf(ask())).to.be.instanceOf(SyntaxError)
    faults.add({ kind: 'empty' })
    expect((await arranged.time.run(ask())).deploymentInfo).to.equal(undefined)
  })

  it('answer late, in simulated time', async () => {
    arranged.simulator.faults.add({ kind: 'latency', latencyMs: 90_000 })
    const before = Date.now()
    await arranged.time.run(ask())
    expect(Date.now() - before).to.equal(90_000)
  })

  it('answer as the same question was answered before: a stale read', async () => {
    const { faults } = arranged.simulator
    const status = async () => (await arranged.time.run(ask())).deploymentInfo?.status
    faults.add({ kind: 'staleRead', times: 2 })
    expect(await status()).to.equal('Created')
    await arranged.time.advance(60_000)
    expect(await status()).to.equal('Created')
    expect(await status()).to.equal('InProgress')
  })

  it('answer as if nothing were there yet, whatever the answer was before', async () => {
    const { faults } = arranged.simulator
    const describe = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['blue'] })
    const found = async () => (await arranged.time.run(arranged.clients().autoScaling.send(describe))).AutoScalingGroups
    expect(await found()).to.have.length(1)
    faults.add({ kind: 'notYet' })
    expect(await found()).to.deep.equal([])
    expect(await found()).to.have.length(1)
  })

  it('let as many calls pass first as a test says', async () => {
    const { faults } = arranged.simulator
    faults.add({ kind: 'throttle', action: 'codedeploy:GetDeployment', after: 2 })
    await arranged.time.run(ask())
    await arranged.time.run(set(3))
    await arranged.time.run(ask())
    expect((await errorOf(ask())).name).to.equal('ThrottlingException')
    await arranged.time.run(ask())
  })

  it('show in the list of calls, with the end, the caller and the input of each call', async () => {
    const { faults, calls } = arranged.simulator
    for (const kind of ['throttle', 'error500', 'accessDenied', 'reset', 'resetAfter', 'malformed'] as const) {
      faults.add({ kind })
      await arranged.time.run(set(3).catch(() => {}))
    }
    await errorOf(set(99))
    await arranged.time.run(set(3))
    const asked = { action: 'autoscaling:SetDesiredCapacity', principal: { kind: 'user' } }
    for (const call of calls) expect(call).to.deep.include(asked)
    expect(calls.map(({ input, outcome }) => [input['DesiredCapacity'], outcome])).to.deep.equal([
      [3, 'Throttling'],
      [3, 'InternalFailure'],
      [3, 'AccessDenied'],
      [3, 'reset'],
      [3, 'ok'],
      [3, 'ok'],
      [99, 'ValidationError'],
      [3, 'ok'],
    ])
  })

  it('show in the list of calls whether a call changed anything, whatever happened to its answer', async () => {
    const { faults, calls } = arranged.simulator
    const { autoScaling } = arranged.clients()
    const processes = { AutoScalingGroupName: 'blue', ScalingProcesses: ['HealthCheck'] }
    const suspend = () => autoScaling.send(new SuspendProcessesCommand(processes))
    await arranged.time.run(suspend())
    await arranged.time.run(suspend())
    await arranged.time.run(autoScaling.send(new DescribeAutoScalingGroupsCommand({})))
    await arranged.time.run(autoScaling.send(new ResumeProcessesCommand(processes)))
    for (const kind of ['reset', 'resetAfter', 'throttle'] as const) {
      faults.add({ kind })
      await errorOf(suspend())
    }
    expect(calls.map(({ outcome, effect }) => [outcome, effect])).to.deep.equal([
      ['ok', 'changed'],
      ['ok', 'nothing'],
      ['ok', 'nothing'],
      ['ok', 'changed'],
      ['reset', 'nothing'],
      ['ok', 'changed'],
      ['Throttling', 'nothing'],
    ])
  })

  for (const [kind, name, status] of [
    ['ResourceContention', 'ResourceContentionFault', 500],
    ['InstanceRefreshInProgress', 'InstanceRefreshInProgressFault', 400],
    ['ResourceInUse', 'ResourceInUseFault', 400],
    ['ScalingActivityInProgress', 'ScalingActivityInProgressFault', 400],
  ] as const) {
    it(`are what Auto Scaling calls ${kind}, as the SDK knows it`, async () => {
      arranged.simulator.faults.add({ kind })
      const error = await errorOf(set(3))
      expect({ name: error.name, status: error.$metadata?.httpStatusCode }).to.deep.equal({ name, status })
    })
  }

  it('strike only the caller and the input that they name, until a test takes them back', async () => {
    const { faults } = arranged.simulator
    const takeBack = faults.add({
      kind: 'throttle',
      principal: 'user',
      times: 'forever',
      when: ({ deploymentId: id }) => id === deploymentId,
    })
    const lambda = arranged.clients({ kind: 'lambda', functionName: 'gate' }).codeDeploy
    await arranged.time.run(lambda.send(new GetDeploymentCommand({ deploymentId })))
    await arranged.time.run(arranged.clients().autoScaling.send(new DescribeAutoScalingGroupsCommand({})))
    expect((await errorOf(ask())).name).to.equal('ThrottlingException')
    expect((await errorOf(ask())).name).to.equal('ThrottlingException')
    takeBack()
    await arranged.time.run(ask())
  })

  it('reach a caller without a socket: a reset rejects, a hang never settles', async () => {
    const { handle, faults, credentials } = arranged.simulator
    const { accessKeyId } = credentials({ kind: 'user' })
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261123/eu-west-1/codedeploy/aws4_request, SignedHeaders=host, Signature=0`
    const headers = { authorization, 'x-amz-target': 'CodeDeploy_20141006.GetDeployment' }
    const asked = () => handle({ method: 'POST', path: '/', headers, body: JSON.stringify({ deploymentId }) })
    expect((await asked()).status).to.equal(200)
    faults.add({ kind: 'reset' })
    expect((await errorOf(asked())).code).to.equal('ECONNRESET')
    faults.add({ kind: 'hang' })
    let settled = false
    asked().finally(() => {
      settled = true
    })
    await arranged.time.advance(600_000)
    expect(settled).to.equal(false)
  })
})
