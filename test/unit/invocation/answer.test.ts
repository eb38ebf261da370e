import { expect } from 'chai'
import sinon from 'sinon'
import { answer, type Dependencies } from '../../../src/invocation/answer.ts'
import type { Verdict } from '../../../src/model/verdict.ts'
import { silentMeter } from '../builders.ts'

const hook = { DeploymentId: 'd-ABC123', LifecycleEventHookExecutionId: 'execution-1' }
const call = { DeploymentId: 'd-ABC123' }
const succeeded: Verdict = { verdict: 'Succeeded', reason: 'green is healthy' }

describe('The promise to answer', () => {
  let clock: sinon.SinonFakeTimers
  let reports: { at: number; status: string; deploymentId: string | undefined; executionId: string }[]
  let logged: { level: string; message: string; facts: Readonly<Record<string, unknown>> }[]

  beforeEach(() => {
    clock = sinon.useFakeTimers()
    reports = []
    logged = []
  })
  afterEach(() => clock.restore())

  const asked = (
    event: unknown,
    { givenMs = 900_000, ...dependencies }: Partial<Dependencies> & { givenMs?: number } = {},
  ) => {
    const log = (level: string) => (message: string, facts: Readonly<Record<string, unknown>>) =>
      void logged.push({ level, message, facts })
    return answer(event, {
      remainingMs: () => givenMs - Date.now(),
      home: () => ({ account: '123456789012', region: 'eu-west-1' }),
      log: () => ({ debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }),
      meter: () => silentMeter,
      conclude: async () => succeeded,
      report: async ({ deploymentId, executionId }, status) => {
        reports.push({ at: Date.now(), status, deploymentId, executionId })
        return true
      },
      ...dependencies,
    })
  }
  /** Lets virtual time pass until the answer is there. */
  const settled = async <T>(promise: Promise<T>): Promise<T | string> => {
    const outcome = promise.catch((error: Error) => `failed: ${error.message}`)
    await clock.runAllAsync()
    return outcome
  }

  it('reports a success to CodeDeploy for a hook, and returns it', async () => {
    expect(await asked(hook)).to.deep.equal({ ...succeeded, deploymentId: 'd-ABC123' })
    expect(reports).to.deep.equal([
      { at: 0, status: 'Succeeded', deploymentId: 'd-ABC123', executionId: 'execution-1' },
    ])
  })

  it('returns it to a caller, and reports nothing', async () => {
    expect(await asked(call)).to.deep.equal({ ...succeeded, deploymentId: 'd-ABC123' })
    expect(reports).to.deep.equal([])
  })

  for (const [what, conclude] of [
    ['throws', () => Promise.reject(new Error('codedeploy:GetDeployment failed: AccessDenied'))],
    [
      'throws before it is asynchronous',
      () => {
        throw new Error('codedeploy:GetDeployment failed: AccessDenied')
      },
    ],
    [
      'says Failed',
      async () => ({ verdict: 'Failed', reason: 'codedeploy:GetDeployment failed: AccessDenied' }) as const,
    ],
  ] as const) {
    it(`reports Failed with the reason where the work ${what}`, async () => {
      expect(await asked(hook, { conclude })).to.deep.equal({
        verdict: 'Failed',
        reason: 'codedeploy:GetDeployment failed: AccessDenied',
        deploymentId: 'd-ABC123',
      })
      expect(reports.map(({ status }) => status)).to.deep.equal(['Failed'])
    })
  }

  it('never reports a Pending as a success', async () => {
    await asked(hook, { conclude: async () => ({ verdict: 'Pending', reason: 'installing' }) })
    expect(reports.map(({ status }) => status)).to.deep.equal(['Failed'])
  })

  it('reports Failed for a hook with a broken deployment id, without any work', async () => {
    const conclude = async () => Promise.reject(new Error('there is nothing to conclude'))
    expect(await asked({ ...hook, DeploymentId: 'nonsense' }, { conclude })).to.deep.equal({
      verdict: 'Failed',
      reason: 'DeploymentId "nonsense" is not "d-" and capitals and digits',
      deploymentId: 'nonsense',
    })
    expect(await asked({ LifecycleEventHookExecutionId: 'execution-1' }, { conclude })).to.deep.include({
      verdict: 'Failed',
    })
    expect(reports).to.deep.equal([
      { at: 0, status: 'Failed', deploymentId: 'nonsense', executionId: 'execution-1' },
      { at: 0, status: 'Failed', deploymentId: undefined, executionId: 'execution-1' },
    ])
  })

  it('lets a deployment pass that the agent makes on its own instance', async () => {
    const conclude = async () => Promise.reject(new Error('there is nothing to conclude'))
    expect(await asked({ DeploymentId: 'd-ABC123-local' }, { conclude })).to.deep.equal({
      verdict: 'Succeeded',
      reason: 'nothing to gate: a local deployment, d-ABC123-local',
      deploymentId: 'd-ABC123-local',
    })
  })

  it("lets ECS's own deployments pass, in the words of ECS, and says why", async () => {
    const conclude = async () => Promise.reject(new Error('there is nothing to conclude'))
    const event = { executionId: '1', lifecycleStage: 'POST_SCALE_UP', resourceArn: 'arn:aws:ecs:eu-west-1:1:x' }
    expect(await asked(event, { conclude })).to.deep.equal({ hookStatus: 'SUCCEEDED' })
    const reason = "nothing to gate: ECS itself makes this deployment, and Greenlight gates CodeDeploy's deployments"
    expect(logged).to.deep.equal([{ level: 'info', message: 'Passed', facts: { reason } }])
    expect(reports).to.deep.equal([])
  })

  it('fails the invocation for an event that it does not know', async () => {
    expect(await settled(asked({}))).to.match(/^failed: Greenlight does not know this event/)
  })

  it('reports 30 s before the function must end, though the work hangs, saying what it waited for', async () => {
    const conclude: Dependencies['conclude'] = (_subject, _allowance, { waitingFor }) => {
      waitingFor('CodeDeploy is still installing on i-1')
      return new Promise(() => {})
    }
    expect(await settled(asked(hook, { conclude }))).to.deep.equal({
      verdict: 'Failed',
      reason: 'out of time after 870 s: CodeDeploy is still installing on i-1',
      deploymentId: 'd-ABC123',
    })
    expect(reports).to.deep.include.members([
      { at: 870_000, status: 'Failed', deploymentId: 'd-ABC123', executionId: 'execution-1' },
    ])
  })

  it('answers Pending to a call whose WaitSeconds ran out', async () => {
    const conclude: Dependencies['conclude'] = (_subject, _allowance, { waitingFor }) => {
      waitingFor('i-1 is initial in web')
      return new Promise(() => {})
    }
    expect(await settled(asked({ ...call, WaitSeconds: 45 }, { conclude }))).to.deep.equal({
      verdict: 'Pending',
      reason: 'i-1 is initial in web',
      deploymentId: 'd-ABC123',
    })
    expect(Date.now()).to.equal(45_000)
  })

  it('answers Failed to a call that waits longer than the function may run', async () => {
    const conclude = () => new Promise<never>(() => {})
    expect(await settled(asked({ ...call, WaitSeconds: 60 }, { conclude, givenMs: 30_000 }))).to.deep.include({
      verdict: 'Failed',
      reason: 'out of time after 20 s: AWS had not answered yet',
    })
  })

  it('is content when the hook was reported already, and says so', async () => {
    expect(await asked(hook, { report: async () => false })).to.deep.include({ verdict: 'Succeeded' })
    expect(logged.at(-1)).to.deep.include({ level: 'warn', facts: { status: 'Succeeded' } })
  })

  it('fails the invocation with the error of a report that AWS refused', async () => {
    const report = async () => Promise.reject(new Error('UnsupportedActionForDeploymentTypeException'))
    expect(await settled(asked(hook, { report }))).to.equal('failed: UnsupportedActionForDeploymentTypeException')
  })

  it('says with its ids, and counts, that a verdict could not be reported', async () => {
    const report = async () => Promise.reject(new Error('ThrottlingException: Rate exceeded'))
    const refused: string[] = []
    const meter = () => ({ ...silentMeter, refused: (kind: string) => void refused.push(kind) })
    await settled(asked(hook, { report, meter }))
    const { level, message, facts } = logged.at(-1) ?? {}
    expect({ level, message, status: facts?.['status'], reason: facts?.['reason'] }).to.deep.equal({
      level: 'error',
      message: 'Could not report',
      status: 'Succeeded',
      reason: 'ThrottlingException: Rate exceeded',
    })
    expect(refused).to.deep.equal(['aws'])
  })

  it('fails the invocation in the words of the last refusal, where the report is refused until the time is over', async () => {
    const report: Dependencies['report'] = (_hook, _status, _allowance, { waitingFor }) => {
      waitingFor('codedeploy:PutLifecycleEventHookExecutionStatus failed: ThrottlingException: Rate exceeded')
      return new Promise<never>(() => {})
    }
    expect(await settled(asked(hook, { report }))).to.equal(
      'failed: out of time after 899 s: codedeploy:PutLifecycleEventHookExecutionStatus failed: ThrottlingException: Rate exceeded',
    )
  })

  it('fails the invocation, a second before Lambda ends it, where the report never got an answer', async () => {
    expect(await settled(asked(hook, { report: () => new Promise(() => {}) }))).to.equal(
      'failed: out of time after 899 s: AWS had not answered yet',
    )
    expect(Date.now()).to.equal(899_000)
  })

  it('still tries to report when hardly any time is left', async () => {
    expect(await asked(hook, { givenMs: 900 })).to.deep.include({ verdict: 'Succeeded' })
    expect(reports).to.have.length(1)
  })

  it('logs every verdict with its reason, a failure as an error', async () => {
    await asked(call)
    await asked(call, { conclude: async () => ({ verdict: 'Failed', reason: 'no' }) })
    expect(logged.filter(({ message }) => message === 'Verdict')).to.deep.equal([
      { level: 'info', message: 'Verdict', facts: succeeded },
      { level: 'error', message: 'Verdict', facts: { verdict: 'Failed', reason: 'no' } },
    ])
  })

  it('has a dry run concluded as one, and nothing else', async () => {
    const subjects: unknown[] = []
    const conclude: Dependencies['conclude'] = async (subject) => {
      subjects.push(subject)
      return { verdict: 'Pending', reason: 'a dry run', wouldChange: [] }
    }
    expect(await asked({ ...call, DryRun: true }, { conclude })).to.deep.equal({
      ...{ verdict: 'Pending', reason: 'a dry run', wouldChange: [] },
      deploymentId: 'd-ABC123',
    })
    await asked({ ...call, DryRun: false }, { conclude })
    await asked(call, { conclude })
    await asked(hook, { conclude })
    const subject = { deploymentId: 'd-ABC123', trigger: 'call' }
    expect(subjects.slice(0, 4)).to.deep.equal([
      { ...subject, isDryRun: true },
      { ...subject, isDryRun: false },
      { ...subject, isDryRun: false },
      { ...subject, trigger: 'hook', isDryRun: false },
    ])
  })

  describe('for a notification', () => {
    const told = (...ids: readonly unknown[]) => ({
      Records: ids.map((id) => ({ Sns: { Message: JSON.stringify({ deploymentId: id }) } })),
    })
    const nothing = { verdict: undefined, reason: 'nothing to do' }

    it('is nothing: it is answered by what was done', async () => {
      expect(await asked(told('d-1'), { conclude: async () => nothing })).to.equal(undefined)
      expect(reports).to.deep.equal([])
      expect(logged).to.deep.equal([{ level: 'debug', message: 'Done', facts: { reason: 'nothing to do' } }])
    })

    it('is a line in the log where it came to a verdict', async () => {
      await asked(told('d-1'))
      expect(logged).to.deep.equal([{ level: 'info', message: 'Verdict', facts: succeeded }])
    })

    it('is kept for each record of SNS on its own: one that fails, or says nothing, loses no other, and AWS tries again', async () => {
      const concluded: string[] = []
      const conclude: Dependencies['conclude'] = async ({ deploymentId: id }) => {
        concluded.push(id)
        if (id === 'd-2') throw new Error('AWS could not be asked')
        return nothing
      }
      expect(await settled(asked(told('d-1', 'd-2', 7, 'd-3', 'd-1'), { conclude }))).to.equal(
        'failed: 1 of 3 deployments could not be handled: AWS could not be asked',
      )
      expect(concluded).to.deep.equal(['d-1', 'd-2', 'd-3'])
      expect(logged.filter(({ level }) => level === 'warn').map(({ facts }) => facts)).to.deep.equal([
        { reason: 'a notification without a deployment id: DeploymentId is not a string' },
      ])
    })

    it('of another account or another region is one debug line', async () => {
      const conclude = async () => Promise.reject(new Error('there is nothing to conclude'))
      const event = { source: 'aws.codedeploy', 'detail-type': 'x', detail: { deploymentId: 'd-1' } }
      await asked({ ...event, account: '210987654321', region: 'eu-west-1' }, { conclude })
      await asked({ ...event, account: '123456789012', region: 'us-east-1' }, { conclude })
      const here = 'not of 123456789012 in eu-west-1'
      expect(logged).to.deep.equal([
        {
          ...{ level: 'debug', message: 'Ignored' },
          facts: { reason: `deployment d-1 is of "210987654321" in "eu-west-1", ${here}` },
        },
        {
          ...{ level: 'debug', message: 'Ignored' },
          facts: { reason: `deployment d-1 is of "123456789012" in "us-east-1", ${here}` },
        },
      ])
    })

    it('fails the invocation when its time is over, saying what was waited for', async () => {
      const conclude: Dependencies['conclude'] = (_subject, _allowance, { waitingFor }) => {
        waitingFor('green is draining in web')
        return new Promise(() => {})
      }
      expect(await settled(asked(told('d-1'), { conclude }))).to.equal(
        'failed: 1 of 1 deployment could not be handled: out of time after 870 s: green is draining in web',
      )
    })
  })

  it('clears up after a hook that failed: verdict first, then undo', async () => {
    const concluded: string[] = []
    const conclude: Dependencies['conclude'] = async ({ trigger }) => {
      concluded.push(`${trigger} after ${reports.length} reports`)
      return { verdict: 'Failed', reason: 'green is sick' }
    }
    await asked(hook, { conclude })
    expect(concluded).to.deep.equal(['hook after 0 reports', 'aftermath after 1 reports'])
  })

  it('leaves to the notification of the end what it cannot clear up', async () => {
    const conclude: Dependencies['conclude'] = async ({ trigger }) => {
      if (trigger === 'aftermath') throw new Error('denied')
      return { verdict: 'Failed', reason: 'green is sick' }
    }
    expect(await asked(hook, { conclude })).to.deep.include({ verdict: 'Failed', reason: 'green is sick' })
    expect(logged.at(-1)).to.deep.include({ level: 'warn', message: 'Left to the notification of the end' })
  })

  it('clears up nothing after a hook that had its verdict before', async () => {
    const asks: string[] = []
    const conclude: Dependencies['conclude'] = async ({ trigger }) => {
      asks.push(trigger)
      return { verdict: undefined, reason: 'no verdict' }
    }
    expect(await asked(hook, { conclude, report: async () => false })).to.deep.include({ verdict: 'Failed' })
    expect(asks).to.deep.equal(['hook'])
  })
})
