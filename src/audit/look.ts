import type { Eyes } from '../reconcile/ports.ts'
import { type Finding, findingsOf, isWrong } from '../sweep/finding.ts'
import { type DeploymentGroupSeen, type KeptBlueSeen, type LeftoverSeen, survey } from '../sweep/survey.ts'

/** Something that was seen, and what is wrong with it. */
export type Seen = {
  readonly sight: DeploymentGroupSeen | LeftoverSeen | KeptBlueSeen
  readonly findings: readonly Finding[]
}

/** What could not be looked at, in words that complete "could not look at …", and why, in a sentence that says what to do. */
export type Unseen = { readonly what: readonly string[]; readonly reason: string }

/** One region, looked at. */
export type Look = { readonly region: string; readonly seen: readonly Seen[]; readonly unseen: readonly Unseen[] }

type Asked = {
  /** What Greenlight may change. */
  readonly namePattern: string
  /** Undefined: all of them. */
  readonly application: string | undefined
  readonly group: string | undefined
  /** Why something could not be looked at, in a sentence. */
  readonly why: (error: unknown) => string
  readonly onProgress: (done: number, of: number) => void
}

/** Looks at a region. It never fails: what could not be looked at is part of what it gives. */
export const lookAt = async (region: string, eyes: Eyes, asked: Asked): Promise<Look> => {
  const seen: Seen[] = []
  const unseen: { what: string; reason: string }[] = []
  // Whatever is asked for, all of it is looked at: what nobody names is known only where all who could name it were seen.
  await survey(
    eyes,
    (sight) => {
      if (sight.kind === 'unseen') unseen.push({ what: sight.what, reason: asked.why(sight.error) })
      else if (isAskedFor(sight, asked)) {
        seen.push({ sight, findings: findingsOf(sight, { pattern: asked.namePattern, now: Date.now() }) })
      }
    },
    { onProgress: asked.onProgress },
  )
  return { region, seen: seen.toSorted(byName), unseen: byReason(unseen) }
}

/** Whose it is. */
export const ownerOf = (sight: Seen['sight']): { readonly application: string; readonly name: string } =>
  sight.kind === 'leftover'
    ? { application: sight.deployment.application, name: sight.deployment.deploymentGroup }
    : sight.deploymentGroup

/** What the exit code says: 0 nothing is wrong, 1 something is, 2 something could not be looked at. */
export const exitCodeOf = (looks: readonly Look[], unseen: readonly Unseen[]): 0 | 1 | 2 => {
  if (unseen.length > 0 || looks.some((look) => look.unseen.length > 0)) return 2
  return looks.some((look) => wrongOf(look).length > 0) ? 1 : 0
}

/** What somebody should do something about. */
export const wrongOf = ({ seen }: Look): readonly Finding[] => seen.flatMap(({ findings }) => findings).filter(isWrong)

const isAskedFor = (sight: Seen['sight'], { application, group }: Asked): boolean => {
  const owner = ownerOf(sight)
  return owner.application === (application ?? owner.application) && owner.name === (group ?? owner.name)
}

const order = ['deploymentGroup', 'keptBlue', 'leftover'] as const
const collator = new Intl.Collator('en', { numeric: true })

/** By name, numbers in it as numbers; what was left behind after what is there. */
const byName = ({ sight: a }: Seen, { sight: b }: Seen): number =>
  collator.compare(ownerOf(a).application, ownerOf(b).application) ||
  collator.compare(ownerOf(a).name, ownerOf(b).name) ||
  order.indexOf(a.kind) - order.indexOf(b.kind)

/** What is missing for the same reason is one thing to do. */
const byReason = (unseen: readonly { what: string; reason: string }[]): readonly Unseen[] => {
  const grouped = new Map<string, string[]>()
  for (const { what, reason } of unseen) grouped.set(reason, [...(grouped.get(reason) ?? []), what])
  return [...grouped].map(([reason, what]) => ({ what: what.toSorted(), reason }))
}
