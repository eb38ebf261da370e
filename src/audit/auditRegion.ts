import { missingFrom } from '../model/autoScalingGroup.ts'
import { fullName } from '../model/deploymentGroup.ts'
import { listed } from '../sentences.ts'
import { type Finding, findingsOf, isWrong } from '../sweep/finding.ts'
import type { RegionReading } from '../sweep/ports.ts'
import { type CouldNotLook, type Observation, survey } from '../sweep/survey.ts'

export type Observed = Exclude<Observation, CouldNotLook>

/** An observation, and what is wrong with it or worth knowing. */
export type Audited = { readonly observation: Observed; readonly findings: readonly Finding[] }

/**
 * Something that the audit could not look at. `what` completes "could not look at …"; `reason` says why, and what to do
 * about it.
 */
export type Failure = { readonly what: readonly string[]; readonly reason: string }

export type RegionAudit = {
  readonly region: string
  readonly audited: readonly Audited[]
  readonly failures: readonly Failure[]
}

type Options = {
  /** Auto Scaling groups that Greenlight may change. */
  readonly namePatterns: readonly string[]
  /** Undefined: all of them. */
  readonly application: string | undefined
  readonly group: string | undefined
  /** Why something could not be looked at, in a sentence. */
  readonly explain: (error: unknown) => string
  readonly onProgress: (applicationsDone: number, applications: number) => void
}

/** Audits a region. It never throws: what it could not look at is part of its result. */
export const auditRegion = async (region: string, reading: RegionReading, options: Options): Promise<RegionAudit> => {
  const { namePatterns: patterns, explain, onProgress } = options
  const audited: Audited[] = []
  const failures: { what: string; reason: string }[] = []
  const onObserved = (observation: Observation): void => {
    if (observation.kind === 'couldNotLook') {
      failures.push({ what: observation.what, reason: explain(observation.error) })
    } else if (isSelected(observation, options)) {
      // The audit knows no stack, and so no parameter.
      const known = { patterns, mayBeOthers: false, mode: undefined, now: Date.now() }
      const findings = findingsOf(observation, known)
      // The records of a deployment under way are nothing to show.
      if (observation.kind !== 'recorded' || findings.length > 0) audited.push({ observation, findings })
      failures.push(...notJudged(observation))
    }
  }
  // The survey reads the whole region, whatever is selected: only then is it known which Auto Scaling groups nobody names.
  await survey(reading, onObserved, { onProgress })
  return { region, audited: audited.toSorted(byName), failures: groupedByReason(failures) }
}

/** A green may be yet to get its target groups: whether something is wrong shows once the deployment is over. */
const notJudged = (observation: Observed): readonly { what: string; reason: string }[] => {
  if (observation.kind !== 'deploymentGroup' || !observation.underWay?.length) return []
  const { deploymentGroup, autoScalingGroups = [] } = observation
  return autoScalingGroups.flatMap((group) => {
    const missing = missingFrom(group, deploymentGroup.wanted, observation.targetGroups ?? new Map())
    const reason = `a deployment is under way, and ${group.name} lacks ${listed(missing)}: audit it again after the deployment`
    return missing.length > 0 ? [{ what: fullName(deploymentGroup), reason }] : []
  })
}

/** The deployment group that an observation belongs to; no names where nobody can say. */
export const ownerOf = (observation: Observed): { readonly application: string; readonly name: string } => {
  if (observation.kind === 'recorded') return { application: '', name: '' }
  return observation.kind === 'leftover'
    ? { application: observation.deployment.application, name: observation.deployment.deploymentGroup }
    : observation.deploymentGroup
}

/** 0: nothing is wrong; 1: something is wrong; 2: the audit could not look at something. */
export const exitCodeOf = (regions: readonly RegionAudit[], failures: readonly Failure[]): 0 | 1 | 2 => {
  if (failures.length > 0 || regions.some((one) => one.failures.length > 0)) return 2
  return regions.some((one) => wrongFindings(one).length > 0) ? 1 : 0
}

/** The findings that somebody should do something about. */
export const wrongFindings = ({ audited }: RegionAudit): readonly Finding[] =>
  audited.flatMap(({ findings }) => findings).filter(isWrong)

const isSelected = (observation: Observed, { application, group }: Options): boolean => {
  const owner = ownerOf(observation)
  return owner.application === (application ?? owner.application) && owner.name === (group ?? owner.name)
}

const order = ['deploymentGroup', 'keptBlue', 'leftover', 'recorded'] as const
const collator = new Intl.Collator('en', { numeric: true })

/** By application and deployment group (`web-2` before `web-10`); what its deployments left behind comes after it. */
const byName = ({ observation: a }: Audited, { observation: b }: Audited): number =>
  collator.compare(ownerOf(a).application, ownerOf(b).application) ||
  collator.compare(ownerOf(a).name, ownerOf(b).name) ||
  order.indexOf(a.kind) - order.indexOf(b.kind)

/** One failure for each reason: the caller has one thing to do about all of them. */
const groupedByReason = (failures: readonly { what: string; reason: string }[]): readonly Failure[] => {
  const grouped = new Map<string, string[]>()
  for (const { what, reason } of failures) grouped.set(reason, [...(grouped.get(reason) ?? []), what])
  return [...grouped].map(([reason, what]) => ({ what: what.toSorted(), reason }))
}
