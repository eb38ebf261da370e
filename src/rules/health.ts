import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import { isHealthy, type Target } from '../model/targetGroup.ts'
import { complaintsListed, counted, listed } from '../sentences.ts'
import type { Decision } from './decision.ts'
import type { SeenAs } from './seen.ts'
import { testsOf, wayOut } from './testing.ts'
import { unregistered } from './unproven.ts'

export type Health = {
  /** `hopeless`: not even if every instance that may still become healthy did. */
  readonly state: 'healthy' | 'unhealthy' | 'hopeless'
  readonly sentence: string
}

type Judged = Pick<AutoScalingGroup, 'name' | 'inService' | 'notRunning' | 'desiredCapacity'> & {
  /** Ids of instances that CodeDeploy gave up: never healthy, whatever the load balancer says. */
  readonly givenUp: ReadonlySet<string>
  /** By name of each target group in which green has to be healthy. */
  readonly targets: ReadonlyMap<string, readonly Target[]>
  /** Whether those are test target groups. */
  readonly isTest: boolean
  readonly minimumHealthyPercent: number
}

/**
 * Judges whether the load balancer finds green healthy: at least one of its InService instances, and at least the
 * minimum per cent of them, `healthy` in every one of these target groups.
 *
 * The per cent are of the instances that green ought to have, if that is more: an instance that Auto Scaling is just
 * replacing because it is unhealthy (F27) is not InService, and would otherwise improve the percentage. Where capacity is
 * counted in other units (F58), nobody says how many that is.
 *
 * @returns the judgement, and a sentence that says it or names each instance that is not healthy with the load balancer's
 *   reason
 */
export const judgeHealth = (judged: Judged): Health => {
  const { name, inService, desiredCapacity, givenUp, targets, isTest, minimumHealthyPercent } = judged
  const complaints = new Map(inService.map((id) => [id, complaintsAbout(id, judged)] as const))
  const unhealthy = [...complaints].flatMap(([id, about]) => (about.length === 0 ? [] : [`${id} ${about.join(', ')}`]))
  const healthy = inService.length - unhealthy.length
  const all = Math.max(inService.length, desiredCapacity ?? 1)
  const needed = Math.max(1, Math.ceil((all * minimumHealthyPercent) / 100))
  const count = `${name} has ${healthy} of ${counted(all, 'instance')} healthy ${isTest ? inTests([...targets.keys()]) : `behind ${listed([...targets.keys()])}`}`
  if (healthy >= needed) return { state: 'healthy', sentence: count }

  const missing = all - inService.length
  const why = [...unhealthy, ...(missing > 0 ? [`${missing} not InService yet`] : [])]
  const lost = inService.filter((id) => givenUp.has(id)).length
  return {
    state: all - lost < needed ? 'hopeless' : 'unhealthy',
    sentence: `${count}, and needs ${needed}${why.length > 0 ? `: ${listed(why, 10, '; ')}` : ''}`,
  }
}

const inTests = (names: readonly string[]): string =>
  `in test target group${names.length > 1 ? 's' : ''} ${listed(names)}`

/** Judges each green by itself, where it is proved: all must be healthy. */
export const judgeGreens = (
  seen: SeenAs<'gate' | 'settleAndJudge'>,
): Extract<Decision, { decision: 'refuse' | 'awaitHealth' | 'healthy' }> => {
  const { goal, greens, progress, health, settings } = seen
  const tests = seen.row === 'gate' ? testsOf(seen) : []
  const isTest = tests.length > 0
  const judgements = greens.map((green) =>
    judgeHealth({
      ...green,
      givenUp: progress.givenUp,
      targets: new Map((isTest ? tests : goal.wanted).map((name) => [name, health.get(name) ?? []])),
      isTest,
      minimumHealthyPercent: settings.minimumHealthyPercent,
    }),
  )
  const sentencesOf = (wanted: Health['state']) =>
    judgements
      .filter(({ state }) => state === wanted)
      .map(({ sentence }) => sentence)
      .join('. ')
  const is = (wanted: Health['state']) => judgements.some(({ state }) => state === wanted)

  if (is('hopeless')) return { decision: 'refuse', refusal: 'hopeless', reason: sentencesOf('hopeless') }
  if (is('unhealthy')) return { decision: 'awaitHealth', reason: sentencesOf('unhealthy') }
  return { decision: 'healthy', reason: sentencesOf('healthy') }
}

/**
 * The load balancer judges only what is registered. Attaching may register nobody while AddToLoadBalancer is suspended (F55), and
 * nothing that is attached already: CodeDeploy deregisters a standing blue, which may be green again.
 *
 * @returns undefined where green is not healthy whatever the load balancer would say of the instances that are not registered
 */
export const whyUnregistered = (seen: SeenAs<'gate'>): string | undefined => {
  const { goal, greens, health, progress, deployment } = seen
  if (testsOf(seen).length > 0) return undefined
  const outside = (name: string, green: AutoScalingGroup): readonly string[] =>
    unregistered(green, name, seen).filter((id) => !progress.givenUp.has(id))
  const assumed = goal.wanted.map((name): readonly [string, readonly Target[]] => {
    const ids = greens.flatMap((green) => outside(name, green))
    return [name, [...(health.get(name) ?? []), ...ids.map((id): Target => ({ id, state: 'healthy', because: '' }))]]
  })
  if (judgeGreens({ ...seen, health: new Map(assumed) }).decision !== 'healthy') return undefined
  const reasons = greens.flatMap((green) => {
    const without = goal.wanted.filter((name) => outside(name, green).length > 0)
    const ids = new Set(without.flatMap((name) => outside(name, green)))
    const isSuspended = green.suspended.includes('AddToLoadBalancer')
    const why = isSuspended ? 'AddToLoadBalancer is suspended' : 'it is attached already'
    const of = `${counted(ids.size, 'instance')} of ${green.name} without registration in ${listed(without)}`
    return without.length > 0 ? [`${of}, where attaching registers none: ${why}`] : []
  })
  const unjudged = `the load balancer does not judge ${complaintsListed(reasons)}`
  return reasons.length > 0 ? `${unjudged}${wayOut(deployment)}` : undefined
}

const complaintsAbout = (id: string, { givenUp, notRunning, targets }: Judged): readonly string[] => {
  if (givenUp.has(id)) return ['was given up by CodeDeploy']
  if (notRunning.includes(id)) return ['is not running']
  return [...targets].flatMap(([targetGroup, registered]) => {
    // One instance may be registered on several ports: one healthy one serves users.
    const own = registered.filter((target) => target.id === id)
    if (own.some(isHealthy)) return []
    const [first] = own
    if (first === undefined) return [`is not registered in ${targetGroup}`]
    return [`is ${first.state} in ${targetGroup}${first.because === '' ? '' : ` (${first.because})`}`]
  })
}
