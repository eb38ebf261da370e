import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { expect } from 'chai'
import { type Arranged, arrange } from '../../../simulator/test/arranged.ts'
import { explainError } from '../../../src/audit/explainError.ts'
import { limitsWithTimeout } from '../../../src/audit/timeout.ts'
import { autoScalingReading } from '../../../src/aws/autoScaling.ts'

describe('A region that does not answer', () => {
  let arranged: Arranged
  beforeEach(async () => {
    arranged = await arrange()
    arranged.simulator.world.createAutoScalingGroup({ name: 'web' })
  })
  afterEach(() => arranged.end())

  const client = () =>
    new AutoScalingClient({
      endpoint: arranged.simulator.endpoint,
      region: 'eu-west-1',
      credentials: arranged.simulator.credentials({ kind: 'user' }),
      maxAttempts: 1,
    })
  /** The result, and after how many seconds of virtual time. */
  const ask = async (): Promise<{ ended: string; seconds: number }> => {
    const asked = client()
    const began = Date.now()
    const { autoScalingGroups } = autoScalingReading(asked, limitsWithTimeout(10_000))
    const ended = await arranged.time.run(
      autoScalingGroups(['web']).then(
        (groups) => `${groups.length} found`,
        (error) => explainError(error, 'eu-west-1', { endpoint: undefined, profile: undefined }),
      ),
    )
    asked.destroy()
    return { ended, seconds: (Date.now() - began) / 1000 }
  }

  it('slows the audit down while it throttles, and does not fail it', async () => {
    arranged.simulator.faults.add({ kind: 'throttle', times: 12 })
    const { ended, seconds } = await ask()
    expect(ended).to.equal('1 found')
    expect(seconds).to.be.above(10)
  })

  it('fails the audit after two minutes of nothing but errors', async () => {
    arranged.simulator.faults.add({ kind: 'error500', times: 'forever' })
    const { ended, seconds } = await ask()
    expect(ended).to.equal(
      'eu-west-1 answered only with errors for 120 s (The request processing has failed because of an unknown ' +
        'error): try again later',
    )
    expect(seconds).to.be.within(120, 126)
  })

  it('fails the audit after ten seconds of silence', async () => {
    arranged.simulator.faults.add({ kind: 'hang', times: 'forever' })
    const { ended, seconds } = await ask()
    expect(ended).to.equal(
      'AWS in eu-west-1 did not answer for 10 s (no answer within 10 s): check your network, proxy or VPN, or wait longer with ' +
        '--timeout',
    )
    expect(seconds).to.be.within(10, 12)
  })
})
