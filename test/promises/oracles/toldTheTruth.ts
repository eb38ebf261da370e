import type { Deployment } from '../../../simulator/world/state.ts'
import { greensOf, type History, isFirstHand, keyOf, type Moment, type Seen, testsSeen, wantedBy } from './observed.ts'

/** A verdict, and its reason where it is known. */
export type Verdict = { readonly verdict: string; readonly reason?: string | undefined }

/**
 * True: judges a verdict `Succeeded` by what AWS has answered the run that says it. A wrong answer of
 * AWS is not held against a run that believed it.
 *
 * @returns why it is not true, or undefined
 */
export const untrue = (
  { world }: History,
  seen: Seen,
  deploymentId: string,
  { verdict, reason }: Verdict,
  minimumHealthyPercent: number,
): string | undefined => {
  if (verdict !== 'Succeeded') return undefined
  const deployment = world.deployments.get(deploymentId)
  if (deployment === undefined) return `Succeeded, of ${deploymentId}, which does not exist`
  if (!seen.deployments.has(deploymentId)) return `Succeeded, of ${deploymentId}, which was not read`
  const mode = seen.modes.get(keyOf(deployment)) ?? 'unread'
  // A call of the first batch: the script of the last one asks again, once everything is installed.
  const isLeftToLastBatch = seen.progress.get(deploymentId)?.isBetweenBatches === true
  const isGated = isToBeGated(deployment, seen.event) && !isLeftToLastBatch
  const notNothing = isGated ? 'the deployment is one to be gated' : undefined
  const notBypassed = mode === 'observe' ? undefined : `its mode is ${mode}`
  const status = seen.deployments.get(deploymentId)?.status ?? ''
  const unhealthy = () =>
    ['Failed', 'Stopped'].includes(status)
      ? `the deployment is ${status}`
      : whyUnhealthy(world, seen, deployment, minimumHealthyPercent)
  if (reason === undefined) {
    const whys = [notNothing, notBypassed, unhealthy()]
    return whys.includes(undefined) ? undefined : `Succeeded, but ${whys.join('; ')}`
  }
  const why = reason.startsWith('nothing to gate: ')
    ? notNothing
    : reason.startsWith('Bypassed: ')
      ? notBypassed
      : (unhealthy() ?? misnamed(reason, testsSeen(seen, deployment)))
  return why && `Succeeded, ${reason}, but ${why}`
}

/** The reason says where green is healthy. */
const misnamed = (reason: string, tests: readonly string[]): string | undefined =>
  reason.includes('in test target group') === tests.length > 0
    ? undefined
    : `it was to be healthy ${tests.length > 0 ? `in test target group ${tests}` : 'with all that it wants'}`

/**
 * Why a deployment's greens do not serve with all that they ought to have, or are not proved in every test target group, by what
 * a run has read.
 *
 * @param since an older answer about health does not count
 */
export const whyUnhealthy = (
  world: History['world'],
  seen: Seen,
  deployment: Deployment,
  minimumHealthyPercent: number,
  since: Moment = 0,
): string | undefined => {
  const { groups, health } = seen
  const greens = greensOf(world, deployment)
  const tests = testsSeen(seen, deployment)
  const wanted = tests.length > 0 ? tests : wantedBy(world, deployment)
  if (greens.length === 0 || wanted.length === 0) return 'there is nothing that could be healthy'
  for (const green of greens) {
    const group = groups.get(green)
    if (group === undefined) return `${green} was not looked at`
    for (const name of wanted) {
      if (tests.length === 0 && !group.attached.includes(name)) return `${green} is without ${name}`
      const told = health.get(name)
      if (told === undefined || told.at <= since) return `health in ${name} was not asked for`
      const healthy = group.inService.filter((id) => told.states.get(id) === 'healthy').length
      const instances = Math.max(group.inService.length, group.desired)
      if (healthy < 1 || healthy * 100 < instances * minimumHealthyPercent) {
        return `${green} has ${healthy} of ${instances} healthy in ${name}`
      }
    }
  }
  return undefined
}

/** Whether a deployment moves traffic to a new release, and this event may have it gated. */
const isToBeGated = (deployment: Deployment, event: unknown): boolean => {
  if (!isFirstHand(deployment)) return false
  if (!deployment.application || !deployment.deploymentGroup) return false
  const isHook = typeof event === 'object' && event !== null && 'LifecycleEventHookExecutionId' in event
  if (deployment.computePlatform !== 'Server') return isHook
  const { deploymentType, deploymentOption } = deployment.deploymentStyle
  if (deploymentType !== 'BLUE_GREEN' || deploymentOption !== 'WITH_TRAFFIC_CONTROL') return false
  const { targetGroupInfoList = [], elbInfoList = [] } = deployment.loadBalancerInfo ?? {}
  if (targetGroupInfoList.length === 0 && elbInfoList.length > 0) return false
  const isByTags = 'tagFilters' in (deployment.targetInstances ?? {})
  return !isByTags
}
