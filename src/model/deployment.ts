import type { DeploymentInfo } from '@aws-sdk/client-codedeploy'
import { listed } from '../wording.ts'

/** A CodeDeploy deployment with nothing optional, as far as Greenlight cares. */
export type Deployment = {
  readonly id: string
  readonly application: string
  readonly deploymentGroup: string
  /** F7, or a word that AWS adds one day. */
  readonly status: string
  /** How many minutes it is Ready for somebody to continue it; undefined: it does not wait (F5). */
  readonly waitMinutes: number | undefined
  /** When it was over, in milliseconds since 1970. */
  readonly completedAt: number | undefined
  readonly autoRollback: boolean
  /** Id of the deployment that takes this one back. */
  readonly rolledBackBy: string | undefined
  /** Id of the deployment that this one takes back (F8). */
  readonly rollbackOf: string | undefined
  readonly subject: Subject
}

/** Whether it has come to its last status (F7). */
export const isOver = ({ status }: Pick<Deployment, 'status'>): boolean =>
  status === 'Succeeded' || status === 'Failed' || status === 'Stopped'

/** What there is to gate. */
export type Subject =
  /** Nothing: such a deployment must never be stood in the way of. The reason completes "nothing to gate: …". */
  | { readonly kind: 'nothing'; readonly reason: string }
  /** A first-hand deployment of the Server platform: CodeDeploy itself says which green and which target groups. */
  | {
      readonly kind: 'server'
      /** Names of Auto Scaling groups; empty where CodeDeploy names none and none can be guessed. */
      readonly greens: readonly string[]
      /** Names of target groups: at least one. */
      readonly wanted: readonly string[]
      readonly classicLoadBalancers: readonly string[]
    }
  /** A Lambda or ECS deployment: tags of the deployment group say which green and which target groups. */
  | {
      readonly kind: 'tagged'
      readonly platform: 'Lambda' | 'ECS'
      /** Names of target groups that ECS moves by itself: never to be given to an Auto Scaling group. */
      readonly pairs: readonly string[]
    }

/** Who else makes deployments (F8), and how to call what they make. */
const otherCreators: ReadonlyMap<string | undefined, string> = new Map([
  ['codeDeployRollback', 'is a rollback'],
  ['autoscaling', 'was made by Auto Scaling for an instance that it launched'],
  ['autoscalingTermination', 'was made by Auto Scaling for an instance that it terminates'],
  ['CodeDeployAutoUpdate', 'brings outdated instances up to date'],
])

/**
 * Parses what `GetDeployment` answers.
 *
 * @returns the deployment, or a sentence why it is refused
 */
export const readDeployment = (info: DeploymentInfo | undefined): Deployment | string => {
  const { deploymentId: id, applicationName: application, deploymentGroupName: deploymentGroup, status } = info ?? {}
  if (info === undefined || !id || !application || !deploymentGroup || !status) {
    return `CodeDeploy described deployment ${id ?? '(no id)'} without id, application, deployment group or status`
  }
  const subject = readSubject(info, id, deploymentGroup)
  if (typeof subject === 'string') return subject
  const { actionOnTimeout, waitTimeInMinutes = 0 } = info.blueGreenDeploymentConfiguration?.deploymentReadyOption ?? {}
  return {
    id,
    application,
    deploymentGroup,
    status,
    waitMinutes: actionOnTimeout === 'STOP_DEPLOYMENT' ? waitTimeInMinutes : undefined,
    completedAt: info.completeTime?.getTime(),
    autoRollback: info.autoRollbackConfiguration?.enabled === true,
    rolledBackBy: info.rollbackInfo?.rollbackDeploymentId,
    rollbackOf: info.creator === 'codeDeployRollback' ? info.rollbackInfo?.rollbackTriggeringDeploymentId : undefined,
    subject,
  }
}

const readSubject = (info: DeploymentInfo, id: string, deploymentGroup: string): Subject | string => {
  const nothing = (why: string): Subject => ({ kind: 'nothing', reason: `deployment ${id} ${why}` })

  // First of all: F8 leaves open which style and platform a launch deployment carries.
  const other = otherCreators.get(info.creator)
  if (other !== undefined) return nothing(other)

  const platform = info.computePlatform ?? 'Server'
  if (platform === 'Lambda' || platform === 'ECS') return { kind: 'tagged', platform, pairs: pairs(info) }
  if (platform !== 'Server')
    return `deployment ${id} is of compute platform ${platform}, which Greenlight does not know`

  const { deploymentType, deploymentOption } = info.deploymentStyle ?? {}
  if (deploymentType === 'IN_PLACE') return nothing('is in-place')
  if (deploymentOption === 'WITHOUT_TRAFFIC_CONTROL') return nothing('is without traffic control')
  if (deploymentType !== 'BLUE_GREEN' || deploymentOption !== 'WITH_TRAFFIC_CONTROL') {
    // A word that AWS adds one day may well move traffic: it is not taken for one that does not.
    return `deployment ${id} is of style ${deploymentType} ${deploymentOption}, which Greenlight does not know`
  }

  const wanted = named(info.loadBalancerInfo?.targetGroupInfoList)
  const classicLoadBalancers = named(info.loadBalancerInfo?.elbInfoList)
  if (wanted.length === 0 && classicLoadBalancers.length > 0) {
    return nothing(
      `has only Classic Load Balancers (${listed(classicLoadBalancers)}), which Greenlight does not handle`,
    )
  }
  if (wanted.length === 0) {
    return `deployment ${id} is with traffic control and names neither a target group nor a Classic Load Balancer`
  }

  const greens = (info.targetInstances?.autoScalingGroups ?? []).filter((name) => name !== '')
  if (greens.length > 0) return { kind: 'server', greens, wanted, classicLoadBalancers }

  const provisioning = info.blueGreenDeploymentConfiguration?.greenFleetProvisioningOption?.action
  if (provisioning === 'COPY_AUTO_SCALING_GROUP') {
    // F14: early on CodeDeploy does not name green yet; F13: this is the name that it will have.
    return { kind: 'server', greens: [`CodeDeploy_${deploymentGroup}_${id}`], wanted, classicLoadBalancers }
  }
  const { tagFilters, ec2TagSet } = info.targetInstances ?? {}
  // Before it has begun, an Auto Scaling group may still be missing beside the tags (F14).
  const begun = info.status !== 'Created' && info.status !== 'Queued'
  if (begun && ((tagFilters?.length ?? 0) > 0 || (ec2TagSet?.ec2TagSetList?.length ?? 0) > 0)) {
    return nothing('has a green given only by instance tags, without an Auto Scaling group')
  }
  return { kind: 'server', greens: [], wanted, classicLoadBalancers }
}

const named = (list: readonly { readonly name?: string | undefined }[] | undefined): readonly string[] => [
  ...new Set((list ?? []).map(({ name }) => name ?? '').filter((name) => name !== '')),
]

const pairs = (info: DeploymentInfo): readonly string[] =>
  named((info.loadBalancerInfo?.targetGroupPairInfoList ?? []).flatMap((pair) => pair.targetGroups ?? []))
