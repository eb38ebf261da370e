import { gapsIn, namesIn } from './nameTags.ts'
import type { Refused } from './refused.ts'

export const testsTag = 'greenlight:test-target-groups'

/** As many as a deployment group names target groups at most (F19). */
const mostTests = 20
/** What AWS lets a target group be called: any other name fails the call for all of them. */
const isName = (name: string): boolean => /^[A-Za-z0-9-]{1,32}$/.test(name)

/**
 * Reads in which target groups green is proved, without a user's request.
 *
 * @param owner the deployment group, in a sentence
 * @param tags its tags
 * @returns names; none where no tag chooses any, and attaching proves
 */
export const readTests = (owner: string, tags: ReadonlyMap<string, string>): readonly string[] | Refused => {
  const gaps = gapsIn(tags, testsTag)
  if (gaps.length > 0) return { refusal: `${owner} has no tag ${gaps.join(', ')}, but one that continues it` }
  const names = namesIn(tags, testsTag)
  if (!tags.has(testsTag)) return names
  const bad = names.find((name) => !isName(name))
  const isRead = names.length > 0 && names.length <= mostTests && bad === undefined
  const found = bad === undefined ? `has ${names.length} names` : `is ${JSON.stringify(bad)} in part`
  return isRead
    ? names
    : { refusal: `tag ${testsTag} of ${owner} ${found}; it must be 1 to ${mostTests} names of target groups` }
}
