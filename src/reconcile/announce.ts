import type { Deployment } from '../model/deployment.ts'
import type { Notice } from '../model/notice.ts'
import { isRefused } from '../model/refused.ts'
import { expectsVerdict } from '../model/trigger.ts'
import { releaseHold } from '../rules/holding.ts'
import { decide } from '../rules/rules.ts'
import type { Seen } from '../rules/seen.ts'
import { triggerOf } from './early.ts'
import { observesForMs } from './look.ts'
import type { Memory } from './memory.ts'
import { conclude, lookAgain, type Move, waitFor } from './move.ts'
import { sendable } from './sending.ts'

type Observed = Extract<Seen, { row: 'observed' | 'choiceOnly' }>

/** Mode `observe`: announces the move instead of making it, and releases a hold of Greenlight's own. */
export const announce = (seen: Observed, memory: Memory, now: number): Move => {
  const isAnswered = expectsVerdict(triggerOf(memory.task))
  const notices = announcements(seen, memory, now)
  const end = (more: readonly Notice[] = []): Move =>
    conclude(
      isAnswered ? 'Succeeded' : undefined,
      `Bypassed: greenlight is in mode observe and changes nothing on deployment ${seen.deployment.id}`,
      [...notices, ...more],
    )
  if (seen.row === 'choiceOnly') return end()
  const changes = seen.greens.flatMap((green) => (green.isBeingDeleted ? [] : releaseHold(green, now)))
  if (changes.length === 0) return end()
  const passingForMs = isAnswered ? observesForMs : seen.would.settings.healthTimeoutSeconds * 1000
  const release = sendable(changes, memory, now, { passingForMs, goesOn: false })
  switch (release.kind) {
    case 'send':
      return { ...lookAgain, changes: release.changes.slice(0, 1), notices }
    case 'wait':
      return { ...waitFor('change', release.reason), notices }
    case 'refused': {
      const { reason } = release
      return isAnswered ? end([{ kind: 'couldNotLook', reason }]) : { kind: 'fail', reason, notices }
    }
  }
}

const announcements = (seen: Observed, memory: Memory, now: number): readonly Notice[] => {
  if (memory.told.includes('bypassed')) return []
  return [{ kind: 'bypassed', readyDeployment: readyDeployment(seen.deployment) }, ...instead(seen, now)]
}

/** What Greenlight would do in mode `gate`, on what the first look shows. */
const instead = (seen: Observed, now: number): readonly Notice[] => {
  if (seen.row === 'choiceOnly') {
    const { goal } = seen.choice
    return [
      ...(isRefused(goal) ? [{ kind: 'wouldRefuse' as const, reason: goal.refusal }] : []),
      ...(seen.couldNotLook === undefined ? [] : [{ kind: 'couldNotLook' as const, reason: seen.couldNotLook }]),
    ]
  }
  const decision = decide(seen.would, now)
  if (decision.decision === 'refuse' || decision.decision === 'cannotProve')
    return [{ kind: 'wouldRefuse', reason: decision.reason }]
  return decision.decision === 'change' ? decision.changes.map((change) => ({ kind: 'wouldChange', change })) : []
}

const readyDeployment = ({ id, status, waitMinutes }: Deployment) =>
  status === 'Ready' ? { id, waitMinutes } : undefined
