import { arnOf } from './arn.ts'
import { type AutoScalingGroup, type Deployment, type DeploymentStatus, instancesOf } from './world/state.ts'
import type { World } from './world/world.ts'

/** The condition of a generated deployment group: healthy, or one thing that is wrong with it. */
export const conditions = [
  'healthy',
  /** The defect (F15). */
  'missing',
  /** The same, in an Auto Scaling group that CodeDeploy has not named. */
  'missingElsewhere',
  /** The Auto Scaling group has a target group that the deployment group does not name. */
  'unnamed',
  /** Blue was kept after the deployment (F12). */
  'keptBlue',
  /** The green of a failed deployment is left over (F9). */
  'leftover',
  'leftoverAttached',
  'held',
  /** Its record is still there, although nothing is held any more. */
  'recorded',
  'classicLoadBalancer',
  'lattice',
  /** Its deployments do not wait at Ready (F5). */
  'doesNotWait',
  'noAutoScalingGroup',
  /** The target group that it lacks does not exist. */
  'noTargetGroup',
  /** Somebody has suspended AddToLoadBalancer. */
  'suspended',
  /** The green of a failed deployment has no target group, and serves all the same: CodeDeploy itself has registered it. */
  'leftoverServing',
  /** The green of a deployment under way has launched an instance before its deployment group names it (F54). */
  'launchedEarly',
  /** Its tag greenlight:mode has a value that nobody knows. */
  'badTag',
  /** Its mode is gate, though its deployments do not wait at Ready. */
  'nobodyAsks',
  /** Its record names no deployment. */
  'foreignRecord',
  /** Its record is on an Auto Scaling group that CodeDeploy has not named. */
  'recordedElsewhere',
  /** Its mode is gate, and it names no test target group. */
  'provesByAttaching',
] as const
export type Condition = (typeof conditions)[number]

/** A deployment group that was generated. */
export type Generated = {
  readonly application: string
  readonly name: string
  readonly condition: Condition
  /** The id of its last deployment that succeeded. */
  readonly deploymentId: string
  /** The Auto Scaling group that it names. */
  readonly autoScalingGroup: string
}

const hourMilliseconds = 3_600_000

/**
 * Fills an account with deployment groups whose blue/green deployments have copied their Auto Scaling groups, long ago.
 *
 * @param conditionOf the condition of the deployment group of this number, from 0 on; `healthy` by default
 * @returns the deployment groups in the order of their numbers, spread evenly over the applications
 */
export const generateAccount = (
  world: World,
  {
    applications = 1,
    deploymentGroups,
    instances = 2,
    conditionOf = () => 'healthy',
  }: {
    applications?: number
    deploymentGroups: number
    instances?: number
    conditionOf?: (number: number) => Condition
  },
): readonly Generated[] =>
  Array.from({ length: deploymentGroups }, (_, number) => {
    const application = `application-${number % applications}`
    return generate(world, { application, number, instances, condition: conditionOf(number) })
  })

const generate = (
  world: World,
  {
    application,
    number,
    instances,
    condition,
  }: { application: string; number: number; instances: number; condition: Condition },
): Generated => {
  const name = `group-${number}`
  const targetGroup = `web-${number}`
  const deploymentId = idOf('D', number)
  const isElsewhere = condition === 'missingElsewhere' || condition === 'recordedElsewhere'
  const autoScalingGroup = isElsewhere ? `workers-${number}` : `CodeDeploy_${name}_${deploymentId}`
  const lacks = condition === 'missing' || condition === 'missingElsewhere' || condition === 'noTargetGroup'
  const served = world.createTargetGroup({ name: targetGroup })
  if (condition === 'unnamed') world.createTargetGroup({ name: `admin-${number}` })

  const created = world.createAutoScalingGroup({
    name: autoScalingGroup,
    desiredCapacity: instances,
    targetGroups: lacks ? [] : [targetGroup, ...(condition === 'unnamed' ? [`admin-${number}`] : [])],
    classicLoadBalancers: condition === 'classicLoadBalancer' ? [`classic-${number}`] : [],
    suspendedProcesses: condition === 'held' ? heldProcesses : condition === 'suspended' ? ['AddToLoadBalancer'] : [],
    tags: recordIn(condition, deploymentId),
  })
  // CodeDeploy itself has registered the instances that it deployed to.
  if (lacks)
    for (const { instanceId } of instancesOf(world, autoScalingGroup))
      world.targetHealth.assumeHealthy(served, instanceId)
  if (condition === 'lattice') created.trafficSources.push(lattice(world, number))
  world.createDeploymentGroup({
    application,
    name,
    autoScalingGroup,
    targetGroups: [targetGroup],
    readyWaitMinutes: condition === 'doesNotWait' || condition === 'nobodyAsks' ? undefined : 60,
    keepBlue: condition === 'keptBlue',
    tags: tagsIn(condition),
  })
  past(world, { application, name, id: deploymentId, status: 'Succeeded', green: created, hoursAgo: 100 })

  if (condition === 'keptBlue') {
    world.createAutoScalingGroup({ name: `blue-${number}`, desiredCapacity: instances, targetGroups: [targetGroup] })
  }
  if (condition === 'launchedEarly') launchEarly(world, { application, name, id: idOf('U', number), targetGroup })
  if (condition === 'leftover' || condition === 'leftoverAttached' || condition === 'leftoverServing') {
    const id = idOf('F', number)
    const green = world.createAutoScalingGroup({
      name: `CodeDeploy_${name}_${id}`,
      desiredCapacity: instances,
      targetGroups: condition === 'leftoverAttached' ? [targetGroup] : [],
      version: 'v2',
    })
    past(world, { application, name, id, status: 'Failed', green, hoursAgo: 50 })
    if (condition === 'leftoverServing')
      for (const { instanceId } of instancesOf(world, green.name)) world.targetHealth.assumeHealthy(served, instanceId)
  }
  if (condition === 'noAutoScalingGroup') world.autoScalingGroups.delete(autoScalingGroup)
  if (condition === 'noTargetGroup') world.deleteTargetGroup(targetGroup)
  return { application, name, condition, deploymentId, autoScalingGroup }
}

const recordIn = (condition: Condition, deploymentId: string): Readonly<Record<string, string>> => {
  if (condition === 'foreignRecord') return { 'greenlight:record': 'nonsense' }
  const isRecorded = condition === 'recorded' || condition === 'recordedElsewhere'
  return isRecorded ? { 'greenlight:record': deploymentId } : {}
}

const tagsIn = (condition: Condition): Readonly<Record<string, string>> => {
  if (condition === 'badTag') return { 'greenlight:mode': 'gaet' }
  return condition === 'nobodyAsks' || condition === 'provesByAttaching' ? { 'greenlight:mode': 'gate' } : {}
}

/** Adds a deployment whose traffic has arrived at one instance of its green, which has launched another one since. */
const launchEarly = (
  world: World,
  { application, name, id, targetGroup }: { application: string; name: string; id: string; targetGroup: string },
): void => {
  const green = world.createAutoScalingGroup({
    ...{ name: `CodeDeploy_${name}_${id}`, desiredCapacity: 2, targetGroups: [targetGroup], version: 'v2' },
  })
  const deployment = past(world, { application, name, id, status: 'Failed', green, hoursAgo: 0 })
  Object.assign(deployment, { status: 'InProgress', completeTime: undefined, errorInformation: undefined })
  const [{ instanceId } = { instanceId: '' }] = instancesOf(world, green.name)
  const event = {
    status: 'Succeeded',
    startTime: green.createdAt,
    endTime: green.createdAt,
    diagnostics: undefined,
  } as const
  deployment.targets.set(instanceId, {
    ...{ targetId: instanceId, arn: arnOf(world.region, 'ec2', `instance/${instanceId}`), label: 'Green' },
    ...{ status: 'InProgress', lastUpdatedAt: green.createdAt },
    lifecycleEvents: ['ValidateService', 'AllowTraffic'].map((named) => ({ name: named, ...event })),
  })
}

const heldProcesses = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions']

const idOf = (letter: string, number: number) => `d-${letter}${String(number).padStart(8, '0')}`

const lattice = ({ region }: World, number: number): AutoScalingGroup['trafficSources'][number] => ({
  identifier: `arn:aws:vpc-lattice:${region}:123456789012:targetgroup/tg-${number}`,
  type: 'vpc-lattice',
})

/** Adds a deployment that is over, as if the simulator had played it. */
const past = (
  world: World,
  made: {
    application: string
    name: string
    id: string
    status: Extract<DeploymentStatus, 'Succeeded' | 'Failed'>
    green: AutoScalingGroup
    hoursAgo: number
  },
): Deployment => {
  const group = world.deploymentGroups.get(`${made.application}/${made.name}`)
  if (group === undefined) throw new Error(`There is no deployment group ${made.application}/${made.name}.`)
  const completeTime = made.green.createdAt - made.hoursAgo * hourMilliseconds
  const deployment: Deployment = {
    deploymentId: made.id,
    application: made.application,
    deploymentGroup: made.name,
    computePlatform: 'Server',
    creator: 'user',
    createTime: completeTime - hourMilliseconds,
    startTime: completeTime - hourMilliseconds,
    completeTime,
    revision: group.revision,
    lambdaHooks: {},
    configuration: group.configuration,
    description: undefined,
    status: made.status,
    deploymentStyle: { ...group.deploymentStyle },
    blueGreen: group.blueGreen,
    loadBalancerInfo: group.loadBalancerInfo,
    targetInstances: { autoScalingGroups: [made.green.name] },
    instanceTerminationWaitTimeStarted: made.status === 'Succeeded',
    rollbackInfo: undefined,
    errorInformation:
      made.status === 'Failed' ? { code: 'HEALTH_CONSTRAINTS', message: 'Too few instances are healthy.' } : undefined,
    autoRollback: group.autoRollback,
    ignoreApplicationStopFailures: false,
    blue: undefined,
    blueRevision: undefined,
    leftOut: [],
    continued: { ready: true, termination: true },
    stopping: false,
    targets: new Map(),
  }
  world.deployments.set(made.id, deployment)
  group.lastAttempted = made.id
  if (made.status === 'Succeeded') group.lastSuccessful = made.id
  return deployment
}
