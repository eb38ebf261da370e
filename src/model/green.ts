import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import { type Records, readRecords } from './records.ts'

/** A replacement Auto Scaling group with nothing optional. */
export type Green = {
  readonly name: string
  readonly beingDeleted: boolean
  /** `ELB`: it replaces what the load balancer finds unhealthy; `EC2`: it does not (F27). */
  readonly healthCheckType: string
  /** ARNs of the attached target groups, those of either attachment family together (F21, F22). */
  readonly attached: readonly string[]
  /** ARNs of those that the calls for target groups attached, as Greenlight does: the other family's are somebody else's. */
  readonly attachedAsTargetGroups: readonly string[]
  readonly suspended: readonly string[]
  readonly tags: ReadonlyMap<string, string>
  /** What the tags say that Greenlight has done. */
  readonly records: Records
  /** Ids of all its instances, in whatever state. */
  readonly instances: readonly string[]
  /** Ids of those that are InService: only these count (F31). */
  readonly inService: readonly string[]
  /** How many instances it ought to have. */
  readonly desiredCapacity: number
  /** Attached things that Greenlight does not handle: Classic Load Balancers, VPC Lattice target groups. */
  readonly notHandled: readonly string[]
}

/** @param group what `DescribeAutoScalingGroups` answered */
export const readGreen = (group: AutoScalingGroup): Green => {
  const instances = (group.Instances ?? []).flatMap(({ InstanceId: id, LifecycleState: state }) =>
    id === undefined ? [] : [{ id, state }],
  )
  const sources = (group.TrafficSources ?? []).map(({ Type: type, Identifier: id = '' }) => ({
    id,
    // Auto Scaling tells by the identifier alone where no type was given.
    elbv2: type === 'elbv2' || (type === undefined && id.includes(':targetgroup/')),
  }))
  const tags = new Map((group.Tags ?? []).map(({ Key: key = '', Value: value = '' }) => [key, value]))
  return {
    name: group.AutoScalingGroupName ?? '(no name)',
    // The field is there only while DeleteAutoScalingGroup is under way.
    beingDeleted: group.Status !== undefined,
    healthCheckType: group.HealthCheckType ?? 'EC2',
    attached: [...new Set([...(group.TargetGroupARNs ?? []), ...idsOf(sources, true)])],
    attachedAsTargetGroups: group.TargetGroupARNs ?? [],
    suspended: (group.SuspendedProcesses ?? []).flatMap(({ ProcessName: name }) => name ?? []),
    tags,
    records: readRecords(tags),
    instances: instances.map(({ id }) => id),
    inService: instances.filter(({ state }) => state === 'InService').map(({ id }) => id),
    desiredCapacity: group.DesiredCapacity ?? 0,
    notHandled: [...new Set([...(group.LoadBalancerNames ?? []), ...idsOf(sources, false)])],
  }
}

const idsOf = (sources: readonly { id: string; elbv2: boolean }[], elbv2: boolean): readonly string[] =>
  sources.filter((source) => source.elbv2 === elbv2).map(({ id }) => id)

/** The name inside the ARN of a target group: `arn:…:targetgroup/<name>/<id>`. */
export const targetGroupName = (arn: string): string => arn.split('/').at(-2) ?? arn

/** Which of the wanted target groups (names) green does not have, in the order given. */
export const missingFrom = (green: Green, wanted: readonly string[]): readonly string[] => {
  const attached = new Set(green.attached.map(targetGroupName))
  return wanted.filter((name) => !attached.has(name))
}

/**
 * The id of the deployment to ask whether it made this Auto Scaling group, if it is named as a copy is (F13). A name proves
 * nothing: CodeDeploy's answer does.
 */
export const makerIdIn = (name: string): string | undefined => /^CodeDeploy_.+_(d-[A-Z0-9]+)$/.exec(name)?.[1]
