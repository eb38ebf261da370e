/** A deployment group whose blue/green deployments give traffic to Auto Scaling groups, with nothing optional. */
export type DeploymentGroup = {
  readonly application: string
  readonly name: string
  /** undefined where CodeDeploy does not say in which account it is. */
  readonly arn: string | undefined
  /** Names of the Auto Scaling groups that it names now. */
  readonly autoScalingGroups: readonly string[]
  /** Names of target groups. */
  readonly wanted: readonly string[]
  readonly classicLoadBalancers: readonly string[]
  /** Whether green is a copy of blue that CodeDeploy makes (F17), rather than a group that is there already. */
  readonly copies: boolean
  /** How many minutes its deployments are Ready for somebody to continue them; undefined: they do not wait (F5). */
  readonly waitMinutes: number | undefined
  /** Whether CodeDeploy keeps blue instead of terminating it (F12). */
  readonly keepsBlue: boolean
  /** Whether CodeDeploy's termination hook is on (F18). */
  readonly terminationHook: boolean
}

/** How people name a deployment group: `application/group`. */
export const fullName = ({ application, name }: Pick<DeploymentGroup, 'application' | 'name'>): string =>
  `${application}/${name}`
