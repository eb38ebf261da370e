import type { Instance } from '../state.ts'
import { type Course, DeploymentFailed } from './course.ts'
import { end } from './ending.ts'
import { addTarget, allowEvents, blockEvents, installEvents, runEvents } from './lifecycleEvents.ts'

/**
 * The deployment that Auto Scaling starts for one instance that it has launched: the whole lifecycle on that instance, the
 * scripts of BeforeAllowTraffic included (F2). It changes nothing else about its deployment group (F8).
 */
export const playLaunch = async (course: Course, instance: Instance): Promise<void> => {
  const target = addTarget(course, instance.instanceId, undefined, [...installEvents, ...allowEvents])
  if (!(await runEvents(course, instance, target, [...installEvents, ...allowEvents]))) {
    throw new DeploymentFailed('HEALTH_CONSTRAINTS', `The deployment to ${instance.instanceId} failed.`)
  }
  end(course, course.deployment, 'Succeeded')
}

/** The deployment for one instance that Auto Scaling is about to terminate, after it has left the load balancer (F18, F26). */
export const playTermination = async (course: Course, instance: Instance): Promise<void> => {
  const events = [...blockEvents, 'ApplicationStop']
  if (!(await runEvents(course, instance, addTarget(course, instance.instanceId, undefined, events), events))) {
    throw new DeploymentFailed('HEALTH_CONSTRAINTS', `The termination deployment to ${instance.instanceId} failed.`)
  }
  end(course, course.deployment, 'Succeeded')
}
