import { missingFrom } from '../model/autoScalingGroup.ts'
import { listed } from '../sentences.ts'
import { attachAndRelease, attachable } from './attaching.ts'
import { changed, type Rule } from './decision.ts'

/** Attaches and releases once CodeDeploy has moved the traffic: hours before the end, with a long termination wait. */
export const arrive: Rule<'arrive'> = ({ goal, greens, targetGroups, deployment }, now) => {
  const able = attachable(goal.wanted, targetGroups)
  const changes = greens.flatMap((green) => attachAndRelease(green, able, targetGroups, deployment.id, now))
  const left = greens.flatMap((green) =>
    missingFrom(green, goal.wanted, targetGroups).map((name) => ({
      kind: 'missing' as const,
      reason: `${green.name} is without ${name}, which is no target group of type instance`,
    })),
  )
  return changed(changes, `traffic has arrived at ${listed(goal.greens)}`, left)
}
