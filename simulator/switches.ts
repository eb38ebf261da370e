/** What nobody documents about AWS, each as a switch, so that a test can play both answers. */
export type Switches = {
  /** The copied Auto Scaling group has no target groups. Off: AWS has mended it (F15). */
  copyLosesTargetGroups: boolean
  /** A batch runs its whole lifecycle, BeforeAllowTraffic included, before the next batch's instances begin (F4). */
  scriptsBeforeReady: boolean
  /** `targetInstances` is absent from GetDeployment until the first instance of green begins to install (F14). */
  targetInstancesAbsentEarly: boolean
  /** Attaching a target group again is a ValidationError (F21). */
  reattachIsError: boolean
  /** Attaching registers the running instances even while AddToLoadBalancer is suspended (F55). */
  attachRegistersThoughSuspended: boolean
  /** How many seconds pass until DescribeAutoScalingGroups shows that a target group is attached or detached. */
  attachmentsShowAfter: number
  /** And how many more until its instances are registered or deregistered. */
  attachmentsActAfter: number
  /** An instance that terminates leaves the target groups in which somebody else than Auto Scaling has registered it (F29). */
  terminatedTargetsLeave: boolean
  /** DescribeAutoScalingGroups shows the attachments of either family of calls in both lists (F22). */
  trafficSourcesShowAsTargetGroups: boolean
  /** CodeDeploy invokes each Lambda hook twice, with the same execution id (F32). */
  hookInvokedTwice: boolean
  /** CodeDeploy waits for the function to return, not only for its report, and Lambda does not retry (F32). */
  hookInvokedSynchronously: boolean
  /** The Auto Scaling group that the `targetInstances` of a rollback names (F8). */
  rollbackTargetInstances: 'empty' | 'green' | 'blue'
  /** The `deploymentStyle` of a deployment for one instance: launched, terminated, or outdated (F8). */
  launchDeploymentStyle: 'BLUE_GREEN' | 'IN_PLACE'
  /** A deployment that Auto Scaling makes becomes the `lastAttemptedDeployment` of its deployment group (F8). */
  launchDeploymentsAreLastAttempted: boolean
  /** The copy carries the tags of blue (F16). */
  copyCarriesTags: boolean
  /** The copy carries the suspended processes of blue (F16). */
  copyCarriesSuspendedProcesses: boolean
  /** How CodeDeploy's notifications arrive, since their delivery is best effort (F35). */
  notifications: 'inOrder' | 'doubled' | 'late' | 'reordered' | 'lost'
  /** The status in the SNS message of a deployment that has started (F60). */
  snsStatusAtStart: 'CREATED' | 'unknown'
  /** A deployment that does not wait sends READY too (F35). */
  readyNotifiedWithoutWait: boolean
  /** The deployment is Succeeded before the termination wait, not after it (F11). */
  successBeforeTerminationWait: boolean
  /**
   * When CodeDeploy suspends AddToLoadBalancer, AlarmNotification and ScheduledActions on green: when it begins to reroute, or
   * already at Ready; it resumes them once blue is deregistered. Never: what one page says of in-place deployments holds here
   * too (F55).
   */
  greenSuspendedAt: 'rerouting' | 'ready' | 'never'
  /** When CodeDeploy deletes its launch hook from blue and puts it on green: once traffic has moved, or only when blue is due to be terminated (F54). */
  launchHookMovedAt: 'rerouting' | 'termination'
  /** The tag CodeDeployProvisioningDeploymentId of a copy names its own deployment, even where its blue has that tag (F49). */
  copyTagNamesItsDeployment: boolean
  /** When the deployment group starts to name green: once traffic has moved, or only after success (F11). */
  greenNamedAt: 'rerouting' | 'success'
}

/** What is most likely. */
export const likely: Switches = {
  copyLosesTargetGroups: true,
  scriptsBeforeReady: false,
  targetInstancesAbsentEarly: true,
  reattachIsError: false,
  attachRegistersThoughSuspended: true,
  attachmentsShowAfter: 0,
  attachmentsActAfter: 0,
  terminatedTargetsLeave: false,
  trafficSourcesShowAsTargetGroups: false,
  hookInvokedTwice: false,
  hookInvokedSynchronously: false,
  rollbackTargetInstances: 'empty',
  launchDeploymentStyle: 'BLUE_GREEN',
  launchDeploymentsAreLastAttempted: false,
  successBeforeTerminationWait: false,
  greenNamedAt: 'rerouting',
  greenSuspendedAt: 'rerouting',
  launchHookMovedAt: 'rerouting',
  copyTagNamesItsDeployment: true,
  copyCarriesTags: true,
  copyCarriesSuspendedProcesses: true,
  notifications: 'inOrder',
  readyNotifiedWithoutWait: false,
  snsStatusAtStart: 'CREATED',
}
