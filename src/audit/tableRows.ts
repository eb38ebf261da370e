import { type AutoScalingGroup, missingFrom, targetGroupName } from '../model/autoScalingGroup.ts'
import { isRefused } from '../model/refused.ts'
import { type Finding, isWrong } from '../sweep/finding.ts'
import type { ObservedDeploymentGroup } from '../sweep/survey.ts'
import { advice } from './advice.ts'
import { type Audited, ownerOf } from './auditRegion.ts'

/** One Auto Scaling group of a deployment group, as the table shows it. */
export type Row = {
  readonly deploymentGroup: string
  readonly autoScalingGroup: string
  readonly healthCheckType: string
  readonly wanted: string
  readonly missing: string
  readonly mode: string
  readonly gate: string
  readonly terminationHook: string
  readonly verdict: string
  readonly tone: 'good' | 'notice' | 'bad' | 'unknown'
}

type Verdict = Pick<Row, 'verdict' | 'tone'>

const none = '-'
const unknown = '?'

/** The rows for one observation: at least one. */
export const rowsOf = ({ observation, findings }: Audited): readonly Row[] => {
  const { application, name } = ownerOf(observation)
  const deploymentGroup = application === '' ? none : `${application}/${name}`
  if (observation.kind === 'deploymentGroup') return deploymentGroupRows(deploymentGroup, observation, findings)
  const { autoScalingGroup } = observation
  return [
    {
      ...{
        deploymentGroup,
        autoScalingGroup: autoScalingGroup.name,
        healthCheckType: autoScalingGroup.healthCheckType,
      },
      ...{ wanted: none, missing: none, mode: none, gate: none, terminationHook: none },
      ...verdictOf(findings),
    },
  ]
}

const deploymentGroupRows = (
  deploymentGroup: string,
  {
    deploymentGroup: { wanted, waitMinutes, terminationHook, autoScalingGroups },
    ...observed
  }: ObservedDeploymentGroup,
  findings: readonly Finding[],
): readonly Row[] => {
  const { autoScalingGroups: found, targetGroups = new Map() } = observed
  const common = {
    deploymentGroup,
    wanted: listed(wanted),
    mode: modeOf(observed.chosen),
    gate: waitMinutes === undefined ? 'no wait' : `waits ${waitMinutes} m`,
    terminationHook: terminationHook ? 'yes' : 'no',
  }
  if (autoScalingGroups.length === 0) {
    const verdict = verdictOf(findings, { verdict: 'names no Auto Scaling group', tone: 'good' })
    return [{ ...common, autoScalingGroup: none, healthCheckType: none, missing: none, ...verdict }]
  }
  return autoScalingGroups.map((autoScalingGroup) => {
    if (found === undefined) {
      const verdict: Verdict = { verdict: 'could not look at it', tone: 'unknown' }
      return { ...common, autoScalingGroup, healthCheckType: unknown, missing: unknown, ...verdict }
    }
    const own = findings.filter((one) => !('autoScalingGroup' in one) || one.autoScalingGroup === autoScalingGroup)
    const group = found.find(({ name }) => name === autoScalingGroup)
    if (group === undefined) {
      return { ...common, autoScalingGroup, healthCheckType: none, missing: listed(wanted), ...verdictOf(own) }
    }
    const { healthCheckType } = group
    const missing = listed(missingFrom(group, wanted, targetGroups))
    return {
      ...common,
      autoScalingGroup,
      healthCheckType,
      missing,
      ...verdictOf(own, withoutFinding(observed, missing)),
    }
  })
}

const modeOf = (chosen: ObservedDeploymentGroup['chosen']): string => {
  if (chosen === undefined) return unknown
  return isRefused(chosen) ? 'does not parse' : (chosen.mode ?? "(stack's parameter)")
}

/** The verdict where nothing is wrong, as far as the audit could look. */
const withoutFinding = (
  { underWay, chosen, targetGroups }: Pick<ObservedDeploymentGroup, 'underWay' | 'chosen' | 'targetGroups'>,
  missing: string,
): Verdict => {
  if (underWay === undefined || chosen === undefined || targetGroups === undefined) {
    return { verdict: 'could not look at all of it', tone: 'unknown' }
  }
  if (underWay.length === 0) return { verdict: 'nothing wrong', tone: 'good' }
  return { verdict: 'a deployment is under way', tone: missing === none ? 'good' : 'notice' }
}

/** Names of the target groups that an Auto Scaling group has. */
export const attachedNames = ({ attached }: AutoScalingGroup): readonly string[] => attached.map(targetGroupName)

const listed = (names: readonly string[]): string => (names.length > 0 ? names.join(' ') : none)

/** @param otherwise the verdict where nothing is wrong: it goes before what is only worth knowing if it is no good news */
const verdictOf = (findings: readonly Finding[], otherwise: Verdict = { verdict: 'nothing wrong', tone: 'good' }) => {
  const wrong = findings.filter(isWrong)
  if (wrong.length > 0) return { verdict: titlesOf(wrong), tone: 'bad' as const }
  if (findings.length === 0 || otherwise.tone !== 'good') return otherwise
  return { verdict: titlesOf(findings), tone: 'notice' as const }
}

const titlesOf = (findings: readonly Finding[]): string =>
  [...new Set(findings.map(({ kind }) => advice[kind].title))].join('; ')
