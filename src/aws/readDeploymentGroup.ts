import type { DeploymentGroupInfo } from '@aws-sdk/client-codedeploy'
import type { DeploymentGroup } from '../model/deploymentGroup.ts'
import type { Refused } from '../model/refused.ts'

/**
 * Parses what `BatchGetDeploymentGroups` answers.
 *
 * @param region where it was asked: an answer names no ARN
 * @returns the deployment group; undefined where its deployments are not of the Server platform, blue/green and with
 *   traffic control, or a sentence why that cannot be said
 */
export const readDeploymentGroup = (
  info: DeploymentGroupInfo,
  region: string,
): DeploymentGroup | Refused | undefined => {
  const { applicationName: application, deploymentGroupName: name } = info
  if (!application || !name) {
    return { refusal: 'CodeDeploy described a deployment group without its application or its name' }
  }
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
    arn: arnOf(info, region),
    autoScalingGroups: namesOf(info.autoScalingGroups),
    wanted: namesOf(info.loadBalancerInfo?.targetGroupInfoList),
    classicLoadBalancers: namesOf(info.loadBalancerInfo?.elbInfoList),
    copies: provisioning?.action === 'COPY_AUTO_SCALING_GROUP',
    waitMinutes: ready?.actionOnTimeout === 'STOP_DEPLOYMENT' ? (ready.waitTimeInMinutes ?? 0) : undefined,
    keepsBlue: blue?.action === 'KEEP_ALIVE',
    terminationHook: info.terminationHookEnabled === true,
  }
}

/** In the account of its service role: CodeDeploy takes no role of another one. */
const arnOf = ({ applicationName, deploymentGroupName, serviceRoleArn }: DeploymentGroupInfo, region: string) => {
  const [, partition, account] = /^arn:([\w-]+):iam::(\d{12}):/.exec(serviceRoleArn ?? '') ?? []
  return account === undefined
    ? undefined
    : `arn:${partition}:codedeploy:${region}:${account}:deploymentgroup:${applicationName}/${deploymentGroupName}`
}

const namesOf = (list: readonly { readonly name?: string | undefined }[] | undefined): readonly string[] => [
  ...new Set((list ?? []).flatMap(({ name }) => (name ? [name] : []))),
]
