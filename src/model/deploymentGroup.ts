import type { DeploymentGroupInfo } from '@aws-sdk/client-codedeploy'

/** A deployment group whose blue/green deployments give traffic to Auto Scaling groups, with nothing optional. */
export type DeploymentGroup = {
  readonly application: string
  readonly name: string
  /** Names of the Auto Scaling groups that it names now. */
  readonly autoScalingGroups: readonly string[]
  /** Names of target groups. */
  readonly wanted: readonly string[]
  readonly classicLoadBalancers: readonly string[]
  /** Green is a copy of blue that CodeDeploy makes (F17), and not one that is there already. */
  readonly copies: boolean
  /** How many minutes its deployments are Ready for somebody to continue them; undefined: they do not wait (F5). */
  readonly waitMinutes: number | undefined
  /** Blue is kept, not terminated (F12). */
  readonly keepsBlue: boolean
  /** F18. */
  readonly terminationHook: boolean
}

/**
 * Parses what `BatchGetDeploymentGroups` answers.
 *
 * @returns the deployment group; undefined where its deployments are not of the Server platform, blue/green and with
 *   traffic control, or a sentence why that cannot be said
 */
export const readDeploymentGroup = (info: DeploymentGroupInfo): DeploymentGroup | string | undefined => {
  const { applicationName: application, deploymentGroupName: name } = info
  if (!application || !name) return 'CodeDeploy described a deployment group without its application or its name'
  const { deploymentType, deploymentOption } = info.deploymentStyle ?? {}
  const isOurs =
    (info.computePlatform ?? 'Server') === 'Server' &&
    deploymentType === 'BLUE_GREEN' &&
    deploymentOption === 'WITH_TRAFFIC_CONTROL'
  if (!isOurs) return undefined
  const {
    deploymentReadyOption: ready,
    greenFleetProvisioningOption: provisioning,
    terminateBlueInstancesOnDeploymentSuccess: blue,
  } = info.blueGreenDeploymentConfiguration ?? {}
  return {
    application,
    name,
    autoScalingGroups: namesOf(info.autoScalingGroups),
    wanted: namesOf(info.loadBalancerInfo?.targetGroupInfoList),
    classicLoadBalancers: namesOf(info.loadBalancerInfo?.elbInfoList),
    copies: provisioning?.action === 'COPY_AUTO_SCALING_GROUP',
    waitMinutes: ready?.actionOnTimeout === 'STOP_DEPLOYMENT' ? (ready.waitTimeInMinutes ?? 0) : undefined,
    keepsBlue: blue?.action === 'KEEP_ALIVE',
    terminationHook: info.terminationHookEnabled === true,
  }
}

const namesOf = (list: readonly { readonly name?: string | undefined }[] | undefined): readonly string[] => [
  ...new Set((list ?? []).flatMap(({ name }) => (name ? [name] : []))),
]

/** How people name it: `application/group`. */
export const fullName = ({ application, name }: Pick<DeploymentGroup, 'application' | 'name'>): string =>
  `${application}/${name}`
