/** What nobody says about AWS ([U] in aws-facts.md), each as a switch so that both answers can be played. */
export type Switches = {
  /** F15: the copied Auto Scaling group has no target groups. Off: the day AWS mends it. */
  copyLosesTargetGroups: boolean
  /** F4: a batch runs its whole lifecycle, BeforeAllowTraffic included, before the next batch's instances begin. */
  scriptsBeforeReady: boolean
  /** F14: `targetInstances` is absent from GetDeployment until the first instance of green begins to install. */
  targetInstancesAbsentEarly: boolean
  /** F21: attaching what is attached already is a ValidationError. */
  reattachIsError: boolean
  /** F22: what one attach family attached shows in the other family's list of DescribeAutoScalingGroups too. */
  trafficSourcesShowAsTargetGroups: boolean
  /** F32: CodeDeploy invokes each Lambda hook twice, with the same execution id. */
  hookInvokedTwice: boolean
  /** F32: CodeDeploy waits for the function to return, and not only for its report; Lambda does not try again then. */
  hookInvokedSynchronously: boolean
  /** F8: which Auto Scaling group the `targetInstances` of a rollback names. */
  rollbackTargetInstances: 'empty' | 'green' | 'blue'
  /** F8: the `deploymentStyle` of a deployment that is made for an instance: launched, terminated, or outdated. */
  launchDeploymentStyle: 'BLUE_GREEN' | 'IN_PLACE'
  /** F8: a deployment that Auto Scaling makes becomes the `lastAttemptedDeployment` of its deployment group. */
  launchDeploymentsAreLastAttempted: boolean
  /** F16: the copy carries the tags of blue. */
  copyCarriesTags: boolean
  /** F16: the copy carries the suspended processes of blue. */
  copyCarriesSuspendedProcesses: boolean
  /** F35: how CodeDeploy's notifications are passed on, which is best effort. */
  notifications: 'inOrder' | 'doubled' | 'late' | 'reordered' | 'lost'
  /** F35: READY is sent by a deployment that does not wait, too. */
  readyNotifiedWithoutWait: boolean
  /** F11: the deployment is Succeeded before the termination wait, not after it. */
  successBeforeTerminationWait: boolean
  /** F11: when the deployment group begins to name green: once traffic has moved, or only with success. */
  greenNamedAt: 'rerouting' | 'success'
}

/** What is most likely. */
export const likely: Switches = {
  copyLosesTargetGroups: true,
  scriptsBeforeReady: false,
  targetInstancesAbsentEarly: true,
  reattachIsError: false,
  trafficSourcesShowAsTargetGroups: false,
  hookInvokedTwice: false,
  hookInvokedSynchronously: false,
  rollbackTargetInstances: 'empty',
  launchDeploymentStyle: 'BLUE_GREEN',
  launchDeploymentsAreLastAttempted: false,
  successBeforeTerminationWait: false,
  greenNamedAt: 'rerouting',
  copyCarriesTags: true,
  copyCarriesSuspendedProcesses: true,
  notifications: 'inOrder',
  readyNotifiedWithoutWait: false,
}
