import type { Ids, Log } from '../log.ts'
import type { Meter } from '../meter.ts'
import type { Asked } from '../rules/decide.ts'
import { type Conclusion, counted, reasonOf, type Verdict } from '../wording.ts'
import { divide, OutOfTime, within } from './deadline.ts'
import { type Call, type Hook, type Notification, readInvocation } from './invocation.ts'

/** What a call gets, and what a hook's own log shows. */
export type Answer = Verdict & { readonly deploymentId: string | undefined }

/** What an invocation allows: of the work, or of the report. */
export type Allowance = {
  readonly signal: AbortSignal
  readonly requestMs: number
  readonly sleep: (ms: number) => Promise<void>
}

export type Doors = {
  /** What Lambda still gives this invocation, in milliseconds. */
  readonly remainingMs: () => number
  readonly log: (ids: Ids) => Log
  /** A meter for each deployment. */
  readonly meter: () => Meter
  /** Does what is to be done about a deployment, and comes to a conclusion; tells meanwhile what it waits for. */
  readonly conclude: (
    deploymentId: string,
    asked: Asked,
    allowance: Allowance,
    log: Log,
    meter: Meter,
    waitingFor: (reason: string) => void,
  ) => Promise<Conclusion>
  /** @returns whether this report was the one that counted */
  readonly report: (
    hook: Hook,
    status: 'Succeeded' | 'Failed',
    allowance: Allowance,
    log: Log,
    waitingFor: (reason: string) => void,
  ) => Promise<boolean>
}

/**
 * The promise to answer (design 3, P1): every hook ends in exactly one reported verdict, in time, whatever happens to
 * the work; a call gets the same as return value. A notification is answered with nothing.
 *
 * @throws Error for an event of no known shape, where the report itself fails, and where a notification could not be
 *   handled: all of them must fail the invocation
 */
export const answer = async (event: unknown, doors: Doors): Promise<Answer | undefined> => {
  const time = divide(doors.remainingMs())
  const invocation = readInvocation(event)
  if (invocation.kind === 'notification') return void (await heed(invocation, time, doors))

  const { deploymentId, kind } = invocation
  const log = doors.log({ deploymentId, invocation: kind })
  const meter = doors.meter()

  const concluded = await conclude(invocation, time, doors, log, meter)
  tell(concluded, kind, log, meter)

  if (invocation.kind === 'hook') {
    let status: 'Succeeded' | 'Failed' = 'Failed'
    if (concluded.verdict === 'Succeeded') status = 'Succeeded'
    const isCounted = await report(invocation, status, time.requestMs, doors, log, meter)
    if (isCounted && status === 'Failed') await clearUp(invocation, time.requestMs, doors, log, meter)
  }
  return { ...concluded, deploymentId }
}

const tell = ({ verdict, reason }: Verdict, asked: Asked, log: Log, meter: Meter): void => {
  meter.verdict(asked, verdict)
  if (verdict === 'Failed') log.error('Verdict', { verdict, reason })
  else log.info('Verdict', { verdict, reason })
}

/**
 * Handles each deployment of a notification on its own, so that none loses the others; each once.
 *
 * @throws Error where any could not be handled, so that AWS tries again (F37)
 */
const heed = async (
  { notices }: Notification,
  { workMs, requestMs }: ReturnType<typeof divide>,
  doors: Doors,
): Promise<void> => {
  for (const notice of notices) {
    if ('refusal' in notice) {
      doors.log({ deploymentId: undefined, invocation: 'notification' }).warn('Ignored', { reason: notice.refusal })
      doors.meter().refused('event')
    }
  }
  const ids = [...new Set(notices.flatMap((notice) => ('deploymentId' in notice ? notice.deploymentId : [])))]
  const handled = await Promise.allSettled(ids.map((id) => heedOne(id, workMs, requestMs, doors)))
  const failures = handled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  if (failures.length === 0) return
  const message = `${failures.length} of ${counted(ids.length, 'deployment')} could not be handled: ${reasonOf(failures[0])}`
  throw new Error(message, { cause: failures[0] })
}

const heedOne = async (deploymentId: string, ms: number, requestMs: number, doors: Doors): Promise<void> => {
  const asked = 'notification'
  const log = doors.log({ deploymentId, invocation: asked })
  const meter = doors.meter()
  let waitingFor = 'AWS had not answered yet'
  try {
    const { verdict, reason } = await within(ms, ({ signal, sleep }) =>
      doors.conclude(deploymentId, asked, { signal, sleep, requestMs }, log, meter, (next) => {
        waitingFor = next
      }),
    )
    if (verdict === undefined) log.debug('Done', { reason })
    else tell({ verdict, reason }, asked, log, meter)
  } catch (thrown) {
    const error = thrown instanceof OutOfTime ? outOfTime(ms, waitingFor) : thrown
    log.error('Could not handle a notification', { error, reason: reasonOf(error) })
    meter.refused('aws')
    throw error
  }
}

/** A verdict on every path: a refusal, an error and the end of the time are `Failed`, each with its reason. */
const conclude = async (
  invocation: Hook | Call,
  { workMs, requestMs }: ReturnType<typeof divide>,
  doors: Doors,
  log: Log,
  meter: Meter,
): Promise<Verdict> => {
  const { deploymentId, refusal, kind } = invocation
  if (refusal !== undefined || deploymentId === undefined) {
    meter.refused('event')
    return { verdict: 'Failed', reason: refusal ?? 'the event has no DeploymentId' }
  }
  const waitMs = invocation.kind === 'call' ? invocation.waitSeconds * 1000 : Number.POSITIVE_INFINITY
  let waitingFor = 'AWS had not answered yet'
  try {
    const { verdict = 'Failed', reason } = await within(Math.min(workMs, waitMs), ({ signal, sleep }) =>
      doors.conclude(deploymentId, kind, { signal, sleep, requestMs }, log, meter, (next) => {
        waitingFor = next
      }),
    )
    return { verdict, reason }
  } catch (error) {
    if (!(error instanceof OutOfTime)) {
      log.error('Could not gate', { error })
      meter.refused('aws')
      return { verdict: 'Failed', reason: reasonOf(error) }
    }
    if (waitMs <= workMs) return { verdict: 'Pending', reason: waitingFor }
    return { verdict: 'Failed', reason: reasonOf(outOfTime(workMs, waitingFor)) }
  }
}

/** Left over for Lambda to carry the error out, when the report got no answer either. */
const lastMomentMs = 1_000

/** @throws Error in AWS's own words, where the verdict could not be reported: the invocation fails with it (design 3, P1) */
const report = async (
  hook: Hook,
  status: 'Succeeded' | 'Failed',
  requestMs: number,
  doors: Doors,
  log: Log,
  meter: Meter,
): Promise<boolean> => {
  const ms = untilLastMoment(doors)
  let waitingFor = 'AWS had not answered yet'
  try {
    const isCounted = await within(ms, ({ signal, sleep }) =>
      doors.report(hook, status, { signal, sleep, requestMs }, log, (next) => {
        waitingFor = next
      }),
    )
    if (isCounted) log.info('Reported', { status })
    else log.warn('Had been reported before', { status })
    return isCounted
  } catch (thrown) {
    const error = thrown instanceof OutOfTime ? outOfTime(ms, waitingFor) : thrown
    log.error('Could not report', { status, error, reason: reasonOf(error) })
    meter.refused('aws')
    throw error
  }
}

const outOfTime = (ms: number, waitingFor: string): OutOfTime =>
  new OutOfTime(`out of time after ${Math.round(ms / 1000)} s: ${waitingFor}`)

/**
 * A `Failed` hook ends the whole deployment: verdict first, then what was attached is undone. The hook has its answer;
 * if the time does not suffice, CodeDeploy's notification of the end does the rest.
 */
const clearUp = async (
  { deploymentId, refusal }: Hook,
  requestMs: number,
  doors: Doors,
  log: Log,
  meter: Meter,
): Promise<void> => {
  if (deploymentId === undefined || refusal !== undefined) return
  try {
    await within(untilLastMoment(doors), ({ signal, sleep }) =>
      doors.conclude(deploymentId, 'aftermath', { signal, sleep, requestMs }, log, meter, () => {}),
    )
  } catch (error) {
    log.warn('Left to the notification of the end', { reason: reasonOf(error) })
  }
}

const untilLastMoment = (doors: Doors): number => {
  const remainingMs = doors.remainingMs()
  return Math.max(remainingMs - lastMomentMs, remainingMs / 2)
}
