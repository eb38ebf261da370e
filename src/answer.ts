import { divide, OutOfTime, within } from './deadline.ts'
import { type Hook, type Invocation, readInvocation } from './invocation.ts'
import type { Ids, Log } from './log.ts'
import { reasonOf, type Verdict } from './wording.ts'

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
  /** Comes to a verdict; tells meanwhile what it waits for. */
  readonly conclude: (
    deploymentId: string,
    invocation: Invocation,
    allowance: Allowance,
    log: Log,
    waitingFor: (reason: string) => void,
  ) => Promise<Verdict>
  /** @returns whether this report was the one that counted */
  readonly report: (hook: Hook, status: 'Succeeded' | 'Failed', allowance: Allowance, log: Log) => Promise<boolean>
}

/**
 * The promise to answer (design 3, P1): every hook ends in exactly one reported verdict, in time, whatever happens to
 * the work; a call gets the same as return value.
 *
 * @throws Error for an event of no known shape, and where the report itself fails: both must fail the invocation
 */
export const answer = async (event: unknown, doors: Doors): Promise<Answer> => {
  const time = divide(doors.remainingMs())
  const invocation = readInvocation(event)
  const { deploymentId, kind } = invocation
  const log = doors.log({ deploymentId, invocation: kind })

  const concluded = await conclude(invocation, time, doors, log)
  const facts = { verdict: concluded.verdict, reason: concluded.reason }
  if (concluded.verdict === 'Failed') log.error('Verdict', facts)
  else log.info('Verdict', facts)

  if (invocation.kind === 'hook') {
    let status: 'Succeeded' | 'Failed' = 'Failed'
    if (concluded.verdict === 'Succeeded') status = 'Succeeded'
    await report(invocation, status, time.requestMs, doors, log)
  }
  return { ...concluded, deploymentId }
}

/** A verdict on every path: a refusal, an error and the end of the time are `Failed`, each with its reason. */
const conclude = async (
  invocation: Invocation,
  { workMs, requestMs }: ReturnType<typeof divide>,
  doors: Doors,
  log: Log,
): Promise<Verdict> => {
  const { deploymentId, refusal } = invocation
  if (refusal !== undefined || deploymentId === undefined) {
    return { verdict: 'Failed', reason: refusal ?? 'the event has no DeploymentId' }
  }
  const waitMs = invocation.kind === 'call' ? invocation.waitSeconds * 1000 : Number.POSITIVE_INFINITY
  let waitingFor = 'AWS had not answered yet'
  try {
    return await within(Math.min(workMs, waitMs), ({ signal, sleep }) =>
      doors.conclude(deploymentId, invocation, { signal, sleep, requestMs }, log, (reason) => {
        waitingFor = reason
      }),
    )
  } catch (error) {
    if (!(error instanceof OutOfTime)) {
      log.error('Could not gate', { error })
      return { verdict: 'Failed', reason: reasonOf(error) }
    }
    if (waitMs <= workMs) return { verdict: 'Pending', reason: waitingFor }
    return { verdict: 'Failed', reason: `out of time after ${Math.round(workMs / 1000)} s: ${waitingFor}` }
  }
}

/** Left over for Lambda to carry the error out, when the report got no answer either. */
const lastMomentMs = 1_000

const report = async (
  hook: Hook,
  status: 'Succeeded' | 'Failed',
  requestMs: number,
  doors: Doors,
  log: Log,
): Promise<void> => {
  const remainingMs = doors.remainingMs()
  const ms = Math.max(remainingMs - lastMomentMs, remainingMs / 2)
  const counted = await within(ms, ({ signal, sleep }) => doors.report(hook, status, { signal, sleep, requestMs }, log))
  if (counted) log.info('Reported', { status })
  else log.warn('Had been reported before', { status })
}
