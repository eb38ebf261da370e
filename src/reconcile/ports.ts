import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DeploymentGroupInfo, DeploymentInfo, DeploymentTarget } from '@aws-sdk/client-codedeploy'
import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'

// What Greenlight asks of AWS, in its own words. The adapters are in `aws/`.

/** Everything about one deployment. */
export type Ports = Reading & Changing

/** What only looks. */
export type Reading = {
  /** Undefined where CodeDeploy knows no such deployment. */
  readonly deployment: (id: string) => Promise<DeploymentInfo | undefined>
  /** The targets with this label of a Server deployment. */
  readonly deploymentTargets: (deploymentId: string, label: 'Green' | 'Blue') => Promise<readonly DeploymentTarget[]>
  /** Undefined where there is no such deployment group any more. */
  readonly deploymentGroupTags: (
    application: string,
    deploymentGroup: string,
  ) => Promise<ReadonlyMap<string, string> | undefined>
  /** Names of the Auto Scaling groups that it names now; undefined where there is no such deployment group any more. */
  readonly autoScalingGroupsNamedBy: (
    application: string,
    deploymentGroup: string,
  ) => Promise<readonly string[] | undefined>
  /** The deployments of this deployment group that are under way. */
  readonly deploymentsUnderWay: (application: string, deploymentGroup: string) => Promise<readonly DeploymentInfo[]>
  /** Those that exist. */
  readonly autoScalingGroups: (names: readonly string[]) => Promise<readonly AutoScalingGroup[]>
  /** Those that exist, by name. */
  readonly targetGroups: (names: readonly string[]) => Promise<ReadonlyMap<string, TargetGroup>>
  readonly targetHealth: (targetGroupArn: string) => Promise<readonly TargetHealthDescription[]>
}

/** What changes something: whoever is not given these cannot. */
export type Changing = {
  readonly tag: (autoScalingGroup: string, tags: Readonly<Record<string, string>>) => Promise<void>
  readonly untag: (autoScalingGroup: string, keys: readonly string[]) => Promise<void>
  readonly suspend: (autoScalingGroup: string, processes: readonly string[]) => Promise<void>
  readonly resume: (autoScalingGroup: string, processes: readonly string[]) => Promise<void>
  readonly attachTargetGroups: (autoScalingGroup: string, arns: readonly string[]) => Promise<void>
  readonly detachTargetGroups: (autoScalingGroup: string, arns: readonly string[]) => Promise<void>
  readonly continueDeployment: (id: string) => Promise<void>
  readonly stopDeployment: (id: string) => Promise<void>
}

/** What is asked of a whole region, a page at a time where there may be thousands. It only looks. */
export type Eyes = Pick<Reading, 'autoScalingGroups' | 'targetGroups'> & {
  /** Names of the applications. */
  readonly applications: () => Promise<readonly string[]>
  /** The deployment groups of an application; none where it does not exist any more. */
  readonly deploymentGroups: (application: string) => AsyncIterable<readonly DeploymentGroupInfo[]>
  /** All Auto Scaling groups, without their instances. */
  readonly everyAutoScalingGroup: () => AsyncIterable<readonly AutoScalingGroup[]>
  /** The deployments of all deployment groups that are under way. */
  readonly everyDeploymentUnderWay: () => Promise<readonly DeploymentInfo[]>
  /** Those that exist. */
  readonly deployments: (ids: readonly string[]) => Promise<readonly DeploymentInfo[]>
}

/** What a sweep asks beyond both: who is on record, whose green an Auto Scaling group is, and the gate function. */
export type SweepPorts = Ports &
  Eyes & {
    /** All Auto Scaling groups with a record of Greenlight's. */
    readonly recordedAutoScalingGroups: () => Promise<readonly AutoScalingGroup[]>
    /** The deployments of a deployment group, newest first; none where it does not exist any more. */
    readonly deploymentsOf: (
      application: string,
      deploymentGroup: string,
      only: DeploymentFilter,
    ) => AsyncIterable<readonly DeploymentInfo[]>
    /** Has the gate function see to a deployment as if it had been notified of it; returns at once. */
    readonly notifyGate: (notification: object) => Promise<void>
  }

export type DeploymentFilter = { readonly createdSince?: Date; readonly succeeded?: true }
