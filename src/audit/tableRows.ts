import { type AutoScalingGroup, missingFrom, targetGroupName } from '../model/autoScalingGroup.ts'
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
  const deploymentGroup = `${application}/${name}`
  if (observation.kind === 'deploymentGroup') return deploymentGroupRows(deploymentGroup, observation, findings)
  const { autoScalingGroup } = observation
  return [
    {
      ...{
        deploymentGroup,
        autoScalingGroup: autoScalingGroup.name,
        healthCheckType: autoScalingGroup.healthCheckType,
      },
      ...{ wanted: none, missing: none, gate: none, terminationHook: none },
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
  const { autoScalingGroups: found, underWay } = observed
  const common = {
    deploymentGroup,
    wanted: listed(wanted),
    gate: waitMinutes === undefined ? 'no wait' : `waits ${waitMinutes} m`,
    terminationHook: terminationHook ? 'yes' : 'no',
  }
  if (autoScalingGroups.length === 0) {
    const verdict = verdictOf(findings, 'names no Auto Scaling group')
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
    const missing = listed(missingFrom(group, wanted))
    const verdict = verdictOf(own, underWay.length > 0 ? 'a deployment is under way' : undefined)
    return { ...common, autoScalingGroup, healthCheckType, missing, ...verdict }
  })
}

/** Names of the target groups that an Auto Scaling group has. */
export const attachedNames = ({ attached }: AutoScalingGroup): readonly string[] => attached.map(targetGroupName)

const listed = (names: readonly string[]): string => (names.length > 0 ? names.join(' ') : none)

/** @param otherwise the verdict where there is no finding */
const verdictOf = (findings: readonly Finding[], otherwise = 'nothing wrong'): Verdict => {
  if (findings.length === 0) return { verdict: otherwise, tone: 'good' }
  const wrong = findings.filter(isWrong)
  const shown = wrong.length > 0 ? wrong : findings
  const verdict = [...new Set(shown.map(({ kind }) => advice[kind].title))].join('; ')
  return { verdict, tone: wrong.length > 0 ? 'bad' : 'notice' }
}
