import type { Call, Simulator, WireRequest, WireResponse } from '../../../simulator/simulate.ts'
import type { Authorize } from '../../../simulator/wire/dispatch.ts'
import type { Run } from '../../deployments/runs.ts'
import { endless, unanswered } from './answered.ts'
import { followFirstRequests } from './firstRequest.ts'
import { overreaches } from './leastPower.ts'
import { type Line, unclear } from './neverSilent.ts'
import { makesWorse } from './neverWorse.ts'
import { observe, setOf } from './observed.ts'
import { unsettled } from './settled.ts'
import { untrue, type Verdict } from './toldTheTruth.ts'

/** The seven promises. */
export type Promised = 'Answered' | 'True' | 'Settled' | 'Never worse' | 'Repeatable' | 'Least power' | 'Never silent'

type Watched = {
  /** The mode of a deployment group without the tag. */
  readonly defaultMode?: string
  readonly minimumHealthyPercent?: number
  /** Hears of each promise that is broken. */
  readonly onBroken?: (sentence: string) => void
}

/** Holds the oracles against everything that Greenlight does in one simulated account. */
export type Watch = ReturnType<typeof watch>

export const watch = (
  simulator: Pick<Simulator, 'world' | 'calls' | 'traffic'>,
  { defaultMode = 'heal', minimumHealthyPercent = 100, onBroken = () => {} }: Watched = {},
) => {
  const broken = new Set<string>()
  const runs: Run[] = []
  const lines: Line[] = []
  const breaks = (promise: Promised, sentences: string | undefined | readonly string[]): void => {
    for (const sentence of [sentences ?? []].flat()) {
      broken.add(`${promise}: ${sentence}`)
      onBroken(`${promise}: ${sentence}`)
    }
  }
  const verdict = (run: Run, deploymentId: string, said: Verdict): void =>
    breaks('True', untrue(observed.history, observed.seenOf(run), deploymentId, said, minimumHealthyPercent))

  const observed = observe(simulator, defaultMode, (run, seen, change) => {
    const { operation, input } = change
    const whys = makesWorse(observed.history, seen, change, minimumHealthyPercent)
    breaks(
      'Never worse',
      whys.map((why) => `${operation} ${JSON.stringify(input)}: ${why}`),
    )
    if (operation !== 'PutLifecycleEventHookExecutionStatus') return
    const deploymentId = String(input['deploymentId'])
    const line = lines.findLast((one) => one['message'] === 'Verdict' && one['deploymentId'] === deploymentId)
    const reason = line?.['reason']
    verdict(run, deploymentId, {
      verdict: String(input['status']),
      reason: reason === undefined ? reason : String(reason),
    })
  })
  const { history, catchUp, sends } = observed
  const firstRequests = followFirstRequests(simulator)
  const carriesOut = async (run: Run, handle: () => Promise<WireResponse>): Promise<WireResponse> => {
    const index = simulator.calls.length
    const registered = firstRequests.before()
    const response = await observed.carriesOut(run, handle)
    firstRequests.after(simulator.calls[index], observed.seenOf(run), registered)
    return response
  }
  const notices = (): void => {
    catchUp()
    breaks('Never worse', firstRequests.found())
  }

  return {
    /** The promises broken so far, each in a sentence that begins with its name. */
    broken: broken as ReadonlySet<string>,
    breaks,
    /** Call it for each request when it is sent, before it waits for its turn. */
    sends: (run: Run, request: WireRequest): void => {
      if (!runs.includes(run)) runs.push(run)
      sends(run, request)
    },
    /** Has AWS carry out a request that was sent. */
    carriesOut,
    /** A request that waits for nothing. */
    meet: (run: Run, request: WireRequest, handle: () => Promise<WireResponse>): Promise<WireResponse> => {
      if (!runs.includes(run)) runs.push(run)
      sends(run, request)
      return carriesOut(run, handle)
    },
    /** Call it for each run that has ended. */
    ended: (run: Run): void => {
      if (!runs.includes(run)) runs.push(run)
      const { event, ended } = run
      const { DeploymentId: id, LifecycleEventHookExecutionId: hook } = Object(event)
      if (ended === undefined || 'error' in ended || run.isDead || id === undefined || hook !== undefined) return
      verdict(run, String(id), Object(ended.answer))
    },
    /** Call it for each line of the log. */
    line: (line: Line): void => {
      lines.push(line)
      breaks('Never silent', unclear(line))
    },
    /** Takes the place of `authorize`. */
    authorizes:
      (authorize: Authorize): Authorize =>
      async (call: Call) => {
        const decision = await authorize(call)
        breaks('Least power', overreaches(call, decision))
        return decision
      },
    /** Judges how the runs have ended. Call it when what was begun is over. */
    answers: ({ isAllOver }: { readonly isAllOver: boolean }): void => {
      breaks('Answered', unanswered(simulator, runs))
      if (isAllOver) breaks('Answered', endless(simulator))
    },
    /** Judges what is left. Call it when nothing is under way any more. */
    settles: (): void => {
      notices()
      breaks('Settled', unsettled(history))
    },
    /** A person suspends; a process that is suspended already shows no difference. */
    personSuspends: (group: string, process: string): void => {
      catchUp()
      const suspended = simulator.world.autoScalingGroups.get(group)?.suspendedProcesses ?? []
      if (!suspended.includes(process)) setOf(history.suspendedByPeople, group).add(process)
    },
    personResumes: (group: string, process: string): void => {
      catchUp()
      setOf(history.suspendedByPeople, group).delete(process)
    },
    personDetaches: (group: string, targetGroup: string): void => {
      catchUp()
      setOf(history.attachedByUs, group).delete(targetGroup)
    },
    /** A person writes or strips tags: then records may say what is not so, and nobody can know what was done. */
    personTags: (group: string): void => {
      catchUp()
      history.taggedByPeople.add(group)
    },
    /** Notices Auto Scaling groups that are new, and instances that have had their first request. */
    notices,
  }
}
