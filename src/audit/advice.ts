import type { Green } from '../model/green.ts'
import { targetGroupName } from '../model/green.ts'
import type { Finding, FindingKind } from '../sweep/finding.ts'
import { type Command, word } from './command.ts'
import type { Seen } from './look.ts'

/** A kind of finding in a few words, and what to do about all of its kind. */
export const kinds: Readonly<Record<FindingKind, { readonly title: string; readonly todo: string }>> = {
  missing: {
    title: 'lost its target groups',
    todo: 'Attach them. That gives traffic to all of its instances at once: look first that they run the version that you want.',
  },
  noAutoScalingGroup: {
    title: 'Auto Scaling group gone',
    todo: 'Name the one that serves now: see which there are.',
  },
  unusableTargetGroup: {
    title: 'target group unusable',
    todo: 'Look at it and mend it, or let the deployment group name another one.',
  },
  leftover: {
    title: 'leftover green',
    todo: 'Delete it, with its instances. Where it has target groups, look first that others are healthy there.',
  },
  unrecordedAttachment: {
    title: 'attached by nobody known',
    todo: 'Detach it, once others are healthy there.',
  },
  keptBlue: {
    title: 'kept blue, old version',
    todo: 'Detach it, or delete it: what it launches serves the old version.',
  },
  unrecordedHold: { title: 'scaling suspended', todo: 'Resume it, unless somebody suspended it on purpose.' },
  unfinished: {
    title: 'unfinished records',
    todo: 'The next sweep finishes it. To have it done at once, ask Greenlight for the deployment.',
  },
  unnamed: {
    title: 'unnamed target groups',
    todo: 'Let the deployment group name them too, up to ten, or detach them.',
  },
  outsidePattern: {
    title: 'outside the name pattern',
    todo: 'Deploy a second stack with another pattern.',
  },
  notHandled: {
    title: 'not only target groups',
    todo: 'Nothing, if you do not need them on green. Greenlight leaves them alone: look after each deployment whether green has them.',
  },
  doesNotWait: {
    title: 'no wait at Ready',
    todo: 'Nothing, unless you want mode gate: it takes a wait, which this adds, keeping the rest as it is.',
  },
}

/** What to do about one finding: commands for a shell, with everything filled in that is known. */
export const adviceFor = (finding: Finding, sight: Seen['sight'], region: string): readonly Command[] => {
  const { aws, update, owner } = writing(finding, region)
  switch (finding.kind) {
    case 'missing': {
      const usable = attachable(finding.targetGroups, sight)
      if (usable.length === 0) return []
      const arns = usable.map((arn) => arn ?? findArn)
      return [
        ...(usable.includes(undefined) ? [aws('elbv2 describe-target-groups', namesOf(finding.targetGroups))] : []),
        aws('autoscaling attach-load-balancer-target-groups', [
          `--auto-scaling-group-name ${word(finding.autoScalingGroup)}`,
          '--target-group-arns',
          ...arns,
        ]),
      ]
    }
    case 'noAutoScalingGroup':
      return [
        aws('autoscaling describe-auto-scaling-groups', [
          `--query 'AutoScalingGroups[].[AutoScalingGroupName,CreatedTime,length(Instances)]'`,
          '--output table',
        ]),
        update(['--auto-scaling-groups NAME']),
      ]
    case 'unusableTargetGroup': {
      const { wanted, classic } = named(sight)
      const left = wanted.filter((name) => name !== finding.targetGroup)
      return [
        aws('elbv2 describe-target-groups', namesOf([finding.targetGroup])),
        update([loadBalancerInfo(left.length > 0 ? left : ['NAME'], classic)]),
      ]
    }
    case 'leftover':
      return [
        ...withoutTraffic(finding.targetGroups, sight, aws),
        ...drained(finding.targetGroups, sight, aws),
        aws('autoscaling delete-auto-scaling-group', [
          `--auto-scaling-group-name ${word(finding.autoScalingGroup)}`,
          '--force-delete',
        ]),
      ]
    case 'unrecordedAttachment':
    case 'keptBlue':
      return withoutTraffic(finding.targetGroups, sight, aws)
    case 'unrecordedHold':
      return [
        aws('autoscaling resume-processes', [
          `--auto-scaling-group-name ${word(finding.autoScalingGroup)}`,
          `--scaling-processes ${finding.processes.map(word).join(' ')}`,
        ]),
      ]
    case 'unfinished':
      return [
        [`printf '{"DeploymentId": "%s"}'`, word(finding.deploymentId), '> call.json'],
        aws('lambda invoke', [
          '--function-name CodeDeployHook_greenlight',
          '--cli-read-timeout 0',
          '--payload fileb://call.json',
          'answer.json',
        ]),
      ]
    case 'unnamed': {
      const { wanted, classic } = named(sight)
      return [update([loadBalancerInfo([...wanted, ...finding.targetGroups], classic)])]
    }
    case 'outsidePattern':
      return [
        [
          'sam deploy --guided',
          `--region ${word(region)}`,
          '--stack-name greenlight-2',
          '--parameter-overrides',
          'FunctionName=CodeDeployHook_greenlight_2',
          `AutoScalingGroupNamePattern=${word(finding.autoScalingGroup)}`,
        ],
      ]
    case 'notHandled':
      return groupsOf(sight).map(({ name }) =>
        aws('autoscaling describe-traffic-sources', [`--auto-scaling-group-name ${word(name)}`]),
      )
    case 'doesNotWait':
      return [
        aws('deploy get-deployment-group', [
          ...owner('--deployment-group-name'),
          '--output json',
          `--query '${waiting}'`,
          '> blue-green.json',
        ]),
        update(['--blue-green-deployment-configuration file://blue-green.json']),
      ]
  }
}

/** So that it does not come back. */
export const installing = (region: string): Command => ['sam build', '&&', 'sam deploy --guided', `--region ${region}`]

type Aws = (operation: string, parameters: readonly string[]) => Command

const writing = ({ application, deploymentGroup }: Finding, region: string) => {
  const aws: Aws = (operation, parameters) => [`aws ${operation}`, `--region ${word(region)}`, ...parameters]
  const owner = (flag: string) => [`--application-name ${word(application)}`, `${flag} ${word(deploymentGroup)}`]
  return {
    aws,
    owner,
    update: (parameters: readonly string[]) =>
      aws('deploy update-deployment-group', [...owner('--current-deployment-group-name'), ...parameters]),
  }
}

/** The present configuration with a wait: an update takes it whole. */
const waiting =
  'deploymentGroupInfo.blueGreenDeploymentConfiguration.{' +
  'terminateBlueInstancesOnDeploymentSuccess:terminateBlueInstancesOnDeploymentSuccess,' +
  'greenFleetProvisioningOption:greenFleetProvisioningOption,' +
  'deploymentReadyOption:`{"actionOnTimeout":"STOP_DEPLOYMENT","waitTimeInMinutes":60}`}'

const findArn = 'ARN'

const namesOf = (targetGroups: readonly string[]): readonly string[] => [`--names ${targetGroups.map(word).join(' ')}`]

/** ARNs of those that can be attached; undefined for each where that could not be looked at. */
const attachable = (names: readonly string[], sight: Seen['sight']): readonly (string | undefined)[] => {
  const known = sight.kind === 'deploymentGroup' ? sight.targetGroups : undefined
  return names.flatMap((name) => {
    if (known === undefined) return [undefined]
    const { TargetGroupArn: arn, TargetType: type } = known.get(name) ?? {}
    return arn !== undefined && type === 'instance' ? [word(arn)] : []
  })
}

const loadBalancerInfo = (targetGroups: readonly string[], classic: readonly string[]): string => {
  const list = (names: readonly string[]) => `[${names.map((name) => `{name=${name}}`).join(',')}]`
  const parts = [
    `targetGroupInfoList=${list(targetGroups)}`,
    ...(classic.length > 0 ? [`elbInfoList=${list(classic)}`] : []),
  ]
  return `--load-balancer-info ${word(parts.join(','))}`
}

const named = (sight: Seen['sight']): { wanted: readonly string[]; classic: readonly string[] } =>
  sight.kind === 'leftover'
    ? { wanted: [], classic: [] }
    : { wanted: sight.deploymentGroup.wanted, classic: sight.deploymentGroup.classicLoadBalancers }

const groupsOf = (sight: Seen['sight']): readonly Green[] =>
  sight.kind === 'deploymentGroup' ? (sight.autoScalingGroups ?? []) : [sight.autoScalingGroup]

/** Waits until nobody is connected to its instances any more. */
const drained = (targetGroups: readonly string[], sight: Seen['sight'], aws: Aws): readonly Command[] =>
  groupsOf(sight).flatMap(({ attached, instances }) =>
    attached
      .filter((arn) => targetGroups.includes(targetGroupName(arn)) && instances.length > 0)
      .map((arn) =>
        aws('elbv2 wait target-deregistered', [
          '--target-group-arn',
          word(arn),
          '--targets',
          ...instances.map((id) => `Id=${word(id)}`),
        ]),
      ),
  )

/** Takes target groups from an Auto Scaling group by the calls of the family that attached them (F21), once others serve. */
const withoutTraffic = (targetGroups: readonly string[], sight: Seen['sight'], aws: Aws): readonly Command[] =>
  groupsOf(sight).flatMap(({ name, attached, attachedAsTargetGroups }) => {
    const arns = attached.filter((arn) => targetGroups.includes(targetGroupName(arn)))
    const own = arns.filter((arn) => attachedAsTargetGroups.includes(arn))
    const sources = arns.filter((arn) => !attachedAsTargetGroups.includes(arn))
    const group = `--auto-scaling-group-name ${word(name)}`
    return [
      ...arns.map((arn) => aws('elbv2 describe-target-health', ['--output table', '--target-group-arn', word(arn)])),
      ...(own.length > 0
        ? [aws('autoscaling detach-load-balancer-target-groups', [group, '--target-group-arns', ...own.map(word)])]
        : []),
      ...(sources.length > 0
        ? [
            aws('autoscaling detach-traffic-sources', [
              group,
              '--traffic-sources',
              ...sources.map((arn) => word(`Identifier=${arn},Type=elbv2`)),
            ]),
          ]
        : []),
    ]
  })
