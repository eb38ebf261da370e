import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import type { Change, Outcome } from '../model/change.ts'
import type { Copy, Deployment, NoDeployment } from '../model/deployment.ts'
import type { Progress } from '../model/progress.ts'
import type { Routing, Target, TargetGroup } from '../model/targetGroup.ts'

// What Greenlight asks of AWS about one deployment, in its own words. The adapters are in `aws/`. All of them throw
// AwsError where AWS refuses to answer.

export type Ports = Reading & Changing

/** What only looks. */
export type Reading = {
  readonly deployment: (id: string) => Promise<Deployment | NoDeployment>
  /** How far CodeDeploy is with the green targets of a Server deployment. */
  readonly progress: (deploymentId: string) => Promise<Progress>
  /** How far CodeDeploy is with this instance of green (id), and with the first 24 of those whose ids come before it. */
  readonly progressUpTo: (deploymentId: string, instance: string) => Promise<Progress>
  /** Ids of the instances of green that CodeDeploy itself gave up. */
  readonly givenUp: (deploymentId: string) => Promise<ReadonlySet<string>>
  /** The targets of a Server deployment that CodeDeploy labels Blue. */
  readonly blueTargets: (deploymentId: string) => Promise<BlueTargets>
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
  readonly deploymentsUnderWay: (application: string, deploymentGroup: string) => Promise<readonly UnderWay[]>
  /** The Auto Scaling groups that carry the tag of the copy that CodeDeploy made for this deployment (F49). */
  readonly copies: (deploymentId: string) => Promise<readonly Copy[]>
  /** Those that exist. */
  readonly autoScalingGroups: (names: readonly string[]) => Promise<readonly AutoScalingGroup[]>
  /** Those that exist, by name. */
  readonly targetGroups: (names: readonly string[]) => Promise<ReadonlyMap<string, TargetGroup>>
  /** The tags of those that exist, by ARN. */
  readonly targetGroupTags: (arns: readonly string[]) => Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>
  readonly routing: (targetGroupArn: string) => Promise<Routing>
  /** Undefined where the target group does not exist any more. */
  readonly targetHealth: (targetGroupArn: string) => Promise<readonly Target[] | undefined>
}

export type BlueTargets = {
  /** Ids. */
  readonly instances: readonly string[]
  /** Whether CodeDeploy has begun to take any of them out of the load balancer (BlockTraffic, F2). */
  readonly hasBegunTraffic: boolean
  /** Whether it is done with each of them. */
  readonly isOut: boolean
}

/** A deployment that is not over. */
export type UnderWay = Pick<Deployment, 'id' | 'status'> & {
  /** `unreadable`: it may be of any kind. `other`: it moves no traffic. */
  readonly kind: 'firstHand' | 'rollback' | 'unreadable' | 'other'
  /** Names of the greens of a first-hand deployment. */
  readonly greens: readonly string[]
}

/** What changes something: code that does not have it cannot. */
export type Changing = {
  /** Makes one change, once. A refusal is an outcome; it throws only what is no answer of AWS. */
  readonly change: (change: Change) => Promise<Outcome>
}
