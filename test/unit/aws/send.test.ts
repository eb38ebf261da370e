import { expect } from 'chai'
import sinon from 'sinon'
import { AwsError } from '../../../src/aws/awsError.ts'
import { act, ask } from '../../../src/aws/send.ts'
import { simulated } from './simulated.ts'

describe('Asking', () => {
  const { here, asked, messageOf } = simulated()

  it("says what was refused in AWS's own words, and keeps the error as its cause", async () => {
    here.aws.faults.add({ kind: 'accessDenied' })
    const error: unknown = await here.time.run(here.ports.deployment('d-ABC123').catch((thrown: unknown) => thrown))
    expect(error).to.be.instanceOf(AwsError).and.to.include({ code: 'AccessDenied', mayPass: false })
    expect((error as Error).message).to.match(
      /^codedeploy:GetDeployment failed: AccessDeniedException: User: .* is not authorized to perform: codedeploy:GetDeployment/,
    )
    expect((error as Error).cause).to.be.instanceOf(Error)
    expect(here.failedTries).to.deep.equal([])
  })

  it('asks again what may pass, and tells of it', async () => {
    for (const kind of ['throttle', 'error500', 'reset', 'hang'] as const) here.aws.faults.add({ kind })
    expect(await here.time.run(here.ports.deployment('d-ABC123'))).to.have.property('isGone', true)
    expect(here.failedTries.map((sentence) => sentence.split(':').slice(0, 3).join(':'))).to.deep.equal([
      'codedeploy:GetDeployment failed: ThrottlingException',
      'codedeploy:GetDeployment failed: InternalFailure',
      'codedeploy:GetDeployment failed: TimeoutError',
      'codedeploy:GetDeployment failed: TimeoutError',
    ])
  })

  it('asks again where an answer came garbled, and says what came, in one line', async () => {
    here.aws.world.createTargetGroup({ name: 'web' })
    here.aws.faults.add({ kind: 'malformed', times: 2 })
    expect([...(await here.time.run(here.ports.targetGroups(['web']))).keys()]).to.deep.equal(['web'])
    here.aws.world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'] })
    here.aws.world.createDeploymentGroup({ name: 'production', autoScalingGroup: 'blue', targetGroups: ['web'] })
    const id = here.aws.world.deploy({ deploymentGroup: 'production' })
    here.aws.faults.add({ kind: 'malformed' })
    expect(await here.time.run(here.ports.deployment(id))).to.have.property('id', id)
    expect(here.failedTries).to.have.length(3)
    for (const sentence of here.failedTries) {
      expect(sentence).to.match(/^\w+:\w+ failed: its answer cannot be read: [^\n]+$/)
    }
  })

  for (const kind of ['throttle', 'error500'] as const) {
    it(`asks on for ten minutes of ${kind}, at most every 5 s, and as patiently in the next invocation`, async () => {
      for (const _invocation of ['cold', 'warm']) {
        const over = here.aws.faults.add({ kind, times: 'forever' })
        here.aws.clock.after(600_000, over)
        const before = here.aws.calls.length
        expect(await here.time.run(here.ports.deployment('d-ABC123'))).to.have.property('isGone', true)
        expect(here.aws.calls.length - before).to.be.within(120, 260)
      }
    })
  }

  it('ends a try that hangs, so that there is time for another', async () => {
    here.aws.faults.add({ kind: 'hang' })
    const began = Date.now()
    expect(await here.time.run(here.ports.deployment('d-ABC123'))).to.have.property('isGone', true)
    expect(Date.now() - began).to.be.within(10_000, 11_000)
  })

  it('ends at once when its time is over, and asks for nothing any more', async () => {
    here.aws.faults.add({ kind: 'hang', times: 'forever' })
    setTimeout(() => here.abort.abort(new Error('here.time is over')), 3_000)
    expect(await messageOf(here.ports.deployment('d-ABC123'))).to.equal(
      'codedeploy:GetDeployment failed: here.time is over',
    )
    expect(Date.now()).to.equal(here.began + 3_000)
    expect(await messageOf(here.ports.deployment('d-ABC123'))).to.equal(
      'codedeploy:GetDeployment failed: here.time is over',
    )
    expect(asked()).to.have.length(1)
  })

  it('ends an answer that begins and never ends', async () => {
    // What the SDK does after it has seen the headers: it waits for the body, without a limit.
    const body = new Promise<never>(() => {})
    const trying = act('codedeploy:GetDeployment', here.limits, () => body).catch((error: unknown) => error)
    expect(await here.time.run(trying))
      .to.be.instanceOf(AwsError)
      .and.to.include({ code: 'TimeoutError', mayPass: true })
    expect(Date.now()).to.equal(here.began + 10_000)
  })

  it('leaves no timer behind', async () => {
    const timers = sinon.spy(globalThis, 'setTimeout')
    const cleared = sinon.spy(globalThis, 'clearTimeout')
    await act('codedeploy:GetDeployment', here.limits, async () => 'answered')
    expect(cleared.args).to.deep.equal(timers.returnValues.map((timer) => [timer]))
    sinon.restore()
  })

  it('does not go on where something else than AWS is broken', async () => {
    const broken = () => {
      throw new TypeError('undefined is not a function')
    }
    expect(await messageOf(ask('codedeploy:GetDeployment', here.limits, broken))).to.equal(
      'codedeploy:GetDeployment failed: TypeError: undefined is not a function',
    )
  })
})
