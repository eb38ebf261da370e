import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import { type Deployment, isOver, type NoDeployment } from '../model/deployment.ts'
import { matches } from '../model/namePattern.ts'
import { attachedKey, heldKey, type Records, recordKey, testingKey } from '../model/records.ts'
import { isRefused } from '../model/refused.ts'

/** A green without the records of test target groups that the stack's pattern does not match: they cannot be Greenlight's. */
export const withinPattern = (green: AutoScalingGroup, testNamePattern: string): AutoScalingGroup => {
  const testing = new Map([...green.records.testing].filter(([name]) => matches(testNamePattern, name)))
  return { ...green, records: { ...green.records, testing } }
}

/** The ids of other deployments that the records of these greens name. */
export const otherIds = (greens: readonly AutoScalingGroup[], id: string): readonly string[] => {
  const named = greens.flatMap(({ records: { record, held, attached, testing } }) => [
    ...[record ?? id],
    ...(held === undefined ? [] : [held.deploymentId]),
    ...[...attached.values(), ...testing.values()].map(({ deploymentId }) => deploymentId),
  ])
  return [...new Set(named)].filter((one) => one !== id)
}

/**
 * A green with those of its records that Greenlight may act on for this deployment. Tags are written by anybody who may tag:
 * a record of any other deployment than these is left alone.
 *
 * - Another deployment of the same green that is over: what it noted is so. For Lambda and ECS that is any other that is over.
 *   While it is under way, in another deployment group, what it noted is its own.
 * - Another deployment of the same deployment group: CodeDeploy copied its record from blue (F16). The hold was copied with it
 *   and is adopted; what was attached or registered was not.
 *
 * @param others what CodeDeploy answers about the other deployments that the records name, by id
 */
export const withOwnRecords = (
  green: AutoScalingGroup,
  deployment: Deployment,
  others: ReadonlyMap<string, Deployment | NoDeployment>,
): AutoScalingGroup => {
  const { record, held, attached, testing } = green.records
  const whose = (id: string) => whoseRecord(green.name, id, deployment, others.get(id))
  const isKnown = (id: string): boolean => ['green', 'blue'].includes(whose(id))
  const ofGreen = (notes: Records['attached']) =>
    new Map([...notes].filter(([, note]) => whose(note.deploymentId) === 'green'))
  const noted = [
    ...[...attached].map(([name, note]) => [attachedKey(name), note.deploymentId] as const),
    ...[...testing].map(([name, note]) => [testingKey(name), note.deploymentId] as const),
  ]
  const single = [
    ...(record === undefined ? [] : [[recordKey, record] as const]),
    ...(held === undefined ? [] : [[heldKey, held.deploymentId] as const]),
  ]
  const keysOf = (notes: typeof noted, of: ReturnType<typeof whose>) =>
    notes.filter(([, id]) => whose(id) === of).map(([key]) => key)
  const records: Records = {
    record: record !== undefined && isKnown(record) ? record : undefined,
    held: held !== undefined && isKnown(held.deploymentId) ? held : undefined,
    attached: ofGreen(attached),
    testing: ofGreen(testing),
    copied: keysOf(noted, 'blue'),
    theirs: keysOf([...single, ...noted], 'theirs'),
  }
  return { ...green, records }
}

const whoseRecord = (
  green: string,
  id: string,
  deployment: Deployment,
  other: Deployment | NoDeployment | undefined,
): 'green' | 'blue' | 'theirs' | 'nobody' => {
  if (id === deployment.id) return 'green'
  if (other === undefined || isRefused(other)) return 'nobody'
  const { subject, application, deploymentGroup } = other
  const isOfGroup = application === deployment.application && deploymentGroup === deployment.deploymentGroup
  if (subject.kind === 'server' && subject.greens.includes(green)) return isOver(other) ? 'green' : 'theirs'
  // Tags may name one green for several Lambda and ECS deployment groups; what is under way ends its own records.
  if (subject.kind === 'tagged' && deployment.subject.kind === 'tagged') {
    return isOfGroup || isOver(other) ? 'green' : 'nobody'
  }
  return subject.kind === 'server' && isOfGroup ? 'blue' : 'nobody'
}
