import type { Kind } from './kinds.ts'
import { functionSeconds, type Story } from './story.ts'

const report = 'codedeploy:PutLifecycleEventHookExecutionStatus'

/**
 * What a story breaks of the promises (design 3), in sentences; none, if it keeps them all.
 *
 * @param faultless the same scene without a fault
 * @param action what was struck
 */
export const broken = (story: Story, faultless: Story, action: string, kind: Kind): readonly string[] => [
  ...answered(story, faultless, action).map((why) => `P1 ${why}`),
  // P2 and P4 were looked at when it happened.
  ...story.breaches,
  ...(story.usersFailed > faultless.usersFailed ? [`P4 users lost ${story.usersFailed} requests`] : []),
  ...(same(story.end.blue, faultless.end.blue) || story.end.status !== faultless.end.status
    ? []
    : ['P4 blue was changed']),
  ...silent(story, faultless, action, kind).map((why) => `P7 ${why}`),
  ...(passes(story, action, kind) && !endsAs(story, faultless)
    ? [`does not end as without the fault: ${JSON.stringify(story.end)}, not ${JSON.stringify(faultless.end)}`]
    : []),
]

/** Whether everything has to end as if nothing had gone wrong. */
const passes = ({ scene: { door, mode, outcome } }: Story, action: string, kind: Kind): boolean => {
  // A bypass lets whoever asks pass within ten seconds, though it may not have released a hold by then.
  const isBypass = mode === 'observe' && (door === 'hook' || door === 'call')
  // What AWS carries out after somebody has stopped the deployment, and Greenlight has cleared up, is a sweep's to find.
  const mayComeTooLate = kind.fault.kind === 'latency' && outcome === 'stop' && !isRead(action)
  return kind.passes && !isBypass && !mayComeTooLate
}

/** Whether deployment and green ended as they do without a fault. */
export const endsAs = ({ scene, end }: Story, { end: other }: Story): boolean =>
  end.status === other.status &&
  same(end.green.attached, other.green.attached) &&
  same(end.green.held, other.green.held) &&
  // Whoever asks need not wait until all is forgotten: CodeDeploy's notification of the end sees to it.
  (scene.door === 'call' || scene.door === 'hook' || same(end.green.records, other.green.records))

/** Whether an action changes nothing. */
export const isRead = (action: string): boolean => /:(Get|List|Describe|BatchGet)/.test(action)

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/**
 * P1: no run is ended by Lambda. A hook has exactly one accepted verdict, or every run fails with the error of the report;
 * a call has its answer; a notification is handled, or fails.
 */
const answered = ({ scene, runs, timedOut, verdicts }: Story, faultless: Story, action: string): readonly string[] => {
  const late = timedOut > 0 || runs.some(({ seconds }) => seconds >= functionSeconds) ? ['Lambda ended a run'] : []
  const errors = runs.flatMap(({ error }) => error ?? [])
  switch (scene.door) {
    case 'hook': {
      const isReportLost = action === report && errors.length > 0 && errors.every((error) => error.includes(report))
      // Where somebody stopped the deployment, CodeDeploy waits for no verdict any more.
      const isOver = faultless.verdicts.length === 0
      const most = verdicts.length > 1 ? [`${verdicts.length} verdicts were accepted`] : []
      const none = verdicts.length === 0 && !isReportLost && !isOver ? ['no verdict was accepted'] : []
      const threw = errors.length > 0 && !isReportLost ? [`a run failed: ${errors[0]}`] : []
      return [...late, ...most, ...none, ...threw]
    }
    case 'call':
      return verdicts.length === 1 ? late : [...late, `the call got no verdict: ${errors[0]}`]
    default:
      return runs.length === 0 ? ['nothing was run'] : late
  }
}

/** P7: every line has ids and a reason, and what was refused or left undone is such a line, and a metric. */
const silent = (story: Story, faultless: Story, action: string, { isSeen }: Kind): readonly string[] => {
  const { log, runs, scene, metric, verdicts } = story
  const loud = log.filter(({ level }) => level === 'WARN' || level === 'ERROR')
  const without = log.find((line) => !hasIds(line))
  const reasonless = loud.find((line) => reasonIn(line) === '')
  const failures = runs.filter(({ error }) => error !== undefined).length
  const counted = metric('Refused') + metric('FailedVerdicts') + metric('LeftAttached') + metric('Bypassed')
  // How the deployment stands CodeDeploy alone can tell; what it tells wrongly is nothing that was refused.
  const isMisled = action.startsWith('codedeploy:') && !isSeen
  const isLeft = failures > 0 || (!isMisled && !endsAs(story, faultless))
  return [
    ...(without === undefined ? [] : [`a line has no ids: ${JSON.stringify(without)}`]),
    ...(reasonless === undefined ? [] : [`a line gives no reason: ${JSON.stringify(reasonless)}`]),
    ...(isSeen && !loud.some((line) => JSON.stringify(line).includes(action))
      ? [`${action} failed, and no line says so`]
      : []),
    ...(isLeft && loud.length === 0
      ? [`something was left undone, and no line says so: ${JSON.stringify(story.end)}`]
      : []),
    ...(isLeft && counted === 0 ? ['something was left undone, and was not counted'] : []),
    ...(verdicts.includes('Failed') && metric('FailedVerdicts') === 0 ? ['a verdict Failed was not counted'] : []),
    ...(failures > 0 && scene.door !== 'call' && metric('Refused') === 0 ? ['a run failed, and was not counted'] : []),
  ]
}

type Line = Readonly<Record<string, unknown>>

/** A message of SNS that tries a trigger (F36) is about no deployment. */
const hasIds = (line: Line): boolean =>
  typeof line['invocation'] === 'string' && (typeof line['deploymentId'] === 'string' || line['message'] === 'Ignored')

const reasonIn = ({ reason, error, command, call, notHandled, status }: Line): string =>
  String(reason ?? messageOf(error) ?? command ?? call ?? notHandled ?? status ?? '')

const messageOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined
