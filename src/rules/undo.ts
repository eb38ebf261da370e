import { type AutoScalingGroup, targetGroupName } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { attachedFor, attachedKey } from '../model/records.ts'
import type { Decision, Left } from './decision.ts'
import { drains, whyNotDetach } from './detaching.ts'
import {
  endedAs,
  type GreenEnding,
  isNamed,
  isSomebodyElses,
  nothingRecorded,
  releaseUnlessUnderWay,
} from './ending.ts'
import { mayShowYet } from './holding.ts'
import type { SeenAs } from './seen.ts'
import { settleGreen } from './settle.ts'
import { foreignKeys, forgetting } from './tagging.ts'

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
      greens.map((green) => (isNamed(seen, green) ? settleGreen(green, seen, now) : undoGreen(green, seen, now))),
      `deployment ${deployment.id} is ${deployment.status}: ${how}`,
    )
  )
}

const undoGreen = (green: AutoScalingGroup, seen: SeenAs<'undo' | 'endAndWatch'>, now: number): GreenEnding => {
  const { ending, health, deployment } = seen
  const { id } = deployment
  const release = releaseUnlessUnderWay(green, ending, now)
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
  const fresh = [...green.records.attached].flatMap(([name, note]) =>
    gone.includes(name) && mayShowYet(note, now) ? [name] : [],
  )
  const detached = gone.filter((name) => !draining.includes(name) && !fresh.includes(name))
  const forgotten = [...release.keys, ...foreignKeys(green, id, new Set(ending.underWay)), ...detached.map(attachedKey)]
  return {
    changes: [...release.resume, ...detachments, ...forgetting(green, forgotten, isSomebodyElses(green, id, ending))],
    draining: draining.map((name) => `${green.name} is draining in ${name}`),
    awaited: [...release.awaited, ...fresh.map((name) => `${green.name} may not show ${name} yet`)],
    left,
  }
}
