import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import type { Deployment } from '../model/deployment.ts'
import type { DeploymentGroup } from '../model/deploymentGroup.ts'
import type { Refused } from '../model/refused.ts'
import type { Ports, Reading } from '../reconcile/ports.ts'

/**
 * What is asked of a whole region, a page at a time where there may be thousands. It only looks. All of them throw
 * AwsError where AWS refuses to answer.
 */
export type RegionReading = Pick<Reading, 'autoScalingGroups' | 'targetGroups' | 'targetHealth' | 'progress'> & {
  /** Names of the applications. */
  readonly applications: () => Promise<readonly string[]>
  /**
   * The deployment groups of an application whose blue/green deployments give traffic to Auto Scaling groups; none where
   * the application does not exist any more.
   */
  readonly deploymentGroups: (application: string) => AsyncIterable<readonly (DeploymentGroup | Refused)[]>
  /** The tags of a deployment group; none where it does not exist any more. */
  readonly tagsOf: (deploymentGroup: DeploymentGroup) => Promise<ReadonlyMap<string, string>>
  /** All Auto Scaling groups, without their instances. */
  readonly everyAutoScalingGroup: () => AsyncIterable<readonly AutoScalingGroup[]>
  /** The deployments of all deployment groups that are under way. */
  readonly everyDeploymentUnderWay: () => Promise<readonly UnderWayAnywhere[]>
  /** The deployments of a deployment group, newest first; none where it does not exist any more. */
  readonly deploymentsOf: (
    application: string,
    deploymentGroup: string,
    only: DeploymentFilter,
  ) => AsyncIterable<readonly (Deployment | Refused)[]>
  /** Those that exist. */
  readonly deployments: (ids: readonly string[]) => Promise<readonly (Deployment | Refused)[]>
}

/** A deployment under way, of whatever kind; `deployment` is refused where Greenlight cannot read it. */
export type UnderWayAnywhere = {
  readonly id: string
  readonly application: string
  readonly deploymentGroup: string
  readonly deployment: Deployment | Refused
}

/** What a sweep needs beyond both: the records, whose green an Auto Scaling group is, and the gate function. */
export type SweepPorts = Ports &
  RegionReading & {
    /** All Auto Scaling groups with a record of Greenlight's. */
    readonly recordedAutoScalingGroups: () => Promise<readonly AutoScalingGroup[]>
    /** Has the gate function handle a deployment as if CodeDeploy had notified it; returns at once. */
    readonly notifyGate: (notification: object) => Promise<void>
  }

type DeploymentFilter = { readonly createdSince?: Date; readonly succeeded?: true }
