import { listed } from '../sentences.ts'
import type { Deployment } from './deployment.ts'
import { gapsIn, namesIn } from './nameTags.ts'
import { isRefused, type Refused } from './refused.ts'
import { readTests } from './testTargetGroups.ts'

/** Which green Auto Scaling groups ought to have which target groups: names. */
export type Goal = {
  readonly greens: readonly string[]
  readonly wanted: readonly string[]
  /** In which test target groups green is proved before traffic; none: by attaching the wanted ones. */
  readonly tests: readonly string[]
}

const greensTag = 'greenlight:auto-scaling-groups'
const wantedTag = 'greenlight:target-groups'

type Tags = ReadonlyMap<string, string>

/**
 * Reads what a deployment is to reach: for a Server deployment from the deployment itself, for Lambda and ECS from the
 * tags of the deployment group, and from those for a Server deployment, too, where it is proved.
 *
 * @param tags of the deployment group; undefined where it does not exist any more
 */
export const readGoal = (deployment: Deployment, tags: Tags | undefined): Goal | Refused => {
  const { application, deploymentGroup, subject } = deployment
  const owner = `deployment group ${application}/${deploymentGroup}`
  if (subject.kind === 'server') {
    const tests = readTests(owner, tags ?? new Map())
    // The choices say what does not parse, and then nothing is begun.
    return { greens: subject.greens, wanted: subject.wanted, tests: isRefused(tests) ? [] : tests }
  }
  if (tags === undefined) return { refusal: `${owner} does not exist any more` }
  return readTags(owner, tags, subject.kind === 'tagged' ? subject.pairs : [])
}

/** Whether two looks show the same goal. */
export const isSameGoal = (one: Goal | Refused, other: Goal | Refused): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** @param pairs target groups that ECS moves by itself: none of them may be wanted */
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
  return { greens, wanted, tests: [] }
}
