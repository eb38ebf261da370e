import type { Deadline } from '../invocation/deadline.ts'
import type { Log } from '../log.ts'

type Waiting = {
  readonly healthTimeoutSeconds: number
  readonly log: Log
  readonly sleep: Deadline['sleep']
  /** Told what is being waited for, so that whoever runs out of time can say it. */
  readonly waitingFor: (reason: string) => void
}

const firstPauseMs = 1_000
const longestPauseMs = 5_000

/** How one invocation waits: at growing intervals, telling why, and for health only so long (design 2.5). */
export const patience = ({ healthTimeoutSeconds, log, sleep, waitingFor }: Waiting) => {
  let pauseMs = firstPauseMs
  let last = ''
  let healthSince: number | undefined

  const briefly = async (reason: string): Promise<void> => {
    waitingFor(reason)
    if (reason !== last) log.info('Waiting', { reason })
    last = reason
    await sleep(pauseMs)
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)
  }
  return {
    briefly,
    /** The time that green has to become healthy begins with the first attach; a later beginning is no new one. */
    healthFrom: (since: number | undefined): void => {
      healthSince ??= since
    },
    /** How long health has been waited for, in milliseconds; 0 where it was there at once. */
    waitedMs: (): number => (healthSince === undefined ? 0 : Date.now() - healthSince),
    /** @returns a sentence once that time is over */
    forHealth: async (reason: string): Promise<string | undefined> => {
      healthSince ??= Date.now()
      if (Date.now() - healthSince >= healthTimeoutSeconds * 1000)
        return `not healthy within ${healthTimeoutSeconds} s: ${reason}`
      return void (await briefly(reason))
    },
  }
}
