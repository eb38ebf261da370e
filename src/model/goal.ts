import { listed } from '../sentences.ts'
import type { Deployment } from './deployment.ts'
import type { Refused } from './refused.ts'

/** Which green Auto Scaling groups ought to have which target groups: names. */
export type Goal = { readonly greens: readonly string[]; readonly wanted: readonly string[] }

const greensTag = 'greenlight:auto-scaling-groups'
const wantedTag = 'greenlight:target-groups'

type Tags = ReadonlyMap<string, string>

/**
 * Reads what a deployment is to reach: for a Server deployment from the deployment itself, for Lambda and ECS from the
 * tags of the deployment group.
 *
 * @param tags of the deployment group; undefined where it does not exist any more
 */
export const readGoal = (deployment: Deployment, tags: Tags | undefined): Goal | Refused => {
  const { application, deploymentGroup, subject } = deployment
  if (subject.kind === 'server') return { greens: subject.greens, wanted: subject.wanted }
  const owner = `deployment group ${application}/${deploymentGroup}`
  if (tags === undefined) return { refusal: `${owner} does not exist any more` }
  return readTags(owner, tags, subject.kind === 'tagged' ? subject.pairs : [])
}

/** Whether two looks show the same goal. */
export const isSameGoal = (one: Goal | Refused, other: Goal | Refused): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/**
 * Spaces separate the names; what does not fit into the 256 characters of one value (F28) goes on in `<key>/2`, `<key>/3`.
 *
 * @param pairs target groups that ECS moves by itself: none of them may be wanted
 */
const readTags = (owner: string, tags: Tags, pairs: readonly string[]): Goal | Refused => {
  const greens = namesIn(tags, greensTag)
  const wanted = namesIn(tags, wantedTag)

  const gaps = [...gapsIn(tags, greensTag), ...gapsIn(tags, wantedTag)]
  if (gaps.length > 0) return { refusal: `${owner} has no tag ${listed(gaps)}, but one that continues it` }
  const lacking = [...(greens.length === 0 ? [greensTag] : []), ...(wanted.length === 0 ? [wantedTag] : [])]
  if (lacking.length > 0) {
    const toDo = 'tag it, or remove the hook from the AppSpec'
    return { refusal: `${owner} does not say in ${listed(lacking)} what to gate: ${toDo}` }
  }
  const moved = wanted.filter((name) => pairs.includes(name))
  if (moved.length > 0)
    return { refusal: `tag ${wantedTag} of ${owner} names ${listed(moved)}, which ECS moves by itself` }
  return { greens, wanted }
}

/** Numbers of the tags of this key that are there: `key` is 1, `key/2` is 2. */
const partsOf = (tags: Tags, key: string): readonly number[] =>
  [...tags.keys()]
    .filter((tag) => tag === key || (tag.startsWith(`${key}/`) && /^[1-9]\d{0,3}$/.test(tag.slice(key.length + 1))))
    .map((tag) => (tag === key ? 1 : Number(tag.slice(key.length + 1))))
    .sort((one, other) => one - other)

const keyOf = (key: string, part: number): string => (part === 1 ? key : `${key}/${part}`)

const namesIn = (tags: Tags, key: string): readonly string[] => {
  const values = partsOf(tags, key).map((part) => tags.get(keyOf(key, part)) ?? '')
  return [...new Set(values.flatMap((text) => text.split(/\s+/)).filter((name) => name !== ''))]
}

/** Keys that are missing before one that is there: a name that nobody reads is a group that nobody gates. */
const gapsIn = (tags: Tags, key: string): readonly string[] => {
  const parts = partsOf(tags, key)
  const all = Array.from({ length: parts.at(-1) ?? 0 }, (_, index) => index + 1)
  return all.filter((part) => !parts.includes(part)).map((part) => keyOf(key, part))
}
