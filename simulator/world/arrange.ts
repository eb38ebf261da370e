import { arnOf } from '../arn.ts'
import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { CodeDeploy } from './deployments/codeDeploy.ts'
import { known, mustBeNew } from './named.ts'
import { type AutoScalingGroupOptions, newAutoScalingGroup } from './newAutoScalingGroup.ts'
import {
  autoRollbackOf,
  type DeploymentGroupOptions,
  defaultApplication,
  newDeploymentGroup,
} from './newDeploymentGroup.ts'
import { newTargetGroup, type TargetGroupOptions } from './newTargetGroup.ts'
import type { Notifications, Pattern } from './notifications.ts'
import type { Scaling } from './scaling.ts'
import {
  type AutoScalingGroup,
  applicationOf,
  attachedArns,
  type Deployment,
  type DeploymentGroup,
  type DeploymentStatus,
  type FunctionContext,
  instancesOf,
  type LambdaFunction,
  type Revision,
  type State,
  type TargetGroup,
  unitsOf,
} from './state.ts'
import type { TargetHealth } from './targetHealth.ts'
import type { Timeline } from './timeline.ts'
import type { Traffic } from './traffic.ts'

export type { DeploymentGroupOptions }

type DeployOptions = {
  application?: string
  deploymentGroup: string
  revision?: Revision
  /** Lambda and ECS: the function of each event. */
  lambdaHooks?: Readonly<Record<string, string>>
  /** The Auto Scaling groups that are green, with DISCOVER_EXISTING. */
  green?: readonly string[]
  autoRollback?: boolean
  ignoreApplicationStopFailures?: boolean
}

/** A Lambda function to arrange. */
export type FunctionOptions = {
  name: string
  handler: (event: unknown, context: FunctionContext) => unknown
  timeoutSeconds?: number
  memoryLimitInMB?: number
  /** How many of its invocations may run at once; by default any number. */
  reservedConcurrency?: number | undefined
  /** The patterns of EventBridge rules that invoke it. */
  rules?: readonly Pattern[]
  /** The interval of an EventBridge schedule that invokes it; a failed run is not retried. */
  everyMinutes?: number | undefined
}

/** Functions that put things into the world, and do what people and accidents do. */
export type Arrange = {
  createTargetGroup(options: TargetGroupOptions): TargetGroup
  createAutoScalingGroup(options: AutoScalingGroupOptions): AutoScalingGroup
  createDeploymentGroup(options: DeploymentGroupOptions): DeploymentGroup
  createFunction(options: FunctionOptions): LambdaFunction
  /** Puts a bundle where CreateDeployment finds it: `s3://bucket/key`. */
  putBundle(bucket: string, key: string, revision: Revision): void
  /** Starts a deployment as a user would; returns its id. */
  deploy(options: DeployOptions): string
  setDesiredCapacity(autoScalingGroup: string, desiredCapacity: number): void
  /** An alarm triggers a scaling policy that wants this many instances. */
  alarm(autoScalingGroup: string, desiredCapacity: number): void
  /** A scheduled action is due that wants this many instances. */
  scheduledAction(autoScalingGroup: string, desiredCapacity: number): void
  suspendProcesses(autoScalingGroup: string, processes: readonly string[]): void
  resumeProcesses(autoScalingGroup: string, processes: readonly string[]): void
  /** Somebody replaces all instances of the group, one after the other. */
  startInstanceRefresh(autoScalingGroup: string): void
  /** The application on the instance starts to answer every request with an error. */
  breakInstance(instanceId: string): void
  /** This lifecycle event of every deployment will fail on the instance. */
  failEvent(instanceId: string, event: string): void
  /** Something before our script makes this lifecycle event of every deployment so much longer on the instance. */
  delayEvent(instanceId: string, event: string, minutes: number): void
  /** CodeDeploy will fail to deregister the instance, after it has deregistered the others (F8). */
  failDeregistration(instanceId: string): void
  continueDeployment(deploymentId: string): void
  stopDeployment(deploymentId: string, options?: { rollBack?: boolean }): void
  /** CodeDeploy updates the outdated instances of a deployment group; returns the id of that deployment. */
  updateOutdated(deploymentGroup: string): string
  /** Rolls a deployment back; returns the id of the rollback. */
  rollBack(deploymentId: string): string
  /** Resolves with the deployment's final status. */
  deploymentEnded(deploymentId: string): Promise<DeploymentStatus>
  deleteTargetGroup(name: string): void
}

type Parts = {
  readonly state: State
  readonly clock: Clock
  readonly identifiers: Identifiers
  readonly timeline: Timeline
  readonly traffic: Traffic
  readonly targetHealth: TargetHealth
  readonly scaling: Scaling
  readonly codeDeploy: CodeDeploy
  readonly notifications: Notifications
}

/** The functions that arrange a world. */
export const createArrange = (parts: Parts): Arrange => ({
  ...arrangeResources(parts),
  ...arrangeDeployments(parts),
  ...arrangeInstances(parts),
})

const targetGroupNamed = ({ state }: Parts, name: string) => known(state.targetGroups, name, 'target group')
const autoScalingGroupNamed = ({ state }: Parts, name: string) =>
  known(state.autoScalingGroups, name, 'Auto Scaling group')
const deploymentOf = ({ state }: Parts, id: string): Deployment => known(state.deployments, id, 'deployment')

type Resources = 'createTargetGroup' | 'createAutoScalingGroup' | 'createDeploymentGroup' | 'createFunction'

const arrangeResources = (parts: Parts): Pick<Arrange, Resources | 'putBundle' | 'deleteTargetGroup'> => {
  const { state, identifiers, traffic } = parts
  return {
    createTargetGroup: (options) => {
      mustBeNew(state.targetGroups, options.name, 'target group')
      const created = newTargetGroup(options, { region: state.region, identifiers })
      traffic.settle()
      state.targetGroups.set(created.name, created)
      return created
    },
    createAutoScalingGroup: (options) => createAutoScalingGroup(parts, options),
    createDeploymentGroup: (options) => {
      const key = `${options.application ?? defaultApplication}/${options.name}`
      mustBeNew(state.deploymentGroups, key, 'deployment group')
      const created = newDeploymentGroup(options, parts)
      state.deploymentGroups.set(key, created)
      return created
    },
    createFunction: (options) => createFunction(parts, options),
    putBundle: (bucket, key, revision) => {
      const location = { revisionType: 'S3', s3Location: { bucket, key, bundleType: 'zip' } }
      state.bundles.set(`${bucket}/${key}`, { location, ...revision })
    },
    deleteTargetGroup: (name) => {
      traffic.settle()
      state.targetGroups.delete(targetGroupNamed(parts, name).name)
    },
  }
}

const createAutoScalingGroup = (parts: Parts, options: AutoScalingGroupOptions): AutoScalingGroup => {
  const { state, scaling, targetHealth, traffic } = parts
  mustBeNew(state.autoScalingGroups, options.name, 'Auto Scaling group')
  const created = newAutoScalingGroup(options, parts)
  traffic.settle()
  state.autoScalingGroups.set(created.name, created)
  while (unitsOf(instancesOf(state, created.name)) < created.desiredCapacity) {
    const instance = scaling.placeInstance(created)
    instance.application = applicationOf({ version: options.version ?? 'v1' })
    for (const name of [...(options.targetGroups ?? []), ...(options.trafficSources ?? [])]) {
      targetHealth.assumeHealthy(targetGroupNamed(parts, name), instance.instanceId)
    }
  }
  // They have passed long ago (F59).
  created.passedArns = attachedArns(created)
  return created
}

const createFunction = ({ state, notifications }: Parts, options: FunctionOptions): LambdaFunction => {
  mustBeNew(state.functions, options.name, 'function')
  const created: LambdaFunction = {
    name: options.name,
    arn: arnOf(state.region, 'lambda', `function:${options.name}`),
    timeoutSeconds: options.timeoutSeconds ?? 900,
    memoryLimitInMB: options.memoryLimitInMB ?? 256,
    reservedConcurrency: options.reservedConcurrency,
    handler: options.handler,
  }
  state.functions.set(created.name, created)
  for (const pattern of options.rules ?? []) notifications.createRule({ pattern, functionName: created.name })
  if (options.everyMinutes !== undefined) notifications.schedule(created.name, options.everyMinutes)
  return created
}

type OfDeployments =
  | 'deploy'
  | 'continueDeployment'
  | 'stopDeployment'
  | 'updateOutdated'
  | 'rollBack'
  | 'deploymentEnded'

const arrangeDeployments = (parts: Parts): Pick<Arrange, OfDeployments> => {
  const { state, codeDeploy } = parts
  const deploymentGroup = (key: string) => known(state.deploymentGroups, key, 'deployment group')
  return {
    deploy: ({ application = defaultApplication, deploymentGroup: name, autoRollback, ...made }) => {
      const found = deploymentGroup(`${application}/${name}`)
      const before = codeDeploy.underWay(found)
      if (before) throw new Error(`${application}/${name} has the deployment ${before.deploymentId} under way.`)
      return codeDeploy.create(found, {
        ...made,
        autoRollback: autoRollback === undefined ? undefined : autoRollbackOf(autoRollback),
      }).deploymentId
    },
    continueDeployment: (id) => codeDeploy.continue(deploymentOf(parts, id), 'ready'),
    stopDeployment: (id, { rollBack = false } = {}) => {
      codeDeploy.stop(deploymentOf(parts, id), rollBack)
    },
    updateOutdated: (name) => codeDeploy.autoUpdate(deploymentGroup(`${defaultApplication}/${name}`)).deploymentId,
    rollBack: (id) => codeDeploy.rollBack(deploymentOf(parts, id)).deploymentId,
    deploymentEnded: async (id) => {
      await codeDeploy.ended(deploymentOf(parts, id))
      return deploymentOf(parts, id).status
    },
  }
}

const arrangeInstances = (parts: Parts): Omit<Arrange, keyof ReturnType<typeof arrangeResources> | OfDeployments> => {
  const { state, timeline, traffic, targetHealth, scaling } = parts
  const group = (name: string) => autoScalingGroupNamed(parts, name)
  const failEvent = (instanceId: string, event: string) =>
    void known(state.instances, instanceId, 'instance').failsAt.push(event)
  return {
    setDesiredCapacity: (name, desiredCapacity) => scaling.setDesiredCapacity(group(name), desiredCapacity),
    alarm: (name, desiredCapacity) => scaling.scale(group(name), desiredCapacity, 'AlarmNotification'),
    scheduledAction: (name, desiredCapacity) => scaling.scale(group(name), desiredCapacity, 'ScheduledActions'),
    suspendProcesses: (name, processes) => scaling.suspend(group(name), processes),
    resumeProcesses: (name, processes) => scaling.resume(group(name), processes),
    startInstanceRefresh: (name) => void scaling.startInstanceRefresh(group(name)),
    breakInstance: (instanceId) => {
      const instance = known(state.instances, instanceId, 'instance')
      traffic.settle()
      instance.broken = true
      timeline.tell('Instance', `${instanceId} begins to answer every request with an error.`, { instanceId })
      traffic.instanceBroke(instanceId, instance.autoScalingGroupName)
      targetHealth.instanceChanged(instanceId)
    },
    failEvent,
    delayEvent: (instanceId, event, minutes) =>
      void known(state.instances, instanceId, 'instance').slowAt.set(event, minutes * 60_000),
    failDeregistration: (instanceId) => failEvent(instanceId, 'BlockTraffic'),
  }
}
