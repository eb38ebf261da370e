import { unsaid } from '../oracles/neverSilent.ts'
import { harms } from '../oracles/neverWorse.ts'
import { endsElsewhere } from '../oracles/repeatable.ts'
import { isRead } from '../oracles/request.ts'
import type { Kind } from './faultKinds.ts'
import { functionSeconds, type Played } from './playScenario.ts'

const whoIsRegistered = 'elasticloadbalancing:DescribeTargetHealth'

/**
 * What a scenario breaks of the promises, in sentences; none if it keeps them all.
 *
 * @param faultless the same scenario without a fault
 * @param action what the fault struck
 */
export const brokenPromises = (played: Played, faultless: Played, action: string, kind: Kind): readonly string[] => {
  const { runs, verdicts, log, metric, scenario } = played
  const hasFailed = runs.some(({ error }) => error !== undefined)
  const elsewhere = endsElsewhere(played.end, faultless.end, isForgotten(played))
  // Only CodeDeploy can tell how the deployment is, and only the load balancer who is registered to be tested. What they tell
  // wrongly was not refused.
  const isMisled =
    !kind.isSeen && (action.startsWith('codedeploy:') || (scenario.isTested && action === whoIsRegistered))
  const silences = unsaid({
    ...{ log, metric, verdicts },
    failed: kind.isSeen ? action : undefined,
    isLeft: hasFailed || (!isMisled && !mayComeTooLate(played, action, kind) && elsewhere.length > 0),
    hasFailedUnheard: hasFailed && scenario.door !== 'call',
  })
  return [
    ...played.broken,
    ...(runs.length === 0 ? ['Answered: nothing was run'] : []),
    ...(runs.some(({ seconds }) => seconds >= functionSeconds) ? ['Answered: a run took too long'] : []),
    ...(scenario.door === 'hook' && verdicts.length === 0 && faultless.verdicts.length > 0 && !hasFailed
      ? ['Answered: no verdict was accepted']
      : []),
    ...harms(played, faultless).map((why) => `Never worse: ${why}`),
    ...silences.map((why) => `Never silent: ${why}`),
    ...(passes(played, action, kind) ? elsewhere.map((why) => `Repeatable: ${why}`) : []),
  ]
}

/** Whether deployment and green ended as they do without a fault. */
export const endsAs = (played: Played, faultless: Played): boolean =>
  endsElsewhere(played.end, faultless.end, isForgotten(played)).length === 0

/** Whether everything has to end as if nothing had gone wrong. */
const passes = (played: Played, action: string, kind: Kind): boolean => {
  const { door, mode } = played.scenario
  // A bypass answers within ten seconds, though it may not have released a hold by then.
  const isBypass = mode === 'observe' && (door === 'hook' || door === 'call')
  return kind.passes && !isBypass && !mayComeTooLate(played, action, kind)
}

/**
 * A change that AWS carries out after the deployment is over, and Greenlight has cleared up, is left to a sweep. What was tested is
 * attached at the end.
 */
const mayComeTooLate = ({ scenario: { outcome, isTested } }: Played, action: string, kind: Kind): boolean =>
  kind.fault.kind === 'latency' && (outcome === 'stop' || isTested) && !isRead(action)

/** A hook or a call need not wait until all is forgotten: CodeDeploy's notification of the end sees to it. */
const isForgotten = ({ scenario: { door } }: Played): boolean => door !== 'call' && door !== 'hook'
