/** Everything that exists, as plain objects that a test may read, or change where no function arranges what it needs. */
export type State = {
  /** The region that scripts and ARNs are in. */
  readonly region: string
  readonly targetGroups: Map<string, TargetGroup>
  readonly listeners: Listener[]
  readonly autoScalingGroups: Map<string, AutoScalingGroup>
  readonly instances: Map<string, Instance>
  /** The oldest first. */
  readonly scalingActivities: ScalingActivity[]
  /** By `application/group`. */
  readonly deploymentGroups: Map<string, DeploymentGroup>
  readonly deployments: Map<string, Deployment>
  readonly functions: Map<string, LambdaFunction>
  /** What CreateDeployment finds by `bucket/key`. */
  readonly bundles: Map<string, Revision>
  readonly hookExecutions: Map<string, HookExecution>
  readonly scriptRuns: ScriptRun[]
  readonly invocations: Invocation[]
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'unused' | 'draining'

/** One target of a target group, with AWS's words for its health (F29). */
export type Target = {
  readonly id: string
  readonly port: number
  /** The zone of its instance. */
  readonly zone: string
  state: TargetState
  reason: string | undefined
  description: string | undefined
  /** Long connections that a draining target still serves: they end evenly over the deregistration delay. */
  draining: { since: number; until: number; connections: number } | undefined
}

/** What a call has put in front of a target group. A load balancer's listeners from before are not modelled. */
type Listener = { readonly arn: string; readonly loadBalancerArn: string; readonly port: number }

export type TargetGroup = {
  readonly name: string
  readonly arn: string
  readonly targetType: 'instance' | 'ip' | 'lambda' | 'alb'
  /** Empty: the target group is not in use, and its targets are `unused`. */
  loadBalancerArns: string[]
  readonly protocol: string
  readonly protocolVersion: string
  readonly port: number
  readonly vpcId: string
  readonly ipAddressType: 'ipv4' | 'ipv6'
  readonly healthCheck: {
    readonly protocol: string
    readonly port: string
    readonly path: string
    /** HTTP codes. */
    readonly matcher: string
    readonly intervalSeconds: number
    readonly timeoutSeconds: number
    readonly healthyThreshold: number
    readonly unhealthyThreshold: number
  }
  deregistrationDelaySeconds: number
  /** The attributes that have another value than AWS gives every target group (F53). */
  readonly attributes: Map<string, string>
  readonly tags: Map<string, string>
  /** The users: requests a second, and long connections, spread over the targets that the load balancer routes to. */
  requestsPerSecond: number
  longConnections: number
  /** By the id of the instance; on another port than the target group's, by `id:port`. */
  readonly targets: Map<string, Target>
  /** The other ports that instances have been registered on. */
  readonly otherPorts: Set<number>
}

/** What is installed on an instance: nothing (`undefined`), or a version that answers well or does not. */
export type Application = {
  readonly version: string
  readonly healthy: boolean
  /** The target groups, or ports of one (`web:8081`), in which it answers with errors all the same. */
  readonly unhealthyIn?: readonly string[]
}

export type Instance = {
  readonly instanceId: string
  readonly instanceType: string
  /** The share that it has in its group's capacity (F58). */
  readonly units: number
  readonly autoScalingGroupName: string
  readonly availabilityZone: string
  readonly launchedAt: number
  inServiceAt: number | undefined
  lifecycleState: string
  healthStatus: 'Healthy' | 'Unhealthy'
  protectedFromScaleIn: boolean
  running: boolean
  /** It runs, but answers every request with an error. */
  broken: boolean
  /** The lifecycle events that will fail on it. */
  readonly failsAt: string[]
  /** By lifecycle event: how much longer it takes on the instance, in milliseconds. */
  readonly slowAt: Map<string, number>
  application: Application | undefined
}

export type Tag = { key: string; value: string; propagateAtLaunch: boolean }

export type AutoScalingGroup = {
  readonly name: string
  readonly arn: string
  readonly createdAt: number
  /** Its instance types in turn, and the units that an instance of each has; none: its launch template says it (F58). */
  readonly instanceTypes: readonly { readonly name: string; readonly units: number }[]
  /** What the units are, where somebody has said it. Where they are no weights, DescribeAutoScalingGroups shows none. */
  readonly desiredCapacityType: 'units' | 'vcpu' | 'memory-mib' | undefined
  minSize: number
  maxSize: number
  desiredCapacity: number
  healthCheckType: 'EC2' | 'ELB'
  healthCheckGracePeriodSeconds: number
  /** Attached by AttachLoadBalancerTargetGroups. */
  targetGroupArns: string[]
  /** Attached by AttachTrafficSources: Detach/DescribeLoadBalancerTargetGroups do not see these (F21). */
  trafficSources: { identifier: string; type: string }[]
  /** The attached target groups in which an instance of the group has passed: only these have unhealthy ones replaced (F59). */
  passedArns: string[]
  /** Attaching and detaching that takes seconds to show. */
  underWay: string[]
  loadBalancerNames: string[]
  suspendedProcesses: string[]
  /** CodeDeploy's launch hooks: each deploys to what the group launches, for one deployment group (F54). */
  launchHooks: { readonly name: string; readonly deploymentGroupId: string }[]
  /** Those of the suspended processes that CodeDeploy itself has suspended (F55). */
  suspendedByCodeDeploy: string[]
  tags: Tag[]
  status: string | undefined
  /** The application in the machine image. Most have none, because CodeDeploy installs the application. */
  readonly image: Application | undefined
  /** The AWS service that manages it, and refuses everybody else (F52). */
  readonly operator: string | undefined
  deletionProtection: 'none' | 'prevent-force-deletion' | 'prevent-all-deletion'
  /** The id of the instance refresh that is under way. */
  instanceRefresh: string | undefined
  /** How many launches have failed in a row: after a failing script Auto Scaling terminates and relaunches (F2). */
  failedLaunches: number
}

/** What Auto Scaling has done, or is doing. */
export type ScalingActivity = {
  readonly id: string
  readonly autoScalingGroupName: string
  readonly description: string
  readonly cause: string
  readonly startTime: number
  endTime: number | undefined
  status: 'InProgress' | 'Successful' | 'Failed'
}

export type ComputePlatform = 'Server' | 'Lambda' | 'ECS'

export type ScriptHook = {
  /** Absolute path of the script on this machine. */
  readonly script: string
  readonly timeoutSeconds?: number
  /** Variables that the script sees beside the agent's, as a user would set them at its top. */
  readonly environment?: Readonly<Record<string, string>>
}

/** What is deployed: a bundle for instances, or the hooks of a Lambda or ECS AppSpec. */
export type Revision = {
  readonly version: string
  /** Whether the application answers well once installed; by default it does. */
  readonly healthy?: boolean
  /** As of an `Application`. */
  readonly unhealthyIn?: readonly string[]
  readonly hooks?: Readonly<Record<string, readonly ScriptHook[]>>
  /** Where CodeDeploy says that it comes from. */
  readonly location?: Readonly<Record<string, unknown>>
}

export type LoadBalancerInfo = {
  targetGroupInfoList?: { name: string }[]
  elbInfoList?: { name: string }[]
  targetGroupPairInfoList?: {
    targetGroups: { name: string }[]
    prodTrafficRoute?: { listenerArns: string[] }
    testTrafficRoute?: { listenerArns: string[] }
  }[]
}

type DeploymentStyle = {
  deploymentType: 'BLUE_GREEN' | 'IN_PLACE'
  deploymentOption: 'WITH_TRAFFIC_CONTROL' | 'WITHOUT_TRAFFIC_CONTROL'
}

export type BlueGreenConfiguration = {
  terminateBlueInstancesOnDeploymentSuccess: {
    action: 'TERMINATE' | 'KEEP_ALIVE'
    terminationWaitTimeInMinutes?: number
  }
  deploymentReadyOption: { actionOnTimeout: 'CONTINUE_DEPLOYMENT' | 'STOP_DEPLOYMENT'; waitTimeInMinutes?: number }
  /** Not on ECS, which makes its own green. */
  greenFleetProvisioningOption?: { action: 'COPY_AUTO_SCALING_GROUP' | 'DISCOVER_EXISTING' }
}

/** When CodeDeploy rolls a deployment back by itself. */
export type AutoRollback = {
  readonly enabled: boolean
  readonly events: readonly ('DEPLOYMENT_FAILURE' | 'DEPLOYMENT_STOP_ON_ALARM' | 'DEPLOYMENT_STOP_ON_REQUEST')[]
}

/** How many instances at a time, and how many have to be healthy (F3). */
export type DeploymentConfiguration = {
  readonly name: string
  batchSize(instances: number): number
  minimumHealthy(instances: number): number
}

/** What answers and events about a deployment may lack (F50). */
export type LeftOut = 'deploymentStyle' | 'applicationName' | 'deploymentGroupName'

export type DeploymentGroup = {
  readonly application: string
  readonly name: string
  readonly id: string
  readonly arn: string
  readonly computePlatform: ComputePlatform
  readonly serviceRoleArn: string
  readonly configuration: DeploymentConfiguration
  autoScalingGroups: string[]
  loadBalancerInfo: LoadBalancerInfo | undefined
  deploymentStyle: DeploymentStyle
  blueGreen: BlueGreenConfiguration | undefined
  autoRollback: AutoRollback
  /** Auto Scaling's terminations have deployments of their own (F18). */
  terminationHookEnabled: boolean
  /** The SNS topics that hear of its deployments (F36). By default a trigger has the name of its topic. */
  triggers: { name?: string; topic: string; events: string[] }[]
  tags: { key: string; value: string }[]
  /** The revision of an instance that Auto Scaling launches: the last successful one. */
  revision: Revision
  leftOut: readonly LeftOut[]
  lastAttempted: string | undefined
  lastSuccessful: string | undefined
}

export type DeploymentStatus =
  | 'Created'
  | 'Queued'
  | 'InProgress'
  | 'Baking'
  | 'Ready'
  | 'Succeeded'
  | 'Failed'
  | 'Stopped'

export type DeploymentCreator =
  | 'user'
  | 'autoscaling'
  | 'autoscalingTermination'
  | 'codeDeployRollback'
  | 'CodeDeploy'
  | 'CodeDeployAutoUpdate'
  | 'CloudFormation'
  | 'CloudFormationRollback'

type LifecycleStatus = 'Pending' | 'InProgress' | 'Succeeded' | 'Failed' | 'Skipped' | 'Unknown'

export type LifecycleEvent = {
  readonly name: string
  status: LifecycleStatus
  startTime: number | undefined
  endTime: number | undefined
  diagnostics: { errorCode: string; scriptName: string; message: string; logTail: string } | undefined
}

/** An instance (or, on Lambda and ECS, the one target) as one deployment sees it. */
export type DeploymentTarget = {
  readonly targetId: string
  readonly arn: string
  label: 'Blue' | 'Green' | undefined
  status: LifecycleStatus | 'Ready'
  lastUpdatedAt: number
  readonly lifecycleEvents: LifecycleEvent[]
}

export type Deployment = {
  readonly deploymentId: string
  readonly application: string
  readonly deploymentGroup: string
  readonly computePlatform: ComputePlatform
  readonly creator: DeploymentCreator
  readonly createTime: number
  readonly revision: Revision
  readonly lambdaHooks: Readonly<Record<string, string>>
  readonly configuration: DeploymentConfiguration
  readonly description: string | undefined
  readonly leftOut: readonly LeftOut[]
  status: DeploymentStatus
  startTime: number | undefined
  completeTime: number | undefined
  deploymentStyle: DeploymentStyle
  blueGreen: BlueGreenConfiguration | undefined
  loadBalancerInfo: LoadBalancerInfo | undefined
  /** `undefined`: the answer lacks it, as it may early on (F14). */
  targetInstances: { autoScalingGroups: string[] } | undefined
  instanceTerminationWaitTimeStarted: boolean
  rollbackInfo:
    | { rollbackDeploymentId?: string; rollbackTriggeringDeploymentId?: string; rollbackMessage?: string }
    | undefined
  errorInformation: { code: string; message: string } | undefined
  autoRollback: AutoRollback
  /** An instance goes on after its ApplicationStop has failed (F48). */
  readonly ignoreApplicationStopFailures: boolean
  /** Blue at the start; the deployment group does not name it any more once it names green (F14). */
  blue: string | undefined
  /** The revision on blue, which a rollback goes back to. */
  blueRevision: Revision | undefined
  /** The waits that somebody has ended. */
  continued: { ready: boolean; termination: boolean }
  /** Somebody has stopped it, and the work on instances has to finish first. */
  stopping: boolean
  readonly targets: Map<string, DeploymentTarget>
}

export type HookExecution = {
  readonly id: string
  readonly deploymentId: string
  readonly event: string
  status: 'Pending' | 'Succeeded' | 'Failed'
}

/** The second argument of a Lambda handler. */
export type FunctionContext = {
  readonly functionName: string
  readonly functionVersion: string
  readonly invokedFunctionArn: string
  readonly memoryLimitInMB: string
  readonly awsRequestId: string
  readonly logGroupName: string
  readonly logStreamName: string
  readonly callbackWaitsForEmptyEventLoop: boolean
  getRemainingTimeInMillis(): number
}

export type LambdaFunction = {
  readonly name: string
  readonly arn: string
  readonly timeoutSeconds: number
  readonly memoryLimitInMB: number
  /** How many of its invocations may run at once. */
  readonly reservedConcurrency: number | undefined
  readonly handler: (event: unknown, context: FunctionContext) => unknown
}

/** One run of a function, by whatever caller. */
export type Invocation = {
  readonly functionName: string
  readonly requestId: string
  readonly at: number
  readonly event: unknown
  outcome: 'running' | 'returned' | 'threw' | 'timedOut'
}

/** One script that an instance has run. */
export type ScriptRun = {
  readonly deploymentId: string
  readonly instanceId: string
  readonly event: string
  readonly script: string
  readonly at: number
  exitCode: number | undefined
  /** stdout and stderr, in order of arrival. */
  output: string
}

/** An account with nothing in it. */
export const emptyState = (region: string): State => ({
  region,
  targetGroups: new Map(),
  listeners: [],
  autoScalingGroups: new Map(),
  instances: new Map(),
  scalingActivities: [],
  deploymentGroups: new Map(),
  deployments: new Map(),
  functions: new Map(),
  bundles: new Map(),
  hookExecutions: new Map(),
  scriptRuns: [],
  invocations: [],
})

/** Whether the application on it answers a request well; on a port of a target group, if one is given. */
export const serves = (instance: Instance | undefined, { name }: { name?: string } = {}, port?: number): boolean =>
  instance?.running === true &&
  !instance.broken &&
  instance.application?.healthy === true &&
  !instance.application.unhealthyIn?.some((one) => one === name || one === `${name}:${port}`)

/** The targets of a target group that are on this instance: one for each port. */
export const targetsOn = (targetGroup: TargetGroup, instanceId: string): readonly Target[] =>
  [targetGroup.port, ...targetGroup.otherPorts].flatMap((port) => targetOn(targetGroup, instanceId, port) ?? [])

/** The target on this port of an instance, if it is registered. */
export const targetOn = (targetGroup: TargetGroup, id: string, port = targetGroup.port): Target | undefined =>
  targetGroup.targets.get(targetKey(targetGroup, { id, port }))

/** The key of a target in `targets`. */
export const targetKey = (targetGroup: TargetGroup, { id, port }: Pick<Target, 'id' | 'port'>): string =>
  port === targetGroup.port ? id : `${id}:${port}`

/** What a deployment of this revision installs. */
export const applicationOf = ({ version, healthy = true, unhealthyIn = [] }: Revision): Application => ({
  version,
  healthy,
  unhealthyIn,
})

/** The ARNs of all target groups attached to it, by either family of calls. */
export const attachedArns = (group: AutoScalingGroup): string[] => [
  ...new Set([
    ...group.targetGroupArns,
    ...group.trafficSources.filter(({ type }) => type === 'elbv2').map(({ identifier }) => identifier),
  ]),
]

/** The suspended processes of an Auto Scaling group without those that CodeDeploy itself has suspended (F55). */
export const suspendedByOthers = ({ suspendedProcesses, suspendedByCodeDeploy }: AutoScalingGroup): string[] =>
  suspendedProcesses.filter((process) => !suspendedByCodeDeploy.includes(process))

/** The target group of this ARN, if there is one. */
export const targetGroupByArn = (state: State, arn: string): TargetGroup | undefined =>
  [...state.targetGroups.values()].find((targetGroup) => targetGroup.arn === arn)

/** The attached target groups that exist. */
export const attachedTargetGroups = (state: State, group: AutoScalingGroup): TargetGroup[] =>
  attachedArns(group).flatMap((arn) => targetGroupByArn(state, arn) ?? [])

/** All instances of an Auto Scaling group, in any state but Terminated. */
export const instancesOf = (state: State, autoScalingGroupName: string): Instance[] =>
  [...state.instances.values()].filter(
    (instance) => instance.autoScalingGroupName === autoScalingGroupName && instance.lifecycleState !== 'Terminated',
  )

/** The instances of an Auto Scaling group that are InService (F31). */
export const inServiceOf = (state: State, autoScalingGroupName: string): Instance[] =>
  instancesOf(state, autoScalingGroupName).filter(({ lifecycleState }) => lifecycleState === 'InService')

/** The capacity of these instances, in the units of their group (F58). */
export const unitsOf = (instances: readonly Instance[]): number => instances.reduce((sum, { units }) => sum + units, 0)

/** The deployment group that a deployment belongs to; throws if it is gone. */
export const deploymentGroupOf = (state: State, deployment: Deployment): DeploymentGroup => {
  const found = state.deploymentGroups.get(`${deployment.application}/${deployment.deploymentGroup}`)
  if (!found) throw new Error(`The deployment group of ${deployment.deploymentId} is gone.`)
  return found
}

/** The existing target groups that a `loadBalancerInfo` names. */
export const namedTargetGroups = (state: State, info: LoadBalancerInfo | undefined): TargetGroup[] =>
  (info?.targetGroupInfoList ?? []).flatMap(({ name }) => state.targetGroups.get(name) ?? [])

/** Whether CodeDeploy rolls the deployment back on this event. */
export const rollsBackOn = ({ autoRollback }: Deployment, event: AutoRollback['events'][number]): boolean =>
  autoRollback.enabled && autoRollback.events.includes(event)

/** Whether a deployment has its final status (F7). */
export const isOver = (deployment: Deployment): boolean =>
  deployment.status === 'Succeeded' || deployment.status === 'Failed' || deployment.status === 'Stopped'
