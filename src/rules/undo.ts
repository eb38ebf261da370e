import { type AutoScalingGroup, targetGroupName } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { attachedFor, attachedKey, heldKey, recordKey } from '../model/records.ts'
import type { Decision, Left } from './decision.ts'
import { drains, whyNotDetach } from './detaching.ts'
import {
  endedAs,
  type GreenEnding,
  isNamed,
  isSomebodyElses,
  nothingRecorded,
  present,
  releaseUnlessUnderWay,
} from './ending.ts'
import type { SeenAs } from './seen.ts'
import { settleGreen } from './settle.ts'
import { foreignKeys, untagging } from './tagging.ts'

/**
 * Ends a deployment that has failed or was stopped: release, detach what Greenlight attached where that is safe, forget.
 * A green that the deployment group names all the same serves users: it is settled instead.
 */
export const undo = (seen: SeenAs<'undo' | 'endAndWatch'>, now: number): Decision => {
  const { greens, deployment } = seen
  const how = greens.some((green) => isNamed(seen, green))
    ? 'its deployment group names green, which was settled'
    : 'undone'
  return (
    nothingRecorded(seen) ??
    endedAs(
      greens.map((green) => (isNamed(seen, green) ? settleGreen(green, seen, now) : undoGreen(green, seen))),
      `deployment ${deployment.id} is ${deployment.status}: ${how}`,
    )
  )
}

const undoGreen = (green: AutoScalingGroup, seen: SeenAs<'undo' | 'endAndWatch'>): GreenEnding => {
  const { ending, health, deployment } = seen
  const { id } = deployment
  const { resume, keys } = releaseUnlessUnderWay(green, ending)
  const records = attachedFor(green.records, id)
  const judged = records.map((name) => ({
    name,
    arn: green.attachedAsTargetGroups.find((arn) => targetGroupName(arn) === name),
    why: whyNotDetach(name, green, seen),
  }))
  const detachments = judged.flatMap(({ name, arn, why }): readonly Change[] =>
    arn !== undefined && why === undefined
      ? [{ call: 'autoscaling:DetachLoadBalancerTargetGroups', green: green.name, targetGroups: [{ name, arn }] }]
      : [],
  )
  const left = judged.flatMap(({ name, arn, why }): readonly Left[] =>
    arn !== undefined && why !== undefined
      ? [{ kind: 'attached', reason: `${name} is left attached to ${green.name}: ${why}` }]
      : [],
  )
  const gone = judged.filter(({ arn }) => arn === undefined).map(({ name }) => name)
  const draining = gone.filter((name) => drains(name, green, health))
  const drained = gone.filter((name) => !draining.includes(name))
  const isLast = drained.length === records.length && !isSomebodyElses(green, id, ending)
  const forgets = [
    ...keys.filter((key) => key === heldKey),
    ...foreignKeys(green, id, new Set(ending.underWay)),
    ...drained.map(attachedKey),
    ...(isLast ? [recordKey] : []),
  ]
  return {
    changes: [...resume, ...detachments, ...untagging(green, present(green, forgets))],
    draining: draining.map((name) => `${green.name} is draining in ${name}`),
    left,
  }
}
