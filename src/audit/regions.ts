import type { Unseen } from './look.ts'

export type RegionsAsked = {
  /** Named by the caller. */
  readonly regions: readonly string[]
  readonly allRegions: boolean
}

type Sources = {
  /** The caller's own region. Rejects where none is configured. */
  readonly home: () => Promise<string>
  /** Those that are enabled for the account, asked in a region. */
  readonly enabled: (from: string) => Promise<readonly string[]>
  /** Why something could not be looked at, in a sentence. */
  readonly why: (error: unknown, region: string) => string
}

/** The region to ask for the others, where none is configured: of the partition in which nearly every account is. */
const somewhere = 'us-east-1'

/** Which regions to look at; where they cannot be told, why, and those that can be looked at all the same. */
export const regionsOf = async (
  { regions, allRegions }: RegionsAsked,
  { home, enabled, why }: Sources,
): Promise<{ readonly regions: readonly string[]; readonly unseen: readonly Unseen[] }> => {
  if (regions.length > 0) return { regions, unseen: [] }
  const own = await home().catch(() => undefined)
  if (!allRegions) {
    if (own !== undefined) return { regions: [own], unseen: [] }
    const reason = 'no region is configured: name one with --region or AWS_REGION, or take --all-regions'
    return { regions: [], unseen: [{ what: ['anything'], reason }] }
  }
  const from = own ?? somewhere
  try {
    return { regions: (await enabled(from)).toSorted(), unseen: [] }
  } catch (error) {
    const reason = `${why(error, from)}; or name the regions with --region`
    return {
      regions: own === undefined ? [] : [own],
      unseen: [{ what: ['which regions are enabled for the account'], reason }],
    }
  }
}
