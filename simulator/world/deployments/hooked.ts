import { arnOf } from '../../arn.ts'
import type { HookExecution } from '../state.ts'
import { type Course, DeploymentFailed } from './course.ts'
import { succeed } from './ending.ts'
import { addTarget } from './lifecycleEvents.ts'

/** The events of the two platforms whose hooks are Lambda functions. */
const eventsOf = {
  Lambda: ['BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic'],
  ECS: [
    'BeforeInstall',
    'Install',
    'AfterInstall',
    'AllowTestTraffic',
    'AfterAllowTestTraffic',
    'BeforeAllowTraffic',
    'AllowTraffic',
    'AfterAllowTraffic',
  ],
} as const

const stepMilliseconds = 5_000
/** No report within one hour fails the deployment (F33). */
const reportWithinMilliseconds = 3_600_000

/** A deployment to Lambda or ECS: its events one after the other, each with the Lambda function that its AppSpec names. */
export const playHooked = async (course: Course, platform: keyof typeof eventsOf): Promise<void> => {
  const { deployment, state, clock } = course
  const targetId = platform === 'Lambda' ? `${deployment.application}:live` : `${deployment.application}:service`
  const arn =
    platform === 'Lambda'
      ? arnOf(state.region, 'lambda', `function:${deployment.application}`)
      : arnOf(state.region, 'ecs', `service/cluster/${deployment.application}`)
  const target = addTarget(course, targetId, undefined, eventsOf[platform], arn)
  target.status = 'InProgress'

  for (const event of target.lifecycleEvents) {
    event.status = 'InProgress'
    event.startTime = clock.now()
    const functionName = deployment.lambdaHooks[event.name]
    const failure = functionName === undefined ? await step(course) : await hook(course, event.name, functionName)
    event.endTime = clock.now()
    target.lastUpdatedAt = clock.now()
    event.status = failure === undefined ? 'Succeeded' : 'Failed'
    if (failure !== undefined) {
      event.diagnostics = { errorCode: 'UnknownError', scriptName: '', message: failure, logTail: '' }
      target.status = 'Failed'
      throw new DeploymentFailed('HOOK_EXECUTION_FAILURE', failure)
    }
  }
  target.status = 'Succeeded'
  succeed(course)
}

const step = async (course: Course): Promise<undefined> => {
  await course.pause(stepMilliseconds)
}

/** Invokes the hook and waits for its report; returns why it failed, or `undefined`. */
const hook = async (course: Course, event: string, functionName: string): Promise<string | undefined> => {
  const { deployment, identifiers, state, functions, switches } = course
  const called = functions.named(functionName)
  if (!called) return `The Lambda function ${functionName} of ${event} does not exist.`
  const execution: HookExecution = {
    id: identifiers.uuid(),
    deploymentId: deployment.deploymentId,
    event,
    status: 'Pending',
  }
  state.hookExecutions.set(execution.id, execution)
  course.tell(`invokes ${functionName} for ${event}.`)
  // Only these two, not even the name of the event (F32).
  const payload = { DeploymentId: deployment.deploymentId, LifecycleEventHookExecutionId: execution.id }
  const invoke = switches.hookInvokedSynchronously ? functions.invoke : functions.invokeLater
  const invoked = (switches.hookInvokedTwice ? [1, 2] : [1]).map(() => invoke(called, payload))
  const reported = await course.until(() => execution.status !== 'Pending', reportWithinMilliseconds)
  if (switches.hookInvokedSynchronously) {
    await Promise.all(invoked)
    // The deployment may be over by then.
    await course.pause(0)
  }
  if (!reported) return `The hook ${functionName} of ${event} did not report within one hour.`
  course.tell(`receives ${execution.status} from ${functionName} for ${event}.`)
  return execution.status === 'Failed' ? `The hook ${functionName} of ${event} reported Failed.` : undefined
}
