import { shellWord } from '../sentences.ts'
import type { Finding, FindingKind, FindingOf } from '../sweep/finding.ts'
import {
  attachTargetGroups,
  autoScalingGroupFlag,
  aws,
  type Context,
  deploymentGroupFlags,
  describeTargetGroups,
  detachTargetGroups,
  loadBalancerInfo,
  namedLoadBalancers,
  observedGroups,
  onlyIfCarried,
  removeTags,
  showHealth,
  tagCommands,
  updateDeploymentGroup,
  waitForDraining,
} from './awsCommands.ts'
import type { ShellCommand } from './shellCommand.ts'

type Advice<Kind extends FindingKind> = {
  /** The kind of finding in a few words. */
  readonly title: string
  /** What to do about all findings of this kind. */
  readonly todo: string
  /** How to do it for one finding, with every value filled in that the audit knows. */
  readonly commands: (finding: FindingOf<Kind>, context: Context) => readonly ShellCommand[]
}

/** What to do about each kind of finding, most urgent first. */
export const advice: { readonly [Kind in FindingKind]: Advice<Kind> } = {
  missing: {
    title: 'lost its target groups',
    todo: 'Attach them. All instances then get traffic at once, so first check that they run the version that you want.',
    commands: attachTargetGroups,
  },
  noAutoScalingGroup: {
    title: 'no such Auto Scaling group',
    todo: 'List the Auto Scaling groups, and let the deployment group name the one that serves now.',
    commands: (finding, context) => [
      aws('autoscaling describe-auto-scaling-groups', context, [
        `--query 'AutoScalingGroups[].[AutoScalingGroupName,CreatedTime,length(Instances)]'`,
        '--output table',
      ]),
      updateDeploymentGroup(finding, context, ['--auto-scaling-groups NAME']),
    ],
  },
  unusableTargetGroup: {
    title: 'unusable target group',
    todo: 'Repair the target group, or let the deployment group name another one.',
    commands: (finding, context) => {
      const { targetGroups, classic } = namedLoadBalancers(context)
      const others = targetGroups.filter((name) => name !== finding.targetGroup)
      return [
        describeTargetGroups(context, [finding.targetGroup]),
        updateDeploymentGroup(finding, context, [loadBalancerInfo(others.length > 0 ? others : ['NAME'], classic)]),
      ]
    },
  },
  leftover: {
    title: 'leftover green',
    todo: 'Delete it with its instances, unless it serves users: without it, production needs enough healthy targets of its own.',
    commands: ({ autoScalingGroup, targetGroups }, context) => [
      ...detachTargetGroups(targetGroups, context),
      ...(isServing(context) ? [onlyIfCarried] : []),
      ...waitForDraining(targetGroups, context),
      aws('autoscaling delete-auto-scaling-group', context, [autoScalingGroupFlag(autoScalingGroup), '--force-delete']),
    ],
  },
  unrecordedAttachment: {
    title: 'attached without a record',
    todo: 'Find out who attached them. Detach them only where production has enough healthy targets of its own.',
    commands: ({ targetGroups }, context) => detachTargetGroups(targetGroups, context),
  },
  servesUnattached: {
    title: 'serves without its target groups',
    todo: 'If it is to serve on, attach them. If not, give users other healthy targets before you delete it.',
    commands: (finding, context) => [...showHealth(context), ...attachTargetGroups(finding, context)],
  },
  unlisted: {
    title: 'instances without the application',
    todo: 'Once the deployment group names the Auto Scaling group, terminate them: CodeDeploy deploys to what replaces them.',
    commands: ({ instances }, context) =>
      instances.map((id) =>
        aws('autoscaling terminate-instance-in-auto-scaling-group', context, [
          `--instance-id ${shellWord(id)}`,
          '--no-should-decrement-desired-capacity',
        ]),
      ),
  },
  badTag: {
    title: 'tag that does not parse',
    todo: 'Give the tag a value that Greenlight knows, or remove it.',
    commands: (_, context) => tagCommands(context, 'Key=greenlight:mode,Value=MODE'),
  },
  keptBlue: {
    title: 'kept blue still attached',
    todo: 'Detach its target groups, or delete it, where production has enough healthy targets of its own.',
    commands: ({ targetGroups }, context) => detachTargetGroups(targetGroups, context),
  },
  suspended: {
    title: 'scaling suspended',
    todo: 'Resume these processes, unless somebody suspended them on purpose.',
    commands: ({ autoScalingGroup, processes }, context) => [
      aws('autoscaling resume-processes', context, [
        autoScalingGroupFlag(autoScalingGroup),
        `--scaling-processes ${processes.map(shellWord).join(' ')}`,
      ]),
    ],
  },
  foreignRecord: {
    title: "records that are not Greenlight's",
    todo: 'Find out who wrote these tags, and remove them. Nothing that they say was done is taken back.',
    commands: ({ autoScalingGroup, tags }, context) => [removeTags(autoScalingGroup, tags, context)],
  },
  recordOutsidePattern: {
    title: 'records outside the name pattern',
    todo: 'Tell the audit the pattern of each stack (--name-pattern). If none matches, let one match again until its sweep has run.',
    commands: ({ autoScalingGroup }, { region }) => [
      [
        'sam deploy --guided',
        `--region ${shellWord(region)}`,
        `--parameter-overrides AutoScalingGroupNamePattern=${shellWord(autoScalingGroup)}`,
      ],
    ],
  },
  unfinished: {
    title: 'unfinished records',
    todo: 'The next sweep finishes what they record. If you do not want to wait, invoke Greenlight for the deployment.',
    commands: ({ deploymentId }, context) => [
      [`printf '{"DeploymentId": "%s"}'`, shellWord(deploymentId), '> call.json'],
      aws('lambda invoke', context, [
        '--function-name CodeDeployHook_greenlight',
        '--cli-read-timeout 0',
        '--payload fileb://call.json',
        'answer.json',
      ]),
    ],
  },
  unnamed: {
    title: 'unnamed target groups',
    todo: 'Let the deployment group name them too (it can name ten), or detach them.',
    commands: (finding, context) => {
      const { targetGroups, classic } = namedLoadBalancers(context)
      const all = [...targetGroups, ...finding.targetGroups]
      return [updateDeploymentGroup(finding, context, [loadBalancerInfo(all, classic)])]
    },
  },
  outsidePattern: {
    title: 'outside the name pattern',
    todo: 'Deploy a second stack whose pattern matches it.',
    commands: ({ autoScalingGroup }, { region }) => [
      [
        'sam deploy --guided',
        `--region ${shellWord(region)}`,
        '--stack-name greenlight-2',
        '--parameter-overrides',
        'FunctionName=CodeDeployHook_greenlight_2',
        `AutoScalingGroupNamePattern=${shellWord(autoScalingGroup)}`,
      ],
    ],
  },
  notHandled: {
    title: 'not only target groups',
    todo: 'Nothing, unless green needs them. Greenlight leaves them alone: check after each deployment that green has them.',
    commands: (_, context) =>
      observedGroups(context).map(({ name }) =>
        aws('autoscaling describe-traffic-sources', context, [autoScalingGroupFlag(name)]),
      ),
  },
  nobodyAsks: {
    title: 'mode gate, and no wait at Ready',
    todo: 'Add a wait, unless the script in the AppSpec or a pipeline asks. These commands add one and change nothing else.',
    commands: (finding, context) => addWait(finding, context),
  },
  doesNotWait: {
    title: 'no wait at Ready',
    todo: 'Nothing, unless you want mode gate: it needs a wait. These commands add one and change nothing else.',
    commands: (finding, context) => addWait(finding, context),
  },
  provesByAttaching: {
    title: 'mode gate proves with users',
    todo: 'Nothing, unless no user is to meet a release before it is proved: make test target groups, and name them here.',
    commands: (_, context) => tagCommands(context, 'Key=greenlight:test-target-groups,Value=NAME'),
  },
}

/** Whether users depend on a green that has no target groups. */
const isServing = ({ observation }: Context): boolean =>
  observation.kind === 'leftover' && observation.serving.length > 0

/** Adds a wait at Ready to the deployment group. */
const addWait = (finding: Finding, context: Context): readonly ShellCommand[] => [
  aws('deploy get-deployment-group', context, [
    ...deploymentGroupFlags(finding, '--deployment-group-name'),
    '--output json',
    `--query '${configurationWithWait}'`,
    '> blue-green.json',
  ]),
  updateDeploymentGroup(finding, context, ['--blue-green-deployment-configuration file://blue-green.json']),
]

/** The present configuration with a wait: an update replaces the whole configuration. */
const configurationWithWait =
  'deploymentGroupInfo.blueGreenDeploymentConfiguration.{' +
  'terminateBlueInstancesOnDeploymentSuccess:terminateBlueInstancesOnDeploymentSuccess,' +
  'greenFleetProvisioningOption:greenFleetProvisioningOption,' +
  'deploymentReadyOption:`{"actionOnTimeout":"STOP_DEPLOYMENT","waitTimeInMinutes":60}`}'

/** The commands that do what `advice` says about a finding. */
export const commandsFor = <Kind extends FindingKind>(
  finding: FindingOf<Kind>,
  context: Context,
): readonly ShellCommand[] => advice[finding.kind].commands(finding, context)

/** Deploys Greenlight, so that the next green keeps its target groups. */
export const deployGreenlight = (region: string): ShellCommand => [
  'sam build',
  '&&',
  'sam deploy --guided',
  `--region ${region}`,
]
