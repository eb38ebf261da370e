import { type Green, missingFrom, targetGroupName } from '../model/green.ts'
import { type Finding, isWrong } from '../sweep/finding.ts'
import { kinds } from './advice.ts'
import { ownerOf, type Seen } from './look.ts'

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

const none = '-'
const unknown = '?'

/** At least one row for everything that was seen. */
export const rowsOf = ({ sight, findings }: Seen): readonly Row[] => {
  const { application, name } = ownerOf(sight)
  const deploymentGroup = `${application}/${name}`
  if (sight.kind !== 'deploymentGroup') {
    const { autoScalingGroup } = sight
    return [
      {
        deploymentGroup,
        autoScalingGroup: autoScalingGroup.name,
        healthCheckType: autoScalingGroup.healthCheckType,
        wanted: none,
        missing: none,
        gate: none,
        terminationHook: none,
        ...verdictOf(findings),
      },
    ]
  }
  const { wanted, waitMinutes, terminationHook, autoScalingGroups: named } = sight.deploymentGroup
  const common = {
    deploymentGroup,
    wanted: listed(wanted),
    gate: waitMinutes === undefined ? 'no wait' : `waits ${waitMinutes} m`,
    terminationHook: terminationHook ? 'yes' : 'no',
  }
  const { autoScalingGroups: found } = sight
  if (named.length === 0) {
    const verdict = verdictOf(findings, 'names no Auto Scaling group')
    return [{ ...common, autoScalingGroup: none, healthCheckType: none, missing: none, ...verdict }]
  }
  return named.map((autoScalingGroup) => {
    const own = findings.filter((one) => !('autoScalingGroup' in one) || one.autoScalingGroup === autoScalingGroup)
    const group = found?.find((one) => one.name === autoScalingGroup)
    if (found === undefined) {
      const verdict = { verdict: 'could not be looked at', tone: 'unknown' as const }
      return { ...common, autoScalingGroup, healthCheckType: unknown, missing: unknown, ...verdict }
    }
    if (group === undefined) {
      return { ...common, autoScalingGroup, healthCheckType: none, missing: listed(wanted), ...verdictOf(own) }
    }
    const missing = listed(missingFrom(group, wanted))
    const { healthCheckType } = group
    const busy = sight.underWay.length > 0 ? 'a deployment is under way' : undefined
    return { ...common, autoScalingGroup, healthCheckType, missing, ...verdictOf(own, busy) }
  })
}

/** Names of the target groups that an Auto Scaling group has. */
export const attachedNames = ({ attached }: Green): readonly string[] => attached.map(targetGroupName)

const listed = (names: readonly string[]): string => (names.length > 0 ? names.join(' ') : none)

const verdictOf = (findings: readonly Finding[], otherwise = 'nothing wrong'): Pick<Row, 'verdict' | 'tone'> => {
  const wrong = findings.filter(isWrong)
  const told = wrong.length > 0 ? wrong : findings
  const verdict = [...new Set(told.map(({ kind }) => kinds[kind].title))].join('; ')
  if (told.length === 0) return { verdict: otherwise, tone: 'good' }
  return { verdict, tone: wrong.length > 0 ? 'bad' : 'notice' }
}
