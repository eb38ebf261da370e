import { type AutoScalingGroup, targetGroupName } from '../model/autoScalingGroup.ts'
import { attachedKey } from '../model/records.ts'
import type { TargetGroup } from '../model/targetGroup.ts'
import { shellWord } from '../sentences.ts'
import type { Finding } from '../sweep/finding.ts'
import type { Observed } from './auditRegion.ts'
import type { ShellCommand } from './shellCommand.ts'

/** What a command is about. */
export type Context = {
  readonly region: string
  readonly observation: Observed
}

/** A command of the AWS CLI. */
export const aws = (operation: string, { region }: Context, parameters: readonly string[]): ShellCommand => [
  ...[`aws ${operation}`, `--region ${shellWord(region)}`],
  ...parameters,
]

/**
 * The flags that name a deployment group.
 *
 * @param flag for its name: `get-deployment-group` and `update-deployment-group` have different ones
 */
export const deploymentGroupFlags = ({ application, deploymentGroup }: Finding, flag: string): readonly string[] => [
  `--application-name ${shellWord(application)}`,
  `${flag} ${shellWord(deploymentGroup)}`,
]

/** Changes the deployment group that a finding is about. */
export const updateDeploymentGroup = (
  finding: Finding,
  context: Context,
  parameters: readonly string[],
): ShellCommand =>
  aws('deploy update-deployment-group', context, [
    ...deploymentGroupFlags(finding, '--current-deployment-group-name'),
    ...parameters,
  ])

/** The flag that names an Auto Scaling group. */
export const autoScalingGroupFlag = (name: string): string => `--auto-scaling-group-name ${shellWord(name)}`

/** Shows target groups by name, with their ARNs. */
export const describeTargetGroups = (context: Context, names: readonly string[]): ShellCommand =>
  aws('elbv2 describe-target-groups', context, [`--names ${names.map(shellWord).join(' ')}`])

const knownTargetGroups = (observation: Observed): ReadonlyMap<string, TargetGroup> | undefined => {
  if (observation.kind === 'leftover') return new Map(observation.serving.map((one) => [one.name, one]))
  return observation.kind === 'deploymentGroup' ? observation.targetGroups : undefined
}

/** Shows the health of the targets among which a leftover green serves. */
export const showHealth = (context: Context): readonly ShellCommand[] =>
  context.observation.kind === 'leftover'
    ? context.observation.serving.map(({ arn }) => describeTargetHealth(context, arn))
    : []

const describeTargetHealth = (context: Context, arn: string): ShellCommand =>
  aws('elbv2 describe-target-health', context, ['--output table', '--target-group-arn', shellWord(arn)])

/** Removes tags (by key) from an Auto Scaling group. */
export const removeTags = (autoScalingGroup: string, keys: readonly string[], context: Context): ShellCommand =>
  aws('autoscaling delete-tags', context, [
    '--tags',
    ...keys.map((key) => shellWord(`ResourceId=${autoScalingGroup},ResourceType=auto-scaling-group,Key=${key}`)),
  ])

/** Shows the tags of the deployment group, and sets one. */
export const tagCommands = (context: Context, tag: string): readonly ShellCommand[] => {
  const { observation } = context
  const arn = observation.kind === 'deploymentGroup' ? observation.deploymentGroup.arn : undefined
  const resource = `--resource-arn ${shellWord(arn ?? 'ARN')}`
  return [
    aws('deploy list-tags-for-resource', context, [resource]),
    aws('deploy tag-resource', context, [resource, `--tags ${tag}`]),
  ]
}

/** Attaches the target groups that can be attached. Asks for their ARNs first where the audit could not look at them. */
export const attachTargetGroups = (
  { autoScalingGroup, targetGroups }: { readonly autoScalingGroup: string; readonly targetGroups: readonly string[] },
  context: Context,
): readonly ShellCommand[] => {
  const { observation } = context
  const known = knownTargetGroups(observation)
  const attach = (arns: readonly string[]) =>
    aws('autoscaling attach-load-balancer-target-groups', context, [
      autoScalingGroupFlag(autoScalingGroup),
      '--target-group-arns',
      ...arns,
    ])
  if (known === undefined) return [describeTargetGroups(context, targetGroups), attach(targetGroups.map(() => 'ARN'))]
  const arns = targetGroups.flatMap((name) => {
    const targetGroup = known.get(name)
    return targetGroup !== undefined && targetGroup.type === 'instance' ? [shellWord(targetGroup.arn)] : []
  })
  return arns.length > 0 ? [attach(arns)] : []
}

/** A comment of the shell before what takes traffic from users, if production is not enough without it. It stays on one line. */
export const onlyIfCarried: ShellCommand = [
  '# Only if production has as many healthy targets there as this group has registered, or no load balancer uses it:',
]

/**
 * Shows the health of the targets of these target groups (by name) of every Auto Scaling group that the observation is about,
 * keeps attached what Greenlight would detach, or detaches them. The audit does not know whether that is allowed: the condition
 * comes first. Auto Scaling detaches a target group only by the family of calls that attached it (F21).
 */
export const detachTargetGroups = (targetGroups: readonly string[], context: Context): readonly ShellCommand[] =>
  observedGroups(context).flatMap((group) => {
    const arns = group.attached.filter((arn) => targetGroups.includes(targetGroupName(arn)))
    const byTargetGroup = arns.filter((arn) => group.attachedAsTargetGroups.includes(arn))
    const byTrafficSource = arns.filter((arn) => !group.attachedAsTargetGroups.includes(arn))
    const detach = (what: string, values: readonly string[]) =>
      values.length > 0
        ? [aws(`autoscaling detach-${what}`, context, [autoScalingGroupFlag(group.name), ...values])]
        : []
    const recorded = arns.map(targetGroupName).filter((name) => group.records.attached.has(name))
    const keep = [
      ["# To keep them attached, remove Greenlight's records:"],
      removeTags(group.name, recorded.map(attachedKey), context),
    ]
    return [
      ...arns.map((arn) => describeTargetHealth(context, arn)),
      ...(recorded.length > 0 ? keep : []),
      ...(arns.length > 0 ? [onlyIfCarried] : []),
      ...detach('load-balancer-target-groups', flagged('--target-group-arns', byTargetGroup.map(shellWord))),
      ...detach(
        'traffic-sources',
        flagged(
          '--traffic-sources',
          byTrafficSource.map((arn) => shellWord(`Identifier=${arn},Type=elbv2`)),
        ),
      ),
    ]
  })

/** Waits until these target groups (by name) have drained the instances of the Auto Scaling groups. */
export const waitForDraining = (targetGroups: readonly string[], context: Context): readonly ShellCommand[] =>
  observedGroups(context)
    .filter(({ instances }) => instances.length > 0)
    .flatMap(({ attached, instances }) =>
      attached
        .filter((arn) => targetGroups.includes(targetGroupName(arn)))
        .map((arn) =>
          aws('elbv2 wait target-deregistered', context, [
            ...['--target-group-arn', shellWord(arn)],
            ...flagged(
              '--targets',
              instances.map((id) => `Id=${shellWord(id)}`),
            ),
          ]),
        ),
    )

/** The target groups and Classic Load Balancers that the deployment group names. */
export const namedLoadBalancers = ({
  observation,
}: Context): { readonly targetGroups: readonly string[]; readonly classic: readonly string[] } => {
  if (observation.kind === 'leftover' || observation.kind === 'recorded') return { targetGroups: [], classic: [] }
  const { wanted, classicLoadBalancers } = observation.deploymentGroup
  return { targetGroups: wanted, classic: classicLoadBalancers }
}

/** The flag with all load balancers of a deployment group: an update replaces the whole list. */
export const loadBalancerInfo = (targetGroups: readonly string[], classic: readonly string[]): string => {
  const list = (names: readonly string[]) => `[${names.map((name) => `{name=${name}}`).join(',')}]`
  const classicInfo = classic.length > 0 ? `,elbInfoList=${list(classic)}` : ''
  return `--load-balancer-info ${shellWord(`targetGroupInfoList=${list(targetGroups)}${classicInfo}`)}`
}

/** The Auto Scaling groups that the audit could look at. */
export const observedGroups = ({ observation }: Context): readonly AutoScalingGroup[] =>
  observation.kind === 'deploymentGroup' ? (observation.autoScalingGroups ?? []) : [observation.autoScalingGroup]

/** Nothing, where there are no values. */
const flagged = (flag: string, values: readonly string[]): readonly string[] =>
  values.length > 0 ? [flag, ...values] : []
