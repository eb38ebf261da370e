import { type Deployment, type DeploymentStatus, deploymentGroupOf } from '../state.ts'
import type { Course, DeploymentSurroundings } from './course.ts'

/** Ends a deployment: sets its status, its time, and the status of events and targets that have not finished. */
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
    // A deployment that stops during an event does not learn how the event ended.
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

/** After success the deployment group names green, and every later instance gets the new revision (F11). */
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
