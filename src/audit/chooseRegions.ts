import type { Failure } from './auditRegion.ts'

type Wanted = {
  /** Regions that the caller names. */
  readonly regions: readonly string[]
  readonly allRegions: boolean
}

type Sources = {
  /** The region that the caller has configured. Rejects where there is none. */
  readonly configuredRegion: () => Promise<string>
  /** The regions that are enabled for the account, as this region lists them. */
  readonly enabledRegions: (askedRegion: string) => Promise<readonly string[]>
  /** Why something could not be looked at, in a sentence. */
  readonly explain: (error: unknown, region: string) => string
}

/** Lists the enabled regions where none is configured. Nearly every account is in the partition of this region. */
const fallbackRegion = 'us-east-1'

/** The regions to audit. Where they cannot be listed, the configured one and the reason. */
export const chooseRegions = async (
  { regions, allRegions }: Wanted,
  { configuredRegion, enabledRegions, explain }: Sources,
): Promise<{ readonly regions: readonly string[]; readonly failures: readonly Failure[] }> => {
  if (regions.length > 0) return { regions, failures: [] }
  const configured = await configuredRegion().catch(() => undefined)
  const own = configured === undefined ? [] : [configured]
  if (!allRegions) {
    const reason = 'no region is configured: name one with --region or AWS_REGION, or use --all-regions'
    return { regions: own, failures: configured === undefined ? [{ what: ['anything'], reason }] : [] }
  }
  const askedRegion = configured ?? fallbackRegion
  try {
    return { regions: (await enabledRegions(askedRegion)).toSorted(), failures: [] }
  } catch (error) {
    const reason = `${explain(error, askedRegion)}; or name the regions with --region`
    return { regions: own, failures: [{ what: ['the list of enabled regions'], reason }] }
  }
}
