import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DeploymentGroupInfo, DeploymentInfo } from '@aws-sdk/client-codedeploy'
import sinon from 'sinon'
import { AwsError } from '../../../src/aws/awsError.ts'
import type { Counted, Gauge } from '../../../src/meter.ts'
import type { FindingKind } from '../../../src/sweep/finding.ts'
import { type HandedOver, rememberingHandOvers } from '../../../src/sweep/handedOver.ts'
import { type Report, sweepRegion } from '../../../src/sweep/sweepRegion.ts'
import { autoScalingGroup, deploymentInfo, targetGroup, targetHealth } from '../awsAnswers.ts'
import { greenName, silentMeter } from '../builders.ts'
import { type AwsAnswers, type RegionAnswers, sweepPortsFrom } from '../fromAwsAnswers.ts'

export const group = (differences: Partial<DeploymentGroupInfo> = {}): DeploymentGroupInfo => ({
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
export const succeeded = deploymentInfo({ status: 'Succeeded', completeTime: new Date(0), createTime: new Date(0) })
export const tagged = (tags: Readonly<Record<string, string>>): Pick<AutoScalingGroup, 'Tags'> => ({
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) as NonNullable<AutoScalingGroup['Tags']>,
})
export const denied = (action: string) => new AwsError(`${action} denied`, { code: 'AccessDenied', mayPass: false })

/** Runs sweeps of a small region, in virtual time, and keeps what came of them; for one `describe`. */
export const sweeping = () => {
  let clock: sinon.SinonFakeTimers
  let handedOver: HandedOver
  const made: string[] = []
  const counted: Counted[] = []
  const measured = new Map<Gauge | FindingKind, number>()
  const logged: { message: string; facts: Readonly<Record<string, unknown>> }[] = []
  beforeEach(() => {
    clock = sinon.useFakeTimers({ now: Date.parse('2026-11-25T12:00:00Z') })
    for (const kept of [made, counted, logged]) kept.length = 0
    measured.clear()
    handedOver = rememberingHandOvers()
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
    }: Partial<AwsAnswers & RegionAnswers> & { green?: AutoScalingGroup; infos?: readonly DeploymentInfo[] } = {},
    { sweepMode = 'observe' as 'observe' | 'heal', remainingMs = 300_000, pattern = 'CodeDeploy_*' } = {},
  ): Promise<Report | string> => {
    let now = green
    const has = (key: string) => now.Tags?.some(({ Key }) => Key === key) === true
    const ports = sweepPortsFrom({
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
      registerTargets: () => Promise.reject(new Error('not arranged')),
      deregisterTargets: () => Promise.reject(new Error('not arranged')),
      detachTargetGroups: () => Promise.reject(new Error('not arranged')),
      suspend: () => Promise.reject(new Error('not arranged')),
      tag: async (name, tags) => {
        made.push(`tag ${name}: ${Object.keys(tags).join(' ')}`)
        const written = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
        now = {
          ...now,
          Tags: [...(now.Tags ?? []).filter(({ Key }) => !(Key !== undefined && Key in tags)), ...written],
        }
      },
      continueDeployment: () => Promise.reject(new Error('not arranged')),
      stopDeployment: () => Promise.reject(new Error('not arranged')),
      ...differences,
    })
    const log = (message: string, facts: Readonly<Record<string, unknown>>) => void logged.push({ message, facts })
    const sweeping = sweepRegion({
      remainingMs: () => remainingMs,
      settings: {
        mode: 'heal',
        minimumHealthyPercent: 100,
        healthTimeoutSeconds: 300,
        testNamePattern: 'greenlight-*',
        sweepMode,
        gateFunction: 'gate',
        namePattern: pattern,
      },
      home: { partition: 'aws', region: 'eu-west-1', account: '123456789012' },
      log: () => ({ debug: () => {}, info: log, warn: log, error: log }),
      meter: () => ({
        ...silentMeter,
        count: (what) => void counted.push(what),
        measure: (gauge, value) => void measured.set(gauge, value),
        found: (kind, times) => void measured.set(kind, times),
      }),
      ports: () => ports,
      startAt: 0,
      isNews: () => true,
      handedOver,
    })
    const ended = sweeping.catch((error: Error) => error.message)
    await clock.runAllAsync()
    return ended
  }
  /** The gauges that are not 0. */
  const levels = () => Object.fromEntries([...measured].filter(([, value]) => value > 0))
  const pass = (minutes: number): void => void clock.tick(minutes * 60_000)
  return { sweep, pass, made, counted, measured, levels, logged, reasons }
}

/** The report of a sweep of that region. */
export const report = (differences: Partial<Report> = {}): Report => ({
  deploymentGroups: 1,
  findings: {},
  handled: 0,
  failures: 0,
  cutShort: false,
  ...differences,
})
