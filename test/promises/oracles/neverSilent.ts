/** A line of the log, parsed. */
export type Line = Readonly<Record<string, unknown>>

/** Never silent: every line says what it is about, and every warning why. */
export const unclear = (line: Line): string | undefined => {
  if (!hasIds(line)) return `a line has no ids: ${JSON.stringify(line)}`
  return isLoud(line) && reasonIn(line) === '' ? `a line gives no reason: ${JSON.stringify(line)}` : undefined
}

/** What has gone wrong, and what was said and counted about it. */
type Wrong = {
  readonly log: readonly Line[]
  /** The sum of a metric. */
  readonly metric: (name: string) => number
  /** An action that failed, as far as Greenlight can know. */
  readonly failed?: string | undefined
  /** Whether anything was left undone. */
  readonly isLeft: boolean
  /** Whether a run failed that no caller waits for. */
  readonly hasFailedUnheard: boolean
  readonly verdicts: readonly string[]
}

/** Never silent: what was refused, left undone or answered with `Failed` is a line of the log, and is counted. */
export const unsaid = ({ log, metric, failed, isLeft, hasFailedUnheard, verdicts }: Wrong): readonly string[] => {
  const loud = log.filter(isLoud)
  const counted = metric('Refused') + metric('FailedVerdicts') + metric('LeftAttached') + metric('Bypassed')
  const isNamed = loud.some((line) => JSON.stringify(line).includes(failed ?? ''))
  return [
    ...(failed !== undefined && !isNamed ? [`${failed} failed, and no line says so`] : []),
    ...(isLeft && loud.length === 0 ? ['something was left undone, and no line says so'] : []),
    ...(isLeft && counted === 0 ? ['something was left undone, and was not counted'] : []),
    ...(verdicts.includes('Failed') && metric('FailedVerdicts') === 0 ? ['a verdict Failed was not counted'] : []),
    ...(hasFailedUnheard && metric('Refused') === 0 ? ['a run failed, and was not counted'] : []),
  ]
}

const isLoud = ({ level }: Line): boolean => level === 'WARN' || level === 'ERROR'

/** A sweep is about every deployment, and a message that names none is ignored. */
const hasIds = ({ invocation, deploymentId, message }: Line): boolean =>
  invocation === 'schedule' ||
  (typeof invocation === 'string' && (typeof deploymentId === 'string' || message === 'Ignored'))

const reasonIn = ({ reason, error, command, call, notHandled, status }: Line): string =>
  String(reason ?? messageOf(error) ?? command ?? call ?? notHandled ?? status ?? '')

const messageOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined
