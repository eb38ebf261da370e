import type { Records } from './records.ts'
import type { TargetGroup } from './targetGroup.ts'

/** An Auto Scaling group with nothing optional. Most often it is a green. */
export type AutoScalingGroup = {
  readonly name: string
  readonly isBeingDeleted: boolean
  /** `ELB`: it replaces what the load balancer finds unhealthy; `EC2`: it does not (F27). */
  readonly healthCheckType: string
  /** ARNs of the attached target groups, of either attachment family (F21, F22). */
  readonly attached: readonly string[]
  /** ARNs of those that the calls for target groups attached, as Greenlight does; others attached the rest. */
  readonly attachedAsTargetGroups: readonly string[]
  readonly suspended: readonly string[]
  readonly tags: ReadonlyMap<string, string>
  /** What its tags say that Greenlight has done. */
  readonly records: Records
  /** Ids of all its instances, in whatever state. */
  readonly instances: readonly string[]
  /** Ids of those that are InService: only these count (F31). */
  readonly inService: readonly string[]
  /** Ids of those of them that a load balancer does not take, since they are not running, whatever Auto Scaling says. */
  readonly notRunning: readonly string[]
  /** How many instances it ought to have; undefined where its capacity is counted in other units (F58). */
  readonly desiredCapacity: number | undefined
  /** The AWS service that manages it, and that alone may change it (F52). */
  readonly operator: string | undefined
  /** Attached things that Greenlight does not handle: Classic Load Balancers, VPC Lattice target groups. */
  readonly notHandled: readonly string[]
}

/** What CodeDeploy tags a copy with; the value is the id of the deployment (F49). */
export const copyTag = 'CodeDeployProvisioningDeploymentId'

/** The name inside the ARN of a target group: `arn:…:targetgroup/<name>/<id>`. */
export const targetGroupName = (arn: string): string => arn.split('/').at(-2) ?? arn

/**
 * Which of the wanted target groups (names) the Auto Scaling group does not have, in the order given.
 *
 * @param targetGroups what the names stand for now: one that was made anew under its name has another ARN
 */
export const missingFrom = (
  { attached }: AutoScalingGroup,
  wanted: readonly string[],
  targetGroups: ReadonlyMap<string, Pick<TargetGroup, 'arn'> | undefined>,
): readonly string[] => {
  const names = new Set(attached.map(targetGroupName))
  return wanted.filter((name) => {
    const targetGroup = targetGroups.get(name)
    return targetGroup === undefined ? !names.has(name) : !attached.includes(targetGroup.arn)
  })
}

/**
 * The id of the deployment that may have made this Auto Scaling group, if it is named as CodeDeploy names a copy (F13). A
 * name proves nothing: ask CodeDeploy.
 */
export const makerIdIn = (name: string): string | undefined => {
  const [, id] = /^CodeDeploy_.+_(d-[A-Z0-9]+)$/.exec(name) ?? []
  return id
}
