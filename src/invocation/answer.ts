import { type Allowance, type Budget, divide, OutOfTime, within } from '../deadline.ts'
import type { Ids, Log } from '../log.ts'
import type { Meter } from '../meter.ts'
import { isLocal } from '../model/deploymentId.ts'
import type { FunctionArn } from '../model/functionArn.ts'
import type { Trigger } from '../model/trigger.ts'
import type { Conclusion } from '../model/verdict.ts'
import { counted, inSeconds, quoted, reasonOf } from '../sentences.ts'
import { type Call, type Hook, type Notification, readInvocation } from './invocation.ts'
import type { Notice } from './notification.ts'

/** What a call gets as return value, and what the log of a hook shows. */
export type Answer = Conclusion & {
  readonly deploymentId: string | undefined
  /** With `Pending`: after how many seconds to call again; undefined: after the five that the script pauses by itself. */
  readonly retryAfterSeconds?: number
}

/** What ECS gets for a hook of its own deployments: that they go on (F51). */
type EcsAnswer = { readonly hookStatus: 'SUCCEEDED' }

/** How one piece of work is told of. */
export type Telling = {
  readonly log: Log
  readonly meter: Meter
  /** Hears what is being waited for, so that the answer can say it when the time is over. */
  readonly waitingFor: (reason: string) => void
  /** Hears how many instances green has. */
  readonly sized: (instances: number) => void
  /** Hears that a request to AWS has failed and is sent again. */
  readonly failedTry: () => void
}

type Heard = Extract<Notice, { readonly deploymentId: string }>
type Home = Pick<FunctionArn, 'account' | 'region'>
type Subject = {
  readonly deploymentId: string
  readonly trigger: Trigger
  readonly isDryRun: boolean
  /** The id of the instance whose script calls. */
  readonly caller?: string | undefined
}

export type Dependencies = {
  /** What Lambda still gives this invocation, in milliseconds. */
  readonly remainingMs: () => number
  /** Where the function lives: a notification from elsewhere is not about a deployment that it can see. */
  readonly home: () => Home
  readonly log: (ids: Ids) => Log
  /** A meter for each deployment. */
  readonly meter: () => Meter
  /** Does what is to be done about a deployment. */
  readonly conclude: (subject: Subject, allowance: Allowance, telling: Telling) => Promise<Conclusion>
  /** @returns whether this report was the one that counted */
  readonly report: (
    hook: Hook,
    status: 'Succeeded' | 'Failed',
    allowance: Allowance,
    telling: Telling,
  ) => Promise<boolean>
}

/**
 * Answers: every hook ends in exactly one reported verdict, in time, whatever happens to the work; a call gets its verdict
 * as return value. A notification gets no answer.
 *
 * @throws Error for an event of no known shape, where the report itself fails, and where a notification could not be
 *   handled: all of them must fail the invocation
 */
export const answer = async (event: unknown, dependencies: Dependencies): Promise<Answer | EcsAnswer | undefined> => {
  const budget = divide(dependencies.remainingMs())
  const invocation = readInvocation(event)
  if (invocation.kind === 'ecsHook') return letPass(dependencies)
  if (invocation.kind === 'notification') return void (await handleNotification(invocation, budget, dependencies))

  const { deploymentId, kind } = invocation
  const isOfScript =
    invocation.kind === 'call' && invocation.caller !== undefined && Number.isFinite(invocation.waitSeconds)
  const work = workOn(deploymentId, kind, budget, dependencies, isOfScript)
  const conclusion = await concludeInTime(invocation, work)
  // Metrics count what was decided; a dry run decides nothing.
  if (invocation.kind !== 'call' || !invocation.isDryRun) tellVerdict(conclusion, kind, work)

  if (invocation.kind === 'hook') {
    let status: 'Succeeded' | 'Failed' = 'Failed'
    if (conclusion.verdict === 'Succeeded') status = 'Succeeded'
    const isCounted = await report(invocation, status, work)
    if (isCounted && status === 'Failed') await cleanUp(invocation, work)
  }
  // The EC2 script reads these three keys in this order.
  const { verdict, reason, ...rest } = conclusion
  const answered = { verdict, reason, deploymentId, ...rest }
  const seconds = verdict === 'Pending' ? work.pace.seconds() : usualSeconds
  return seconds > usualSeconds ? { ...answered, retryAfterSeconds: seconds } : answered
}

const letPass = ({ log }: Dependencies): EcsAnswer => {
  const reason = "nothing to gate: ECS itself makes this deployment, and Greenlight gates CodeDeploy's deployments"
  log({ deploymentId: undefined, invocation: 'hook' }).info('Passed', { reason })
  return { hookStatus: 'SUCCEEDED' }
}

/** The work about one deployment: it tells what it does, and has only so much time. */
type Work = Dependencies & Budget & Writers & { readonly inTime: ReturnType<typeof timing> }
type Writers = { readonly writers: Pick<Telling, 'log' | 'meter'>; readonly pace: ReturnType<typeof pacing> }

/** So long the EC2 script pauses by itself. */
const usualSeconds = 5
const mostSeconds = 300
/** After so many failed requests a script asks later: each try would take the turn of somebody else. */
const mostFailedTries = 5

/**
 * After how long a script calls again: every instance of a fleet asks, and all deployments share CodeDeploy's limit. So the
 * pause grows with the instances of green, and with what AWS refused this call.
 */
const pacing = (isOfScript: boolean) => {
  let instances = 0
  let failedTries = 0
  return {
    sized: (count: number): void => {
      instances = count
    },
    failedTry: (): void => {
      failedTries += 1
      if (isOfScript && failedTries >= mostFailedTries) throw new OutOfTime('AWS has answered too many others')
    },
    seconds: (): number => Math.min(mostSeconds, (usualSeconds + Math.floor(instances / 4)) * 2 ** failedTries),
  }
}

const workOn = (
  deploymentId: string | undefined,
  trigger: Trigger,
  budget: Budget,
  dependencies: Dependencies,
  isOfScript = false,
): Work => {
  const writers = { log: dependencies.log({ deploymentId, invocation: trigger }), meter: dependencies.meter() }
  const pace = pacing(isOfScript)
  return { ...dependencies, ...budget, writers, pace, inTime: timing(budget, writers, pace) }
}

/**
 * Gives work so many milliseconds.
 *
 * @throws OutOfTime which says what the work was waiting for
 */
const timing =
  ({ requestMs }: Budget, writers: Writers['writers'], { sized, failedTry }: Writers['pace']) =>
  async <T>(ms: number, work: (allowance: Allowance, telling: Telling) => Promise<T>): Promise<T> => {
    let reason = 'AWS had not answered yet'
    const waitingFor = (next: string) => {
      reason = next
    }
    try {
      return await within(ms, (deadline) =>
        work({ ...deadline, requestMs }, { ...writers, waitingFor, sized, failedTry }),
      )
    } catch (error) {
      throw error instanceof OutOfTime ? new OutOfTime(reason) : error
    }
  }

const lateSentence = (ms: number, { message }: OutOfTime): string => `out of time after ${inSeconds(ms)}: ${message}`

const tellVerdict = ({ verdict, reason }: Conclusion, trigger: Trigger, { writers: { log, meter } }: Writers) => {
  if (verdict === undefined) return log.debug('Done', { reason })
  meter.verdict(trigger, verdict)
  if (verdict === 'Failed') log.error('Verdict', { verdict, reason })
  else log.info('Verdict', { verdict, reason })
}

/**
 * Handles each deployment of a notification on its own, so that a failure of one does not lose the others; each once.
 *
 * @throws Error where any could not be handled: AWS invokes the function again (F37)
 */
const handleNotification = async (
  { notices }: Notification,
  budget: Budget,
  dependencies: Dependencies,
): Promise<void> => {
  const { writers } = workOn(undefined, 'notification', budget, dependencies)
  const ids = new Set<string>()
  for (const notice of notices) {
    if ('refusal' in notice) {
      writers.log.warn('Ignored', { reason: notice.refusal })
      writers.meter.refused('event')
      continue
    }
    const ignored = 'unneeded' in notice ? notice.unneeded : whyElsewhere(notice, dependencies.home())
    if (ignored !== undefined) writers.log.debug('Ignored', { reason: ignored })
    else if ('deploymentId' in notice) ids.add(notice.deploymentId)
  }
  const handled = await Promise.allSettled([...ids].map((id) => handleDeployment(id, budget, dependencies)))
  const failures = handled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  if (failures.length === 0) return
  const message = `${failures.length} of ${counted(ids.size, 'deployment')} could not be handled: ${reasonOf(failures[0])}`
  throw new Error(message, { cause: failures[0] })
}

/** What a notification does not say of its origin speaks for no other one. */
const whyElsewhere = ({ deploymentId, account, region }: Heard, home: Home): string | undefined =>
  (account ?? home.account) === home.account && (region ?? home.region) === home.region
    ? undefined
    : `deployment ${deploymentId} is of ${quoted(account)} in ${quoted(region)}, not of ${home.account} in ${home.region}`

const handleDeployment = async (deploymentId: string, budget: Budget, dependencies: Dependencies): Promise<void> => {
  const trigger = 'notification'
  const work = workOn(deploymentId, trigger, budget, dependencies)
  try {
    const subject = { deploymentId, trigger, isDryRun: false } as const
    const conclusion = await work.inTime(work.workMs, (...given) => work.conclude(subject, ...given))
    tellVerdict(conclusion, trigger, work)
  } catch (thrown) {
    throw failed('Could not handle a notification', work.workMs, thrown, work)
  }
}

/** Tells that something failed; gives the error with which the invocation fails. */
const failed = (message: string, ms: number, thrown: unknown, { writers: { log, meter } }: Writers, facts = {}) => {
  const error = thrown instanceof OutOfTime ? new OutOfTime(lateSentence(ms, thrown)) : thrown
  log.error(message, { ...facts, error, reason: reasonOf(error) })
  meter.refused('aws')
  return error
}

/** A verdict on every path: a refusal, an error and the end of the time are `Failed`, each with its reason. */
const concludeInTime = async (invocation: Hook | Call, work: Work): Promise<Conclusion> => {
  const { deploymentId, refusal, kind: trigger } = invocation
  const { workMs, writers } = work
  if (refusal !== undefined || deploymentId === undefined) {
    writers.meter.refused('event')
    return { verdict: 'Failed', reason: refusal ?? 'the event has no DeploymentId' }
  }
  if (isLocal(deploymentId)) {
    return { verdict: 'Succeeded', reason: `nothing to gate: a local deployment, ${deploymentId}` }
  }
  const isDryRun = invocation.kind === 'call' && invocation.isDryRun
  const waitMs = invocation.kind === 'call' ? invocation.waitSeconds * 1000 : Number.POSITIVE_INFINITY
  try {
    const caller = invocation.kind === 'call' ? invocation.caller : undefined
    const subject = { deploymentId, trigger, isDryRun, ...(caller !== undefined && { caller }) }
    const conclusion = await work.inTime(Math.min(workMs, waitMs), (...given) => work.conclude(subject, ...given))
    return { ...conclusion, verdict: conclusion.verdict ?? 'Failed' }
  } catch (error) {
    if (!(error instanceof OutOfTime)) {
      writers.log.error('Could not gate', { error })
      writers.meter.refused('aws')
      return { verdict: 'Failed', reason: reasonOf(error) }
    }
    return waitMs <= workMs
      ? { verdict: 'Pending', reason: error.message }
      : { verdict: 'Failed', reason: lateSentence(workMs, error) }
  }
}

/** Left for Lambda to return the error, where the report got no answer either. */
const lastMomentMs = 1_000

/**
 * @returns whether this report was the one that counted
 * @throws Error in AWS's own words, where the verdict could not be reported: the invocation fails with it
 */
const report = async (hook: Hook, status: 'Succeeded' | 'Failed', work: Work): Promise<boolean> => {
  const ms = untilLastMoment(work)
  try {
    const isCounted = await work.inTime(ms, (...given) => work.report(hook, status, ...given))
    const { log } = work.writers
    if (isCounted) log.info('Reported', { status })
    else log.warn('Had been reported before', { status })
    return isCounted
  } catch (thrown) {
    throw failed('Could not report', ms, thrown, work, { status })
  }
}

/**
 * A `Failed` hook ends the whole deployment: after the verdict, Greenlight undoes what it attached. The hook has its
 * answer; if the time does not suffice, CodeDeploy's notification of the end does the rest.
 */
const cleanUp = async ({ deploymentId, refusal }: Hook, work: Work): Promise<void> => {
  if (deploymentId === undefined || refusal !== undefined) return
  try {
    const subject = { deploymentId, trigger: 'aftermath', isDryRun: false } as const
    await work.inTime(untilLastMoment(work), (...given) => work.conclude(subject, ...given))
  } catch (error) {
    work.writers.log.warn('Left to the notification of the end', { reason: reasonOf(error) })
  }
}

const untilLastMoment = ({ remainingMs }: Dependencies): number => {
  const ms = remainingMs()
  return Math.max(ms - lastMomentMs, ms / 2)
}
