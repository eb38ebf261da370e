import type { Call } from '../simulator/simulate.ts'
import type { TimelineEntry } from '../simulator/world/timeline.ts'

/** One line of the story: who did what, and when (milliseconds since 1970). */
export type Told = { readonly at: number; readonly who: string; readonly what: string }

/** Where the sentences come from: the simulator's timeline, and the calls that Greenlight made. */
export type Sources = {
  readonly timeline: readonly TimelineEntry[]
  readonly calls: readonly Call[]
  /** What the story calls instances, Auto Scaling groups and deployments, by AWS's name; the longest names first. */
  readonly names: ReadonlyMap<string, string>
  /** The ids of the deployments that the story is about. */
  readonly deployments: readonly string[]
}

/** Sentences that differ only in the instance become one if they follow each other within this time. */
const togetherMilliseconds = 30_000
/** Stands in a sentence for its instances. */
const gap = '\0'

/**
 * What happened in one world, in the simulator's sentences and in the order of time.
 *
 * @param verdicts what Greenlight said, where no script repeats it
 */
export const sentences = ({ timeline, calls, names, deployments }: Sources, verdicts: readonly Told[] = []): Told[] => {
  const isPartOfStory = ({ who, deploymentId = '' }: TimelineEntry) =>
    // Greenlight's calls say what an invocation did, and an instance that comes into service says how its launch ended.
    who !== 'Lambda' && (who !== 'CodeDeploy' || deployments.includes(deploymentId))
  const entries = timeline.filter(isPartOfStory).map((entry) => ({ ...entry, at: entry.at.getTime() }))
  const all = [
    // At the same moment: what asks for it, what is decided, what is done about it, what comes of it.
    ...entries.filter(({ who }) => who === 'Script'),
    ...verdicts,
    ...calls
      .filter(isChangeByGreenlight)
      .map((call) => ({ at: call.at.getTime(), who: 'Greenlight', what: inWords(call) })),
    ...entries.filter(({ who }) => who !== 'Script'),
  ].sort((one, other) => one.at - other.at)

  const lines: { at: number; who: string; what: string; instances: string[] }[] = []
  for (const { at, who, what, instanceId } of all as readonly (Told & { readonly instanceId?: string })[]) {
    const open = named(instanceId === undefined ? what : what.replaceAll(instanceId, gap), names)
    const line = lines.find(
      (one) => one.who === who && one.what === open && one.instances.length > 0 && at - one.at <= togetherMilliseconds,
    )
    if (line === undefined) {
      lines.push({ at, who, what: open, instances: instanceId === undefined ? [] : [instanceId] })
      continue
    }
    // The sentence is true of all of them only now.
    line.at = at
    if (instanceId !== undefined && !line.instances.includes(instanceId)) line.instances.push(instanceId)
  }
  return (
    lines
      .map(({ at, who, what, instances }) => {
        const which = list(instances.map((instance) => named(instance, names)))
        return { at, who, what: what.replaceAll(gap, which) }
      })
      // Within one second, which is all that the story shows, what began first comes first.
      .sort((one, other) => Math.floor(one.at / 1000) - Math.floor(other.at / 1000))
  )
}

const isChangeByGreenlight = ({ principal, effect }: Call) => principal.kind === 'lambda' && effect === 'changed'

/** By the name of the IAM action, with the Auto Scaling group, the target group or the deployment that the call is about. */
const inWords = ({ action, input }: Call): string => {
  const { AutoScalingGroupName, Tags, TargetGroupArn, deploymentId } = input as {
    readonly TargetGroupArn?: string
    readonly AutoScalingGroupName?: string
    readonly Tags?: readonly { readonly ResourceId: string }[]
    readonly deploymentId?: string
  }
  const targetGroup = TargetGroupArn?.split('/')[1]
  const about = AutoScalingGroupName ?? Tags?.[0]?.ResourceId ?? targetGroup ?? `deployment ${deploymentId}`
  return `calls ${action.split(':')[1]} on ${about}.`
}

/** With the names of the story in place of AWS's. */
const named = (text: string, names: ReadonlyMap<string, string>) =>
  [...names].reduce((replaced, [name, short]) => replaced.replaceAll(name, short), text)

/** `green-1`; `green-1 and -2`; `green-1 to -4`. */
const list = (instances: readonly string[]): string => {
  const sorted = [...instances].sort((one, other) => numberOf(one) - numberOf(other))
  const [first = '', ...others] = sorted
  const numbers = others.map((instance) => `-${numberOf(instance)}`)
  const last = numbers.at(-1)
  if (last === undefined) return first
  const inARow = numberOf(sorted.at(-1) ?? '') - numberOf(first) === numbers.length
  if (inARow && numbers.length > 1) return `${first} to ${last}`
  return `${[first, ...numbers.slice(0, -1)].join(', ')} and ${last}`
}

const numberOf = (instance: string) => Number(instance.split('-').at(-1))
