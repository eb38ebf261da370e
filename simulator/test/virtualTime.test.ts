import { readFile } from 'node:fs/promises'
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import { GetDeploymentCommand } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import { simulate } from '../simulate.ts'
import { virtualTime } from '../virtualTime.ts'
import { type Arranged, arrange, arrangeBlueGreen } from './arranged.ts'

describe('virtual time', () => {
  let arranged: Arranged
  beforeEach(async () => {
    arranged = await arrange()
  })
  afterEach(() => arranged.end())

  const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

  it('jumps from timer to timer: a week takes no time', async () => {
    const before = Date.now()
    await arranged.time.run(sleep(7 * 24 * 3_600_000))
    expect(Date.now() - before).to.equal(7 * 24 * 3_600_000)
  })

  it('stands still while a request to a simulator is under way', async () => {
    arrangeBlueGreen(arranged.simulator)
    const deploymentId = arranged.simulator.world.deploy({ deploymentGroup: 'production' })
    const { codeDeploy } = arranged.clients()
    // A timer that is always due next shows whether time jumps during a request.
    let ticks = 0
    const ticking = setInterval(() => {
      ticks += 1
    }, 1)
    const asked = Array.from({ length: 20 }, () => codeDeploy.send(new GetDeploymentCommand({ deploymentId })))
    await arranged.time.run(Promise.all(asked))
    clearInterval(ticking)
    expect(ticks).to.equal(0)
  })

  it('stands still for fetch and for files too', async () => {
    const before = Date.now()
    const due = sleep(1)
    const work = async () => {
      await fetch(`${arranged.simulator.endpoint}/imds/i-0/time`)
      for (let times = 0; times < 20; times += 1) await readFile(new URL(import.meta.url))
      return Date.now() - before
    }
    expect(await arranged.time.run(work())).to.equal(0)
    await arranged.time.run(due)
  })

  it('goes on while a simulator keeps a request waiting', async () => {
    const before = Date.now()
    const answer = await arranged.time.run(fetch(`${arranged.simulator.endpoint}/imds/i-0/sleep?seconds=3600`))
    expect(answer.status).to.equal(200)
    expect(Date.now() - before).to.equal(3_600_000)
  })

  it("goes on while a Lambda function runs that was invoked over HTTP, and stands still for that function's own requests", async () => {
    const { simulator, time } = arranged
    arrangeBlueGreen(simulator)
    const deploymentId = simulator.world.deploy({ deploymentGroup: 'production' })
    const { codeDeploy } = arranged.clients()
    simulator.world.createFunction({
      name: 'gate',
      handler: async () => {
        const statuses = new Set<string | undefined>()
        for (let times = 0; times < 60; times += 1) {
          statuses.add((await codeDeploy.send(new GetDeploymentCommand({ deploymentId }))).deploymentInfo?.status)
          await sleep(5_000)
        }
        return [...statuses]
      },
    })
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIAX/20261123/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0'
    const invoke = async () => {
      const url = `${simulator.endpoint}/2015-03-31/functions/gate/invocations`
      return (await fetch(url, { method: 'POST', headers: { authorization }, body: '{}' })).json()
    }
    const before = Date.now()
    expect(await time.run(invoke())).to.deep.equal(['Created', 'InProgress'])
    expect(Date.now() - before).to.equal(300_000)
  })

  it('serves several simulators and several waiting tests', async () => {
    const other = await simulate({ seed: 2 })
    const before = Date.now()
    for (const simulator of [arranged.simulator, other]) arrangeBlueGreen(simulator)
    const play = (simulator: typeof other) =>
      arranged.time.run(simulator.world.deploymentEnded(simulator.world.deploy({ deploymentGroup: 'production' })))
    expect(await Promise.all([play(arranged.simulator), play(other)])).to.deep.equal(['Succeeded', 'Succeeded'])
    expect(Date.now() - before).to.be.below(600_000)
    await other.close()
  })

  it('moves AbortSignal.timeout too', async () => {
    const signal = AbortSignal.timeout(60_000)
    await arranged.time.advance(59_999)
    expect(signal.aborted).to.equal(false)
    await arranged.time.advance(1)
    expect(signal.reason).to.include({ name: 'TimeoutError' })
  })

  it("draws Math.random from a seed, so that the SDK's pauses after throttling repeat from run to run", async () => {
    arranged.time.restore()
    const unseeded = Math.random
    const pauses = async (seed: number) => {
      const time = virtualTime({ seed })
      const simulator = await simulate()
      simulator.faults.add({ kind: 'throttle', times: 3 })
      const client = new AutoScalingClient({
        endpoint: simulator.endpoint,
        region: simulator.world.region,
        credentials: simulator.credentials({ kind: 'user' }),
        maxAttempts: 4,
      })
      const before = Date.now()
      await time.run(client.send(new DescribeAutoScalingGroupsCommand({})))
      const at = simulator.calls.map((call) => call.at.getTime() - before)
      client.destroy()
      await simulator.close()
      time.restore()
      return at
    }
    const first = await pauses(1)
    expect(first).to.have.length(4)
    expect(await pauses(1)).to.deep.equal(first)
    expect(await pauses(2)).to.not.deep.equal(first)
    expect(Math.random).to.equal(unseeded)
  })

  it('throws what the promise throws', async () => {
    const failing = sleep(1_000).then(() => {
      throw new Error('no')
    })
    let message = ''
    await arranged.time.run(failing).catch((error: Error) => {
      message = error.message
    })
    expect(message).to.equal('no')
  })

  it('gives the process its own time back', () => {
    const real = setTimeout
    const time = (() => {
      arranged.time.restore()
      return virtualTime({ start: new Date('2000-01-01T00:00:00Z') })
    })()
    expect(new Date().getUTCFullYear()).to.equal(2000)
    time.restore()
    expect(new Date().getUTCFullYear()).to.be.above(2020)
    expect(setTimeout).to.not.equal(real)
  })
})
