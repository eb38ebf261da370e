import { type AutoScalingGroup, missingFrom } from '../model/autoScalingGroup.ts'
import type { Mode } from '../model/mode.ts'
import { isRefused } from '../model/refused.ts'
import { isWrong, sentenceOf } from '../sweep/finding.ts'
import { commandsFor } from './advice.ts'
import { type Audited, exitCodeOf, type Failure, type RegionAudit } from './auditRegion.ts'
import { onOneLine } from './shellCommand.ts'
import { attachedNames } from './tableRows.ts'

/** What `--json` prints. Every key of version 1 stays as it is; others may be added. */
type JsonReport = {
  readonly version: 1
  readonly outcome: 'nothingWrong' | 'somethingWrong' | 'couldNotLook'
  readonly regions: readonly {
    readonly region: string
    readonly deploymentGroups: readonly JsonDeploymentGroup[]
    /** Each with the facts of its kind beside these. */
    readonly findings: readonly {
      readonly application: string
      readonly deploymentGroup: string
      readonly kind: string
      /** False: only worth knowing. */
      readonly wrong: boolean
      readonly sentence: string
      /** What to do about it. */
      readonly commands: readonly string[]
    }[]
    readonly couldNotLook: readonly Failure[]
  }[]
  /** Failures that concern whole regions. */
  readonly couldNotLook: readonly Failure[]
}

type JsonDeploymentGroup = {
  readonly application: string
  readonly deploymentGroup: string
  /** Names of target groups. */
  readonly wanted: readonly string[]
  /** How long deployments wait at Ready; null: they do not. */
  readonly waitMinutes: number | null
  readonly terminationHook: boolean
  /** By its tag; `parameter`: the stack's parameter chooses; null: could not look, or the tag does not parse. */
  readonly mode: Mode | 'parameter' | null
  /** Ids; null: could not look at them. */
  readonly deploymentsUnderWay: readonly string[] | null
  /** Those that it names; null: could not look at them. */
  readonly autoScalingGroups: readonly JsonAutoScalingGroup[] | null
}

type JsonAutoScalingGroup = {
  readonly name: string
  readonly exists: boolean
  readonly healthCheckType: string | null
  readonly attached: readonly string[]
  readonly missing: readonly string[]
}

const outcomes = { 0: 'nothingWrong', 1: 'somethingWrong', 2: 'couldNotLook' } as const

/** The report for programs. */
export const jsonReport = (regions: readonly RegionAudit[], failures: readonly Failure[]): JsonReport => ({
  version: 1,
  outcome: outcomes[exitCodeOf(regions, failures)],
  regions: regions.map(({ region, audited, failures: couldNotLook }) => ({
    region,
    deploymentGroups: audited.flatMap(deploymentGroupOf),
    findings: audited.flatMap(({ observation, findings }) =>
      findings.map((finding) => ({
        ...finding,
        wrong: isWrong(finding),
        sentence: sentenceOf(finding),
        commands: commandsFor(finding, { region, observation }).map(onOneLine),
      })),
    ),
    couldNotLook,
  })),
  couldNotLook: failures,
})

const deploymentGroupOf = ({ observation }: Audited): readonly JsonDeploymentGroup[] => {
  if (observation.kind !== 'deploymentGroup') return []
  const { deploymentGroup, autoScalingGroups: found, underWay = null, chosen, targetGroups = new Map() } = observation
  const { application, name, wanted, waitMinutes = null, terminationHook, autoScalingGroups } = deploymentGroup
  const named = (groups: readonly AutoScalingGroup[]) =>
    autoScalingGroups.map((one) =>
      autoScalingGroupOf(
        one,
        groups.find((group) => group.name === one),
        wanted,
        targetGroups,
      ),
    )
  return [
    {
      ...{ application, deploymentGroup: name, wanted, waitMinutes, terminationHook },
      mode: chosen === undefined || isRefused(chosen) ? null : (chosen.mode ?? 'parameter'),
      deploymentsUnderWay: underWay,
      autoScalingGroups: found === undefined ? null : named(found),
    },
  ]
}

const autoScalingGroupOf = (
  name: string,
  group: AutoScalingGroup | undefined,
  wanted: readonly string[],
  targetGroups: Parameters<typeof missingFrom>[2],
): JsonAutoScalingGroup =>
  group === undefined
    ? { name, exists: false, healthCheckType: null, attached: [], missing: wanted }
    : {
        ...{ name, exists: true, healthCheckType: group.healthCheckType },
        ...{ attached: attachedNames(group), missing: missingFrom(group, wanted, targetGroups) },
      }
