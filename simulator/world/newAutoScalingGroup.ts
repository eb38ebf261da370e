import { arnOf } from '../arn.ts'
import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import { known } from './named.ts'
import { type AutoScalingGroup, applicationOf, type State } from './state.ts'

/** An Auto Scaling group to arrange, whose instances are in service, installed and healthy from the start. */
export type AutoScalingGroupOptions = {
  name: string
  /** Names of attached target groups; none by default. */
  targetGroups?: readonly string[]
  /** Names of target groups that were attached by AttachTrafficSources instead. */
  trafficSources?: readonly string[]
  classicLoadBalancers?: readonly string[]
  desiredCapacity?: number
  /** The units that an instance of each type has, by its name; instances take the types in turn (F58). */
  weights?: Readonly<Record<string, number>>
  /** Anything but `units`: the weights are counts of processors or memory, which AWS does not show. */
  desiredCapacityType?: AutoScalingGroup['desiredCapacityType']
  minSize?: number
  maxSize?: number
  /** The version of the application on its instances; `v1` by default. */
  version?: string
  /** The machine image has the application on it, so that an instance launched without CodeDeploy serves too. */
  applicationInImage?: boolean
  healthCheckType?: 'EC2' | 'ELB'
  healthCheckGracePeriodSeconds?: number
  suspendedProcesses?: readonly string[]
  /** The AWS service that manages it (F52). */
  operator?: string
  deletionProtection?: AutoScalingGroup['deletionProtection']
  tags?: Readonly<Record<string, string>>
}

/** Makes an Auto Scaling group without instances. */
export const newAutoScalingGroup = (
  options: AutoScalingGroupOptions,
  { state, clock, identifiers }: { state: State; clock: Clock; identifiers: Identifiers },
): AutoScalingGroup => {
  const arnOfTargetGroup = (name: string) => known(state.targetGroups, name, 'target group').arn
  const resource = `autoScalingGroup:${identifiers.uuid()}:autoScalingGroupName/${options.name}`
  return {
    name: options.name,
    arn: arnOf(state.region, 'autoscaling', resource),
    createdAt: clock.now(),
    instanceTypes: Object.entries(options.weights ?? {}).map(([name, units]) => ({ name, units })),
    desiredCapacityType: options.desiredCapacityType,
    minSize: options.minSize ?? 0,
    maxSize: options.maxSize ?? 20,
    desiredCapacity: options.desiredCapacity ?? 2,
    healthCheckType: options.healthCheckType ?? 'ELB',
    healthCheckGracePeriodSeconds: options.healthCheckGracePeriodSeconds ?? 300,
    targetGroupArns: (options.targetGroups ?? []).map(arnOfTargetGroup),
    trafficSources: (options.trafficSources ?? []).map((name) => ({
      identifier: arnOfTargetGroup(name),
      type: 'elbv2',
    })),
    passedArns: [],
    underWay: [],
    loadBalancerNames: [...(options.classicLoadBalancers ?? [])],
    suspendedProcesses: [...(options.suspendedProcesses ?? [])],
    suspendedByCodeDeploy: [],
    launchHooks: [],
    tags: Object.entries(options.tags ?? {}).map(([key, value]) => ({ key, value, propagateAtLaunch: false })),
    status: undefined,
    image: options.applicationInImage ? applicationOf({ version: options.version ?? 'v1' }) : undefined,
    operator: options.operator,
    deletionProtection: options.deletionProtection ?? 'none',
    instanceRefresh: undefined,
    failedLaunches: 0,
  }
}
