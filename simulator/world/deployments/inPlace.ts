import { deploymentGroupOf, inServiceOf } from '../state.ts'
import { batches } from './configurations.ts'
import { type Course, DeploymentFailed } from './course.ts'
import { succeed } from './ending.ts'
import { addTarget, allowEvents, blockEvents, installEvents, runEvents } from './lifecycleEvents.ts'

/** An in-place deployment: batch by batch out of the load balancer, the new revision, back in. BeforeAllowTraffic runs here too (F2). */
export const playInPlace = async (course: Course): Promise<void> => {
  const { deployment, state } = course
  const withTraffic = deployment.deploymentStyle.deploymentOption === 'WITH_TRAFFIC_CONTROL'
  const events = withTraffic ? [...blockEvents, ...installEvents, ...allowEvents] : [...installEvents]
  const instances = deploymentGroupOf(state, deployment).autoScalingGroups.flatMap((name) => inServiceOf(state, name))
  if (instances.length === 0) throw new DeploymentFailed('NO_INSTANCES', 'The deployment group contains no instances.')
  const placed = instances.map((instance) => ({
    instance,
    target: addTarget(course, instance.instanceId, undefined, events),
  }))
  for (const batch of batches(placed, deployment.configuration)) {
    await Promise.all(batch.map(({ instance, target }) => runEvents(course, instance, target, events)))
    const failed = placed.filter(({ target }) => target.status === 'Failed').length
    if (instances.length - failed < deployment.configuration.minimumHealthy(instances.length)) {
      throw new DeploymentFailed(
        'HEALTH_CONSTRAINTS',
        'The overall deployment failed because too many individual instances failed deployment.',
      )
    }
  }
  succeed(course)
}
