import { type DeploymentGroup, fullName } from '../model/deploymentGroup.ts'
import { type Green, missingFrom, targetGroupName } from '../model/green.ts'
import { matches } from '../model/namePattern.ts'
import { holdProcesses } from '../model/records.ts'
import { complaintAbout } from '../rules/preflight.ts'
import { counted, listed } from '../wording.ts'
import type { DeploymentGroupSeen, KeptBlueSeen, LeftoverSeen, Sight } from './survey.ts'

/** One thing that is wrong with a deployment group, or worth knowing, with everything needed to say it. */
export type Finding = { readonly application: string; readonly deploymentGroup: string } & (
  | {
      /** The defect: the Auto Scaling group that the deployment group names lacks target groups. */
      readonly kind: 'missing'
      readonly autoScalingGroup: string
      readonly targetGroups: readonly string[]
    }
  /** The stack may not change this Auto Scaling group, and would have to. */
  | { readonly kind: 'outsidePattern'; readonly autoScalingGroup: string; readonly pattern: string }
  /** It has target groups that the deployment group does not name: the next green will be without them. */
  | { readonly kind: 'unnamed'; readonly autoScalingGroup: string; readonly targetGroups: readonly string[] }
  /** A blue that was kept alive, and registers what it launches with the old version (F12). */
  | { readonly kind: 'keptBlue'; readonly autoScalingGroup: string; readonly targetGroups: readonly string[] }
  | {
      /** The green of a deployment that failed or was stopped still runs (F9). */
      readonly kind: 'leftover'
      readonly autoScalingGroup: string
      readonly deploymentId: string
      readonly status: string
      /** How long the deployment has been over, in milliseconds; undefined where CodeDeploy does not say. */
      readonly ageMs: number | undefined
      readonly instances: number
      /** Target groups that it still has, and serves. */
      readonly targetGroups: readonly string[]
    }
  /** Target groups that a deployment which did not succeed has left attached, and no record says who attached them. */
  | {
      readonly kind: 'unrecordedAttachment'
      readonly autoScalingGroup: string
      readonly deploymentId: string
      readonly targetGroups: readonly string[]
    }
  /** All that a hold suspends is suspended, no deployment is under way, and no record says who did it. */
  | { readonly kind: 'unrecordedHold'; readonly autoScalingGroup: string; readonly processes: readonly string[] }
  /** What Greenlight did for a deployment that is over is still on record. */
  | { readonly kind: 'unfinished'; readonly autoScalingGroup: string; readonly deploymentId: string }
  /** Classic Load Balancers and VPC Lattice, which Greenlight does not handle. */
  | { readonly kind: 'notHandled'; readonly names: readonly string[] }
  /** Its deployments do not wait at Ready: there can be no gate before traffic but a script in the bundle (F5). */
  | { readonly kind: 'doesNotWait' }
  | { readonly kind: 'noAutoScalingGroup'; readonly autoScalingGroup: string }
  /** A target group that is lacked and that could not be attached either. */
  | { readonly kind: 'unusableTargetGroup'; readonly targetGroup: string; readonly complaint: string }
)

export type FindingKind = Finding['kind']

/** Worth knowing, and nothing wrong by itself. */
const notices: ReadonlySet<FindingKind> = new Set(['doesNotWait', 'notHandled'])

/** Whether somebody should do something about it. */
export const isWrong = ({ kind }: Finding): boolean => !notices.has(kind)

type Asked = {
  /** The parameter AutoScalingGroupNamePattern. */
  readonly pattern: string
  /** In milliseconds since 1970. */
  readonly now: number
}

/** What is wrong with what was seen; nothing about what could not be looked at. */
export const findingsOf = (sight: Sight, asked: Asked): readonly Finding[] => {
  switch (sight.kind) {
    case 'deploymentGroup':
      return aboutDeploymentGroup(sight, asked)
    case 'leftover':
      return aboutLeftover(sight, asked)
    case 'keptBlue':
      return [{ ...idsOf(sight.deploymentGroup), kind: 'keptBlue', ...namesOf(sight) }]
    case 'unseen':
      return []
  }
}

const idsOf = ({ application, name }: DeploymentGroup) => ({ application, deploymentGroup: name })

const namesOf = ({ autoScalingGroup, targetGroups }: KeptBlueSeen) => ({
  autoScalingGroup: autoScalingGroup.name,
  targetGroups,
})

const aboutDeploymentGroup = (seen: DeploymentGroupSeen, { pattern }: Asked): readonly Finding[] => {
  const { deploymentGroup, autoScalingGroups, targetGroups, underWay } = seen
  const ids = idsOf(deploymentGroup)
  const { wanted } = deploymentGroup
  const found = new Set(autoScalingGroups?.map(({ name }) => name))
  // While a deployment is under way what it names may be a green that is to get its target groups yet.
  const lacking =
    underWay.length > 0
      ? []
      : (autoScalingGroups ?? []).flatMap((group) => {
          const missing = missingFrom(group, wanted)
          return missing.length > 0 ? [{ group, missing }] : []
        })
  const unusable = [...new Set(lacking.flatMap(({ missing }) => missing))].flatMap((targetGroup) =>
    targetGroups === undefined
      ? []
      : complaintAbout(targetGroup, targetGroups.get(targetGroup)).map((complaint) => ({ targetGroup, complaint })),
  )
  const outside = (autoScalingGroups ?? []).filter(
    ({ name }) =>
      !matches(pattern, name) && (!deploymentGroup.copies || lacking.some(({ group }) => group.name === name)),
  )
  const notHandled = [
    ...new Set([
      ...deploymentGroup.classicLoadBalancers,
      ...(autoScalingGroups ?? []).flatMap((group) => group.notHandled),
    ]),
  ]
  return [
    ...(autoScalingGroups === undefined ? [] : deploymentGroup.autoScalingGroups)
      .filter((name) => !found.has(name))
      .map((name): Finding => ({ ...ids, kind: 'noAutoScalingGroup', autoScalingGroup: name })),
    ...lacking.map(
      ({ group, missing }): Finding => ({
        ...ids,
        kind: 'missing',
        autoScalingGroup: group.name,
        targetGroups: missing,
      }),
    ),
    ...unusable.map((one): Finding => ({ ...ids, kind: 'unusableTargetGroup', ...one })),
    ...outside.map(({ name }): Finding => ({ ...ids, kind: 'outsidePattern', autoScalingGroup: name, pattern })),
    ...(autoScalingGroups ?? []).flatMap((group): readonly Finding[] => {
      const unnamed = group.attached.map(targetGroupName).filter((name) => !wanted.includes(name))
      return unnamed.length > 0
        ? [{ ...ids, kind: 'unnamed', autoScalingGroup: group.name, targetGroups: unnamed }]
        : []
    }),
    ...(autoScalingGroups ?? []).flatMap((group) => aboutActs(group, ids, underWay)),
    ...(notHandled.length > 0 ? [{ ...ids, kind: 'notHandled' as const, names: notHandled }] : []),
    ...(deploymentGroup.waitMinutes === undefined ? [{ ...ids, kind: 'doesNotWait' as const }] : []),
  ]
}

/** What Greenlight has done, or may have done, and what nobody is doing anything about now. */
const aboutActs = (
  { name, suspended, records: { record, held } }: Green,
  ids: Pick<Finding, 'application' | 'deploymentGroup'>,
  underWay: readonly string[],
): readonly Finding[] => {
  if (record !== undefined) {
    return underWay.includes(record)
      ? []
      : [{ ...ids, kind: 'unfinished', autoScalingGroup: name, deploymentId: record }]
  }
  const isHeld = holdProcesses.every((process) => suspended.includes(process))
  return isHeld && held === undefined && underWay.length === 0
    ? [{ ...ids, kind: 'unrecordedHold', autoScalingGroup: name, processes: holdProcesses }]
    : []
}

const aboutLeftover = ({ deployment, autoScalingGroup }: LeftoverSeen, { now }: Asked): readonly Finding[] => {
  const { id, application, deploymentGroup, status, completedAt, subject } = deployment
  const ids = { application, deploymentGroup }
  const { name, attached, instances, records } = autoScalingGroup
  const wanted = subject.kind === 'server' ? subject.wanted : []
  const targetGroups = attached.map(targetGroupName)
  const unrecorded = targetGroups.filter((one) => wanted.includes(one) && !records.attached.has(one))
  return [
    {
      ...ids,
      kind: 'leftover',
      autoScalingGroup: name,
      deploymentId: id,
      status,
      ageMs: completedAt === undefined ? undefined : now - completedAt,
      instances: instances.length,
      targetGroups,
    },
    ...(unrecorded.length > 0
      ? [
          {
            ...ids,
            kind: 'unrecordedAttachment' as const,
            autoScalingGroup: name,
            deploymentId: id,
            targetGroups: unrecorded,
          },
        ]
      : []),
    ...aboutActs(autoScalingGroup, ids, []),
  ]
}

/** A finding as a sentence, which begins with whose it is. */
export const sentenceOf = (finding: Finding): string =>
  `${fullName({ application: finding.application, name: finding.deploymentGroup })}: ${predicateOf(finding)}`

const predicateOf = (finding: Finding): string => {
  switch (finding.kind) {
    case 'missing':
      return (
        `${finding.autoScalingGroup} is without ${listed(finding.targetGroups)}: what it launches gets no traffic, what it ` +
        'terminates is not drained, and what is unhealthy is not replaced'
      )
    case 'outsidePattern':
      return `${finding.autoScalingGroup} does not match ${finding.pattern}, and Greenlight may not change it`
    case 'unnamed':
      return (
        `${finding.autoScalingGroup} has ${listed(finding.targetGroups)}, which the deployment group does not name: the next ` +
        'green will be without'
      )
    case 'keptBlue':
      return `${finding.autoScalingGroup}, an earlier blue, still has ${listed(finding.targetGroups)}: what it launches serves the old version`
    case 'leftover': {
      const age = finding.ageMs === undefined ? '' : `, ${ageOf(finding.ageMs)} ago`
      const serving = finding.targetGroups.length > 0 ? `, and still has ${listed(finding.targetGroups)}` : ''
      return (
        `${finding.autoScalingGroup}, the green of deployment ${finding.deploymentId}, which was ${finding.status}${age}, still ` +
        `runs with ${counted(finding.instances, 'instance')}${serving}`
      )
    }
    case 'unrecordedAttachment':
      return `${finding.autoScalingGroup} has ${listed(finding.targetGroups)} since deployment ${finding.deploymentId}, and no record says who attached it`
    case 'unrecordedHold':
      return `${listed(finding.processes)} of ${finding.autoScalingGroup} are suspended, and no record says who did it`
    case 'unfinished':
      return `${finding.autoScalingGroup} still carries Greenlight's records of deployment ${finding.deploymentId}, which is not under way`
    case 'notHandled':
      return `Greenlight handles target groups alone, and not ${listed(finding.names)}`
    case 'doesNotWait':
      return 'its deployments do not wait at Ready, where mode gate would continue or stop them'
    case 'noAutoScalingGroup':
      return `it names ${finding.autoScalingGroup}, which does not exist`
    case 'unusableTargetGroup':
      return finding.complaint
  }
}

/** `3 hours`, `2 days`: as exact as it matters. */
const ageOf = (ms: number): string => {
  const hours = Math.floor(ms / 3_600_000)
  if (hours < 1) return counted(Math.max(0, Math.floor(ms / 60_000)), 'minute')
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day')
}
