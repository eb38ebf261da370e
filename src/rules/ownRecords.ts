import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import { type Deployment, isOver, type NoDeployment } from '../model/deployment.ts'
import { attachedKey, type Note, type Records, testingKey } from '../model/records.ts'
import { isRefused } from '../model/refused.ts'

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
 * - Another deployment of the same green: what it noted is so. For Lambda and ECS that is any other that is over.
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
  const known = (note: Note): boolean => whose(note.deploymentId) !== 'nobody'
  const ofGreen = (notes: Records['attached']) =>
    new Map([...notes].filter(([, note]) => whose(note.deploymentId) === 'green'))
  const copiedOf = (notes: Records['attached'], keyOf: (name: string) => string) =>
    [...notes].filter(([, note]) => whose(note.deploymentId) === 'blue').map(([name]) => keyOf(name))
  const records: Records = {
    record: record === undefined || whose(record) === 'nobody' ? undefined : record,
    held: held !== undefined && known(held) ? held : undefined,
    attached: ofGreen(attached),
    testing: ofGreen(testing),
    copied: [...copiedOf(attached, attachedKey), ...copiedOf(testing, testingKey)],
  }
  return { ...green, records }
}

const whoseRecord = (
  green: string,
  id: string,
  deployment: Deployment,
  other: Deployment | NoDeployment | undefined,
): 'green' | 'blue' | 'nobody' => {
  if (id === deployment.id) return 'green'
  if (other === undefined || isRefused(other)) return 'nobody'
  const { subject, application, deploymentGroup } = other
  const isOfGroup = application === deployment.application && deploymentGroup === deployment.deploymentGroup
  if (subject.kind === 'server' && subject.greens.includes(green)) return 'green'
  // Tags may name one green for several Lambda and ECS deployment groups; what is under way ends its own records.
  if (subject.kind === 'tagged' && deployment.subject.kind === 'tagged') {
    return isOfGroup || isOver(other) ? 'green' : 'nobody'
  }
  return subject.kind === 'server' && isOfGroup ? 'blue' : 'nobody'
}
