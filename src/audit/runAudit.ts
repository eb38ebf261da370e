import pLimit from 'p-limit'
import { listed } from '../sentences.ts'
import type { RegionReading } from '../sweep/ports.ts'
import { auditRegion, exitCodeOf, type Failure, type RegionAudit } from './auditRegion.ts'
import { chooseRegions } from './chooseRegions.ts'
import { type CallSettings, explainError } from './explainError.ts'
import type { Flags } from './flags.ts'
import { jsonReport } from './jsonReport.ts'
import type { Progress } from './progressBar.ts'
import { printable, type Screen, textReport } from './textReport.ts'

/** Each of these regions makes several calls at once. */
const regionsAtOnce = 4

export type Dependencies = {
  /** The region that the caller has configured. Rejects where there is none. */
  readonly configuredRegion: () => Promise<string>
  /** The regions that are enabled for the account, as this region lists them. */
  readonly enabledRegions: (askedRegion: string) => Promise<readonly string[]>
  /** What reads a region, and can change nothing. */
  readonly readingOf: (region: string) => RegionReading
  readonly progress: Progress
  readonly screen: Screen
  readonly callSettings: CallSettings
  /** Prints a line of the report. */
  readonly print: (line: string) => void
  /** Prints a line about something that the report lacks. */
  readonly printError: (line: string) => void
}

/** Audits the regions and prints the report. Returns the exit code. */
export const runAudit = async (flags: Flags, dependencies: Dependencies): Promise<0 | 1 | 2> => {
  const { readingOf, progress, screen, callSettings, print, printError } = dependencies
  const explain = (error: unknown, region: string) => explainError(error, region, callSettings)
  const chosen = await chooseRegions(flags, { ...dependencies, explain })
  const regions = await pLimit(regionsAtOnce).map(chosen.regions, (region) =>
    auditRegion(region, readingOf(region), {
      ...flags,
      explain: (error) => explain(error, region),
      onProgress: (done, of) => progress.show(region, done, of),
    }),
  )
  progress.end()

  const failures = [...chosen.failures, ...notFound(flags, regions)]
  if (flags.json) print(JSON.stringify(jsonReport(regions, failures), undefined, 2))
  else if (regions.length > 0) for (const line of textReport(regions, failures, screen)) print(line)
  for (const failure of failures) printError(sentenceOf(failure))
  for (const one of regions) for (const failure of one.failures) printError(`${one.region}: ${sentenceOf(failure)}`)
  return exitCodeOf(regions, failures)
}

const sentenceOf = ({ what, reason }: Failure): string => printable(`Could not look at ${listed(what)}: ${reason}.`)

/** A caller who names a deployment group that does not exist must not read that nothing is wrong. */
const notFound = ({ application, group }: Flags, regions: readonly RegionAudit[]): readonly Failure[] => {
  if ((application === undefined && group === undefined) || regions.length === 0) return []
  const isFound = regions.some(({ audited }) =>
    audited.some(({ observation }) => observation.kind === 'deploymentGroup'),
  )
  const isComplete = regions.every(({ failures }) => failures.length === 0)
  if (isFound || !isComplete) return []
  const name = `${application ?? '*'}/${group ?? '*'}`
  const where = listed(regions.map(({ region }) => region))
  return [{ what: [name], reason: `there is no such blue/green deployment group with traffic control in ${where}` }]
}
