import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DeploymentGroupInfo, DeploymentInfo, DeploymentTarget } from '@aws-sdk/client-codedeploy'
import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError } from '../../src/aws/awsError.ts'
import { outcomeOf } from '../../src/aws/change.ts'
import { readAutoScalingGroup } from '../../src/aws/readAutoScalingGroup.ts'
import { readDeployment, readUnderWay } from '../../src/aws/readDeployment.ts'
import { readDeploymentGroup } from '../../src/aws/readDeploymentGroup.ts'
import { readBlue, readProgress } from '../../src/aws/readProgress.ts'
import { readTarget, readTargetGroup } from '../../src/aws/readTargetGroup.ts'
import type { Change } from '../../src/model/change.ts'
import { isRefused } from '../../src/model/refused.ts'
import type { Ports, Reading } from '../../src/reconcile/ports.ts'
import type { RegionReading, SweepPorts } from '../../src/sweep/ports.ts'
import { agreed } from './builders.ts'

/** What a test arranges of one deployment, in the SDK's shapes. */
export type AwsAnswers = {
  /** Undefined where CodeDeploy knows no such deployment. */
  readonly deployment: (id: string) => Promise<DeploymentInfo | undefined>
  readonly deploymentTargets: (deploymentId: string, label: 'Green' | 'Blue') => Promise<readonly DeploymentTarget[]>
  readonly deploymentGroupTags: Reading['deploymentGroupTags']
  readonly autoScalingGroupsNamedBy: Reading['autoScalingGroupsNamedBy']
  readonly deploymentsUnderWay: (application: string, deploymentGroup: string) => Promise<readonly DeploymentInfo[]>
  readonly autoScalingGroups: (names: readonly string[]) => Promise<readonly AutoScalingGroup[]>
  readonly targetGroups: (names: readonly string[]) => Promise<ReadonlyMap<string, TargetGroup>>
  readonly targetHealth: (targetGroupArn: string) => Promise<readonly TargetHealthDescription[]>
} & Changes

/** What becomes of each kind of change. A refusal is rejected, as the SDK does it. */
type Changes = {
  readonly tag: (green: string, tags: Readonly<Record<string, string>>) => Promise<void>
  readonly untag: (green: string, keys: readonly string[]) => Promise<void>
  readonly suspend: (green: string, processes: readonly string[]) => Promise<void>
  readonly resume: (green: string, processes: readonly string[]) => Promise<void>
  readonly attachTargetGroups: (green: string, arns: readonly string[]) => Promise<void>
  readonly detachTargetGroups: (green: string, arns: readonly string[]) => Promise<void>
  readonly registerTargets: (arns: readonly string[], instances: readonly string[]) => Promise<void>
  readonly deregisterTargets: (arns: readonly string[], instances: readonly string[]) => Promise<void>
  readonly continueDeployment: (id: string) => Promise<void>
  readonly stopDeployment: (id: string) => Promise<void>
}

/** What a test arranges of a region. */
export type RegionAnswers = {
  readonly applications: RegionReading['applications']
  readonly deploymentGroups: (application: string) => AsyncIterable<readonly DeploymentGroupInfo[]>
  readonly everyAutoScalingGroup: () => AsyncIterable<readonly AutoScalingGroup[]>
  readonly everyDeploymentUnderWay: () => Promise<readonly DeploymentInfo[]>
  readonly deployments: (ids: readonly string[]) => Promise<readonly DeploymentInfo[]>
  readonly recordedAutoScalingGroups: () => Promise<readonly AutoScalingGroup[]>
  readonly deploymentsOf: (
    ...asked: Parameters<SweepPorts['deploymentsOf']>
  ) => AsyncIterable<readonly DeploymentInfo[]>
  readonly notifyGate: SweepPorts['notifyGate']
}

/** The ports that read these answers with the parsers of `src/aws`. */
export const portsFrom = (answers: AwsAnswers): Ports => ({
  deployment: async (id) => {
    const info = await answers.deployment(id)
    if (info === undefined) {
      return { refusal: `deployment ${id} does not exist in this account and region`, isGone: true }
    }
    const deployment = readDeployment(info)
    return isRefused(deployment) ? { ...deployment, isGone: false } : deployment
  },
  copies: async () => [],
  progress: async (id) => readProgress(await answers.deploymentTargets(id, 'Green')),
  progressUpTo: async (id) => readProgress(await answers.deploymentTargets(id, 'Green')),
  givenUp: async (id) => readProgress(await answers.deploymentTargets(id, 'Green')).givenUp,
  blueTargets: async (id) => readBlue(await answers.deploymentTargets(id, 'Blue')),
  deploymentGroupTags: answers.deploymentGroupTags,
  autoScalingGroupsNamedBy: answers.autoScalingGroupsNamedBy,
  deploymentsUnderWay: async (...asked) => (await answers.deploymentsUnderWay(...asked)).map(readUnderWay),
  autoScalingGroups: async (names) => (await answers.autoScalingGroups(names)).map(readAutoScalingGroup),
  targetGroups: async (names) =>
    new Map([...(await answers.targetGroups(names))].map(([name, found]) => [name, readTargetGroup(found)])),
  targetGroupTags: async (arns) => new Map(arns.map((arn) => [arn, new Map([agreed])])),
  routing: async () => ({ thresholds: [], crossZone: undefined }),
  targetHealth: async (arn) => (await answers.targetHealth(arn)).map(readTarget),
  change: async (change) => {
    try {
      await carryOut(change, answers)
      return { kind: 'done' }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      return outcomeOf(error, change)
    }
  },
})

/** The same for a sweep. */
export const sweepPortsFrom = (answers: AwsAnswers & RegionAnswers): SweepPorts => ({
  ...portsFrom(answers),
  ...{ applications: answers.applications, notifyGate: answers.notifyGate },
  deploymentGroups: (application) =>
    mapped(answers.deploymentGroups(application), (page) =>
      page.flatMap((info) => readDeploymentGroup(info, 'eu-west-1') ?? []),
    ),
  everyAutoScalingGroup: () => mapped(answers.everyAutoScalingGroup(), (page) => page.map(readAutoScalingGroup)),
  everyDeploymentUnderWay: async () =>
    (await answers.everyDeploymentUnderWay()).map((info) => ({
      id: info.deploymentId ?? '',
      application: info.applicationName ?? '',
      deploymentGroup: info.deploymentGroupName ?? '',
      deployment: readDeployment(info),
    })),
  tagsOf: async ({ application, name }) => (await answers.deploymentGroupTags(application, name)) ?? new Map(),
  deployments: async (ids) => (await answers.deployments(ids)).map(readDeployment),
  recordedAutoScalingGroups: async () => (await answers.recordedAutoScalingGroups()).map(readAutoScalingGroup),
  deploymentsOf: (...asked) => mapped(answers.deploymentsOf(...asked), (page) => page.map(readDeployment)),
})

const carryOut = (change: Change, changes: Changes): Promise<void> => {
  switch (change.call) {
    case 'autoscaling:CreateOrUpdateTags':
      return changes.tag(change.green, change.tags)
    case 'autoscaling:DeleteTags':
      return changes.untag(change.green, change.keys)
    case 'autoscaling:SuspendProcesses':
      return changes.suspend(change.green, change.processes)
    case 'autoscaling:ResumeProcesses':
      return changes.resume(change.green, change.processes)
    case 'autoscaling:AttachLoadBalancerTargetGroups':
      return changes.attachTargetGroups(change.green, arnsOf(change))
    case 'autoscaling:DetachLoadBalancerTargetGroups':
      return changes.detachTargetGroups(change.green, arnsOf(change))
    case 'elasticloadbalancing:RegisterTargets':
      return changes.registerTargets(arnsOf(change), change.instances)
    case 'elasticloadbalancing:DeregisterTargets':
      return changes.deregisterTargets(arnsOf(change), change.instances)
    case 'codedeploy:ContinueDeployment':
      return changes.continueDeployment(change.deploymentId)
    case 'codedeploy:StopDeployment':
      return changes.stopDeployment(change.deploymentId)
  }
}

const arnsOf = ({ targetGroups }: Extract<Change, { targetGroups: unknown }>): readonly string[] =>
  targetGroups.map(({ arn }) => arn)

async function* mapped<From, To>(pages: AsyncIterable<From>, read: (page: From) => To): AsyncGenerator<To, void> {
  for await (const page of pages) yield read(page)
}
