import { arnOf } from '../../arn.ts'
import {
  type AutoScalingGroup,
  type BlueGreenConfiguration,
  type DeploymentTarget,
  deploymentGroupOf,
  type Instance,
  inServiceOf,
  type Tag,
  unitsOf,
} from '../state.ts'
import { batches } from './configurations.ts'
import { type Course, DeploymentFailed, WaitedInVain } from './course.ts'
import { succeed } from './ending.ts'
import { moveLaunchHooks } from './launchHooks.ts'
import { addTarget, allowEvents, blockEvents, installEvents, runEvents, skip } from './lifecycleEvents.ts'

type Placed = { readonly instance: Instance; readonly target: DeploymentTarget }

const copyMilliseconds = 5_000
const launchPollMilliseconds = 5_000
/** How long CodeDeploy waits for the instances of the copy. */
const launchedWithinMilliseconds = 3_600_000
const minuteMilliseconds = 60_000

/** Copy, install, wait if asked to, allow traffic to green, block it to blue, terminate blue or keep it (F1). */
export const playBlueGreen = async (course: Course, configuration: BlueGreenConfiguration): Promise<void> => {
  const { deployment, state, switches } = course
  const deploymentGroup = deploymentGroupOf(state, deployment)
  // A deployment group may name both of two standing groups: green is the one that the deployment names.
  const blueNames = deploymentGroup.autoScalingGroups.filter(
    (name) => !deployment.targetInstances?.autoScalingGroups.includes(name),
  )
  deployment.blue = blueNames[0]
  deployment.blueRevision = deploymentGroup.revision
  const withTraffic = deployment.deploymentStyle.deploymentOption === 'WITH_TRAFFIC_CONTROL'
  const allow = withTraffic ? allowEvents : []
  const block = withTraffic ? blockEvents : []

  const greenNames = (await provisionGreen(course, configuration, blueNames)).map(({ name }) => name)
  const green = place(course, greenNames, 'Green', [...installEvents, ...allow])
  const blue = place(course, blueNames, 'Blue', block)
  deployment.targetInstances = { autoScalingGroups: greenNames }

  const waits = configuration.deploymentReadyOption.actionOnTimeout === 'STOP_DEPLOYMENT'
  const early = beforeReady(switches.scriptsBeforeReady, waits)
  // Before it registers the first target of green, and at the latest when it begins to reroute (F55).
  const suspends = withTraffic && switches.greenSuspendedAt !== 'never'
  if (suspends && early.includes('AllowTraffic')) suspend(course, greenNames)
  await inBatches(course, green, early)
  if (suspends && switches.greenSuspendedAt === 'ready') suspend(course, greenNames)
  if (waits) await waitForContinue(course, configuration)
  else if (switches.readyNotifiedWithoutWait) course.notifications.deploymentIs(deployment, 'READY')
  if (suspends) suspend(course, greenNames)
  await inBatches(course, green.filter(isGoing), allow, green.length)
  course.tell(`has moved the traffic to ${greenNames.join(', ')}.`)
  await blockBlue(course, blue)
  if (suspends) resume(course, greenNames)
  const moveHooks = () => {
    moveLaunchHooks(course, deploymentGroup, { from: blueNames, to: greenNames })
    // From here on CodeDeploy deploys the new revision to what green launches (F11, F54).
    deploymentGroup.revision = deployment.revision
  }
  if (switches.launchHookMovedAt === 'rerouting') moveHooks()
  if (switches.greenNamedAt === 'rerouting') deploymentGroup.autoScalingGroups = greenNames
  await waitForTermination(course, configuration, blueNames)
  moveHooks()
  await terminateBlue(course, configuration, blueNames)
}

/** What CodeDeploy itself suspends on green, and resumes once blue is deregistered, whoever else suspended it (F55). */
const suspendedByCodeDeploy = ['AddToLoadBalancer', 'AlarmNotification', 'ScheduledActions'] as const

const suspend = ({ state, scaling }: Course, names: readonly string[]): void => {
  for (const group of names.flatMap((name) => state.autoScalingGroups.get(name) ?? [])) {
    const ours = suspendedByCodeDeploy.filter((process) => !group.suspendedProcesses.includes(process))
    scaling.suspend(group, suspendedByCodeDeploy)
    group.suspendedByCodeDeploy = [...group.suspendedByCodeDeploy, ...ours]
  }
}

const resume = ({ state, scaling }: Course, names: readonly string[]): void => {
  for (const group of names.flatMap((name) => state.autoScalingGroups.get(name) ?? [])) {
    scaling.resume(group, suspendedByCodeDeploy)
  }
}

/** Makes targets of the instances that are in service in these groups now. */
const place = (
  course: Course,
  autoScalingGroups: readonly string[],
  label: 'Blue' | 'Green',
  events: readonly string[],
): Placed[] =>
  autoScalingGroups
    .flatMap((name) => inServiceOf(course.state, name))
    .map((instance) => ({ instance, target: addTarget(course, instance.instanceId, label, events) }))

/** The events before Ready: with or without the scripts of BeforeAllowTraffic. Traffic never moves before a wait has ended (F4). */
const beforeReady = (scriptsBeforeReady: boolean, waits: boolean): readonly string[] => {
  if (!scriptsBeforeReady) return installEvents
  return waits ? [...installEvents, 'BeforeAllowTraffic'] : [...installEvents, ...allowEvents]
}

const isGivenUp = ({ status }: DeploymentTarget) => status === 'Failed' || status === 'Skipped'
const isGoing = ({ target }: Placed) => !isGivenUp(target)

/** Runs events batch by batch, except those that have already run on an instance. */
const inBatches = async (course: Course, placed: readonly Placed[], events: readonly string[], of = placed.length) => {
  for (const batch of batches(placed, course.deployment.configuration)) {
    await Promise.all(
      batch.map(({ instance, target }) => {
        const due = target.lifecycleEvents.filter(({ name, status }) => events.includes(name) && status === 'Pending')
        return runEvents(
          course,
          instance,
          target,
          due.map(({ name }) => name),
        )
      }),
    )
    mustBeHealthyEnough(course, of)
  }
}

/** The deployment fails below the configuration's minimum, counted on green only (F3). */
const mustBeHealthyEnough = ({ deployment }: Course, instances: number) => {
  const failed = [...deployment.targets.values()].filter((target) => target.label !== 'Blue' && isGivenUp(target))
  if (instances - failed.length >= deployment.configuration.minimumHealthy(instances)) return
  throw new DeploymentFailed(
    'HEALTH_CONSTRAINTS',
    'The overall deployment failed because too many individual instances failed deployment, too few healthy instances ' +
      'are available for deployment, or some instances in your deployment group are experiencing problems.',
  )
}

const provisionGreen = async (
  course: Course,
  configuration: BlueGreenConfiguration,
  blueNames: readonly string[],
): Promise<AutoScalingGroup[]> => {
  const { deployment, state, switches } = course
  if (configuration.greenFleetProvisioningOption?.action === 'DISCOVER_EXISTING') {
    const names = deployment.targetInstances?.autoScalingGroups ?? []
    const found = names.flatMap((name) => state.autoScalingGroups.get(name) ?? [])
    if (found.length === 0 || found.length < names.length) {
      throw new DeploymentFailed('NO_INSTANCES', `Auto Scaling groups not found: ${names.join(', ') || 'none given'}.`)
    }
    return found
  }
  const blue = state.autoScalingGroups.get(blueNames[0] ?? '')
  if (!blue) {
    throw new DeploymentFailed(
      'AUTO_SCALING_CONFIGURATION',
      `The Auto Scaling group ${blueNames[0]} could not be found.`,
    )
  }
  const name = `CodeDeploy_${deployment.deploymentGroup}_${deployment.deploymentId}`
  // `targetInstances` can be absent early on (F14).
  if (!switches.targetInstancesAbsentEarly) deployment.targetInstances = { autoScalingGroups: [name] }
  await course.pause(copyMilliseconds)
  const green = copy(course, blue, name)
  course.tell(
    `copies ${blue.name} to ${name}${green.targetGroupArns.length === 0 ? ', without its target groups' : ''}.`,
  )
  state.autoScalingGroups.set(name, green)
  course.scaling.reconcile(green)
  const giveUpAt = course.clock.now() + launchedWithinMilliseconds
  while (unitsOf(inServiceOf(state, name)) < green.desiredCapacity) {
    if (course.clock.now() >= giveUpAt)
      throw new DeploymentFailed('TIMEOUT', `${name} did not launch its instances in time.`)
    await course.pause(launchPollMilliseconds)
  }
  return [green]
}

/** Tags, suspended processes and health check type are copied, target groups are not (F15, F16). */
const copy = (course: Course, blue: AutoScalingGroup, name: string): AutoScalingGroup => {
  const { state, clock, identifiers, switches } = course
  const attachments = switches.copyLosesTargetGroups ? undefined : blue
  const healthy = inServiceOf(state, blue.name).filter(({ healthStatus }) => healthStatus === 'Healthy')
  return {
    name,
    arn: arnOf(state.region, 'autoscaling', `autoScalingGroup:${identifiers.uuid()}:autoScalingGroupName/${name}`),
    createdAt: clock.now(),
    minSize: blue.minSize,
    maxSize: blue.maxSize,
    instanceTypes: blue.instanceTypes,
    desiredCapacityType: blue.desiredCapacityType,
    // As many instances as are healthy in blue (F1).
    desiredCapacity: unitsOf(healthy),
    healthCheckType: blue.healthCheckType,
    healthCheckGracePeriodSeconds: blue.healthCheckGracePeriodSeconds,
    targetGroupArns: [...(attachments?.targetGroupArns ?? [])],
    trafficSources: (attachments?.trafficSources ?? []).map((source) => ({ ...source })),
    passedArns: [],
    underWay: [],
    loadBalancerNames: [...(attachments?.loadBalancerNames ?? [])],
    suspendedProcesses: switches.copyCarriesSuspendedProcesses ? [...blue.suspendedProcesses] : [],
    launchHooks: [],
    suspendedByCodeDeploy: switches.copyCarriesSuspendedProcesses ? [...blue.suspendedByCodeDeploy] : [],
    tags: tagsOfCopy(course, blue),
    status: undefined,
    image: blue.image,
    operator: undefined,
    deletionProtection: blue.deletionProtection,
    instanceRefresh: undefined,
    failedLaunches: 0,
  }
}

/** Blue's tags, and the one that names the deployment; blue has that one too where it is itself a copy (F49). */
const tagsOfCopy = ({ deployment, switches }: Course, blue: AutoScalingGroup): Tag[] => {
  const key = 'CodeDeployProvisioningDeploymentId'
  const carried = switches.copyCarriesTags ? blue.tags.map((tag) => ({ ...tag })) : []
  if (!switches.copyTagNamesItsDeployment && carried.some((tag) => tag.key === key)) return carried
  return [...carried.filter((tag) => tag.key !== key), { key, value: deployment.deploymentId, propagateAtLaunch: true }]
}

/** Waits for ContinueDeployment; if none comes in time, the deployment is Stopped (F5). */
const waitForContinue = async (course: Course, configuration: BlueGreenConfiguration) => {
  const { deployment } = course
  deployment.status = 'Ready'
  for (const target of deployment.targets.values())
    if (target.label === 'Green' && !isGivenUp(target)) {
      target.status = 'Ready'
      course.notifications.instanceIs(deployment, target, 'READY')
    }
  course.notifications.deploymentIs(deployment, 'READY')
  const minutes = configuration.deploymentReadyOption.waitTimeInMinutes ?? 60
  course.tell(`waits at Ready for ContinueDeployment, ${minutes} min at most.`)
  course.wake.wake(deployment.deploymentId)
  if (!(await course.until(() => deployment.continued.ready, minutes * minuteMilliseconds))) throw new WaitedInVain()
  deployment.status = 'InProgress'
}

/** The deployment is Failed if even one blue instance fails to be deregistered (F8). */
const blockBlue = async (course: Course, original: readonly Placed[]) => {
  // An instance that scaled in meanwhile has nothing left to block.
  const left = original.filter(({ instance }) => instance.running)
  for (const { instance, target } of original) if (!instance.running) skip(target)
  for (const batch of batches(left, course.deployment.configuration)) {
    const blocked = await Promise.all(
      batch.map(({ instance, target }) => runEvents(course, instance, target, blockEvents)),
    )
    if (blocked.includes(false)) {
      throw new DeploymentFailed('HEALTH_CONSTRAINTS', 'An original instance could not be deregistered.')
    }
  }
}

const waitForTermination = async (
  course: Course,
  { terminateBlueInstancesOnDeploymentSuccess: termination }: BlueGreenConfiguration,
  blueNames: readonly string[],
) => {
  const { deployment, switches } = course
  const { action, terminationWaitTimeInMinutes = 0 } = termination
  if (action === 'KEEP_ALIVE') return
  deployment.instanceTerminationWaitTimeStarted = true
  if (switches.successBeforeTerminationWait) succeed(course)
  if (terminationWaitTimeInMinutes > 0) {
    course.tell(`keeps ${blueNames.join(', ')} for ${terminationWaitTimeInMinutes} min, then terminates it.`)
    if (switches.successBeforeTerminationWait)
      await course.clock.sleep(terminationWaitTimeInMinutes * minuteMilliseconds)
    else await course.until(() => deployment.continued.termination, terminationWaitTimeInMinutes * minuteMilliseconds)
  }
}

const terminateBlue = async (course: Course, configuration: BlueGreenConfiguration, blueNames: readonly string[]) => {
  const { switches, state } = course
  if (configuration.terminateBlueInstancesOnDeploymentSuccess.action === 'KEEP_ALIVE') return succeed(course)
  const blue = blueNames.flatMap((name) => state.autoScalingGroups.get(name) ?? [])
  const deleted = Promise.all(blue.map((group) => course.scaling.deleteGroup(group)))
  if (switches.successBeforeTerminationWait) return
  await deleted
  await course.pause(0)
  succeed(course)
}
