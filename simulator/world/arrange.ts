import { arnOf, globalArnOf } from '../arn.ts'
import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { CodeDeploy } from './deployments/codeDeploy.ts'
import { configurationNamed } from './deployments/configurations.ts'
import type { Notifications, Pattern } from './notifications.ts'
import type { Scaling } from './scaling.ts'
import type {
  AutoRollback,
  AutoScalingGroup,
  BlueGreenConfiguration,
  ComputePlatform,
  Deployment,
  DeploymentConfiguration,
  DeploymentGroup,
  DeploymentStatus,
  FunctionContext,
  LambdaFunction,
  LoadBalancerInfo,
  Revision,
  State,
  TargetGroup,
} from './state.ts'
import type { TargetHealth } from './targetHealth.ts'
import type { Timeline } from './timeline.ts'
import type { Traffic } from './traffic.ts'

/** A target group to arrange; everything but the name has a default. */
export type TargetGroupOptions = {
  name: string
  targetType?: TargetGroup['targetType']
  /** Empty: no load balancer uses it. One, unless told. */
  loadBalancerArns?: readonly string[]
  protocol?: string
  port?: number
  healthCheck?: Partial<TargetGroup['healthCheck']>
  deregistrationDelaySeconds?: number
  requestsPerSecond?: number
  longConnections?: number
}

/** An Auto Scaling group to arrange, with instances that are in service, installed and healthy at once. */
export type AutoScalingGroupOptions = {
  name: string
  /** Names of target groups that are attached. None, unless told. */
  targetGroups?: readonly string[]
  /** Names of target groups that were attached by AttachTrafficSources instead. */
  trafficSources?: readonly string[]
  classicLoadBalancers?: readonly string[]
  desiredCapacity?: number
  minSize?: number
  maxSize?: number
  /** The application on its instances; `v1`, unless told. */
  version?: string
  /** The machine image has the application on it, so that an instance launched without CodeDeploy serves too. */
  applicationInImage?: boolean
  healthCheckType?: 'EC2' | 'ELB'
  healthCheckGracePeriodSeconds?: number
  suspendedProcesses?: readonly string[]
  tags?: Readonly<Record<string, string>>
}

/** A deployment group to arrange: blue/green with traffic control on instances, unless told. */
export type DeploymentGroupOptions = {
  application?: string
  name: string
  computePlatform?: ComputePlatform
  /** Blue; several only with DISCOVER_EXISTING (F17). */
  autoScalingGroup?: string | readonly string[]
  targetGroups?: readonly string[]
  classicLoadBalancers?: readonly string[]
  /** Pairs of names, for ECS. */
  targetGroupPairs?: readonly (readonly [string, string])[]
  deploymentStyle?: {
    deploymentType?: 'BLUE_GREEN' | 'IN_PLACE'
    deploymentOption?: 'WITH_TRAFFIC_CONTROL' | 'WITHOUT_TRAFFIC_CONTROL'
  }
  greenFleet?: 'COPY_AUTO_SCALING_GROUP' | 'DISCOVER_EXISTING'
  /** How long the deployment is Ready before it is stopped; `undefined`: it does not wait (F5). */
  readyWaitMinutes?: number | undefined
  terminateBlueAfterMinutes?: number
  /** Blue is kept, not terminated (F12). */
  keepBlue?: boolean
  /** A name that CodeDeploy comes with, or one of `customConfiguration`. */
  configuration?: string | DeploymentConfiguration
  tags?: Readonly<Record<string, string>>
  autoRollback?: boolean
  terminationHookEnabled?: boolean
  /** What is on blue, and what an instance that Auto Scaling launches there gets. */
  revision?: Revision
}

export type DeployOptions = {
  application?: string
  deploymentGroup: string
  revision?: Revision
  /** Lambda and ECS: the function of each event. */
  lambdaHooks?: Readonly<Record<string, string>>
  /** The Auto Scaling groups that are green, with DISCOVER_EXISTING. */
  green?: readonly string[]
  autoRollback?: boolean
}

/** What puts things into the world, and does to it what people and accidents do. */
export type Arrange = {
  createTargetGroup(options: TargetGroupOptions): TargetGroup
  createAutoScalingGroup(options: AutoScalingGroupOptions): AutoScalingGroup
  createDeploymentGroup(options: DeploymentGroupOptions): DeploymentGroup
  createFunction(options: {
    name: string
    handler: (event: unknown, context: FunctionContext) => unknown
    timeoutSeconds?: number
    memoryLimitInMB?: number
    /** The patterns of EventBridge rules that invoke it. */
    rules?: readonly Pattern[]
    /** An EventBridge schedule invokes it so often; a run that fails is not tried again. */
    everyMinutes?: number | undefined
  }): LambdaFunction
  /** Puts a bundle where CreateDeployment finds it: `s3://bucket/key`. */
  putBundle(bucket: string, key: string, revision: Revision): void
  /** Starts a deployment as a user would; gives its id. */
  deploy(options: DeployOptions): string
  setDesiredCapacity(autoScalingGroup: string, desiredCapacity: number): void
  /** An alarm sets off a scaling policy, which wants so many instances. */
  alarm(autoScalingGroup: string, desiredCapacity: number): void
  /** A scheduled action is due, which wants so many instances. */
  scheduledAction(autoScalingGroup: string, desiredCapacity: number): void
  suspendProcesses(autoScalingGroup: string, processes: readonly string[]): void
  resumeProcesses(autoScalingGroup: string, processes: readonly string[]): void
  /** The application on the instance begins to answer every request wrong. */
  breakInstance(instanceId: string): void
  /** CodeDeploy will fail to take the instance out of the load balancer, once it has done so with the others (F8). */
  failDeregistration(instanceId: string): void
  continueDeployment(deploymentId: string): void
  stopDeployment(deploymentId: string, options?: { rollBack?: boolean }): void
  /** CodeDeploy brings what is in service of a deployment group up to date; gives the id of the deployment that does it. */
  updateOutdated(deploymentGroup: string): string
  /** Takes a deployment back; gives the id of the deployment that does it. */
  rollBack(deploymentId: string): string
  /** Resolves with the deployment's last status. */
  deploymentEnded(deploymentId: string): Promise<DeploymentStatus>
  deleteTargetGroup(name: string): void
}

const defaultApplication = 'shop'

/** Puts together what arranges a world. */
export const createArrange = (parts: {
  state: State
  clock: Clock
  identifiers: Identifiers
  timeline: Timeline
  traffic: Traffic
  targetHealth: TargetHealth
  scaling: Scaling
  codeDeploy: CodeDeploy
  notifications: Notifications
}): Arrange => {
  const { state, clock, identifiers, timeline, traffic, targetHealth, scaling, codeDeploy, notifications } = parts
  const loadBalancing = (resource: string) => arnOf(state.region, 'elasticloadbalancing', resource)
  const targetGroup = (name: string) => known(state.targetGroups, name, 'target group')
  const autoScalingGroup = (name: string) => known(state.autoScalingGroups, name, 'Auto Scaling group')
  const deployment = (id: string): Deployment => known(state.deployments, id, 'deployment')

  return {
    createTargetGroup: (options) => {
      unknown(state.targetGroups, options.name, 'target group')
      const created: TargetGroup = {
        name: options.name,
        arn: loadBalancing(`targetgroup/${options.name}/${identifiers.hex(16)}`),
        targetType: options.targetType ?? 'instance',
        loadBalancerArns: [
          ...(options.loadBalancerArns ?? [loadBalancing(`loadbalancer/app/${options.name}/${identifiers.hex(16)}`)]),
        ],
        protocol: options.protocol ?? 'HTTP',
        port: options.port ?? 80,
        vpcId: 'vpc-0123456789abcdef0',
        healthCheck: {
          path: '/',
          intervalSeconds: 10,
          timeoutSeconds: 5,
          healthyThreshold: 3,
          unhealthyThreshold: 2,
          ...options.healthCheck,
        },
        deregistrationDelaySeconds: options.deregistrationDelaySeconds ?? 60,
        requestsPerSecond: options.requestsPerSecond ?? 0,
        longConnections: options.longConnections ?? 0,
        targets: new Map(),
      }
      traffic.settle()
      state.targetGroups.set(created.name, created)
      return created
    },

    createAutoScalingGroup: (options) => {
      unknown(state.autoScalingGroups, options.name, 'Auto Scaling group')
      const desiredCapacity = options.desiredCapacity ?? 2
      const application = { version: options.version ?? 'v1', healthy: true }
      const created: AutoScalingGroup = {
        name: options.name,
        arn: arnOf(
          state.region,
          'autoscaling',
          `autoScalingGroup:${identifiers.uuid()}:autoScalingGroupName/${options.name}`,
        ),
        createdAt: clock.now(),
        minSize: options.minSize ?? 0,
        maxSize: options.maxSize ?? 20,
        desiredCapacity,
        healthCheckType: options.healthCheckType ?? 'ELB',
        healthCheckGracePeriodSeconds: options.healthCheckGracePeriodSeconds ?? 300,
        targetGroupArns: (options.targetGroups ?? []).map((name) => targetGroup(name).arn),
        trafficSources: (options.trafficSources ?? []).map((name) => ({
          identifier: targetGroup(name).arn,
          type: 'elbv2',
        })),
        loadBalancerNames: [...(options.classicLoadBalancers ?? [])],
        suspendedProcesses: [...(options.suspendedProcesses ?? [])],
        tags: Object.entries(options.tags ?? {}).map(([key, value]) => ({ key, value, propagateAtLaunch: false })),
        status: undefined,
        image: options.applicationInImage ? application : undefined,
        failedLaunches: 0,
      }
      traffic.settle()
      state.autoScalingGroups.set(created.name, created)
      for (let count = 0; count < desiredCapacity; count += 1) {
        const instance = scaling.placeInstance(created)
        instance.application = application
        for (const name of [...(options.targetGroups ?? []), ...(options.trafficSources ?? [])]) {
          targetHealth.assumeHealthy(targetGroup(name), instance.instanceId)
        }
      }
      return created
    },

    createDeploymentGroup: (options) => {
      const application = options.application ?? defaultApplication
      unknown(state.deploymentGroups, `${application}/${options.name}`, 'deployment group')
      const computePlatform = options.computePlatform ?? 'Server'
      const blue = [options.autoScalingGroup ?? []].flat()
      const created: DeploymentGroup = {
        application,
        name: options.name,
        id: identifiers.uuid(),
        arn: arnOf(state.region, 'codedeploy', `deploymentgroup:${application}/${options.name}`),
        computePlatform,
        serviceRoleArn: globalArnOf(state.region, 'iam', 'role/CodeDeployServiceRole'),
        configuration: configurationOf(options.configuration, computePlatform),
        autoScalingGroups: blue.map((name) => autoScalingGroup(name).name),
        loadBalancerInfo: loadBalancerInfoOf(options, loadBalancing),
        deploymentStyle: {
          deploymentType: options.deploymentStyle?.deploymentType ?? 'BLUE_GREEN',
          deploymentOption: options.deploymentStyle?.deploymentOption ?? 'WITH_TRAFFIC_CONTROL',
        },
        blueGreen: blueGreenOf(options),
        autoRollback: autoRollbackOf(options.autoRollback ?? false),
        terminationHookEnabled: options.terminationHookEnabled ?? false,
        triggers: [],
        tags: Object.entries(options.tags ?? {}).map(([key, value]) => ({ key, value })),
        revision: options.revision ?? { version: 'v1' },
        lastAttempted: undefined,
        lastSuccessful: undefined,
      }
      state.deploymentGroups.set(`${application}/${options.name}`, created)
      return created
    },

    createFunction: (options) => {
      unknown(state.functions, options.name, 'function')
      const created: LambdaFunction = {
        name: options.name,
        arn: arnOf(state.region, 'lambda', `function:${options.name}`),
        timeoutSeconds: options.timeoutSeconds ?? 900,
        memoryLimitInMB: options.memoryLimitInMB ?? 256,
        handler: options.handler,
      }
      state.functions.set(created.name, created)
      for (const pattern of options.rules ?? []) notifications.createRule({ pattern, functionName: created.name })
      if (options.everyMinutes !== undefined) notifications.schedule(created.name, options.everyMinutes)
      return created
    },

    putBundle: (bucket, key, revision) => {
      const location = { revisionType: 'S3', s3Location: { bucket, key, bundleType: 'zip' } }
      state.bundles.set(`${bucket}/${key}`, { location, ...revision })
    },

    deploy: ({ application = defaultApplication, deploymentGroup, autoRollback, ...made }) => {
      const found = known(state.deploymentGroups, `${application}/${deploymentGroup}`, 'deployment group')
      const before = codeDeploy.underWay(found)
      if (before)
        throw new Error(`${application}/${deploymentGroup} has the deployment ${before.deploymentId} under way (F40).`)
      return codeDeploy.create(found, {
        ...made,
        autoRollback: autoRollback === undefined ? undefined : autoRollbackOf(autoRollback),
      }).deploymentId
    },

    setDesiredCapacity: (name, desiredCapacity) => scaling.setDesiredCapacity(autoScalingGroup(name), desiredCapacity),
    alarm: (name, desiredCapacity) => scaling.scale(autoScalingGroup(name), desiredCapacity, 'AlarmNotification'),
    scheduledAction: (name, desiredCapacity) =>
      scaling.scale(autoScalingGroup(name), desiredCapacity, 'ScheduledActions'),
    suspendProcesses: (name, processes) => scaling.suspend(autoScalingGroup(name), processes),
    resumeProcesses: (name, processes) => scaling.resume(autoScalingGroup(name), processes),

    breakInstance: (instanceId) => {
      const instance = known(state.instances, instanceId, 'instance')
      traffic.settle()
      instance.broken = true
      timeline.tell('Instance', `${instanceId} begins to answer every request with an error.`, { instanceId })
      traffic.instanceBroke(instanceId, instance.autoScalingGroupName)
      targetHealth.instanceChanged(instanceId)
    },

    failDeregistration: (instanceId) => {
      known(state.instances, instanceId, 'instance').cannotBeDeregistered = true
    },
    continueDeployment: (id) => codeDeploy.continue(deployment(id), 'ready'),
    stopDeployment: (id, { rollBack = false } = {}) => {
      codeDeploy.stop(deployment(id), rollBack)
    },
    updateOutdated: (name) =>
      codeDeploy.autoUpdate(known(state.deploymentGroups, `${defaultApplication}/${name}`, 'deployment group'))
        .deploymentId,
    rollBack: (id) => codeDeploy.rollBack(deployment(id), 'Somebody rolled it back.').deploymentId,
    deploymentEnded: async (id) => {
      await codeDeploy.ended(deployment(id))
      return deployment(id).status
    },
    deleteTargetGroup: (name) => {
      traffic.settle()
      state.targetGroups.delete(targetGroup(name).name)
    },
  }
}

const known = <Thing>(things: ReadonlyMap<string, Thing>, name: string, what: string): Thing => {
  const found = things.get(name)
  if (found === undefined) throw new Error(`There is no ${what} ${name}.`)
  return found
}

const unknown = (things: ReadonlyMap<string, unknown>, name: string, what: string) => {
  if (things.has(name)) throw new Error(`There is a ${what} ${name} already.`)
}

const configurationOf = (wanted: string | DeploymentConfiguration | undefined, platform: ComputePlatform) => {
  if (typeof wanted === 'object') return wanted
  const name = wanted ?? `CodeDeployDefault.${platform === 'Server' ? '' : platform}AllAtOnce`
  const found = configurationNamed(name)
  if (!found) throw new Error(`There is no deployment configuration ${name}.`)
  return found
}

const autoRollbackOf = (enabled: boolean): AutoRollback => ({
  enabled,
  events: enabled ? ['DEPLOYMENT_FAILURE'] : [],
})

const loadBalancerInfoOf = (
  options: DeploymentGroupOptions,
  loadBalancing: (resource: string) => string,
): LoadBalancerInfo | undefined => {
  const { targetGroups, classicLoadBalancers, targetGroupPairs } = options
  if (!targetGroups && !classicLoadBalancers && !targetGroupPairs) return undefined
  return {
    ...(targetGroups && { targetGroupInfoList: targetGroups.map((name) => ({ name })) }),
    ...(classicLoadBalancers && { elbInfoList: classicLoadBalancers.map((name) => ({ name })) }),
    ...(targetGroupPairs && {
      targetGroupPairInfoList: targetGroupPairs.map((pair) => ({
        targetGroups: pair.map((name) => ({ name })),
        prodTrafficRoute: {
          listenerArns: [loadBalancing(`listener/app/${pair[0]}/0123456789abcdef/fedcba9876543210`)],
        },
      })),
    }),
  }
}

const blueGreenOf = (options: DeploymentGroupOptions): BlueGreenConfiguration | undefined => {
  if (options.deploymentStyle?.deploymentType === 'IN_PLACE') return undefined
  if (options.computePlatform === 'Lambda') return undefined
  return {
    terminateBlueInstancesOnDeploymentSuccess: options.keepBlue
      ? { action: 'KEEP_ALIVE' }
      : { action: 'TERMINATE', terminationWaitTimeInMinutes: options.terminateBlueAfterMinutes ?? 5 },
    deploymentReadyOption:
      options.readyWaitMinutes === undefined
        ? { actionOnTimeout: 'CONTINUE_DEPLOYMENT' }
        : { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: options.readyWaitMinutes },
    ...(options.computePlatform !== 'ECS' && {
      greenFleetProvisioningOption: { action: options.greenFleet ?? 'COPY_AUTO_SCALING_GROUP' },
    }),
  }
}
