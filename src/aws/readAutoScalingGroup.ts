import type { AutoScalingGroup as Described } from '@aws-sdk/client-auto-scaling'
import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import { readRecords } from '../model/records.ts'

/** Parses what `DescribeAutoScalingGroups` answers. */
export const readAutoScalingGroup = (group: Described): AutoScalingGroup => {
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
    isBeingDeleted: group.Status !== undefined,
    healthCheckType: group.HealthCheckType ?? 'EC2',
    attached: [...new Set([...(group.TargetGroupARNs ?? []), ...idsOf(sources, true)])],
    attachedAsTargetGroups: group.TargetGroupARNs ?? [],
    suspended: (group.SuspendedProcesses ?? []).flatMap(({ ProcessName: name }) => name ?? []),
    tags,
    records: readRecords(tags),
    instances: instances.map(({ id }) => id),
    inService: instances.filter(({ state }) => state === 'InService').map(({ id }) => id),
    notRunning: [],
    desiredCapacity: isInUnits(group) ? undefined : (group.DesiredCapacity ?? 0),
    operator: group.Operator?.Principal,
    notHandled: [...new Set([...(group.LoadBalancerNames ?? []), ...idsOf(sources, false)])],
  }
}

/** Instances have a weight where the mixed instances policy gives weights (F58). */
const isInUnits = ({ DesiredCapacityType: type, Instances: instances = [] }: Described): boolean =>
  (type !== undefined && type !== 'units') || instances.some(({ WeightedCapacity: weight }) => weight !== undefined)

const idsOf = (sources: readonly { id: string; elbv2: boolean }[], elbv2: boolean): readonly string[] =>
  sources.filter((source) => source.elbv2 === elbv2).map(({ id }) => id)
