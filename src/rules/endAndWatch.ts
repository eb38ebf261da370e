import { isHealthy } from '../model/targetGroup.ts'
import type { Rule } from './decision.ts'
import type { SeenAs } from './seen.ts'
import { settle } from './settle.ts'
import { undo } from './undo.ts'

/**
 * Ends a deployment as `settle` or `undo` does, long after it was over, and then watches: `nextMove` compares what the load
 * balancer finds healthy with what it found before.
 */
export const endAndWatch: Rule<'endAndWatch'> = (seen, now) => {
  const ended = seen.deployment.status === 'Succeeded' ? settle(seen, now) : undo(seen, now)
  if (ended.decision !== 'done') return ended
  return { decision: 'watch', reason: ended.reason, left: ended.left, healthy: healthyTargets(seen) }
}

/** How many targets the load balancer finds healthy, by name of target group, on whatever instance. */
export const healthyTargets = ({ goal, health }: SeenAs<'endAndWatch'>): Readonly<Record<string, number>> =>
  Object.fromEntries(goal.wanted.map((name) => [name, (health.get(name) ?? []).filter(isHealthy).length]))
