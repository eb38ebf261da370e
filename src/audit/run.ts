import pLimit from 'p-limit'
import type { Eyes } from '../reconcile/ports.ts'
import { listed } from '../wording.ts'
import type { Flags } from './flags.ts'
import { documentOf } from './json.ts'
import { exitCodeOf, type Look, lookAt, type Unseen } from './look.ts'
import { type Paper, pageOf, printable } from './page.ts'
import type { Progress } from './progressBar.ts'
import { regionsOf } from './regions.ts'
import { type Asked, whyNot } from './whyNot.ts'

/** How many regions are looked at at once; each of them makes its own calls at once. */
const regionsAtOnce = 4

export type Surroundings = {
  /** The caller's own region. Rejects where none is configured. */
  readonly homeRegion: () => Promise<string>
  readonly enabledRegions: (from: string) => Promise<readonly string[]>
  /** What looks, and only looks, at a region. */
  readonly eyes: (region: string) => Eyes
  readonly progress: Progress
  readonly paper: Paper
  readonly asked: Asked
  /** A line of the answer. */
  readonly say: (line: string) => void
  /** A line about what is no answer. */
  readonly complain: (line: string) => void
}

/** Looks, tells, and gives the exit code. */
export const run = async (flags: Flags, surroundings: Surroundings): Promise<0 | 1 | 2> => {
  const { homeRegion, enabledRegions, eyes, progress, paper, asked, say, complain } = surroundings
  const why = (error: unknown, region: string) => whyNot(error, region, asked)
  const { regions, unseen } = await regionsOf(flags, { home: homeRegion, enabled: enabledRegions, why })
  const looks = await pLimit(regionsAtOnce).map(regions, (region) =>
    lookAt(region, eyes(region), {
      ...flags,
      why: (error) => why(error, region),
      onProgress: (done, of) => progress.show(region, done, of),
    }),
  )
  progress.end()

  const all = [...unseen, ...notThere(flags, looks)]
  if (flags.json) say(JSON.stringify(documentOf(looks, all), undefined, 2))
  else if (looks.length > 0) for (const line of pageOf(looks, paper)) say(line)
  for (const one of all) complain(sentenceOf(one))
  for (const look of looks) for (const one of look.unseen) complain(`${look.region}: ${sentenceOf(one)}`)
  return exitCodeOf(looks, all)
}

const sentenceOf = ({ what, reason }: Unseen): string => printable(`Could not look at ${listed(what)}: ${reason}.`)

/** Who asks for a deployment group by name wants to know of that one: that there is none is no good news. */
const notThere = ({ application, group }: Flags, looks: readonly Look[]): readonly Unseen[] => {
  if (application === undefined && group === undefined) return []
  const isThere = looks.some(({ seen }) => seen.some(({ sight }) => sight.kind === 'deploymentGroup'))
  const allSeen = looks.every(({ unseen }) => unseen.length === 0)
  if (isThere || !allSeen || looks.length === 0) return []
  const name = `${application ?? '*'}/${group ?? '*'}`
  const where = listed(looks.map(({ region }) => region))
  return [{ what: [name], reason: `there is no such blue/green deployment group with traffic control in ${where}` }]
}
