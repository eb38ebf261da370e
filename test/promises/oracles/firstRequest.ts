import type { Call, Simulator } from '../../../simulator/simulate.ts'
import { type Deployment, inServiceOf, targetGroupByArn } from '../../../simulator/world/state.ts'
import { greensOf, isAsked, isEnded, isFirstHand, keyOf, type Seen, testsSeen } from './observed.ts'
import { instancesIn, textsIn } from './request.ts'

/**
 * Never worse, by traffic alone: no instance gets its first request by an act of Greenlight, unless a gate was asked for that
 * has no test target groups, or its deployment is over and users depend on the Auto Scaling group.
 */
export const followFirstRequests = ({ world, traffic }: Pick<Simulator, 'world' | 'traffic'>) => {
  /** Instances that have traffic from Greenlight alone, and why that breaks the promise. */
  const given = new Map<string, { readonly targetGroups: readonly string[]; readonly why: string }>()

  return {
    /** Takes down who is registered where. Call it before a request is carried out. */
    before: (): ReadonlyMap<string, ReadonlySet<string>> =>
      new Map(
        [...world.targetGroups.values()].map(({ name, targets }) => [
          name,
          new Set([...targets.values()].map(({ id }) => id)),
        ]),
      ),
    /** Looks for instances that an attachment, or Greenlight itself, has registered, by what its run has read. */
    after: (call: Call | undefined, seen: Seen, registered: ReadonlyMap<string, ReadonlySet<string>>): void => {
      if (call?.outcome !== 'ok') return
      const [target = ''] = instancesIn(call.input)
      const isRegistering = call.action === 'elasticloadbalancing:RegisterTargets'
      if (!isRegistering && call.action !== 'autoscaling:AttachLoadBalancerTargetGroups') return
      const group = isRegistering
        ? (world.instances.get(target)?.autoScalingGroupName ?? '')
        : String(call.input['AutoScalingGroupName'])
      const deployment = latestOf(world, group)
      if (deployment === undefined || mayGiveTraffic(deployment, seen)) return
      const arns = isRegistering ? [String(call.input['TargetGroupArn'])] : textsIn(call.input, 'TargetGroupARNs')
      const names = arns.map((arn) => targetGroupByArn(world, arn)?.name ?? arn)
      const known = seen.groups.get(group)?.inService ?? []
      const served = traffic.served()
      for (const { instanceId } of inServiceOf(world, group)) {
        const isNew = names.some((name) => registered.get(name)?.has(instanceId) !== true)
        // One that came into service since the run has looked is nobody's fault.
        if (isNew && known.includes(instanceId) && !served.has(instanceId))
          given.set(instanceId, {
            targetGroups: names,
            why: `${instanceId} of ${group} gets its first request by ${isRegistering ? 'a registration' : 'an attachment'} of Greenlight`,
          })
      }
    },
    /** @returns a sentence for each instance that has had its first request that way since it was asked before */
    found: (): readonly string[] => {
      if (given.size === 0) return []
      traffic.settle()
      const served = traffic.served()
      const found: string[] = []
      for (const [id, { targetGroups, why }] of given) {
        const first = served.get(id)?.first
        const isCodeDeploys = [...world.deployments.values()].some((one) => hasBegunTraffic(one, id))
        if (isCodeDeploys) given.delete(id)
        else if (first !== undefined) {
          given.delete(id)
          if (targetGroups.includes(first.targetGroup)) found.push(why)
        }
      }
      return found
    },
  }
}

const latestOf = (world: Simulator['world'], group: string): Deployment | undefined =>
  [...world.deployments.values()].findLast((one) => isFirstHand(one) && greensOf(world, one).includes(group))

/** A gate that somebody asked for proves green by its traffic; what its deployment group names serves users. */
const mayGiveTraffic = (deployment: Deployment, seen: Seen): boolean => {
  const { deploymentId: id, computePlatform } = deployment
  const status = seen.deployments.get(id)?.status ?? ''
  if (isEnded(status)) return true
  // Test target groups prove it without a user's request.
  if (testsSeen(seen, deployment).length > 0) return false
  const isGate = seen.modes.get(keyOf(deployment)) === 'gate'
  if (!isAsked(seen.event)) return isGate && status === 'Ready'
  return computePlatform !== 'Server' || isGate || seen.progress.get(id)?.isAsking === true
}

const hasBegunTraffic = ({ targets }: Deployment, instanceId: string): boolean => {
  const events = targets.get(instanceId)?.lifecycleEvents ?? []
  return events.some(({ name, status }) => name === 'AllowTraffic' && !['Pending', 'Skipped'].includes(status))
}
