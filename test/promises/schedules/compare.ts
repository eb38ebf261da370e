import { type Counterfactual, playWithoutGreenlight } from './counterfactual.ts'
import type { Damage } from './damage.ts'
import type { Played } from './play.ts'
import type { Schedule } from './schedule.ts'

/** How a schedule went with Greenlight, beside how it went without. */
export type Comparison = {
  readonly with: Damage
  readonly without: Damage
  /** What was worse with Greenlight, in a sentence each; empty where nothing was. */
  readonly worse: readonly string[]
  /** Why that is no fault of Greenlight's, if it is known by name. */
  readonly explanation: string | undefined
  /** How it went without Greenlight, line by line. */
  readonly story: readonly string[]
}

/**
 * What is no difference: a notification comes a second later, a sweep within its minutes, and the course of a deployment
 * shifts by as much, beneath people and alarms that act at their own times.
 */
const tolerated = ({ targetGroups, instances }: Schedule, without: Damage): Damage => ({
  // Of ten seconds, in each target group.
  requestsFailed: 100 * targetGroups + 0.05 * without.requestsFailed,
  secondsWithoutTraffic: 60 * instances + 0.05 * without.secondsWithoutTraffic,
  secondsWithoutReplacement: 60 * instances + 0.05 * without.secondsWithoutReplacement,
})

const words: Readonly<Record<keyof Damage, string>> = {
  requestsFailed: 'requests failed',
  secondsWithoutTraffic: 'seconds of an instance without traffic',
  secondsWithoutReplacement: 'seconds until a broken instance was replaced',
}

/** Plays the schedule again without Greenlight, by the same seed. */
export const compare = async (schedule: Schedule, played: Played): Promise<Comparison> => {
  const { damage: without, story } = await playWithoutGreenlight(schedule, played)
  const allowance = tolerated(schedule, without)
  const measures = (Object.keys(words) as (keyof Damage)[]).filter(
    (measure) => played.damage[measure] > without[measure] + allowance[measure],
  )
  const worse = measures.map(
    (measure) => `${played.damage[measure].toFixed(1)} ${words[measure]}, and ${without[measure].toFixed(1)} without`,
  )
  return {
    with: played.damage,
    without,
    worse,
    explanation: worse.length > 0 ? explain(schedule, played, measures, { damage: without, story }) : undefined,
    story,
  }
}

const explain = (
  { happenings, releases, targetGroups, sweeps }: Schedule,
  played: Played,
  measures: readonly (keyof Damage)[],
  { story: without, damage }: Counterfactual,
): string | undefined => {
  const { isDetachedByHand, story } = played
  if (isDetachedByHand) return 'a person detached by hand what only Greenlight had attached'
  const isIdleAlone = measures.every((one) => one === 'secondsWithoutTraffic')
  const endsHalfway =
    releases.some(({ failsHalfway }) => failsHalfway) || happenings.some(({ what }) => what === 'stop')
  if (endsHalfway && isIdleAlone)
    return 'CodeDeploy failed or was stopped halfway, and left instances of blue deregistered: at another moment than without'
  const isObserved = happenings.some((one) => one.what === 'choose a mode' && one.mode === 'observe')
  if (isObserved && linesWith(leftAlone, story) > 0 && linesWith(stopped, story) > linesWith(stopped, without))
    return 'a bad release was stopped at once, so that the next one succeeded earlier, and was left as CodeDeploy leaves it in mode observe'
  if (!sweeps && measures.includes('secondsWithoutReplacement') && isHeldToTheEnd(story))
    return 'the word of the end of a deployment was lost, and green stayed held, since no sweep ran'
  const isBlank = story.some((line) => line.includes('Target.FailedHealthChecks'))
  if (isBlank && linesWith(scaled, story) === linesWith(scaled, without))
    return 'instances launched without the application, since no launch hook was there, and Auto Scaling registered them'
  const failing = happenings.filter(({ what }) => what === 'fail the checks of green').length
  const isRecovering = failing > 0
  const more = played.damage.requestsFailed - damage.requestsFailed
  // Three minutes of all requests, each time.
  if (measures.every((one) => one === 'requestsFailed') && more <= failing * 1_800 * targetGroups)
    return 'green failed its checks for three minutes, and its traffic had moved already: earlier than without'
  const isBroken = isRecovering || happenings.some(({ what }) => what === 'break an instance of green')
  if (isBroken && linesWith(refusedTraffic, without) > linesWith(refusedTraffic, story))
    return 'green began to fail right after the load balancer had found it healthy, and without Greenlight before'
  return (isRecovering || isIdleAlone) && story.some((line) => line.includes('replaces unhealthy'))
    ? 'Auto Scaling replaced instances that failed their checks, as it does where target groups are attached'
    : undefined
}

/** Alarms, schedules and people change a capacity: as often with Greenlight, where it releases nothing earlier. */
const scaled = 'sets the desired capacity'
/** A sweep would attach what green lacks. */
const leftAlone = 'Not healed  Bypassed: greenlight is in mode observe'
/** Greenlight stops a release, or a person does, with Greenlight and without. */
const stopped = 'is asked to stop deployment'
/** CodeDeploy itself has met an instance that fails when it is to get traffic. */
const refusedTraffic = 'sees AllowTraffic fail'

/** Nobody has told of an end, and so nobody has released green before the world was put right. */
const isHeldToTheEnd = (story: readonly string[]): boolean => {
  const over = story.findIndex((line) => line.includes('--- everything is over'))
  return (
    story.some((line) => /tells (SUCCESS|FAILURE|STOP) of \S+ +: lost$/.test(line)) &&
    story.slice(over).some((line) => /Auto Scaling : resumes .*ReplaceUnhealthy/.test(line))
  )
}

const linesWith = (words: string, story: readonly string[]): number =>
  story.filter((line) => line.includes(words)).length
