import { type AutoScalingGroup, missingFrom, targetGroupName } from '../model/autoScalingGroup.ts'
import { type DeploymentGroup, fullName } from '../model/deploymentGroup.ts'
import type { Mode } from '../model/mode.ts'
import { matches } from '../model/namePattern.ts'
import { ownProcesses, testingKey } from '../model/records.ts'
import { isRefused } from '../model/refused.ts'
import { complaintsAbout } from '../rules/usable.ts'
import { counted, listed } from '../sentences.ts'
import { recordedIdsOf } from './decider.ts'
import type { ObservedLeftover, ObservedRecorded } from './leftBehind.ts'
import type { Observation, ObservedDeploymentGroup } from './survey.ts'

type OfAutoScalingGroup = { readonly autoScalingGroup: string }
/** Names. */
type OfTargetGroups = OfAutoScalingGroup & { readonly targetGroups: readonly string[] }
type OfDeployment = OfAutoScalingGroup & { readonly deploymentId: string }

/** The facts of each kind of finding. docs/audit.md explains the kinds. */
type Facts = {
  readonly noAutoScalingGroup: OfAutoScalingGroup
  readonly missing: OfTargetGroups
  readonly unusableTargetGroup: { readonly targetGroup: string; readonly complaint: string }
  readonly outsidePattern: OfAutoScalingGroup & { readonly pattern: string }
  readonly unnamed: OfTargetGroups
  readonly leftover: OfTargetGroups &
    OfDeployment & {
      readonly status: string
      /** How many milliseconds ago the deployment ended; undefined where CodeDeploy does not say. */
      readonly ageMs: number | undefined
      readonly instances: number
    }
  readonly unrecordedAttachment: OfTargetGroups & OfDeployment
  readonly servesUnattached: OfTargetGroups & OfDeployment & { readonly status: string }
  readonly unlisted: OfDeployment & { readonly instances: readonly string[] }
  readonly badTag: { readonly complaint: string }
  readonly keptBlue: OfTargetGroups
  readonly suspended: OfAutoScalingGroup & { readonly processes: readonly string[] }
  /** `processes`: those that are suspended on record, though nothing is drained that they wait for. */
  readonly foreignRecord: OfAutoScalingGroup & { readonly tags: readonly string[]; readonly why: string }
  readonly recordOutsidePattern: OfAutoScalingGroup & { readonly pattern: string }
  readonly unfinished: OfDeployment & { readonly processes: readonly string[] }
  readonly notHandled: { readonly names: readonly string[] }
  readonly nobodyAsks: object
  readonly doesNotWait: object
  /** Names. */
  readonly provesByAttaching: { readonly targetGroups: readonly string[] }
}

export type FindingKind = keyof Facts

type Owner = { readonly application: string; readonly deploymentGroup: string }

export type FindingOf<Kind extends FindingKind> = Owner & { readonly kind: Kind } & Facts[Kind]

/** Something about a deployment group that is wrong or worth knowing, with all facts that its sentence needs. */
export type Finding = { [Kind in FindingKind]: FindingOf<Kind> }[FindingKind]

const worthKnowing: readonly FindingKind[] = ['doesNotWait', 'nobodyAsks', 'notHandled', 'provesByAttaching']

/** Whether somebody should do something about it; the others are only worth knowing. */
export const isWrong = ({ kind }: Finding): boolean => !worthKnowing.includes(kind)

type Options = {
  /** The parameters AutoScalingGroupNamePattern of the stacks of the region, as far as they are known. */
  readonly patterns: readonly string[]
  /** Whether a stack may have a pattern that is not among them: then what they do not match may be its business. */
  readonly mayBeOthers: boolean
  /** The parameter TestTargetGroupNamePattern, where it is known. */
  readonly testNamePattern?: string
  /** The parameter Mode; undefined where it is not known. */
  readonly mode: Mode | undefined
  /** In milliseconds since 1970. */
  readonly now: number
}

/** The findings of one observation; none where the survey could not look. */
export const findingsOf = (observation: Observation, options: Options): readonly Finding[] => {
  switch (observation.kind) {
    case 'deploymentGroup':
      return ofDeploymentGroup(observation, options)
    case 'leftover':
      return ofLeftover(observation, options)
    case 'recorded':
      // Whose it is nobody can say.
      return ofForeign(observation, { application: '', deploymentGroup: '' }, options)
    case 'keptBlue': {
      const { deploymentGroup, autoScalingGroup, targetGroups } = observation
      return [{ ...ownerOf(deploymentGroup), kind: 'keptBlue', autoScalingGroup: autoScalingGroup.name, targetGroups }]
    }
    case 'couldNotLook':
      return []
  }
}

const ownerOf = ({ application, name }: DeploymentGroup): Owner => ({ application, deploymentGroup: name })

/** The finding, if it applies. */
const findingIf = (applies: boolean, finding: Finding): readonly Finding[] => (applies ? [finding] : [])

const ofDeploymentGroup = (observed: ObservedDeploymentGroup, options: Options): readonly Finding[] => {
  const { foreign, deploymentGroup, autoScalingGroups, underWay, unlisted } = observed
  const { wanted, classicLoadBalancers } = deploymentGroup
  const owner = ownerOf(deploymentGroup)
  const found = autoScalingGroups ?? []
  const gone =
    autoScalingGroups === undefined
      ? []
      : deploymentGroup.autoScalingGroups.filter((name) => !found.some((group) => group.name === name))
  const notHandled = [...new Set([...classicLoadBalancers, ...found.flatMap((group) => group.notHandled)])]
  return [
    ...gone.map((name): Finding => ({ ...owner, kind: 'noAutoScalingGroup', autoScalingGroup: name })),
    ...ofMissing(observed, options.patterns),
    ...found.flatMap(({ name, attached }) => {
      const unnamed = attached.map(targetGroupName).filter((one) => !wanted.includes(one))
      return findingIf(unnamed.length > 0, { ...owner, kind: 'unnamed', autoScalingGroup: name, targetGroups: unnamed })
    }),
    // What is under way may be about to end it.
    ...found.flatMap((group) => ofRecords({ autoScalingGroup: group, foreign }, owner, options, underWay)),
    ...(underWay?.length === 0 ? found.flatMap((group) => ofSuspended(group, owner)) : []),
    ...unlisted.map((one): Finding => ({ ...owner, kind: 'unlisted', ...one })),
    ...findingIf(notHandled.length > 0, { ...owner, kind: 'notHandled', names: notHandled }),
    ...ofChosen(observed, options.mode),
  ]
}

/** What is worth knowing of the mode of a deployment group, as far as its tags were read. */
const ofChosen = (
  { deploymentGroup, chosen, targetGroups }: ObservedDeploymentGroup,
  parameter: Mode | undefined,
): readonly Finding[] => {
  const owner = ownerOf(deploymentGroup)
  const known = chosen === undefined || isRefused(chosen) ? undefined : chosen
  const mode = known && (known.mode ?? parameter)
  const { wanted } = deploymentGroup
  const isUsable = (name: string) =>
    targetGroups !== undefined && complaintsAbout(name, targetGroups.get(name)).length === 0
  const doesNotWait = deploymentGroup.waitMinutes === undefined
  return [
    ...(isRefused(chosen) ? [{ ...owner, kind: 'badTag' as const, complaint: chosen.refusal }] : []),
    ...findingIf(doesNotWait, { ...owner, kind: mode === 'gate' ? 'nobodyAsks' : 'doesNotWait' }),
    // Only of a target group that can be used somebody can make a twin.
    ...findingIf(
      mode === 'gate' && !doesNotWait && known?.isTested === false && wanted.length > 0 && wanted.every(isUsable),
      {
        ...{ ...owner, kind: 'provesByAttaching', targetGroups: wanted },
      },
    ),
  ]
}

/** What is missing, and what keeps Greenlight from attaching it. */
const ofMissing = (observed: ObservedDeploymentGroup, patterns: readonly string[]): readonly Finding[] => {
  const { deploymentGroup, autoScalingGroups = [], targetGroups, underWay } = observed
  const owner = ownerOf(deploymentGroup)
  const missing = autoScalingGroups.flatMap((group) => {
    const lacked = missingFrom(group, deploymentGroup.wanted, targetGroups ?? new Map())
    // A deployment under way may have a green that is yet to get its target groups.
    return lacked.length > 0 && underWay?.length === 0 ? [{ autoScalingGroup: group.name, targetGroups: lacked }] : []
  })
  const broken = new Set(missing.map(({ autoScalingGroup }) => autoScalingGroup))
  const outside = autoScalingGroups.filter(
    ({ name }) => isOutside(patterns, name) && (broken.has(name) || !deploymentGroup.copies),
  )
  const lacked = missing.flatMap((one) => one.targetGroups)
  // Auto Scaling lists a target group that was deleted while it was attached (F30).
  const isSettled = autoScalingGroups.length > 0 && targetGroups !== undefined && underWay?.length === 0
  const deleted = isSettled ? deploymentGroup.wanted.filter((name) => !targetGroups.has(name)) : []
  const complaintsOf = (name: string) =>
    targetGroups === undefined ? [] : complaintsAbout(name, targetGroups.get(name))
  return [
    ...missing.map((one): Finding => ({ ...owner, kind: 'missing', ...one })),
    ...[...new Set([...lacked, ...deleted])].flatMap((targetGroup) =>
      complaintsOf(targetGroup).map(
        (complaint): Finding => ({ ...owner, kind: 'unusableTargetGroup', targetGroup, complaint }),
      ),
    ),
    ...outside.map(
      ({ name }): Finding => ({
        ...owner,
        kind: 'outsidePattern',
        autoScalingGroup: name,
        pattern: patterns.join(' '),
      }),
    ),
  ]
}

const isOutside = (patterns: readonly string[], name: string): boolean =>
  !patterns.some((pattern) => matches(pattern, name))

type Recorded = Pick<ObservedRecorded, 'autoScalingGroup' | 'foreign'>

/** Records of a deployment that is not under way, and those that nobody acts on. */
const ofRecords = (
  recorded: Recorded,
  owner: Owner,
  options: Options,
  underWay: readonly string[] | undefined,
): readonly Finding[] => {
  const { name: autoScalingGroup, attached, suspended, records } = recorded.autoScalingGroup
  const others = ofForeign(recorded, owner, options)
  const deploymentId = records.record
  const isOver = deploymentId !== undefined && underWay?.includes(deploymentId) === false
  if (!isOver || recorded.foreign.has(autoScalingGroup) || isOutside(options.patterns, autoScalingGroup)) return others
  const names = attached.map(targetGroupName)
  // A hold lasts until green has drained.
  const isDraining = [...records.attached.keys()].some((name) => !names.includes(name))
  const held = isDraining ? [] : (records.held?.processes ?? [])
  const processes = held.filter((process) => suspended.includes(process))
  return [...others, { ...owner, kind: 'unfinished', autoScalingGroup, deploymentId, processes }]
}

/** Records that nobody acts on: they are not Greenlight's, or no stack may change the Auto Scaling group. */
const ofForeign = (
  { autoScalingGroup: { name, tags, ...group }, foreign }: Recorded,
  owner: Owner,
  { patterns, mayBeOthers, testNamePattern = '*' }: Options,
): readonly Finding[] => {
  const isRecorded = recordedIdsOf({ name, tags, ...group }).length > 0
  const of = { ...owner, autoScalingGroup: name }
  if (isRecorded && isOutside(patterns, name)) {
    return mayBeOthers ? [] : [{ ...of, kind: 'recordOutsidePattern', pattern: patterns.join(' ') }]
  }
  const why = foreign.get(name)
  const keys = [...tags.keys()].filter((key) => key.startsWith('greenlight:'))
  if (why !== undefined) return [{ ...of, kind: 'foreignRecord', tags: keys, why }]
  const outside = [...group.records.testing.keys()].filter((one) => !matches(testNamePattern, one))
  return findingIf(outside.length > 0, {
    ...{ ...of, kind: 'foreignRecord', tags: outside.map(testingKey) },
    why: `the parameter TestTargetGroupNamePattern, which is ${testNamePattern}, does not match the target group`,
  })
}

/** Processes that somebody else suspended. */
const ofSuspended = ({ name, suspended, records }: AutoScalingGroup, owner: Owner): readonly Finding[] => {
  const processes = suspended.filter((process) => records.held?.processes.includes(process) !== true)
  return findingIf(processes.length > 0, { ...owner, kind: 'suspended', autoScalingGroup: name, processes })
}

const ofLeftover = (leftover: ObservedLeftover, options: Options): readonly Finding[] => {
  const { deployment, autoScalingGroup, serving } = leftover
  const { id, application, deploymentGroup, status, completedAt, subject } = deployment
  const { name, attached, instances, records, suspended } = autoScalingGroup
  const owner = { application, deploymentGroup }
  // Somebody has removed the records: what Greenlight suspended would stay so unsaid.
  const isHeld = ownProcesses.every((process) => suspended.includes(process))
  const of = { autoScalingGroup: name, deploymentId: id }
  const targetGroups = attached.map(targetGroupName)
  const wanted = subject.kind === 'server' ? subject.wanted : []
  const unrecorded = targetGroups.filter((one) => wanted.includes(one) && !records.attached.has(one))
  const ageMs = completedAt === undefined ? undefined : options.now - completedAt
  return [
    { ...owner, kind: 'leftover', ...of, status, ageMs, instances: instances.length, targetGroups },
    ...findingIf(unrecorded.length > 0, { ...owner, kind: 'unrecordedAttachment', ...of, targetGroups: unrecorded }),
    ...findingIf(serving.length > 0, {
      ...{ ...owner, kind: 'servesUnattached', ...of, status, targetGroups: serving.map((one) => one.name) },
    }),
    ...ofRecords(leftover, owner, options, []),
    ...(serving.length > 0 || attached.length > 0 || isHeld ? ofSuspended(autoScalingGroup, owner) : []),
  ]
}

/** The finding as a sentence that begins with the name of the deployment group, if it is known. */
export const sentenceOf = (finding: Finding): string => {
  const { application, deploymentGroup: name } = finding
  return application === '' ? statementOf(finding) : `${fullName({ application, name })}: ${statementOf(finding)}`
}

const statementOf = <Kind extends FindingKind>(finding: FindingOf<Kind>): string => statements[finding.kind](finding)

const statements: { readonly [Kind in FindingKind]: (finding: FindingOf<Kind>) => string } = {
  noAutoScalingGroup: ({ autoScalingGroup }) =>
    `it names the Auto Scaling group ${autoScalingGroup}, which does not exist`,
  missing: ({ autoScalingGroup, targetGroups }) =>
    `${autoScalingGroup} lacks ${listed(targetGroups)}: instances that it launches get no traffic, instances that it ` +
    'terminates are not drained, and unhealthy instances are not replaced',
  unusableTargetGroup: ({ complaint }) => complaint,
  outsidePattern: ({ autoScalingGroup, pattern }) =>
    `${autoScalingGroup} does not match the pattern ${pattern}, so Greenlight may not change it`,
  unnamed: ({ autoScalingGroup, targetGroups }) =>
    `${autoScalingGroup} has target groups that the deployment group does not name, and that the next green will lack: ` +
    listed(targetGroups),
  leftover: ({ autoScalingGroup, deploymentId, status, ageMs, instances, targetGroups }) => {
    const ago = ageMs === undefined ? '' : ` ${durationOf(ageMs)} ago`
    const attached = targetGroups.length > 0 ? `, attached to ${listed(targetGroups)}` : ''
    const left = `${autoScalingGroup} running with ${counted(instances, 'instance')}${attached}`
    return `deployment ${deploymentId} (${status}${ago}) left its green ${left}`
  },
  unrecordedAttachment: ({ autoScalingGroup, deploymentId, targetGroups }) =>
    `no record says who attached ${listed(targetGroups)} to ${autoScalingGroup}, the green of deployment ${deploymentId}`,
  keptBlue: ({ autoScalingGroup, targetGroups }) =>
    `${autoScalingGroup}, which it names no more, still has ${listed(targetGroups)}: instances that it launches serve another version`,
  servesUnattached: ({ autoScalingGroup, deploymentId, status, targetGroups }) =>
    `${autoScalingGroup}, the green of deployment ${deploymentId} (${status}), serves users in ${listed(targetGroups)} and ` +
    'lacks it: instances that it launches get no traffic, and unhealthy instances are not replaced',
  unlisted: ({ autoScalingGroup, deploymentId, instances }) =>
    `${listed(instances)} of ${autoScalingGroup} may lack the application: deployment ${deploymentId} gave them up or does ` +
    'not list them',
  badTag: ({ complaint }) => `${complaint}, so Greenlight begins nothing for it`,
  suspended: ({ autoScalingGroup, processes }) => {
    const defect = processes.includes('AddToLoadBalancer') ? ': instances that it launches get no traffic' : ''
    return `no record says who suspended ${listed(processes)} of ${autoScalingGroup}${defect}`
  },
  foreignRecord: ({ autoScalingGroup, tags, why }) =>
    `${autoScalingGroup} has ${listed(tags)}, on which nobody acts: ${why}`,
  recordOutsidePattern: ({ autoScalingGroup, pattern }) =>
    `${autoScalingGroup} has Greenlight's records and does not match the pattern ${pattern}, so no sweep finishes them`,
  unfinished: ({ autoScalingGroup, deploymentId, processes }) => {
    const suspended = processes.length > 0 ? `, and ${listed(processes)} suspended` : ''
    return `${autoScalingGroup} still has Greenlight's records of deployment ${deploymentId}, which is not under way${suspended}`
  },
  notHandled: ({ names }) =>
    `Greenlight handles only target groups of load balancers, and leaves ${listed(names)} alone`,
  nobodyAsks: () =>
    'its mode is gate, and its deployments do not wait at Ready: none is gated, unless its own script or pipeline asks',
  doesNotWait: () => 'its deployments do not wait at Ready, and mode gate needs that wait',
  provesByAttaching: ({ targetGroups }) =>
    `its mode is gate, and it proves green in ${listed(targetGroups)}, where users meet it: test target groups would prove it ` +
    'without them',
}

/** Every kind of finding. */
export const findingKinds = Object.keys(statements) as readonly FindingKind[]

/** In whole minutes, hours or days. */
const durationOf = (ms: number): string => {
  const hours = Math.floor(ms / 3_600_000)
  if (hours < 1) return counted(Math.max(0, Math.floor(ms / 60_000)), 'minute')
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day')
}
