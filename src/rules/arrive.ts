import { missingFrom } from '../model/autoScalingGroup.ts'
import { listed } from '../sentences.ts'
import { attachAndRelease, attachable } from './attaching.ts'
import { changed, type Left, type Rule } from './decision.ts'
import { lasting } from './ending.ts'
import { mayRelease } from './holding.ts'
import { strangersOf, whyNotBeside } from './unproven.ts'

/**
 * Attaches once CodeDeploy has moved the traffic, and releases once blue is out: hours before the end, with a long termination
 * wait.
 */
export const arrive: Rule<'arrive'> = (seen, now) => {
  const { goal, targetGroups, progress, arrival } = seen
  const greens = lasting(seen.greens)
  const able = attachable(goal.wanted, targetGroups)
  const changes = greens.flatMap((green) => {
    const isAlone = strangersOf(green, progress).length === 0
    return attachAndRelease(green, able, isAlone, seen, now)
  })
  const left = greens.flatMap((green): readonly Left[] => {
    const missing = missingFrom(green, goal.wanted, targetGroups)
    const withheld = missing.filter((name) => able.includes(name))
    const unusable = missing.filter((name) => !able.includes(name))
    const strangers = strangersOf(green, progress)
    return [
      ...unusable.map((name) => `${green.name} is without ${name}, which is no target group of type instance`),
      ...(withheld.length > 0 && strangers.length > 0 ? [whyNotBeside(green, withheld, strangers)] : []),
    ].map((reason) => ({ kind: 'missing', reason }))
  })
  const isHeld = greens.some((green) => green.records.held !== undefined && !mayRelease(green, arrival))
  const held = isHeld ? ', which is held until blue is out of the load balancer' : ''
  return changed(changes, `traffic has arrived at ${listed(goal.greens)}${held}`, left)
}
