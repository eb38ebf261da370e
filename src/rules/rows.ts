import type { Change } from '../model/change.ts'
import type { Deployment } from '../model/deployment.ts'
import { missingFrom } from '../model/green.ts'
import type { Progress } from '../model/progress.ts'
import { listed } from '../wording.ts'
import { type Asked, isTold, type Row } from './decide.ts'
import { holdOf, tagging } from './hold.ts'
import { arriving, judge, type Observation, type Step } from './judge.ts'
import { preflight } from './preflight.ts'
import { settle, undo } from './settle.ts'

/** The row of a deployment InProgress: how far CodeDeploy is decides, whatever the event said. Undefined: nothing to do. */
export const rowOf = ({ step }: Progress): Row | undefined => {
  if (step === 'installing' || step === 'betweenBatches') return 'preflight'
  return step === 'arrived' ? 'arrive' : undefined
}

/** What a row asks for, by what AWS answered. */
export const stepOf = (
  row: Row,
  observation: Observation,
  deployment: Deployment,
  minimumHealthyPercent: number,
  asked: Asked,
): Step => {
  const { aim, greens, targetGroups, end } = observation
  const done = (reason: string): Step => ({ step: 'done', reason, left: [] })
  const changed = (changes: readonly Change[], reason: string): Step =>
    changes.length > 0 ? { step: 'change', changes } : done(reason)
  const { id } = deployment
  switch (row) {
    case 'preflight': {
      const complaints = preflight(aim.wanted, targetGroups, greens)
      if (complaints.length === 0) return done(`nothing stands in the way of deployment ${id} yet`)
      return { step: 'refuse', kind: 'preflight', reason: listed(complaints, 10, '; ') }
    }
    case 'hold': {
      const changes = greens.flatMap((green) => {
        const { tags, suspend } = holdOf(green, id)
        return [...tagging(green, tags), ...suspend]
      })
      const names = greens.map(({ name }) => name)
      return changed(
        changes,
        names.length > 0 ? `${listed(names)} is held until traffic has arrived` : 'there is no green to hold',
      )
    }
    case 'arrive': {
      const able = aim.wanted.filter((name) => targetGroups.get(name)?.TargetType === 'instance')
      const changes = greens.flatMap((green) => arriving(green, able, targetGroups, id))
      if (changes.length > 0) return { step: 'change', changes }
      const left = greens.flatMap((green) =>
        missingFrom(green, aim.wanted).map((name) => ({
          kind: 'missing' as const,
          green: green.name,
          reason: `${green.name} is without ${name}, which is no target group of type instance`,
        })),
      )
      return { step: 'done', reason: `traffic has arrived at ${listed(aim.greens)}`, left }
    }
    case 'settle':
    case 'undo': {
      // Only a hook gates Lambda and ECS: a notification settles or undoes what records say, and nothing else (design 2.1).
      const isRecorded = greens.some(
        ({ records: { record, attached } }) => record === id || [...attached.values()].includes(id),
      )
      if (end === undefined || (deployment.subject.kind === 'tagged' && isTold(asked) && !isRecorded)) {
        return done(`nothing is recorded for deployment ${id}`)
      }
      return row === 'settle'
        ? settle(observation, end, deployment, Date.now())
        : undo(observation, end, deployment, Date.now(), minimumHealthyPercent)
    }
    default:
      return judge(observation, deployment, minimumHealthyPercent)
  }
}
