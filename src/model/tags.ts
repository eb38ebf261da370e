import type { Aim } from '../rules/judge.ts'
import { listed } from '../wording.ts'
import type { Deployment } from './deployment.ts'

const greensTag = 'greenlight:auto-scaling-groups'
const wantedTag = 'greenlight:target-groups'

/**
 * Reads from the tags of a deployment group what a Lambda or ECS deployment does not say by itself: the Auto Scaling
 * groups to gate and their target groups. Names are separated by spaces; what does not fit into the 256 characters of
 * one value (F28) goes on in `<key>/2`, `<key>/3`, … (design 2.1).
 *
 * @param pairs target groups that ECS moves by itself: none of them may be wanted
 * @returns the aim, or a sentence why there is none
 */
export const readAim = (
  { application, deploymentGroup }: Pick<Deployment, 'application' | 'deploymentGroup'>,
  tags: ReadonlyMap<string, string>,
  pairs: readonly string[],
): Aim | string => {
  const greens = namesIn(tags, greensTag)
  const wanted = namesIn(tags, wantedTag)

  const gaps = [...gapsIn(tags, greensTag), ...gapsIn(tags, wantedTag)]
  if (gaps.length > 0) {
    return `deployment group ${application}/${deploymentGroup} has no tag ${listed(gaps)}, but one that goes on after it`
  }
  const lacking = [...(greens.length === 0 ? [greensTag] : []), ...(wanted.length === 0 ? [wantedTag] : [])]
  if (lacking.length > 0) {
    return (
      `deployment group ${application}/${deploymentGroup} does not say in ${listed(lacking)} what to gate: tag it, or take ` +
      'the hook out of the AppSpec'
    )
  }
  const moved = wanted.filter((name) => pairs.includes(name))
  if (moved.length > 0) {
    return `tag ${wantedTag} of deployment group ${application}/${deploymentGroup} names ${listed(moved)}, which ECS moves by itself`
  }
  return { greens, wanted }
}

/** Numbers of the tags of this key that are there: `key` is 1, `key/2` is 2. */
const partsOf = (tags: ReadonlyMap<string, string>, key: string): readonly number[] =>
  [...tags.keys()]
    .filter((tag) => tag === key || (tag.startsWith(`${key}/`) && /^[1-9]\d{0,3}$/.test(tag.slice(key.length + 1))))
    .map((tag) => (tag === key ? 1 : Number(tag.slice(key.length + 1))))
    .sort((one, other) => one - other)

const keyOf = (key: string, part: number): string => (part === 1 ? key : `${key}/${part}`)

const namesIn = (tags: ReadonlyMap<string, string>, key: string): readonly string[] => {
  const values = partsOf(tags, key).map((part) => tags.get(keyOf(key, part)) ?? '')
  return [...new Set(values.flatMap((text) => text.split(/\s+/)).filter((name) => name !== ''))]
}

/** Keys that are missing before one that is there: a name that is not read is a group that is not gated. */
const gapsIn = (tags: ReadonlyMap<string, string>, key: string): readonly string[] => {
  const parts = partsOf(tags, key)
  const all = Array.from({ length: parts.at(-1) ?? 0 }, (_, index) => index + 1)
  return all.filter((part) => !parts.includes(part)).map((part) => keyOf(key, part))
}
