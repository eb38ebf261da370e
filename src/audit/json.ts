import { missingFrom } from '../model/green.ts'
import { isWrong, sentenceOf } from '../sweep/finding.ts'
import { adviceFor } from './advice.ts'
import { oneLine } from './command.ts'
import { exitCodeOf, type Look, type Seen, type Unseen } from './look.ts'
import { attachedNames } from './rows.ts'

/** What `--json` prints. What is there in version 1 stays there, as it is; more may come. */
export type Document = {
  readonly version: 1
  readonly outcome: 'nothingWrong' | 'somethingWrong' | 'couldNotLook'
  readonly regions: readonly {
    readonly region: string
    readonly deploymentGroups: readonly {
      readonly application: string
      readonly deploymentGroup: string
      /** Names of target groups. */
      readonly wanted: readonly string[]
      /** How long deployments wait at Ready; null: they do not. */
      readonly waitMinutes: number | null
      readonly terminationHook: boolean
      /** Ids. */
      readonly deploymentsUnderWay: readonly string[]
      /** Those that it names; null where they could not be looked at. */
      readonly autoScalingGroups:
        | readonly {
            readonly name: string
            readonly exists: boolean
            readonly healthCheckType: string | null
            readonly attached: readonly string[]
            readonly missing: readonly string[]
          }[]
        | null
    }[]
    /** Each with the facts of its kind beside these. */
    readonly findings: readonly {
      readonly application: string
      readonly deploymentGroup: string
      readonly kind: string
      /** False: worth knowing, and nothing wrong by itself. */
      readonly wrong: boolean
      readonly sentence: string
      /** What to do about it. */
      readonly commands: readonly string[]
    }[]
    readonly couldNotLook: readonly Unseen[]
  }[]
  /** What kept whole regions from being looked at. */
  readonly couldNotLook: readonly Unseen[]
}

const outcomes = ['nothingWrong', 'somethingWrong', 'couldNotLook'] as const

export const documentOf = (looks: readonly Look[], unseen: readonly Unseen[]): Document => ({
  version: 1,
  outcome: outcomes[exitCodeOf(looks, unseen)],
  regions: looks.map((look) => ({
    region: look.region,
    deploymentGroups: look.seen.flatMap(deploymentGroupOf),
    findings: look.seen.flatMap(({ sight, findings }) =>
      findings.map((finding) => ({
        ...finding,
        wrong: isWrong(finding),
        sentence: sentenceOf(finding),
        commands: adviceFor(finding, sight, look.region).map(oneLine),
      })),
    ),
    couldNotLook: look.unseen,
  })),
  couldNotLook: unseen,
})

const deploymentGroupOf = ({ sight }: Seen) => {
  if (sight.kind !== 'deploymentGroup') return []
  const { application, name, wanted, waitMinutes = null, terminationHook } = sight.deploymentGroup
  const { autoScalingGroups: found, underWay } = sight
  const autoScalingGroups =
    found === undefined
      ? null
      : sight.deploymentGroup.autoScalingGroups.map((one) => {
          const group = found.find((other) => other.name === one)
          return {
            name: one,
            exists: group !== undefined,
            healthCheckType: group?.healthCheckType ?? null,
            attached: group === undefined ? [] : attachedNames(group),
            missing: group === undefined ? wanted : missingFrom(group, wanted),
          }
        })
  return [
    {
      application,
      deploymentGroup: name,
      wanted,
      waitMinutes,
      terminationHook,
      deploymentsUnderWay: underWay,
      autoScalingGroups,
    },
  ]
}
