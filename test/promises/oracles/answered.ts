import type { Call, Simulator } from '../../../simulator/simulate.ts'
import type { Run } from '../../deployments/runs.ts'

const report = 'codedeploy:PutLifecycleEventHookExecutionStatus'

/**
 * Answered: judges how all runs have ended. Lambda ends none of them; a call has its answer; a hook has exactly one
 * verdict that CodeDeploy accepted, or its runs fail because the report was refused. A run that somebody killed is not
 * judged.
 */
export const unanswered = (
  { world, calls }: Pick<Simulator, 'world' | 'calls'>,
  runs: readonly Run[],
): readonly string[] => {
  const cut = world.invocations.flatMap(({ outcome, event }) =>
    outcome === 'timedOut' ? [`Lambda ended a run: ${JSON.stringify(event)}`] : [],
  )
  return [...cut, ...unansweredCalls(runs), ...unansweredHooks({ world, calls }, runs)]
}

/** Runs that are still going on when everything is over. */
export const endless = ({ world }: Pick<Simulator, 'world'>): readonly string[] =>
  world.invocations.flatMap(({ outcome, event }) =>
    outcome === 'running' ? [`a run never ends: ${JSON.stringify(event)}`] : [],
  )

const unansweredCalls = (runs: readonly Run[]): readonly string[] =>
  runs.flatMap(({ event, ended, isDead }) => {
    const { id, hook } = read(event)
    if (id === undefined || hook !== undefined || isDead || ended === undefined) return []
    if ('error' in ended) return [`a call about ${id} got no verdict: ${ended.error}`]
    const { verdict, reason } = read(ended.answer)
    const isVerdict = ['Succeeded', 'Failed', 'Pending'].includes(verdict ?? '') && (reason ?? '') !== ''
    return isVerdict ? [] : [`a call about ${id} got no verdict: ${JSON.stringify(ended.answer)}`]
  })

const unansweredHooks = (
  { world, calls }: Pick<Simulator, 'world' | 'calls'>,
  runs: readonly Run[],
): readonly string[] => {
  const hooks = new Set(runs.flatMap(({ event }) => read(event).hook ?? []))
  return [...hooks].flatMap((hook) => {
    const own = runs.filter(({ event, ended }) => read(event).hook === hook && ended !== undefined)
    const isOf = ({ action, input, outcome }: Call) =>
      action === report && outcome === 'ok' && input['lifecycleEventHookExecutionId'] === hook
    const accepted = calls.filter(isOf).length
    const errors = own.flatMap(({ ended, isDead }) => (ended && 'error' in ended && !isDead ? [ended.error] : []))
    const isReportRefused = errors.length > 0 && errors.every((error) => error.includes(report))
    const status = world.deployments.get(read(own[0]?.event).id ?? '')?.status
    // CodeDeploy waits for no verdict of a stopped deployment, and a killed run can give none.
    const isExcused = isReportRefused || status === undefined || status === 'Stopped' || own.some((run) => run.isDead)
    return [
      ...(accepted > 1 ? [`CodeDeploy accepted ${accepted} verdicts of ${hook}`] : []),
      ...(accepted === 0 && own.length > 0 && !isExcused ? [`CodeDeploy accepted no verdict of ${hook}`] : []),
      ...(errors.length > 0 && !isReportRefused ? [`a hook's run failed: ${errors[0]}`] : []),
    ]
  })
}

/** What an event or an answer holds, where it is text. */
const read = (value: unknown) => {
  const { DeploymentId: id, LifecycleEventHookExecutionId: hook, verdict, reason } = Object(value)
  return { id: textOf(id), hook: textOf(hook), verdict: textOf(verdict), reason: textOf(reason) }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
