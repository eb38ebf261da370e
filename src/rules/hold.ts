import { listed } from '../sentences.ts'
import { changed, type Rule } from './decision.ts'
import { lasting } from './ending.ts'
import { holdOf } from './holding.ts'
import { tagging } from './tagging.ts'

/**
 * Holds green still while it waits at Ready: an instance that launches there gets no application, and a scale-in makes
 * rerouting fail (F10).
 */
export const hold: Rule<'hold'> = ({ deployment, ...seen }, now) => {
  const greens = lasting(seen.greens)
  const changes = greens.flatMap((green) => {
    const { tags, suspend } = holdOf(green, deployment.id, now)
    return [...tagging(green, tags), ...suspend]
  })
  const names = greens.map(({ name }) => name)
  const isHeld = `${listed(names)} is held until traffic has arrived`
  return changed(changes, names.length > 0 ? isHeld : 'there is no green to hold')
}
