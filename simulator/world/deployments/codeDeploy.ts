import {
  type AutoRollback,
  type Deployment,
  type DeploymentConfiguration,
  type DeploymentCreator,
  type DeploymentGroup,
  deploymentGroupOf,
  type HookExecution,
  type Instance,
  isOver,
  type Revision,
  rollsBackOn,
} from '../state.ts'
import { playBlueGreen } from './blueGreen.ts'
import {
  type Course,
  createCourse,
  DeploymentEnded,
  DeploymentFailed,
  type DeploymentSurroundings,
  WaitedInVain,
  waitUntil,
} from './course.ts'
import { end } from './ending.ts'
import { playHooked } from './hooked.ts'
import { playInPlace } from './inPlace.ts'
import { playLaunch, playTermination } from './launch.ts'
import { playRollback } from './rollback.ts'

/** The settings of a deployment that replace those of its deployment group. */
type NewDeployment = {
  readonly revision?: Revision | undefined
  readonly lambdaHooks?: Readonly<Record<string, string>> | undefined
  readonly configuration?: DeploymentConfiguration | undefined
  readonly description?: string | undefined
  readonly ignoreApplicationStopFailures?: boolean | undefined
  /** Green, where the deployment group discovers it instead of copying blue. */
  readonly green?: readonly string[] | undefined
  readonly autoRollback?: AutoRollback | undefined
}

export type CodeDeploy = {
  /** Makes a deployment and lets it run. */
  create(deploymentGroup: DeploymentGroup, made?: NewDeployment): Deployment
  /** The first-hand deployment of this deployment group that is under way; there is one at most (F40). */
  underWay(deploymentGroup: DeploymentGroup): Deployment | undefined
  /** Ends the wait (F5, F39). */
  continue(deployment: Deployment, wait: 'ready' | 'termination'): void
  /** Returns `Pending` where the work on instances has to finish first (F39). */
  stop(deployment: Deployment, rollBack: boolean): 'Pending' | 'Succeeded'
  /** Starts the deployment that rolls another one back (F8). */
  rollBack(deployment: Deployment): Deployment
  /** Accepts a hook's report (F33). */
  report(execution: HookExecution, status: 'Succeeded' | 'Failed'): void
  /** Runs the deployment of an instance that Auto Scaling has launched; returns whether it may go into service. */
  launched(deploymentGroup: DeploymentGroup, instance: Instance): Promise<boolean>
  /** Runs the deployment of an instance that Auto Scaling terminates, which it does however that ends (F18). */
  terminating(deploymentGroup: DeploymentGroup, instance: Instance): Promise<void>
  /** Starts the deployment that updates the outdated instances of this deployment group (F8). */
  autoUpdate(deploymentGroup: DeploymentGroup): Deployment
  /** Resolves when the deployment is over. */
  ended(deployment: Deployment): Promise<void>
}

const queueMilliseconds = 1_000
const stopMilliseconds = 2_000

/** CodeDeploy: starts deployments, plays them, and continues, stops and rolls them back. */
export const createCodeDeploy = (surroundings: DeploymentSurroundings): CodeDeploy => {
  const { switches, wake } = surroundings
  return {
    create: (deploymentGroup, made = {}) => {
      const deployment = make(surroundings, deploymentGroup, 'user', made)
      deploymentGroup.lastAttempted = deployment.deploymentId
      void play(surroundings, deployment, courseOf(deployment))
      return deployment
    },
    underWay: (deploymentGroup) => underWay(surroundings, deploymentGroup),
    continue: (deployment, wait) => {
      deployment.continued[wait] = true
      wake.wake(deployment.deploymentId)
    },
    stop: (deployment, withRollBack) => stop(surroundings, deployment, withRollBack),
    rollBack: (deployment) => rollBack(surroundings, deployment),
    report: (execution, status) => {
      execution.status = status
      wake.wake(execution.deploymentId)
    },
    launched: async (deploymentGroup, instance) => {
      const deployment = makeForInstance(surroundings, deploymentGroup, 'autoscaling')
      await play(surroundings, deployment, (course) => playLaunch(course, instance))
      return deployment.status === 'Succeeded'
    },
    terminating: (deploymentGroup, instance) => {
      const deployment = makeForInstance(surroundings, deploymentGroup, 'autoscalingTermination')
      return play(surroundings, deployment, (course) => playTermination(course, instance))
    },
    autoUpdate: (deploymentGroup) => {
      const deployment = make(surroundings, deploymentGroup, 'CodeDeployAutoUpdate', {})
      deployment.deploymentStyle.deploymentType = switches.launchDeploymentStyle
      void play(surroundings, deployment, playInPlace)
      return deployment
    },
    ended: async (deployment) => {
      await waitUntil(surroundings, deployment.deploymentId, () => isOver(deployment))
    },
  }
}

const make = (
  { state, clock, identifiers, timeline }: DeploymentSurroundings,
  deploymentGroup: DeploymentGroup,
  creator: DeploymentCreator,
  made: NewDeployment,
): Deployment => {
  const deployment: Deployment = {
    deploymentId: identifiers.deploymentId(),
    application: deploymentGroup.application,
    deploymentGroup: deploymentGroup.name,
    computePlatform: deploymentGroup.computePlatform,
    creator,
    createTime: clock.now(),
    revision: made.revision ?? deploymentGroup.revision,
    lambdaHooks: made.lambdaHooks ?? {},
    configuration: made.configuration ?? deploymentGroup.configuration,
    description: made.description,
    leftOut: deploymentGroup.leftOut,
    status: 'Created',
    startTime: undefined,
    completeTime: undefined,
    deploymentStyle: { ...deploymentGroup.deploymentStyle },
    blueGreen: deploymentGroup.blueGreen && structuredClone(deploymentGroup.blueGreen),
    loadBalancerInfo: deploymentGroup.loadBalancerInfo && structuredClone(deploymentGroup.loadBalancerInfo),
    targetInstances: made.green && { autoScalingGroups: [...made.green] },
    instanceTerminationWaitTimeStarted: false,
    rollbackInfo: undefined,
    errorInformation: undefined,
    autoRollback: made.autoRollback ?? deploymentGroup.autoRollback,
    ignoreApplicationStopFailures: made.ignoreApplicationStopFailures ?? false,
    blue: undefined,
    blueRevision: undefined,
    continued: { ready: false, termination: false },
    stopping: false,
    targets: new Map(),
  }
  state.deployments.set(deployment.deploymentId, deployment)
  timeline.tell(
    'CodeDeploy',
    `creates deployment ${deployment.deploymentId} for ${deploymentGroup.name} (creator: ${creator}).`,
    deployment,
  )
  return deployment
}

/** A deployment beside the deployment group's own, for one instance that Auto Scaling launches or terminates. */
const makeForInstance = (
  surroundings: DeploymentSurroundings,
  deploymentGroup: DeploymentGroup,
  creator: DeploymentCreator,
): Deployment => {
  const { launchDeploymentStyle, launchDeploymentsAreLastAttempted } = surroundings.switches
  const deployment = make(surroundings, deploymentGroup, creator, {})
  deployment.deploymentStyle.deploymentType = launchDeploymentStyle
  if (launchDeploymentsAreLastAttempted) deploymentGroup.lastAttempted = deployment.deploymentId
  return deployment
}

const play = async (
  surroundings: DeploymentSurroundings,
  deployment: Deployment,
  act: (course: Course) => Promise<void>,
): Promise<void> => {
  const course = createCourse(surroundings, deployment)
  try {
    await course.pause(queueMilliseconds)
    deployment.status = 'Queued'
    await course.pause(queueMilliseconds)
    deployment.status = 'InProgress'
    deployment.startTime = surroundings.clock.now()
    surroundings.notifications.deploymentIs(deployment, 'START')
    await act(course)
  } catch (error) {
    endBadly(surroundings, deployment, error)
  }
}

/** Ends a deployment after an error, and rolls it back where it says so. */
const endBadly = (surroundings: DeploymentSurroundings, deployment: Deployment, error: unknown): void => {
  if (error instanceof DeploymentFailed) {
    end(surroundings, deployment, 'Failed', { code: error.code, message: error.message })
  } else if (error instanceof WaitedInVain) {
    end(surroundings, deployment, 'Stopped', {
      code: 'TIMEOUT',
      message: 'Nobody continued the deployment in time.',
    })
  } else if (!(error instanceof DeploymentEnded)) throw error
  const isFailed = deployment.status === 'Failed' && deployment.creator === 'user'
  if (isFailed && rollsBackOn(deployment, 'DEPLOYMENT_FAILURE')) rollBackWhatMoved(surroundings, deployment)
}

/** What has not begun to move traffic to green is not rolled back, and only a message says so (F56). */
const rollBackWhatMoved = (surroundings: DeploymentSurroundings, deployment: Deployment): void => {
  const { computePlatform, deploymentStyle, targets } = deployment
  const isBlueGreen = computePlatform === 'Server' && deploymentStyle.deploymentType === 'BLUE_GREEN'
  const hasMoved = [...targets.values()].some(({ lifecycleEvents }) =>
    lifecycleEvents.some(({ name, startTime }) => name === 'AllowTraffic' && startTime !== undefined),
  )
  if (!isBlueGreen || hasMoved) rollBack(surroundings, deployment)
  else {
    const rollbackMessage =
      'Automatic rollback isn’t required because traffic hasn’t begun rerouting to the replacement environment'
    deployment.rollbackInfo = { rollbackMessage }
  }
}

const courseOf = (deployment: Deployment) => (course: Course) => {
  if (deployment.computePlatform !== 'Server') return playHooked(course, deployment.computePlatform)
  const { deploymentType } = deployment.deploymentStyle
  if (deploymentType === 'BLUE_GREEN' && deployment.blueGreen) return playBlueGreen(course, deployment.blueGreen)
  return playInPlace(course)
}

const rollBack = (surroundings: DeploymentSurroundings, failed: Deployment): Deployment => {
  const made = { revision: failed.blueRevision }
  const deployment = make(surroundings, deploymentGroupOf(surroundings.state, failed), 'codeDeployRollback', made)
  const [was, is] = [failed.deploymentId, deployment.deploymentId]
  failed.rollbackInfo = {
    rollbackDeploymentId: is,
    rollbackMessage: `Deployment ${was} terminated. Automatic rollback is triggered with a DeploymentId ${is}.`,
  }
  deployment.rollbackInfo = {
    rollbackTriggeringDeploymentId: was,
    rollbackMessage: `Deployment ${is} is triggered to roll back deployment ${was}.`,
  }
  void play(surroundings, deployment, (course) =>
    failed.deploymentStyle.deploymentType === 'BLUE_GREEN' && failed.computePlatform === 'Server'
      ? playRollback(course, failed)
      : courseOf(deployment)(course),
  )
  return deployment
}

const underWay = ({ state }: DeploymentSurroundings, deploymentGroup: DeploymentGroup): Deployment | undefined =>
  [...state.deployments.values()].find(
    (deployment) =>
      deployment.application === deploymentGroup.application &&
      deployment.deploymentGroup === deploymentGroup.name &&
      deployment.creator !== 'autoscaling' &&
      deployment.creator !== 'autoscalingTermination' &&
      !isOver(deployment),
  )

const stop = (
  surroundings: DeploymentSurroundings,
  deployment: Deployment,
  withRollBack: boolean,
): 'Pending' | 'Succeeded' => {
  surroundings.timeline.tell('CodeDeploy', `is asked to stop deployment ${deployment.deploymentId}.`, deployment)
  const stopped = () => {
    if (isOver(deployment)) return
    const message = 'The deployment was stopped by a request.'
    end(surroundings, deployment, 'Stopped', { code: 'MANUAL_STOP', message })
    if (withRollBack) rollBackWhatMoved(surroundings, deployment)
  }
  if (deployment.status === 'InProgress') {
    deployment.stopping = true
    surroundings.clock.after(stopMilliseconds, stopped)
    return 'Pending'
  }
  stopped()
  return 'Succeeded'
}
