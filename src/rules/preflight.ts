import { type AutoScalingGroup, missingFrom, targetGroupName } from '../model/autoScalingGroup.ts'
import { attachedKey, heldKey, recordKey, testingKey } from '../model/records.ts'
import { complaintsListed, counted } from '../sentences.ts'
import { type Decision, done, type Rule } from './decision.ts'
import type { Answers, SeenAs } from './seen.ts'
import { testComplaints } from './twins.ts'
import { complaintsAbout } from './usable.ts'

/** The most target groups that one Auto Scaling group may have (F21). */
const mostAttached = 50
/** The most tags that it may have (F28). */
const mostTags = 50

/** Refuses in the first seconds what would fail the deployment in any case. */
export const preflight: Rule<'preflight'> = (seen) =>
  refusePreflight(seen) ?? done(`nothing stands in the way of deployment ${seen.deployment.id} yet`)

/** @returns undefined where nothing stands in the way */
export const refusePreflight = (
  seen: SeenAs<'gate' | 'preflight'>,
): Extract<Decision, { decision: 'refuse' }> | undefined => {
  const complaints = [...preflightComplaints(seen), ...testComplaints(seen)]
  return complaints.length > 0
    ? { decision: 'refuse', refusal: 'preflight', reason: complaintsListed(complaints) }
    : undefined
}

/** A sentence for everything that is wrong, each naming the offending value. */
const preflightComplaints = ({
  goal: { wanted, tests },
  greens,
  targetGroups,
}: SeenAs<'gate' | 'preflight'>): readonly string[] => [
  ...wanted.flatMap((name) => complaintsAbout(name, targetGroups.get(name))),
  ...greens.flatMap((green) => {
    const after = green.attached.length + missingFrom(green, wanted, targetGroups).length
    const tooMany = `${green.name} would have ${counted(after, 'target group')}, more than the ${mostAttached} that Auto Scaling allows`
    return after > mostAttached ? [tooMany] : []
  }),
  ...greens.flatMap((green) => {
    const missing = missingFrom(green, wanted, targetGroups)
    const records = [recordKey, heldKey, ...missing.map(attachedKey), ...tests.map(testingKey)]
    // Tags of AWS's own do not count (F28).
    const own = [...green.tags.keys()].filter((key) => !key.startsWith('aws:'))
    const after = new Set([...own, ...records]).size
    const tooMany = `${green.name} would have ${counted(after, 'tag')} with Greenlight's records, more than the ${mostTags} that Auto Scaling allows`
    return after > mostTags ? [tooMany] : []
  }),
  ...greens.flatMap(({ name, attached }) =>
    attached
      .filter((arn) => isReplaced(arn, targetGroups))
      .map((arn) => `green ${name} has ${arn}, which does not exist any more: detach it`),
  ),
  ...greens.flatMap(({ name, operator }) =>
    operator === undefined ? [] : [`green ${name} is managed by ${operator}, which lets nobody else change it`],
  ),
  ...greens.filter(({ isBeingDeleted }) => isBeingDeleted).map(({ name }) => `green ${name} is being deleted`),
]

/** Somebody deleted a target group while it was attached and made another one of its name: green cannot even launch (F30). */
const isReplaced = (arn: string, targetGroups: Answers['targetGroups']): boolean => {
  const now = targetGroups.get(targetGroupName(arn))
  return now !== undefined && now.arn !== arn
}

/** What is wrong with the greens once CodeDeploy has finished installing on them. */
export const absenceComplaints = (named: readonly string[], greens: readonly AutoScalingGroup[]): readonly string[] => {
  if (named.length === 0) return ['the deployment names no green Auto Scaling group']
  const found = new Set(greens.map(({ name }) => name))
  return [
    ...named.filter((name) => !found.has(name)).map((name) => `green ${name} does not exist`),
    ...greens.filter(({ instances }) => instances.length === 0).map(({ name }) => `green ${name} has no instances`),
  ]
}
