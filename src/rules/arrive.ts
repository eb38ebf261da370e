import { missingFrom } from '../model/autoScalingGroup.ts'
import { listed } from '../sentences.ts'
import { attachAndRelease, attachable } from './attaching.ts'
import { changed, type Rule } from './decision.ts'
import { mayRelease } from './holding.ts'

/**
 * Attaches once CodeDeploy has moved the traffic, and releases once blue is out: hours before the end, with a long termination
 * wait.
 */
export const arrive: Rule<'arrive'> = ({ goal, greens, targetGroups, deployment, arrival }, now) => {
  const able = attachable(goal.wanted, targetGroups)
  const changes = greens.flatMap((green) => attachAndRelease(green, able, targetGroups, deployment.id, now, arrival))
  const left = greens.flatMap((green) =>
    missingFrom(green, goal.wanted, targetGroups).map((name) => ({
      kind: 'missing' as const,
      reason: `${green.name} is without ${name}, which is no target group of type instance`,
    })),
  )
  const isHeld = greens.some((green) => green.records.held !== undefined && !mayRelease(green, arrival))
  const held = isHeld ? ', which is held until blue is out of the load balancer' : ''
  return changed(changes, `traffic has arrived at ${listed(goal.greens)}${held}`, left)
}
