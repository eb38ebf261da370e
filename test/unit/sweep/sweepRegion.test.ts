import { expect } from 'chai'
import sinon from 'sinon'
import { findingKinds } from '../../../src/sweep/finding.ts'
import { autoScalingGroup, deploymentInfo } from '../awsAnswers.ts'
import { deploymentId } from '../builders.ts'
import { denied, report, succeeded, sweeping, tagged } from './sweeping.ts'

describe('A sweep', () => {
  const { sweep, made, counted, measured, levels, logged, reasons } = sweeping()

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

  it('has the time that it was given, whatever the clock is set to meanwhile', async () => {
    const recordedAutoScalingGroups = async () => {
      Date.now = () => Date.parse('2026-11-25T14:00:00Z')
      return []
    }
    expect(await sweep({ recordedAutoScalingGroups })).to.deep.equal(report())
  })

  describe('that has little time', () => {
    const hang = () => new Promise<never>(() => {})
    const records = tagged({ 'greenlight:record': deploymentId })

    it('waits for no time before now, and tells seconds in few digits', async () => {
      const delays = sinon.spy(globalThis, 'setTimeout')
      const infos = [deploymentInfo()]
      for (const remainingMs of [-1, 0, 1, 1_000, 31_415]) {
        for (const hanging of [{ applications: hang }, { recordedAutoScalingGroups: hang }, { notifyGate: hang }]) {
          await sweep({ infos, ...hanging }, { remainingMs, sweepMode: 'heal' })
        }
      }
      expect(delays.args.map(([, ms]) => Number(ms)).filter((ms) => ms < 0)).to.deep.equal([])
      expect(reasons('Could not be swept').filter((reason) => /\d{6}/.test(String(reason)))).to.deep.equal([])
    })

    it('counts each failure once, as often as it tells it', async () => {
      const infos = [{ ...succeeded, deploymentId: 'd-1' }, deploymentInfo()]
      const green = autoScalingGroup({ ...records })
      for (const remainingMs of [1_000, 31_415, 100_000]) {
        logged.length = 0
        await sweep({ infos, green, notifyGate: hang, untag: hang, applications: hang }, { remainingMs })
        const told = reasons('Could not be swept').length
        expect(logged.at(-1)).to.deep.include({ message: 'Swept' })
        expect([logged.at(-1)?.facts['failures'], measured.get('SweepFailures')]).to.deep.equal([told, told])
      }
    })
  })

  describe('measures', () => {
    const held = tagged({ 'greenlight:record': deploymentId, 'greenlight:held': `${deploymentId} HealthCheck` })
    const SuspendedProcesses = [{ ProcessName: 'HealthCheck' }]
    const green = autoScalingGroup({ targetGroups: ['web'], ...held, SuspendedProcesses })

    it('every level, also where it is 0', async () => {
      await sweep()
      expect([...measured.keys()]).to.have.members(['LeftAttached', 'HeldBeyondEnd', 'SweepFailures', ...findingKinds])
      expect(levels()).to.deep.equal({})
    })

    it('no level as 0 where it has not looked at everything', async () => {
      await sweep({ applications: () => Promise.reject(denied('codedeploy:ListApplications')) })
      expect([...measured]).to.deep.equal([['SweepFailures', 1]])
    })

    it('what is held though its deployment is over, in every run, until it is not', async () => {
      const resume = () => Promise.reject(denied('autoscaling:ResumeProcesses'))
      const untag = () => Promise.reject(denied('autoscaling:DeleteTags'))
      for (const _ of [1, 2]) {
        await sweep({ green, resume, untag })
        expect(levels()).to.deep.equal({ HeldBeyondEnd: 1, SweepFailures: 1, unfinished: 1 })
      }
      await sweep({ green })
      expect([measured.get('HeldBeyondEnd'), levels()]).to.deep.equal([0, {}])
    })
  })
})
