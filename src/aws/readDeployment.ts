import type { DeploymentInfo } from '@aws-sdk/client-codedeploy'
import type { Deployment, Subject } from '../model/deployment.ts'
import { isRefused, type Refused } from '../model/refused.ts'
import type { UnderWay } from '../reconcile/ports.ts'
import { listed } from '../sentences.ts'

/** Who else makes deployments (F8), and how to call what they make. */
const otherCreators: ReadonlyMap<string | undefined, string> = new Map([
  ['codeDeployRollback', 'is a rollback'],
  ['autoscaling', 'was made by Auto Scaling for an instance that it launched'],
  ['autoscalingTermination', 'was made by Auto Scaling for an instance that it terminates'],
  ['CodeDeployAutoUpdate', 'brings outdated instances up to date'],
])

/** Parses what `GetDeployment` and `BatchGetDeployments` answer. */
export const readDeployment = (info: DeploymentInfo | undefined): Deployment | Refused => {
  const { deploymentId: id, applicationName: application = '', deploymentGroupName: deploymentGroup = '' } = info ?? {}
  const status = info?.status
  if (info === undefined || !id || !status) {
    return { refusal: `CodeDeploy described deployment ${id ?? '(no id)'} without id or status` }
  }
  const subject: Subject | Refused =
    application === '' || deploymentGroup === ''
      ? // CloudFormation makes such deployments for its own blue/green (F50).
        { kind: 'nothing', reason: `deployment ${id} has no application or no deployment group` }
      : readSubject(info, id, deploymentGroup)
  if (isRefused(subject)) return subject
  const { actionOnTimeout, waitTimeInMinutes = 0 } = info.blueGreenDeploymentConfiguration?.deploymentReadyOption ?? {}
  return {
    id,
    application,
    deploymentGroup,
    status,
    waitMinutes: actionOnTimeout === 'STOP_DEPLOYMENT' ? waitTimeInMinutes : undefined,
    createdAt: info.createTime,
    completedAt: info.completeTime?.getTime(),
    autoRollback: info.autoRollbackConfiguration?.enabled === true,
    rolledBackBy: info.rollbackInfo?.rollbackDeploymentId,
    rollbackOf: info.creator === 'codeDeployRollback' ? info.rollbackInfo?.rollbackTriggeringDeploymentId : undefined,
    subject,
  }
}

const readSubject = (info: DeploymentInfo, id: string, deploymentGroup: string): Subject | Refused => {
  const nothing = (why: string): Subject => ({ kind: 'nothing', reason: `deployment ${id} ${why}` })

  // First of all: F8 leaves open which style and platform a launch deployment carries.
  const other = otherCreators.get(info.creator)
  if (other !== undefined) return nothing(other)

  const platform = info.computePlatform ?? 'Server'
  if (platform === 'Lambda' || platform === 'ECS') return { kind: 'tagged', platform, pairs: pairs(info) }
  if (platform !== 'Server') {
    return { refusal: `deployment ${id} is of compute platform ${platform}, which Greenlight does not know` }
  }

  // What is missing has AWS's documented default (F50).
  const { deploymentType = 'IN_PLACE', deploymentOption = 'WITHOUT_TRAFFIC_CONTROL' } = info.deploymentStyle ?? {}
  if (deploymentType === 'IN_PLACE') return nothing('is in-place')
  if (deploymentOption === 'WITHOUT_TRAFFIC_CONTROL') return nothing('is without traffic control')
  if (deploymentType !== 'BLUE_GREEN' || deploymentOption !== 'WITH_TRAFFIC_CONTROL') {
    // A word that AWS adds one day may well move traffic: it is not taken for one that does not.
    return {
      refusal: `deployment ${id} is of style ${deploymentType} ${deploymentOption}, which Greenlight does not know`,
    }
  }

  const wanted = named(info.loadBalancerInfo?.targetGroupInfoList)
  const classicLoadBalancers = named(info.loadBalancerInfo?.elbInfoList)
  if (wanted.length === 0 && classicLoadBalancers.length > 0) {
    return nothing(
      `has only Classic Load Balancers (${listed(classicLoadBalancers)}), which Greenlight does not handle`,
    )
  }
  if (wanted.length === 0) {
    return {
      refusal: `deployment ${id} is with traffic control and names neither a target group nor a Classic Load Balancer`,
    }
  }

  const greens = (info.targetInstances?.autoScalingGroups ?? []).filter((name) => name !== '')
  const isNamed = greens.length > 0
  const server = { kind: 'server', greens, isNamed, wanted, classicLoadBalancers } as const
  if (isNamed) return server

  const provisioning = info.blueGreenDeploymentConfiguration?.greenFleetProvisioningOption?.action
  // F14: early on CodeDeploy does not name green yet; F13: this is the name that it will have.
  if (provisioning === 'COPY_AUTO_SCALING_GROUP') return { ...server, greens: [`CodeDeploy_${deploymentGroup}_${id}`] }
  const { tagFilters, ec2TagSet } = info.targetInstances ?? {}
  // Before it has begun, an Auto Scaling group may still be missing beside the tags (F14).
  const begun = info.status !== 'Created' && info.status !== 'Queued'
  if (begun && ((tagFilters?.length ?? 0) > 0 || (ec2TagSet?.ec2TagSetList?.length ?? 0) > 0)) {
    return nothing('has a green given only by instance tags, without an Auto Scaling group')
  }
  return server
}

const named = (list: readonly { readonly name?: string | undefined }[] | undefined): readonly string[] => [
  ...new Set((list ?? []).map(({ name }) => name ?? '').filter((name) => name !== '')),
]

const pairs = (info: DeploymentInfo): readonly string[] =>
  named((info.loadBalancerInfo?.targetGroupPairInfoList ?? []).flatMap((pair) => pair.targetGroups ?? []))

/** A deployment under way, as far as it stands in the way of another one of its deployment group. */
export const readUnderWay = (info: DeploymentInfo): UnderWay => {
  const { deploymentId: id = '', status = '', creator } = info
  const deployment = readDeployment(info)
  if (creator === 'codeDeployRollback') return { id, status, kind: 'rollback', greens: [] }
  if (isRefused(deployment)) return { id, status, kind: 'unreadable', greens: [] }
  const { subject } = deployment
  const kind = subject.kind === 'nothing' ? 'other' : 'firstHand'
  return { id, status, kind, greens: subject.kind === 'server' ? subject.greens : [] }
}
