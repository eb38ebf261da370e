import { basename } from 'node:path'
import { arnOf } from '../../arn.ts'
import {
  applicationOf,
  type DeploymentTarget,
  deploymentGroupOf,
  type Instance,
  type LifecycleEvent,
  namedTargetGroups,
  type ScriptHook,
} from '../state.ts'
import { type Course, DeploymentEnded } from './course.ts'

/** What happens on an instance, in this order (F2). */
export const installEvents = [
  'ApplicationStop',
  'DownloadBundle',
  'BeforeInstall',
  'Install',
  'AfterInstall',
  'ApplicationStart',
  'ValidateService',
] as const
export const allowEvents = ['BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic'] as const
export const blockEvents = ['BeforeBlockTraffic', 'BlockTraffic', 'AfterBlockTraffic'] as const

const stepMilliseconds = 1_000
const downloadMilliseconds = 5_000
const installMilliseconds = 10_000
/** How long CodeDeploy waits for the load balancer to find an instance healthy. */
const healthyWithinMilliseconds = 600_000
const refusedMilliseconds = 20_000
const healthyPollMilliseconds = 5_000

/** Adds a target to the deployment, with all of its events pending: an instance, unless `arn` says otherwise. */
export const addTarget = (
  { deployment, clock, state }: Course,
  targetId: string,
  label: DeploymentTarget['label'],
  events: readonly string[],
  arn = arnOf(state.region, 'ec2', `instance/${targetId}`),
): DeploymentTarget => {
  const target: DeploymentTarget = {
    targetId,
    arn,
    label,
    status: 'Pending',
    lastUpdatedAt: clock.now(),
    lifecycleEvents: events.map((name) => ({
      name,
      status: 'Pending',
      startTime: undefined,
      endTime: undefined,
      diagnostics: undefined,
    })),
  }
  deployment.targets.set(targetId, target)
  return target
}

/** An event failed on an instance, with the reason. */
class EventFailed extends Error {
  readonly diagnostics: NonNullable<LifecycleEvent['diagnostics']>
  constructor(errorCode: string, message: string, scriptName = '', logTail = '') {
    super(message)
    this.diagnostics = { errorCode, scriptName, message, logTail }
  }
}

/**
 * Runs these events on one instance, one after the other; returns whether all succeeded. The first failure ends it:
 * the events after it are `Skipped`.
 */
export const runEvents = async (
  course: Course,
  instance: Instance,
  target: DeploymentTarget,
  names: readonly string[],
): Promise<boolean> => {
  const { clock } = course
  const events = target.lifecycleEvents.filter(({ name }) => names.includes(name))
  if (target.status === 'Pending' && !instance.running) {
    skip(target)
    return false
  }
  if (target.status === 'Pending') course.notifications.instanceIs(course.deployment, target, 'START')
  target.status = 'InProgress'
  for (const event of events) {
    event.status = 'InProgress'
    event.startTime = clock.now()
    target.lastUpdatedAt = clock.now()
    try {
      if (!instance.running) throw new EventFailed('UnknownError', `${instance.instanceId} no longer runs.`)
      await happen(course, instance, event.name)
      event.status = 'Succeeded'
    } catch (error) {
      if (error instanceof DeploymentEnded) event.status = 'Unknown'
      if (!(error instanceof EventFailed)) throw error
      event.status = 'Failed'
      event.diagnostics = error.diagnostics
      course.tell(`sees ${event.name} fail on ${instance.instanceId}: ${error.message}`)
    } finally {
      event.endTime = clock.now()
      target.lastUpdatedAt = clock.now()
    }
    if (event.status === 'Failed' && !isIgnored(course, event)) {
      target.status = 'Failed'
      for (const other of target.lifecycleEvents) if (other.status === 'Pending') other.status = 'Skipped'
      course.notifications.instanceIs(course.deployment, target, 'FAILURE')
      return false
    }
  }
  if (
    target.status === 'InProgress' &&
    target.lifecycleEvents.every((event) => event.status === 'Succeeded' || isIgnored(course, event))
  ) {
    target.status = 'Succeeded'
    course.notifications.instanceIs(course.deployment, target, 'SUCCESS')
  }
  return true
}

/** CodeDeploy has no business with an instance that ended before its turn came. */
export const skip = (target: DeploymentTarget): void => {
  target.status = 'Skipped'
  for (const event of target.lifecycleEvents) event.status = 'Skipped'
}

/** A failed ApplicationStop does not fail the instance where the deployment ignores it (F48). */
const isIgnored = ({ deployment }: Course, { name, status }: LifecycleEvent): boolean =>
  name === 'ApplicationStop' && status === 'Failed' && deployment.ignoreApplicationStopFailures

const happen = async (course: Course, instance: Instance, event: string) => {
  const { deployment, traffic, targetHealth } = course
  const slow = instance.slowAt.get(event)
  if (slow !== undefined) await course.pause(slow)
  if (instance.failsAt.includes(event)) {
    // When CodeDeploy fails to deregister an instance, the others of its batch are gone from the load balancer by then (F8).
    await course.pause(event === 'BlockTraffic' ? refusedMilliseconds : stepMilliseconds)
    const what = event === 'BlockTraffic' ? 'could not be deregistered' : `failed at ${event}`
    throw new EventFailed('UnknownError', `${instance.instanceId} ${what}.`)
  }
  switch (event) {
    case 'DownloadBundle':
      return course.pause(downloadMilliseconds)
    case 'Install':
      await course.pause(installMilliseconds)
      traffic.settle()
      instance.application = applicationOf(deployment.revision)
      targetHealth.instanceChanged(instance.instanceId)
      return
    case 'AllowTraffic':
      return allowTraffic(course, instance)
    case 'BlockTraffic':
      return blockTraffic(course, instance)
    default:
      return runScripts(course, instance, event, deployment.revision.hooks?.[event] ?? [])
  }
}

const allowTraffic = async (course: Course, instance: Instance) => {
  // Auto Scaling registers what it launched when the instance enters service, if anything is attached (F26); CodeDeploy
  // does not, so that a green without target groups scales out without traffic. Inferred, not documented.
  if (course.deployment.creator === 'autoscaling') return course.pause(stepMilliseconds)
  const targetGroups = namedTargetGroups(course.state, course.deployment.loadBalancerInfo)
  const wanted = course.deployment.loadBalancerInfo?.targetGroupInfoList?.length ?? 0
  if (targetGroups.length < wanted) throw new EventFailed('UnknownError', 'One or more target groups were not found.')
  const other = targetGroups.find(({ targetType }) => targetType !== 'instance')
  if (other) throw new EventFailed('UnknownError', `${other.name} takes targets of type ${other.targetType}.`)
  for (const targetGroup of targetGroups) course.targetHealth.register(targetGroup, [instance.instanceId])
  const isHealthy = () =>
    targetGroups
      .filter(({ loadBalancerArns }) => loadBalancerArns.length > 0)
      .every(({ targets }) => targets.get(instance.instanceId)?.state === 'healthy')
  const giveUpAt = course.clock.now() + healthyWithinMilliseconds
  await course.pause(stepMilliseconds)
  while (!isHealthy()) {
    if (!instance.running) throw new EventFailed('UnknownError', `${instance.instanceId} no longer runs.`)
    if (course.clock.now() >= giveUpAt) {
      throw new EventFailed('UnknownError', 'The load balancer did not find the instance healthy in time.')
    }
    await course.pause(healthyPollMilliseconds)
  }
}

const blockTraffic = async (course: Course, instance: Instance) => {
  const targetGroups = namedTargetGroups(course.state, course.deployment.loadBalancerInfo)
  for (const targetGroup of targetGroups) course.targetHealth.deregister(targetGroup, [instance.instanceId])
  await course.pause(stepMilliseconds)
  await Promise.all(targetGroups.map((targetGroup) => course.targetHealth.drained(targetGroup, instance.instanceId)))
  await course.pause(0)
}

const runScripts = async (course: Course, instance: Instance, event: string, hooks: readonly ScriptHook[]) => {
  await course.pause(stepMilliseconds)
  const deploymentGroup = deploymentGroupOf(course.state, course.deployment)
  for (const hook of hooks) {
    const script = basename(hook.script)
    const about = { instanceId: instance.instanceId, deploymentId: course.deployment.deploymentId }
    course.timeline.tell('Script', `${script} starts on ${instance.instanceId} for ${event}.`, about)
    const end = await course.runScript(hook, { event, instance, deployment: course.deployment, deploymentGroup })
    if (end === 'timedOut') throw new EventFailed('ScriptTimedOut', `The script ${script} timed out.`, script)
    if (end.exitCode !== 0) {
      const message = `The script ${script} exited with ${end.exitCode}.`
      throw new EventFailed('ScriptFailed', message, script, end.output.slice(-2048))
    }
    course.timeline.tell('Script', `${script} ends on ${instance.instanceId} with "${lastLine(end.output)}".`, about)
  }
  await course.pause(0)
}

const lastLine = (output: string) => output.trimEnd().split('\n').at(-1) || 'no output'
