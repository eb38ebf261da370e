import { expect } from 'chai'
import { denied, report, sweeping } from './sweeping.ts'

describe('A sweep', () => {
  const { sweep, made, counted, logged } = sweeping()

  it('of a healthy region does nothing, and says so', async () => {
    expect(await sweep()).to.deep.equal(report())
    expect([made, counted]).to.deep.equal([[], []])
    expect(logged).to.deep.equal([{ message: 'Swept', facts: report() }])
  })

  it('tells what it could not look at, sees the rest, and fails in the end', async () => {
    const applications = () => Promise.reject(denied('codedeploy:ListApplications'))
    expect(await sweep({ applications })).to.equal(
      '1 thing could not be swept, and 0 were tried: codedeploy:ListApplications denied',
    )
    expect(logged[0]?.facts).to.deep.include({
      about: 'the applications',
      reason: 'codedeploy:ListApplications denied',
    })
  })

  it('goes on to the deployment groups where the records cannot be listed', async () => {
    const recordedAutoScalingGroups = () => Promise.reject(denied('autoscaling:DescribeAutoScalingGroups'))
    expect(await sweep({ recordedAutoScalingGroups })).to.contain('1 thing could not be swept')
    expect(logged.at(-1)?.facts).to.deep.include({ deploymentGroups: 1, failures: 1 })
  })

  it('begins nothing any more when its time is nearly up, and is none the worse for it', async () => {
    expect(await sweep({}, { remainingMs: 0 })).to.deep.equal(report({ deploymentGroups: 0, cutShort: true }))
    expect(counted).to.deep.equal(['SweepsCutShort'])
  })
})
