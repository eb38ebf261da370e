/** Errors of Auto Scaling and Elastic Load Balancing by their names, each with its HTTP status and what it says (F38, F57, F63). */
export const refusals = {
  /** Another change of the group is under way. */
  ResourceContention: [500, 'You already have a pending update to an Amazon EC2 Auto Scaling resource'],
  ResourceInUse: [400, 'The operation cannot be performed because the resource is in use'],
  ScalingActivityInProgress: [400, 'Scaling activity is in progress for this Auto Scaling group'],
  InstanceRefreshInProgress: [400, 'An instance refresh is in progress for this Auto Scaling group'],
  InvalidTarget: [400, "The following targets are not in a running state and cannot be registered: 'i-0'"],
  TooManyTargets: [400, 'You have reached the limit on the number of targets'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type Refusal = keyof typeof refusals
