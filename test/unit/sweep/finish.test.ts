import type { DeploymentInfo } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import { leftAttached } from '../../../src/rules/detaching.ts'
import { autoScalingGroup, deploymentInfo } from '../awsAnswers.ts'
import { deploymentId, greenName } from '../builders.ts'
import type { RegionAnswers } from '../fromAwsAnswers.ts'
import { denied, report, succeeded, sweeping, tagged } from './sweeping.ts'

describe('A sweep finishes', () => {
  const { sweep, pass, made, counted, levels, logged, reasons } = sweeping()

  const held = tagged({ 'greenlight:record': deploymentId, 'greenlight:held': `${deploymentId} HealthCheck` })
  const SuspendedProcesses = [{ ProcessName: 'HealthCheck' }]
  const heldGreen = autoScalingGroup({ targetGroups: ['web'], ...held, SuspendedProcesses })

  it('what is on record for a deployment that is over, by its row', async () => {
    expect(await sweep({ green: heldGreen })).to.deep.equal(report({ handled: 1 }))
    expect(made).to.deep.equal([
      `resume HealthCheck of ${greenName}`,
      `untag ${greenName}: greenlight:held greenlight:record`,
    ])
  })

  it('what each of several Lambda deployments has on record, though no tags name its green any more', async () => {
    const lambda = { ...succeeded, computePlatform: 'Lambda', status: 'Stopped' } as const
    const infos = ['d-ONE', 'd-TWO'].map((id) => ({ ...lambda, deploymentId: id }))
    const tags = tagged({
      'greenlight:record': 'd-ONE',
      'greenlight:attached/old': 'd-ONE',
      'greenlight:attached/api': 'd-TWO',
    })
    const green = autoScalingGroup({ ...tags, targetGroups: ['web'] })
    expect(await sweep({ green, infos })).to.deep.equal(report({ handled: 2 }))
    expect(made.flatMap((change) => change.split(' ').slice(2))).to.have.members([
      ...['greenlight:attached/old', 'greenlight:attached/api', 'greenlight:record'],
    ])
  })

  it('a deployment under way by handing it over, and not again before an invocation that is at work on it must be over', async () => {
    const arranged = { green: autoScalingGroup(), infos: [deploymentInfo({ status: 'Ready' })] }
    expect(await sweep(arranged)).to.deep.equal(report({ handled: 1 }))
    expect([made, counted]).to.deep.equal([[`notify ${deploymentId}`], ['HandedOver']])
    for (const [minutes, handled] of [
      [10, 0],
      [6, 1],
    ] as const) {
      pass(minutes)
      expect(await sweep(arranged)).to.deep.equal(report({ handled }))
    }
    expect(await sweep({ ...arranged, infos: [deploymentInfo({ status: 'Created' })] })).to.deep.equal(report())
    expect(made).to.have.length(2)
  })

  it('nothing of a deployment under way that is held at Ready already, or that CodeDeploy installs', async () => {
    for (const status of ['Ready', 'InProgress'] as const) {
      expect(await sweep({ green: heldGreen, infos: [deploymentInfo({ status })] })).to.deep.equal(report())
    }
    expect(made).to.deep.equal([])
  })

  it('a copy by the deployment that made it', async () => {
    const copied = tagged({ 'greenlight:record': 'd-OLD', 'greenlight:held': 'd-OLD HealthCheck' })
    const green = autoScalingGroup({ targetGroups: ['web'], ...copied, SuspendedProcesses })
    const old = { ...succeeded, deploymentId: 'd-OLD', targetInstances: { autoScalingGroups: ['CodeDeploy_old'] } }
    const asked: unknown[] = []
    const deploymentsOf: RegionAnswers['deploymentsOf'] = async function* (_application, _group, only) {
      asked.push(only)
      yield [old]
      yield [succeeded]
    }
    expect(await sweep({ green, infos: [old, succeeded], deploymentsOf })).to.deep.equal(report({ handled: 1 }))
    expect(asked).to.deep.equal([{ createdSince: new Date(0) }])
    expect(made.at(-1)).to.equal(`untag ${greenName}: greenlight:held greenlight:record`)
  })

  it('a record of its own deployment, where that does not exist any more, by releasing and forgetting it', async () => {
    expect(await sweep({ green: heldGreen, infos: [] })).to.deep.equal(report({ handled: 1 }))
    expect(made).to.deep.equal([
      `resume HealthCheck of ${greenName}`,
      `untag ${greenName}: greenlight:held greenlight:record`,
    ])
    expect(reasons('Released')).to.deep.equal([`deployment ${deploymentId} does not exist any more`])
  })

  for (const [what, id, infos, why] of [
    ['no deployment', '', [], '"" is no id of a deployment'],
    ['nonsense', 'nonsense', [], '"nonsense" is no id of a deployment'],
    [
      'a deployment that does not exist and never was its own',
      'd-GONE',
      [],
      'deployment d-GONE does not exist any more',
    ],
    [
      'a rollback',
      deploymentId,
      [{ ...succeeded, creator: 'codeDeployRollback' as const }],
      `deployment ${deploymentId} is a rollback`,
    ],
    [
      'a deployment that has another green, and no later one has this',
      deploymentId,
      [{ ...succeeded, createTime: undefined, targetInstances: { autoScalingGroups: ['other'] } } as DeploymentInfo],
      `${greenName} is not the green of deployment ${deploymentId}, nor of a later one of shop/production`,
    ],
  ] satisfies [string, string, DeploymentInfo[], string][]) {
    it(`nothing that is on record for ${what}: it is reported, and no failure`, async () => {
      const tags = tagged({ 'greenlight:record': id, 'greenlight:held': `${id} HealthCheck` })
      const green = autoScalingGroup({ targetGroups: ['web'], ...tags, SuspendedProcesses })
      expect(await sweep({ green, infos })).to.deep.equal(report({ findings: { foreignRecord: 1 } }))
      expect(made).to.deep.equal([])
      expect(reasons('Finding')).to.deep.equal([
        `shop/production: ${greenName} has greenlight:record and greenlight:held, on which nobody acts: ${why}`,
      ])
    })
  }

  it('nothing outside the pattern of the stack: another stack may', async () => {
    expect(await sweep({ green: heldGreen }, { pattern: 'web-*' })).to.deep.equal(report())
    expect(await sweep({ green: heldGreen, infos: [deploymentInfo()] }, { pattern: 'web-*' })).to.deep.equal(report())
    expect(made).to.deep.equal([])
  })

  it('no record of what is still attached where no deployment decides: it is left, and told', async () => {
    const green = autoScalingGroup({
      targetGroups: ['web'],
      ...tagged({
        'greenlight:record': deploymentId,
        'greenlight:attached/web': deploymentId,
        'greenlight:attached/old': deploymentId,
      }),
    })
    expect(await sweep({ green, infos: [] })).to.deep.equal(report({ handled: 1, findings: { unfinished: 1 } }))
    expect([made, levels()]).to.deep.equal([
      [`untag ${greenName}: greenlight:attached/old`],
      { LeftAttached: 1, unfinished: 1 },
    ])
    expect(reasons('Left attached')).to.deep.equal([
      leftAttached('web', greenName, `deployment ${deploymentId} does not exist any more`).reason,
    ])
  })

  it('nothing of a group that is gone by then', async () => {
    expect(await sweep({ green: heldGreen, infos: [], autoScalingGroups: async () => [] })).to.deep.include({
      failures: 0,
    })
    expect(made).to.deep.equal([])
  })

  it('nothing of a group that is being deleted', async () => {
    const green = { ...heldGreen, Status: 'Delete in progress' }
    expect(await sweep({ green })).to.deep.include({ handled: 0, failures: 0 })
    expect(made).to.deep.equal([])
  })

  it('what it can: one that hangs has its share of the time, and says what it waited for', async () => {
    const untag = () => new Promise<never>(() => {})
    expect(await sweep({ green: heldGreen, untag })).to.equal(
      '1 thing could not be swept, and 1 were tried: out of time after 90 s: AWS had not answered yet',
    )
  })

  it('nothing of a Lambda or ECS deployment under way: a hook gates it', async () => {
    const infos = [deploymentInfo({ computePlatform: 'Lambda', status: 'InProgress' })]
    expect(await sweep({ green: heldGreen, infos })).to.deep.include({ handled: 0, failures: 0 })
    expect(made).to.deep.equal([])
  })

  it('nothing of a deployment that cannot be read: it may be under way', async () => {
    const infos = [{ ...succeeded, computePlatform: 'Mainframe' as 'Server' }]
    expect(await sweep({ green: heldGreen, infos })).to.equal(
      `1 thing could not be swept, and 0 were tried: deployment ${deploymentId} is of compute platform Mainframe, which ` +
        'Greenlight does not know',
    )
    expect(made).to.deep.equal([])
  })

  it('what it can: a failure is told, counted, and fails the run in the end', async () => {
    const untag = () => Promise.reject(denied('untag'))
    expect(await sweep({ green: heldGreen, untag })).to.match(
      /^1 thing could not be swept, and 1 were tried: untag denied/,
    )
    expect(reasons('Could not be swept')).to.have.length(1)
    expect(logged.at(-1)).to.deep.equal({
      message: 'Swept',
      facts: report({ handled: 1, failures: 1, findings: { unfinished: 1 } }),
    })
  })
})
