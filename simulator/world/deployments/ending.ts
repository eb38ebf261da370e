import { type Deployment, type DeploymentStatus, deploymentGroupOf } from '../state.ts'
import type { Course, DeploymentSurroundings } from './course.ts'

/** Ends a deployment: its status, its time, and what had not begun on its targets. */
export const end = (
  { clock, timeline, wake, notifications }: DeploymentSurroundings,
  deployment: Deployment,
  status: Extract<DeploymentStatus, 'Succeeded' | 'Failed' | 'Stopped'>,
  errorInformation?: { code: string; message: string },
): void => {
  deployment.status = status
  deployment.completeTime = clock.now()
  deployment.errorInformation = errorInformation
  for (const target of deployment.targets.values()) {
    for (const event of target.lifecycleEvents) if (event.status === 'Pending') event.status = 'Skipped'
    // What an instance was about is not known to have ended well or badly where the deployment was stopped under it.
    if (!ended.includes(target.status)) target.status = target.status === 'InProgress' ? 'Unknown' : 'Skipped'
  }
  const why = errorInformation ? `: ${errorInformation.message}` : ''
  timeline.tell(
    'CodeDeploy',
    `ends deployment ${deployment.deploymentId} as ${status}${why}.`.replace('..', '.'),
    deployment,
  )
  wake.wake(deployment.deploymentId)
  notifications.deploymentIs(
    deployment,
    ({ Succeeded: 'SUCCESS', Failed: 'FAILURE', Stopped: 'STOP' } as const)[status],
  )
}

const ended: readonly string[] = ['Succeeded', 'Failed', 'Skipped', 'Unknown']

/** F11: after success the deployment group names green, and what is launched from now on gets the new revision. */
export const succeed = (course: Course): void => {
  const { deployment, state } = course
  const deploymentGroup = deploymentGroupOf(state, deployment)
  if (deployment.deploymentStyle.deploymentType === 'BLUE_GREEN' && deployment.targetInstances) {
    deploymentGroup.autoScalingGroups = [...deployment.targetInstances.autoScalingGroups]
  }
  deploymentGroup.revision = deployment.revision
  deploymentGroup.lastSuccessful = deployment.deploymentId
  end(course, deployment, 'Succeeded')
}
