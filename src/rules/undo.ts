import { type AutoScalingGroup, targetGroupName } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import { attachedFor, attachedKey } from '../model/records.ts'
import type { Decision, Left } from './decision.ts'
import { drains, leftAttached, whyNotDetach } from './detaching.ts'
import {
  endedAs,
  type GreenEnding,
  isNamedAlone,
  isSomebodyElses,
  lasting,
  nothingRecorded,
  releaseUnlessUnderWay,
} from './ending.ts'
import { mayShowYet } from './holding.ts'
import type { SeenAs } from './seen.ts'
import { settleGreen } from './settle.ts'
import { forgetting } from './tagging.ts'
import { withdrawalOf } from './testing.ts'

/**
 * Ends a deployment that has failed or was stopped: detach what Greenlight attached where that is safe, wait until it is
 * drained, release, forget. Where anything stays attached, release comes first. A green that the deployment group names all the same serves users: it is settled instead.
 */
export const undo = (seen: SeenAs<'undo' | 'endAndWatch'>, now: number): Decision => {
  const { deployment } = seen
  const greens = lasting(seen.greens)
  const how = greens.some((green) => isNamedAlone(seen, green))
    ? 'its deployment group names green, which was settled'
    : 'undone'
  return (
    nothingRecorded(seen) ??
    endedAs(
      greens.map((green) =>
        isNamedAlone(seen, green) ? settleGreen(green, seen, now) : undoGreen(green, alike(green, seen), now),
      ),
      `deployment ${deployment.id} is ${deployment.status}: ${how}`,
    )
  )
}

/** Where tags name other greens by now, those do not count as the greens of the deployment that has its records here. */
const alike = <S extends SeenAs<'undo' | 'endAndWatch'>>(green: AutoScalingGroup, seen: S): S => {
  const isNamed = ({ name }: AutoScalingGroup) => seen.goal.greens.includes(name)
  return { ...seen, greens: seen.greens.filter((one) => isNamed(one) === isNamed(green)) }
}

const undoGreen = (green: AutoScalingGroup, seen: SeenAs<'undo' | 'endAndWatch'>, now: number): GreenEnding => {
  const { ending, health, deployment } = seen
  const { id } = deployment
  const records = attachedFor(green.records, id)
  const judged = green.attachedAsTargetGroups
    .map((arn) => ({ arn, name: targetGroupName(arn) }))
    .filter(({ name }) => records.includes(name))
    .map((one) => ({ ...one, why: whyNotDetach(one.arn, green, seen) }))
  const detachments = judged.flatMap(({ name, arn, why }): readonly Change[] =>
    why === undefined
      ? [{ call: 'autoscaling:DetachLoadBalancerTargetGroups', green: green.name, targetGroups: [{ name, arn }] }]
      : [],
  )
  const left = judged.flatMap(({ name, why }): readonly Left[] =>
    why === undefined ? [] : [leftAttached(name, green.name, why)],
  )
  const gone = records.filter((name) => !judged.some((one) => one.name === name))
  const draining = gone.filter((name) => drains(name, green, health))
  const fresh = [...green.records.attached].flatMap(([name, note]) =>
    gone.includes(name) && mayShowYet(note, now) ? [name] : [],
  )
  const drained = gone.filter((name) => !draining.includes(name) && !fresh.includes(name))
  const release = releaseUnlessUnderWay(green, ending, now)
  const withdrawal = withdrawalOf(green, seen, now, ending.underWay)
  const forgotten = [...release.keys, ...withdrawal.keys, ...green.records.copied, ...drained.map(attachedKey)]
  const forgets = forgetting(green, forgotten, isSomebodyElses(green, id, ending))
  // What failed stays as it is until it is out of the load balancer, so that somebody can still look at it. Where users
  // depend on green all the same, it scales at once.
  const held = draining.length > 0 ? detachments : [...detachments, ...release.resume, ...forgets]
  const detached = left.length > 0 ? [...release.resume, ...detachments, ...forgets] : held
  return {
    changes: [...withdrawal.deregister, ...detached],
    draining: draining.map((name) => `${green.name} is draining in ${name}`),
    awaited: [
      ...release.awaited,
      ...withdrawal.awaited,
      ...fresh.map((name) => `${green.name} may not show ${name} yet`),
    ],
    left,
  }
}
