import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Switches } from '../switches.ts'
import { type AttachedBy, attach, detach } from './attachments.ts'
import {
  type AutoScalingGroup,
  attachedArns,
  attachedTargetGroups,
  type Instance,
  inServiceOf,
  instancesOf,
  type ScalingActivity,
  type State,
  targetGroupByArn,
  unitsOf,
} from './state.ts'
import type { TargetHealth } from './targetHealth.ts'
import type { Timeline } from './timeline.ts'
import type { Traffic } from './traffic.ts'

/** What Auto Scaling does by itself. */
export type Scaling = {
  /** Attaches target groups, which registers every InService instance (F23). */
  attach(group: AutoScalingGroup, arns: readonly string[], by: AttachedBy): void
  /** Detaches target groups, which drains every instance from them; the instances keep running (F23). */
  detach(group: AutoScalingGroup, arns: readonly string[], by: AttachedBy): void
  setDesiredCapacity(group: AutoScalingGroup, desired: number): void
  /** Sets the desired capacity within the group's limits, unless the process is suspended. */
  scale(group: AutoScalingGroup, desired: number, by: 'AlarmNotification' | 'ScheduledActions'): void
  /** Launches and terminates until there are as many instances as desired. */
  reconcile(group: AutoScalingGroup): void
  /** Marks an instance, perhaps not before its grace period has ended; one that is unhealthy is replaced. */
  setInstanceHealth(instance: Instance, status: Instance['healthStatus'], respectsGrace?: boolean): void
  /** Terminates an instance, and launches another unless the desired capacity is decremented. */
  terminateInstance(instance: Instance, decrement: boolean): void
  /** Replaces every instance of the group, one after the other; returns the id of the refresh. */
  startInstanceRefresh(group: AutoScalingGroup): string
  /** Takes instances out of service, and out of the load balancer, until `exitStandby`. */
  enterStandby(group: AutoScalingGroup, instances: readonly Instance[], decrement: boolean): void
  exitStandby(group: AutoScalingGroup, instances: readonly Instance[]): void
  /** Adds an instance that has always been in service. */
  placeInstance(group: AutoScalingGroup): Instance
  /** Terminates all instances, then forgets the group. */
  deleteGroup(group: AutoScalingGroup): Promise<void>
  suspend(group: AutoScalingGroup, processes: readonly string[]): void
  /** Resumes processes, and so replaces at once what became unhealthy meanwhile (F28). */
  resume(group: AutoScalingGroup, processes: readonly string[]): void
}

/**
 * CodeDeploy's launch hook, between `Pending` and `InService`, where a deployment group names the Auto
 * Scaling group. Returns whether the instance may go on.
 */
export type LaunchHook = (group: AutoScalingGroup, instance: Instance) => Promise<boolean>

/** CodeDeploy's termination hook, between draining and the end of an instance, where there is one (F18). */
export type TerminationHook = (group: AutoScalingGroup, instance: Instance) => Promise<void>

/** The processes that can be suspended. */
export const scalingProcesses = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const

const launchMilliseconds = 20_000
const terminateMilliseconds = 5_000
const exitStandbyMilliseconds = 5_000
const checkMilliseconds = 30_000
const refreshPollMilliseconds = 5_000
/** Auto Scaling gives up for now after this many failed launches in a row (F2). */
const failedLaunchesTolerated = 3

type Parts = {
  readonly state: State
  readonly clock: Clock
  readonly identifiers: Identifiers
  readonly timeline: Timeline
  readonly traffic: Traffic
  readonly targetHealth: TargetHealth
  readonly switches: Switches
  readonly launchHook: LaunchHook
  readonly terminationHook: TerminationHook
}

/** Auto Scaling groups that keep their capacity, replace unhealthy instances, and see load balancers through what is attached. */
export const createScaling = (parts: Parts): Scaling => {
  const { state, clock, targetHealth } = parts
  targetHealth.onChange(({ arn }, target) => {
    const instance = state.instances.get(target.id)
    const group = instance && state.autoScalingGroups.get(instance.autoScalingGroupName)
    if (!instance || !group) return
    if (target.state === 'healthy') passes(parts, group, arn, [instance])
    else checkLater(parts, group, instance)
  })
  const attaching = { ...parts, registered: passes.bind(undefined, parts) }
  return {
    reconcile: (group) => reconcile(parts, group),
    attach: (group, arns, by) => attach(attaching, { group, arns, by }),
    detach: (group, arns, by) => detach(attaching, { group, arns, by }),
    setInstanceHealth: (instance, status, respectsGrace = false) => {
      const group = state.autoScalingGroups.get(instance.autoScalingGroupName)
      if (group && respectsGrace && clock.now() < graceEnds(parts, group, instance)) return
      setInstanceHealth(parts, instance, status)
    },
    terminateInstance: (instance, decrement) => terminateInstance(parts, instance, decrement),
    startInstanceRefresh: (group) => startInstanceRefresh(parts, group),
    setDesiredCapacity: (group, desired) => setDesiredCapacity(parts, group, desired),
    scale: (group, desired, by) => scale(parts, group, desired, by),
    enterStandby: (group, instances, decrement) => enterStandby(parts, group, instances, decrement),
    exitStandby: (group, instances) => exitStandby(parts, group, instances),
    placeInstance: (group) => {
      const instance = newInstance(parts, group, 'InService')
      instance.inServiceAt = clock.now()
      return instance
    },
    deleteGroup: (group) => deleteGroup(parts, group),
    suspend: (group, processes) => suspend(parts, group, processes),
    resume: (group, processes) => resume(parts, group, processes),
  }
}

const suspended = (group: AutoScalingGroup, process: string) => group.suspendedProcesses.includes(process)

/** Begins an activity, and tells of it; ends it with what the returned function is given. */
const begin = (
  { state, clock, timeline }: Parts,
  instance: Instance,
  { what, description, cause }: { what: string; description: string; cause: string },
): ((status: 'Successful' | 'Failed') => void) => {
  const activity: ScalingActivity = {
    id: `00000000-0000-4000-8000-${String(state.scalingActivities.length).padStart(12, '0')}`,
    autoScalingGroupName: instance.autoScalingGroupName,
    description: `${description}: ${instance.instanceId}`,
    cause: `At ${clock.date().toISOString()} ${cause}.`,
    startTime: clock.now(),
    endTime: undefined,
    status: 'InProgress',
  }
  state.scalingActivities.push(activity)
  timeline.tell('Auto Scaling', what, instance)
  return (status) => Object.assign(activity, { endTime: clock.now(), status })
}

/** The instances that make up the group's capacity: not those that end, nor those in Standby. */
const counted = (state: State, group: AutoScalingGroup): Instance[] =>
  instancesOf(state, group.name).filter(
    ({ lifecycleState }) => !lifecycleState.startsWith('Terminating') && !lifecycleState.endsWith('Standby'),
  )

const newInstance = (
  { state, clock, identifiers }: Parts,
  group: AutoScalingGroup,
  lifecycleState: string,
): Instance => {
  const before = instancesOf(state, group.name).length
  const zone = ['a', 'b', 'c'][before % 3] ?? 'a'
  const type = group.instanceTypes[before % group.instanceTypes.length] ?? { name: 't3.micro', units: 1 }
  const instance: Instance = {
    instanceId: identifiers.instanceId(),
    instanceType: type.name,
    units: type.units,
    autoScalingGroupName: group.name,
    availabilityZone: `${state.region}${zone}`,
    launchedAt: clock.now(),
    inServiceAt: undefined,
    lifecycleState,
    healthStatus: 'Healthy',
    protectedFromScaleIn: false,
    running: true,
    broken: false,
    failsAt: [],
    slowAt: new Map(),
    application: group.image,
  }
  state.instances.set(instance.instanceId, instance)
  return instance
}

const reconcile = (parts: Parts, group: AutoScalingGroup, replaces: readonly Instance[] = []): void => {
  const { state } = parts
  if (!state.autoScalingGroups.has(group.name) || group.status !== undefined) return
  const missing = () => group.desiredCapacity - unitsOf(counted(state, group))
  if (!suspended(group, 'Launch') && group.failedLaunches < failedLaunchesTolerated) {
    const replaced = [...replaces]
    while (missing() > 0) void launch(parts, group, replaced.shift())
  }
  if (missing() < 0 && !suspended(group, 'Terminate')) {
    // AWS's default policy picks the oldest in the end, and never goes below what is desired.
    const oldest = counted(state, group)
      .filter(({ protectedFromScaleIn }) => !protectedFromScaleIn)
      .sort((one, other) => one.launchedAt - other.launchedAt)
    for (const instance of oldest) if (instance.units <= -missing()) void terminate(parts, group, instance)
  }
}

const launch = async (parts: Parts, group: AutoScalingGroup, replaces: Instance | undefined): Promise<void> => {
  const { state, clock, timeline, traffic, launchHook } = parts
  const instance = newInstance(parts, group, 'Pending')
  const end = begin(parts, instance, {
    what: `launches ${instance.instanceId} in ${group.name}.`,
    description: 'Launching a new EC2 instance',
    cause: `an instance was started since the capacity was below ${group.desiredCapacity}`,
  })
  if (replaces) traffic.replacementLaunched(replaces.instanceId, instance.instanceId)
  await clock.sleep(launchMilliseconds)
  if (instance.lifecycleState !== 'Pending') return end('Failed')
  // A target group that was deleted while attached breaks every launch (F30).
  const gone = attachedArns(group).find((arn) => !targetGroupByArn(state, arn))
  instance.lifecycleState = 'Pending:Wait'
  const mayGoOn = gone === undefined && (await launchHook(group, instance))
  const isGoing = instance.lifecycleState === 'Pending:Wait'
  end(isGoing && mayGoOn ? 'Successful' : 'Failed')
  if (!isGoing) return
  if (mayGoOn) {
    instance.lifecycleState = 'Pending:Proceed'
    enterService(parts, group, instance)
    return
  }
  group.failedLaunches += 1
  const why = gone ? `the attached target group ${gone} does not exist` : 'its launch deployment failed'
  timeline.tell('Auto Scaling', `gives up the launch of ${instance.instanceId}: ${why}.`, instance)
  await terminate(parts, group, instance)
}

const enterService = (
  { state, clock, timeline, traffic, targetHealth }: Parts,
  group: AutoScalingGroup,
  instance: Instance,
): void => {
  instance.lifecycleState = 'InService'
  instance.inServiceAt = clock.now()
  group.failedLaunches = 0
  timeline.tell('Auto Scaling', `has ${instance.instanceId} in service in ${group.name}.`, instance)
  // An instance that launches while AddToLoadBalancer is suspended is never registered (F25, F26).
  if (!suspended(group, 'AddToLoadBalancer')) {
    for (const targetGroup of attachedTargetGroups(state, group)) {
      targetHealth.register(targetGroup, [instance.instanceId])
    }
  }
  if (attachedArns(group).length === 0) traffic.instanceServes(instance.instanceId)
}

/** An attached group deregisters and drains an instance before it terminates it; any other cuts its connections (F26). */
const terminate = async (parts: Parts, group: AutoScalingGroup, instance: Instance): Promise<void> => {
  const { state, clock, traffic, targetHealth, terminationHook } = parts
  instance.lifecycleState = 'Terminating'
  const attached = attachedTargetGroups(state, group)
  for (const targetGroup of attached) targetHealth.deregister(targetGroup, [instance.instanceId])
  await Promise.all(attached.map((targetGroup) => targetHealth.drained(targetGroup, instance.instanceId)))
  await terminationHook(group, instance)
  const cut = traffic.cut(instance.instanceId)
  instance.running = false
  targetHealth.instanceChanged(instance.instanceId)
  const end = begin(parts, instance, {
    what: `terminates ${instance.instanceId} in ${group.name}${cut > 0 ? ' while users have connections open' : ''}.`,
    description: 'Terminating EC2 instance',
    cause: 'an instance was taken out of service',
  })
  await clock.sleep(terminateMilliseconds)
  instance.lifecycleState = 'Terminated'
  end('Successful')
  reconcile(parts, group)
}

const enterStandby = (parts: Parts, group: AutoScalingGroup, instances: readonly Instance[], decrement: boolean) => {
  const { state, targetHealth } = parts
  if (decrement) group.desiredCapacity -= unitsOf(instances)
  for (const instance of instances) {
    instance.lifecycleState = 'EnteringStandby'
    const end = begin(parts, instance, {
      what: `puts ${instance.instanceId} of ${group.name} into Standby.`,
      description: 'Moving EC2 instance to Standby',
      cause: 'instances were moved to Standby in response to a user request',
    })
    void Promise.all(
      attachedTargetGroups(state, group).map(async (targetGroup) => {
        targetHealth.deregister(targetGroup, [instance.instanceId])
        await targetHealth.drained(targetGroup, instance.instanceId)
      }),
    ).then(() => {
      if (instance.lifecycleState === 'EnteringStandby') instance.lifecycleState = 'Standby'
      end('Successful')
    })
  }
  reconcile(parts, group)
}

const exitStandby = (parts: Parts, group: AutoScalingGroup, instances: readonly Instance[]): void => {
  group.desiredCapacity += unitsOf(instances)
  for (const instance of instances) {
    instance.lifecycleState = 'Pending'
    const end = begin(parts, instance, {
      what: `takes ${instance.instanceId} of ${group.name} out of Standby.`,
      description: 'Moving EC2 instance out of Standby',
      cause: 'instances were moved out of Standby in response to a user request',
    })
    parts.clock.after(exitStandbyMilliseconds, () => {
      end('Successful')
      if (instance.lifecycleState === 'Pending') enterService(parts, group, instance)
    })
  }
}

/** Some of these instances may have passed the checks of this attached target group, or failed them (F59). */
const passes = (parts: Parts, group: AutoScalingGroup, arn: string, instances: readonly Instance[]): void => {
  const { state } = parts
  const targets = targetGroupByArn(state, arn)?.targets
  const hasPassed = instances.some(({ instanceId }) => targets?.get(instanceId)?.state === 'healthy')
  const isFirst = hasPassed && attachedArns(group).includes(arn) && !group.passedArns.includes(arn)
  if (isFirst) group.passedArns = [...group.passedArns, arn]
  for (const instance of isFirst ? inServiceOf(state, group.name) : instances) checkLater(parts, group, instance)
}

/** Auto Scaling asks the load balancers for the health of a group's instances at a steady pace, from a phase of its own. */
const checkLater = (parts: Parts, group: AutoScalingGroup, instance: Instance, notBefore = parts.clock.now()): void => {
  const { clock, identifiers } = parts
  if (!isFoundUnhealthy(parts, group, instance)) return
  const phase = Math.floor(identifiers.chanceOf(group.name) * checkMilliseconds)
  const at = notBefore + checkMilliseconds - ((notBefore - phase) % checkMilliseconds)
  clock.after(at - clock.now(), () => check(parts, group, instance))
}

/** Whether an *attached* target group finds it unhealthy, with health check type ELB (F27), where some instance has passed (F59). */
const isFoundUnhealthy = ({ state }: Parts, group: AutoScalingGroup, instance: Instance): boolean =>
  group.healthCheckType === 'ELB' &&
  !suspended(group, 'HealthCheck') &&
  instance.lifecycleState === 'InService' &&
  instance.healthStatus === 'Healthy' &&
  attachedTargetGroups(state, group).some(
    ({ arn, targets }) => group.passedArns.includes(arn) && targets.get(instance.instanceId)?.state === 'unhealthy',
  )

const graceEnds = ({ clock }: Parts, group: AutoScalingGroup, { inServiceAt }: Instance): number =>
  (inServiceAt ?? clock.now()) + group.healthCheckGracePeriodSeconds * 1000

/** Marks an unhealthy instance, after its grace period. */
const check = (parts: Parts, group: AutoScalingGroup, instance: Instance): void => {
  const { clock } = parts
  if (!isFoundUnhealthy(parts, group, instance)) return
  const grace = graceEnds(parts, group, instance)
  if (clock.now() < grace) checkLater(parts, group, instance, grace)
  else setInstanceHealth(parts, instance, 'Unhealthy')
}

const setInstanceHealth = (parts: Parts, instance: Instance, status: Instance['healthStatus']): void => {
  const group = parts.state.autoScalingGroups.get(instance.autoScalingGroupName)
  instance.healthStatus = status
  if (group && status === 'Unhealthy') replaceUnhealthy(parts, group)
}

const replaceUnhealthy = (parts: Parts, group: AutoScalingGroup): void => {
  const { state, timeline } = parts
  if (suspended(group, 'ReplaceUnhealthy') || suspended(group, 'Terminate') || group.status !== undefined) return
  const unhealthy = inServiceOf(state, group.name).filter(({ healthStatus }) => healthStatus === 'Unhealthy')
  for (const instance of unhealthy) {
    timeline.tell('Auto Scaling', `replaces unhealthy ${instance.instanceId} in ${group.name}.`, instance)
    void terminate(parts, group, instance)
  }
  reconcile(parts, group, unhealthy)
}

const setDesiredCapacity = (parts: Parts, group: AutoScalingGroup, desired: number): void => {
  parts.timeline.tell(
    'Auto Scaling',
    `sets the desired capacity of ${group.name} to ${desired} (was ${group.desiredCapacity}).`,
  )
  group.desiredCapacity = desired
  group.failedLaunches = 0
  reconcile(parts, group)
}

const terminateInstance = (parts: Parts, instance: Instance, decrement: boolean): void => {
  const group = parts.state.autoScalingGroups.get(instance.autoScalingGroupName)
  if (!group) return
  if (decrement) group.desiredCapacity -= instance.units
  void terminate(parts, group, instance)
  reconcile(parts, group, [instance])
}

const startInstanceRefresh = (parts: Parts, group: AutoScalingGroup): string => {
  const { state, timeline } = parts
  const id = parts.identifiers.uuid()
  group.instanceRefresh = id
  timeline.tell('Auto Scaling', `begins to replace every instance of ${group.name}: an instance refresh.`)
  void refresh(parts, group, inServiceOf(state, group.name)).then(() => {
    group.instanceRefresh = undefined
    timeline.tell('Auto Scaling', `ends the instance refresh of ${group.name}.`)
  })
  return id
}

/** Replaces one instance after the other; waits while InstanceRefresh is suspended, and for each replacement. */
const refresh = async (parts: Parts, group: AutoScalingGroup, instances: readonly Instance[]): Promise<void> => {
  const { state, clock } = parts
  const isGone = () => !state.autoScalingGroups.has(group.name) || group.status !== undefined
  const isComplete = () => unitsOf(inServiceOf(state, group.name)) >= group.desiredCapacity
  for (const instance of instances) {
    do await clock.sleep(refreshPollMilliseconds)
    while (!isGone() && (suspended(group, 'InstanceRefresh') || !isComplete()))
    if (isGone()) return
    if (instance.lifecycleState === 'InService') terminateInstance(parts, instance, false)
  }
  while (!isGone() && !isComplete()) await clock.sleep(refreshPollMilliseconds)
}

const scale = (
  parts: Parts,
  group: AutoScalingGroup,
  desired: number,
  by: 'AlarmNotification' | 'ScheduledActions',
): void => {
  const { timeline } = parts
  const cause = by === 'AlarmNotification' ? 'an alarm' : 'a scheduled action'
  if (suspended(group, by) || group.status !== undefined) {
    const why = group.status ?? `${by} is suspended`
    timeline.tell('Auto Scaling', `ignores ${cause} for ${group.name}: ${why}.`)
    return
  }
  timeline.tell('Auto Scaling', `acts on ${cause} for ${group.name}.`)
  setDesiredCapacity(parts, group, Math.min(group.maxSize, Math.max(group.minSize, desired)))
}

const deleteGroup = async (parts: Parts, group: AutoScalingGroup): Promise<void> => {
  const { state, clock, timeline } = parts
  if (group.deletionProtection !== 'none') {
    timeline.tell(
      'Auto Scaling',
      `refuses to delete ${group.name}: its deletion protection is ${group.deletionProtection}.`,
    )
    return
  }
  group.status = 'Delete in progress'
  group.desiredCapacity = 0
  timeline.tell('Auto Scaling', `deletes ${group.name} and its instances.`)
  await Promise.all(counted(state, group).map((instance) => terminate(parts, group, instance)))
  while (instancesOf(state, group.name).length > 0) await clock.sleep(terminateMilliseconds)
  state.autoScalingGroups.delete(group.name)
}

const suspend = ({ timeline }: Parts, group: AutoScalingGroup, processes: readonly string[]): void => {
  const news = processes.filter((process) => !suspended(group, process))
  if (news.length > 0) timeline.tell('Auto Scaling', `suspends ${news.join(', ')} of ${group.name}.`)
  group.suspendedProcesses = [...new Set([...group.suspendedProcesses, ...processes])]
}

const resume = (parts: Parts, group: AutoScalingGroup, processes: readonly string[]): void => {
  const { state, timeline } = parts
  const news = processes.filter((process) => suspended(group, process))
  if (news.length > 0) timeline.tell('Auto Scaling', `resumes ${news.join(', ')} of ${group.name}.`)
  // First all of them, so that no instance is judged by half of a call.
  const left = (suspendedBefore: readonly string[]) => suspendedBefore.filter((process) => !processes.includes(process))
  group.suspendedProcesses = left(group.suspendedProcesses)
  group.suspendedByCodeDeploy = left(group.suspendedByCodeDeploy)
  for (const instance of inServiceOf(state, group.name)) checkLater(parts, group, instance)
  replaceUnhealthy(parts, group)
  reconcile(parts, group)
}
