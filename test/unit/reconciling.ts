import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DeploymentTarget } from '@aws-sdk/client-codedeploy'
import sinon from 'sinon'
import { holdProcesses } from '../../src/model/records.ts'
import type { Trigger } from '../../src/model/trigger.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import type { Settings } from '../../src/settings.ts'
import { autoScalingGroup, deploymentInfo, greenTarget, targetGroup, targetHealth } from './awsAnswers.ts'
import { agreed, deploymentId, settings as ordinary, silentMeter } from './builders.ts'
import { type AwsAnswers, portsFrom } from './fromAwsAnswers.ts'

/** Answers one after the other; the last one again and again. */
export const inTurn = <Answer>(...answers: readonly Answer[]): (() => Promise<Answer>) => {
  let next = 0
  return async () => answers[Math.min(next++, answers.length - 1)] as Answer
}

/** What a green carries that is held, and whose attachment is on record. */
const held = {
  SuspendedProcesses: holdProcesses.map((ProcessName) => ({ ProcessName })),
  Tags: [
    { Key: agreed[0], Value: agreed[1] },
    { Key: 'greenlight:record', Value: deploymentId },
    { Key: 'greenlight:held', Value: [deploymentId, ...holdProcesses].join(' ') },
    { Key: 'greenlight:attached/web', Value: deploymentId },
  ] as AutoScalingGroup['Tags'] & {},
}

export const healthy = [targetHealth('i-1'), targetHealth('i-2')]
export const initial = [targetHealth('i-1', 'initial'), targetHealth('i-2', 'initial')]

/** Runs the loop on answers that a test arranges, in virtual time, and keeps what came of it; for one `describe`. */
export const reconciling = () => {
  let clock: sinon.SinonFakeTimers
  const attached: { green: string; arns: readonly string[]; at: number }[] = []
  const waits: string[] = []
  const logged: { message: string; facts: Readonly<Record<string, unknown>> }[] = []

  beforeEach(() => {
    clock = sinon.useFakeTimers()
    for (const seen of [attached, waits, logged]) seen.length = 0
  })
  afterEach(() => clock.restore())

  /** A deployment at Ready whose green lacks its target group until somebody attaches it, and is healthy then. */
  const gate = async (
    trigger: Trigger,
    {
      greenTargets = async () => ['i-1', 'i-2'].map((id) => greenTarget(id, scriptAsks)),
      isHeld = true,
      isDryRun = false,
      ...answers
    }: Partial<AwsAnswers> & {
      greenTargets?: () => Promise<DeploymentTarget[]>
      isHeld?: boolean
      isDryRun?: boolean
    } = {},
    settings: Settings = ordinary,
  ) => {
    const log = (message: string, facts: Readonly<Record<string, unknown>>) => void logged.push({ message, facts })
    let hasRecords = isHeld
    let isSuspended = isHeld
    const concluded = reconcile(
      { kind: 'deployment', id: deploymentId, trigger, isDryRun },
      {
        settings,
        log: { debug: log, info: log, warn: log, error: log },
        meter: silentMeter,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        waitingFor: (reason) => void waits.push(reason),
        ports: portsFrom({
          deployment: async () => deploymentInfo(),
          deploymentTargets: greenTargets,
          deploymentGroupTags: async () => new Map(),
          autoScalingGroupsNamedBy: async () => [],
          deploymentsUnderWay: async () => [],
          tag: nobody,
          untag: async () => {
            hasRecords = false
          },
          suspend: nobody,
          resume: async () => {
            isSuspended = false
          },
          detachTargetGroups: nobody,
          registerTargets: nobody,
          deregisterTargets: nobody,
          continueDeployment: nobody,
          stopDeployment: nobody,
          attachTargetGroups: async (green, arns) => void attached.push({ green, arns, at: Date.now() }),
          targetGroups: async (names) => new Map(names.map((name) => [name, targetGroup(name)])),
          targetHealth: async () => healthy,
          ...answers,
          autoScalingGroups: async (names) => {
            const {
              autoScalingGroups = async () => [autoScalingGroup({ targetGroups: attached.length > 0 ? ['web'] : [] })],
            } = answers
            return (await autoScalingGroups(names)).map((group) => ({
              ...group,
              ...(hasRecords && { Tags: held.Tags }),
              ...(isSuspended && { SuspendedProcesses: held.SuspendedProcesses }),
            }))
          },
        }),
      },
    ).catch((error: Error) => `threw: ${error.message}`)
    await clock.runAllAsync()
    return concluded
  }

  return { gate, attached, waits, logged, startAt: (ms: number) => clock.setSystemTime(ms) }
}

/** An instance whose script asks at BeforeAllowTraffic. */
export const asking = (id: string, since = 0) =>
  greenTarget(
    id,
    {},
    {
      lifecycleEvents: [
        { lifecycleEventName: 'ValidateService', status: 'Succeeded' },
        { lifecycleEventName: 'BeforeAllowTraffic', status: 'InProgress', startTime: new Date(since) },
      ],
    },
  )

const scriptAsks = { ValidateService: 'Succeeded', BeforeAllowTraffic: 'InProgress' } as const

export const nobody = () => Promise.reject(new Error('nobody was to be asked'))
