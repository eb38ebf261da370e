import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2'
import { type Green, missingFrom, targetGroupName } from '../model/green.ts'
import { attachedKey, heldKey, recordKey } from '../model/records.ts'
import { counted } from '../wording.ts'

/** The most target groups that one Auto Scaling group may have (F21). */
const mostAttached = 50
/** The most tags that it may have (F28). */
const mostTags = 50

/**
 * Finds what would fail the deployment in any case, so that it fails in the first seconds (design 2.2).
 *
 * @param wanted names of target groups
 * @param found what `DescribeTargetGroups` knows of them; one that does not exist is not among them
 * @param greens those that exist already
 * @returns a sentence for everything that is wrong, each naming the offending value
 */
export const preflight = (
  wanted: readonly string[],
  found: ReadonlyMap<string, TargetGroup>,
  greens: readonly Green[],
): readonly string[] => [
  ...wanted.flatMap((name) => complaintAbout(name, found.get(name))),
  ...greens.flatMap((green) => {
    const after = green.attached.length + missingFrom(green, wanted).length
    const tooMany = `${green.name} would have ${counted(after, 'target group')}, more than the ${mostAttached} that Auto Scaling allows`
    return after > mostAttached ? [tooMany] : []
  }),
  ...greens.flatMap((green) => {
    const records = [recordKey, heldKey, ...missingFrom(green, wanted).map(attachedKey)]
    const after = new Set([...green.tags.keys(), ...records]).size
    const tooMany = `${green.name} would have ${counted(after, 'tag')} with Greenlight's records, more than the ${mostTags} that Auto Scaling allows`
    return after > mostTags ? [tooMany] : []
  }),
  ...greens.flatMap(({ name, attached }) =>
    attached
      .filter((arn) => isForeign(arn, found))
      .map((arn) => `green ${name} has ${arn}, which does not exist any more: detach it`),
  ),
  ...greens.filter(({ beingDeleted }) => beingDeleted).map(({ name }) => `green ${name} is being deleted`),
]

/** Another target group had this name, and was deleted while it was attached: green cannot even launch (F30). */
const isForeign = (arn: string, found: ReadonlyMap<string, TargetGroup>): boolean => {
  const now = found.get(targetGroupName(arn))?.TargetGroupArn
  return now !== undefined && now !== arn
}

/** What is wrong with a wanted target group, in a sentence; nothing, where nothing is. */
export const complaintAbout = (name: string, group: TargetGroup | undefined): readonly string[] => {
  if (group === undefined) return [`target group ${name} does not exist`]
  if (group.TargetType !== 'instance') {
    return [`target group ${name} is of target type ${group.TargetType}; an Auto Scaling group needs instance`]
  }
  if ((group.LoadBalancerArns ?? []).length === 0) return [`no load balancer uses target group ${name}`]
  return []
}

/** What is wrong with the greens once CodeDeploy has finished installing on them. */
export const absent = (named: readonly string[], greens: readonly Green[]): readonly string[] => {
  if (named.length === 0) return ['the deployment names no green Auto Scaling group']
  const found = new Set(greens.map(({ name }) => name))
  return [
    ...named.filter((name) => !found.has(name)).map((name) => `green ${name} does not exist`),
    ...greens.filter(({ instances }) => instances.length === 0).map(({ name }) => `green ${name} has no instances`),
  ]
}
