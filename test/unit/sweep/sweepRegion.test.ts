import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DeploymentGroupInfo, DeploymentInfo } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import sinon from 'sinon'
import { AwsError } from '../../../src/aws/awsError.ts'
import type { Counted } from '../../../src/meter.ts'
import type { SweepPorts } from '../../../src/reconcile/ports.ts'
import type { FindingKind } from '../../../src/sweep/finding.ts'
import { type Report, sweepRegion } from '../../../src/sweep/sweepRegion.ts'
import {
  autoScalingGroup,
  deploymentId,
  deploymentInfo,
  greenName,
  silentMeter,
  targetGroup,
  targetHealth,
} from '../builders.ts'

const group = (differences: Partial<DeploymentGroupInfo> = {}): DeploymentGroupInfo => ({
  applicationName: 'shop',
  deploymentGroupName: 'production',
  computePlatform: 'Server',
  deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
  autoScalingGroups: [{ name: greenName }],
  loadBalancerInfo: { targetGroupInfoList: [{ name: 'web' }] },
  blueGreenDeploymentConfiguration: {
    deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 60 },
    greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP' },
  },
  ...differences,
})
const succeeded = deploymentInfo({ status: 'Succeeded', completeTime: new Date(0), createTime: new Date(0) })
const tagged = (tags: Readonly<Record<string, string>>): Pick<AutoScalingGroup, 'Tags'> => ({
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) as NonNullable<AutoScalingGroup['Tags']>,
})
const denied = (action: string) => new AwsError(`${action} denied`, { code: 'AccessDenied', mayPass: false })

describe('A sweep', () => {
  let clock: sinon.SinonFakeTimers
  let made: string[]
  let counted: (Counted | FindingKind)[]
  let logged: { message: string; facts: Readonly<Record<string, unknown>> }[]
  beforeEach(() => {
    clock = sinon.useFakeTimers({ now: Date.parse('2026-11-25T12:00:00Z') })
    made = []
    counted = []
    logged = []
  })
  afterEach(() => clock.restore())

  const reasons = (message: string) =>
    logged.filter((line) => line.message === message).map(({ facts }) => facts['reason'])

  /** A region with one deployment group, whose green was made by a deployment that has succeeded. */
  const sweep = async (
    {
      green = autoScalingGroup({ targetGroups: ['web'] }),
      infos = [succeeded],
      ...differences
    }: Partial<SweepPorts> & { green?: AutoScalingGroup; infos?: readonly DeploymentInfo[] } = {},
    { sweepMode = 'observe' as 'observe' | 'heal', remainingMs = 300_000, pattern = 'CodeDeploy_*' } = {},
  ): Promise<Report | string> => {
    let now = green
    const has = (key: string) => now.Tags?.some(({ Key }) => Key === key) === true
    const ports: SweepPorts = {
      recordedAutoScalingGroups: async () => (has('greenlight:record') ? [now] : []),
      everyDeploymentUnderWay: async () =>
        infos.filter(({ completeTime, status }) => completeTime === undefined && status !== 'Succeeded'),
      applications: async () => ['shop'],
      deploymentGroups: async function* () {
        yield [group()]
      },
      everyAutoScalingGroup: async function* () {
        yield [now]
      },
      deployments: async (ids) => infos.filter((info) => ids.includes(info.deploymentId ?? '')),
      deploymentsOf: async function* () {
        yield infos
      },
      deployment: async (id) => infos.find((info) => info.deploymentId === id),
      deploymentsUnderWay: async () => [],
      deploymentTargets: async () => [],
      deploymentGroupTags: async () => new Map(),
      autoScalingGroupsNamedBy: async () => [greenName],
      autoScalingGroups: async (names) => (names.includes(now.AutoScalingGroupName ?? '') ? [now] : []),
      targetGroups: async (names) => new Map(names.map((name) => [name, targetGroup(name)])),
      targetHealth: async () => [targetHealth('i-1'), targetHealth('i-2')],
      attachTargetGroups: async (name, arns) => {
        made.push(`attach ${arns.length} to ${name}`)
        now = { ...now, TargetGroupARNs: [...(now.TargetGroupARNs ?? []), ...arns] }
      },
      untag: async (name, keys) => {
        made.push(`untag ${name}: ${keys.join(' ')}`)
        now = { ...now, Tags: (now.Tags ?? []).filter(({ Key }) => !keys.includes(Key ?? '')) }
      },
      resume: async (name, processes) => {
        made.push(`resume ${processes.join(' ')} of ${name}`)
        now = { ...now, SuspendedProcesses: [] }
      },
      notifyGate: async (notification) =>
        void made.push(`notify ${JSON.stringify(notification).match(/"deploymentId":"([^"]+)"/)?.[1]}`),
      detachTargetGroups: () => Promise.reject(new Error('not arranged')),
      suspend: () => Promise.reject(new Error('not arranged')),
      tag: () => Promise.reject(new Error('not arranged')),
      continueDeployment: () => Promise.reject(new Error('not arranged')),
      stopDeployment: () => Promise.reject(new Error('not arranged')),
      ...differences,
    }
    const log = (message: string, facts: Readonly<Record<string, unknown>>) => void logged.push({ message, facts })
    const sweeping = sweepRegion({
      remainingMs: () => remainingMs,
      settings: {
        mode: 'heal',
        minimumHealthyPercent: 100,
        healthTimeoutSeconds: 300,
        sweepMode,
        gateFunction: 'gate',
        namePattern: pattern,
      },
      home: { partition: 'aws', region: 'eu-west-1', account: '123456789012' },
      log: () => ({ debug: () => {}, info: log, warn: log, error: log }),
      meter: () => ({
        ...silentMeter,
        count: (what) => void counted.push(what),
        found: (kind) => void counted.push(kind),
      }),
      ports: () => ports,
      startAt: 0,
      isNews: () => true,
    })
    const ended = sweeping.catch((error: Error) => error.message)
    await clock.runAllAsync()
    return ended
  }
  const report = (differences: Partial<Report> = {}): Report => ({
    deploymentGroups: 1,
    findings: {},
    handled: 0,
    failures: 0,
    cutShort: false,
    ...differences,
  })
  const broken = autoScalingGroup()

  it('of a healthy region does nothing, and says so', async () => {
    expect(await sweep()).to.deep.equal(report())
    expect([made, counted]).to.deep.equal([[], []])
    expect(logged).to.deep.equal([{ message: 'Swept', facts: report() }])
  })

  describe('finishes', () => {
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

    it('a deployment under way by handing it over, once, though it is on record as well', async () => {
      expect(await sweep({ green: heldGreen, infos: [deploymentInfo()] })).to.deep.equal(report({ handled: 1 }))
      expect([made, counted]).to.deep.equal([[`notify ${deploymentId}`], ['HandedOver']])
    })

    it('a copy by the deployment that made it', async () => {
      const copied = tagged({ 'greenlight:record': 'd-OLD', 'greenlight:held': 'd-OLD HealthCheck' })
      const green = autoScalingGroup({ targetGroups: ['web'], ...copied, SuspendedProcesses })
      const old = { ...succeeded, deploymentId: 'd-OLD', targetInstances: { autoScalingGroups: ['CodeDeploy_old'] } }
      const asked: unknown[] = []
      const deploymentsOf: SweepPorts['deploymentsOf'] = async function* (_application, _group, only) {
        asked.push(only)
        yield [old]
        yield [succeeded]
      }
      expect(await sweep({ green, infos: [old, succeeded], deploymentsOf })).to.deep.equal(report({ handled: 1 }))
      expect(asked).to.deep.equal([{ createdSince: new Date(0) }])
      expect(made.at(-1)).to.equal(`untag ${greenName}: greenlight:held greenlight:record`)
    })

    for (const [what, infos, why] of [
      ['that does not exist any more', [], `deployment ${deploymentId} does not exist any more`],
      [
        'that is nobody any more',
        [{ ...succeeded, creator: 'codeDeployRollback' as const }],
        `deployment ${deploymentId} is a rollback`,
      ],
      [
        'that has another green, and no later one has this',
        [{ ...succeeded, createTime: undefined, targetInstances: { autoScalingGroups: ['other'] } } as DeploymentInfo],
        `${greenName} is not the green of deployment ${deploymentId}, nor of a later one of shop/production`,
      ],
    ] satisfies [string, DeploymentInfo[], string][]) {
      it(`a record of a deployment ${what} by releasing and forgetting it`, async () => {
        expect(await sweep({ green: heldGreen, infos })).to.deep.equal(report({ handled: 1 }))
        expect(made).to.deep.equal([
          `resume HealthCheck of ${greenName}`,
          `untag ${greenName}: greenlight:held greenlight:record`,
        ])
        expect(reasons('Released')).to.deep.equal([why])
      })
    }

    it('no record of what is still attached where no deployment decides: it is left, and told', async () => {
      const green = autoScalingGroup({
        targetGroups: ['web'],
        ...tagged({
          'greenlight:record': 'd-GONE',
          'greenlight:attached/web': 'd-GONE',
          'greenlight:attached/old': 'd-GONE',
        }),
      })
      expect(await sweep({ green })).to.deep.equal(report({ handled: 1, findings: { unfinished: 1 } }))
      expect([made, counted]).to.deep.equal([
        [`untag ${greenName}: greenlight:attached/old`],
        ['LeftAttached', 'unfinished'],
      ])
      expect(reasons('Left attached')).to.deep.equal([
        `web is left attached to ${greenName}: deployment d-GONE does not exist any more`,
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

    it('a record that names no deployment by forgetting it', async () => {
      const green = autoScalingGroup({ targetGroups: ['web'], ...tagged({ 'greenlight:record': '' }) })
      expect(await sweep({ green })).to.deep.include({ handled: 1, failures: 0 })
      expect(made).to.deep.equal([`untag ${greenName}: greenlight:record`])
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

  describe('heals', () => {
    const healing = { sweepMode: 'heal' as const }
    const deploymentsOf = (...infos: readonly DeploymentInfo[]): SweepPorts['deploymentsOf'] =>
      async function* () {
        yield infos
      }

    it('nothing unless it is told to', async () => {
      expect(await sweep({ green: broken })).to.deep.equal(report({ findings: { missing: 1 } }))
      expect(made).to.deep.equal([])
    })

    it('what is missing from the green of a deployment that has succeeded', async () => {
      expect(await sweep({ green: broken }, healing)).to.deep.equal(report({ findings: { missing: 1 }, handled: 1 }))
      expect(made[0]).to.equal(`attach 1 to ${greenName}`)
      expect(counted).to.include('Healed')
    })

    it('the green that CodeDeploy has discovered, whose name tells nothing', async () => {
      const green = autoScalingGroup({ AutoScalingGroupName: 'workers' })
      const discovered = { ...succeeded, targetInstances: { autoScalingGroups: ['workers'] } }
      const names = async () => ['workers']
      const groups: SweepPorts['deploymentGroups'] = async function* () {
        yield [group({ autoScalingGroups: [{ name: 'workers' }] })]
      }
      const seen = { green, infos: [discovered], autoScalingGroupsNamedBy: names, deploymentGroups: groups }
      expect(await sweep(seen, { ...healing, pattern: '*' })).to.deep.include({ handled: 1, failures: 0 })
      expect(made[0]).to.equal('attach 1 to workers')
    })

    it('and stops, loudly, where fewer targets are healthy then', async () => {
      let looks = 0
      const targetHealthOf = async () =>
        made.length > 0 && looks++ > 3 ? [targetHealth('i-1')] : [targetHealth('i-1'), targetHealth('i-2')]
      await sweep({ green: broken, targetHealth: targetHealthOf }, healing)
      expect(counted).to.include('HealingStopped')
      expect(reasons('Healing stopped')).to.deep.equal([
        `fewer targets of web are healthy than before web was attached to ${greenName}`,
      ])
    })

    for (const [what, differences, why] of [
      [
        'what is the green of no deployment that is over',
        { deployment: async () => undefined, deploymentsOf: deploymentsOf() },
        `${greenName} is the green of no deployment that is over`,
      ],
      [
        'what a deployment gave a target group that the deployment group does not name any more',
        {
          deployment: async () => ({
            ...succeeded,
            loadBalancerInfo: { targetGroupInfoList: [{ name: 'web' }, { name: 'old' }] },
          }),
        },
        `deployment ${deploymentId} named old, which the deployment group does not name any more`,
      ],
      [
        'what the deployment group does not name any more by then',
        { autoScalingGroupsNamedBy: async () => ['other'] },
        `deployment ${deploymentId} is Succeeded: settled`,
      ],
      [
        'the blue of a deployment that has begun by then',
        { deploymentsUnderWay: async () => [deploymentInfo({ deploymentId: 'd-NEXT', status: 'Created' })] },
        `deployment ${deploymentId} is Succeeded: settled`,
      ],
    ] satisfies [string, Partial<SweepPorts>, string][]) {
      it(`not ${what}`, async () => {
        expect(await sweep({ green: broken, ...differences }, healing)).to.deep.include({ failures: 0 })
        expect(made.filter((one) => one.startsWith('attach'))).to.deep.equal([])
        expect(reasons('Not healed')).to.deep.equal([why])
      })
    }

    it('not what the stack may not change', async () => {
      const found = { missing: 1, outsidePattern: 1 }
      expect(await sweep({ green: broken }, { ...healing, pattern: 'web-*' })).to.deep.equal(
        report({ findings: found }),
      )
    })
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
