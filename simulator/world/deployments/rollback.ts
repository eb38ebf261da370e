import { type Deployment, deploymentGroupOf, inServiceOf } from '../state.ts'
import { type Course, DeploymentFailed } from './course.ts'
import { end } from './ending.ts'
import { moveLaunchHooks } from './launchHooks.ts'
import { addTarget, allowEvents, blockEvents, runEvents } from './lifecycleEvents.ts'

/**
 * A rollback is another deployment, which allows traffic to blue again (with the scripts of BeforeAllowTraffic
 * on blue) and blocks it to green. Green keeps running (F2, F8, F9).
 */
export const playRollback = async (course: Course, failed: Deployment): Promise<void> => {
  const { deployment, state, switches } = course
  const deploymentGroup = deploymentGroupOf(state, deployment)
  const green = failed.targetInstances?.autoScalingGroups ?? []
  const named = { empty: [], green, blue: failed.blue ? [failed.blue] : [] }[switches.rollbackTargetInstances]
  deployment.targetInstances = { autoScalingGroups: [...named] }
  if (!failed.blue || !state.autoScalingGroups.has(failed.blue)) {
    throw new DeploymentFailed('AUTO_SCALING_CONFIGURATION', `The original Auto Scaling group ${failed.blue} is gone.`)
  }
  const back = await Promise.all(
    inServiceOf(state, failed.blue).map((instance) =>
      runEvents(course, instance, addTarget(course, instance.instanceId, 'Blue', allowEvents), allowEvents),
    ),
  )
  if (back.includes(false))
    throw new DeploymentFailed('HEALTH_CONSTRAINTS', 'An original instance could not be registered again.')
  deploymentGroup.autoScalingGroups = [failed.blue]
  moveLaunchHooks(course, deploymentGroup, { from: green, to: [failed.blue] })
  deploymentGroup.revision = deployment.revision
  await Promise.all(
    green
      .flatMap((name) => inServiceOf(state, name))
      .map((instance) =>
        runEvents(course, instance, addTarget(course, instance.instanceId, 'Green', blockEvents), blockEvents),
      ),
  )
  end(course, deployment, 'Succeeded')
}
