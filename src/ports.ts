import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DeploymentInfo, DeploymentTarget } from '@aws-sdk/client-codedeploy'
import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'

/** Everything that a gate asks of AWS, in its own words. The adapters are in `aws/`. */
export type Ports = {
  /** Undefined where CodeDeploy knows no such deployment. */
  readonly deployment: (id: string) => Promise<DeploymentInfo | undefined>
  /** The targets labelled Green of a Server deployment. */
  readonly greenTargets: (deploymentId: string) => Promise<readonly DeploymentTarget[]>
  readonly deploymentGroupTags: (application: string, deploymentGroup: string) => Promise<ReadonlyMap<string, string>>
  /** Those that exist. */
  readonly autoScalingGroups: (names: readonly string[]) => Promise<readonly AutoScalingGroup[]>
  readonly attachTargetGroups: (autoScalingGroup: string, arns: readonly string[]) => Promise<void>
  /** Those that exist, by name. */
  readonly targetGroups: (names: readonly string[]) => Promise<ReadonlyMap<string, TargetGroup>>
  readonly targetHealth: (targetGroupArn: string) => Promise<readonly TargetHealthDescription[]>
}
