import { expect } from 'chai'
import { AwsError } from '../../../src/aws/awsError.ts'
import { autoScalingGroup, deploymentInfo, greenName } from '../builders.ts'
import { inTurn, reconciling } from '../reconciling.ts'

describe('A gate attaches', () => {
  const { gate, attached, waits } = reconciling()

  const complete = [autoScalingGroup({ targetGroups: ['web'] })]
  const lacking = [autoScalingGroup()]
  /** Attaches that end so, one after the other; tells when they were tried. */
  const ending = (...refusals: readonly (AwsError | undefined)[]) => {
    const tried: number[] = []
    const attachTargetGroups = async () => {
      const refusal = refusals[Math.min(tried.push(Date.now()), refusals.length) - 1]
      if (refusal !== undefined) throw refusal
    }
    return { tried, attachTargetGroups }
  }
  const refused = new AwsError('ValidationError: already attached', { code: 'ValidationError', mayPass: false })
  const throttled = new AwsError('Throttling: Rate exceeded', { code: 'Throttling', mayPass: true })

  it('once, though Auto Scaling does not show it at once', async () => {
    const { tried, attachTargetGroups } = ending(undefined)
    expect(
      await gate('hook', { attachTargetGroups, autoScalingGroups: inTurn(lacking, lacking, complete) }),
    ).to.deep.include({
      verdict: 'Succeeded',
    })
    expect(tried).to.deep.equal([0])
    expect(waits).to.deep.equal([`${greenName} is still without web`])
  })

  it('again, where it is not to be seen after 10 s: somebody has detached it', async () => {
    const { tried, attachTargetGroups } = ending(undefined)
    const autoScalingGroups = async () => (tried.length > 1 ? complete : lacking)
    expect(await gate('hook', { attachTargetGroups, autoScalingGroups })).to.deep.include({ verdict: 'Succeeded' })
    expect(tried).to.deep.equal([0, 13_125])
  })

  it('and fails in the end where it is never to be seen', async () => {
    const { attachTargetGroups } = ending(undefined)
    expect(await gate('hook', { attachTargetGroups, autoScalingGroups: async () => lacking })).to.deep.equal({
      verdict: 'Failed',
      reason: `not healthy within 300 s: ${greenName} is still without web`,
    })
  })

  it('and does not mind that somebody else was faster, even where that shows only later (F21)', async () => {
    const { attachTargetGroups } = ending(refused)
    const autoScalingGroups = inTurn(lacking, lacking, complete)
    expect(await gate('hook', { attachTargetGroups, autoScalingGroups })).to.deep.include({ verdict: 'Succeeded' })
  })

  it("and fails with AWS's words where it was refused and stays missing for 5 s", async () => {
    const { tried, attachTargetGroups } = ending(refused)
    expect(await gate('hook', { attachTargetGroups, autoScalingGroups: async () => lacking })).to.equal(
      'threw: ValidationError: already attached',
    )
    expect(tried).to.deep.equal([0])
    expect(Date.now()).to.be.within(5_000, 10_000)
  })

  it('again what was throttled, after another look', async () => {
    const { tried, attachTargetGroups } = ending(throttled, undefined)
    const autoScalingGroups = async () => (tried.length > 1 ? complete : lacking)
    expect(await gate('hook', { attachTargetGroups, autoScalingGroups })).to.deep.include({ verdict: 'Succeeded' })
    expect(tried).to.deep.equal([0, 1000])
  })

  it('never after the deployment was stopped, however often it was throttled before (P4)', async () => {
    const { tried, attachTargetGroups } = ending(throttled)
    const deployment = inTurn(deploymentInfo(), deploymentInfo(), deploymentInfo({ status: 'Stopped' }))
    const targetHealth = async () => []
    expect(await gate('hook', { attachTargetGroups, deployment, targetHealth })).to.deep.include({
      verdict: 'Failed',
    })
    expect(tried).to.deep.equal([0, 1000])
  })

  it('to one green after the other, with a look at the deployment in between (P4)', async () => {
    const targetInstances = { autoScalingGroups: ['a', 'b'] }
    const deployment = inTurn(
      deploymentInfo({ targetInstances }),
      deploymentInfo({ targetInstances, status: 'Stopped' }),
    )
    const autoScalingGroups = async () => ['a', 'b'].map((name) => autoScalingGroup({ AutoScalingGroupName: name }))
    const targetHealth = async () => []
    expect(await gate('hook', { deployment, autoScalingGroups, targetHealth })).to.deep.include({ verdict: 'Failed' })
    expect(attached.map(({ green }) => green)).to.deep.equal(['a'])
  })

  it('and lets an error of its own escape', async () => {
    const attachTargetGroups = () => Promise.reject(new TypeError('undefined is not a function'))
    expect(await gate('hook', { attachTargetGroups })).to.equal('threw: undefined is not a function')
  })
})
