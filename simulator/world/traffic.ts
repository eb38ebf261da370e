import type { Clock } from '../clock.ts'
import { inServiceOf, type State, serves, type Target, type TargetGroup, targetsOn } from './state.ts'
import { isBelow, isCrossZone } from './targetGroupAttributes.ts'

/** What the users saw. Numbers may be fractions, because requests flow evenly. */
export type TrafficCount = {
  requests: number
  /** Requests to a target that could not answer, or to no target, and long connections that were cut. */
  failed: number
  /** Among those, connections that were cut because their instance ended before it was drained. */
  connectionsCut: number
}

/** What the users saw of one instance. */
type ServedCount = {
  requests: number
  failed: number
  /** The target group and the moment of its first request. */
  readonly first: { readonly at: number; readonly targetGroup: string }
}

/** From the moment an instance broke to the moment its replacement served. */
export type Outage = {
  readonly instanceId: string
  readonly autoScalingGroupName: string
  readonly brokenAt: number
  replacementId: string | undefined
  /** `undefined`: not yet. */
  replacedAt: number | undefined
}

export type Traffic = {
  /** The count up to now, of all target groups or of one. */
  count(targetGroupName?: string): TrafficCount
  /** The instances that have had a request until now, by their ids. */
  served(): ReadonlyMap<string, ServedCount>
  /** The instances InService now, of these Auto Scaling groups or all, to which no load balancer sends a request. */
  instancesWithoutTraffic(autoScalingGroupNames?: readonly string[]): string[]
  readonly outages: readonly Outage[]
  /** Counts the requests until now. Call this before any change that redirects them. */
  settle(): void
  /** The long connections that a target serves now. */
  connectionsOf(targetGroup: TargetGroup, target: Target): number
  /** Counts the connections that this instance cuts when it ends now. */
  cut(instanceId: string): number
  instanceBroke(instanceId: string, autoScalingGroupName: string): void
  replacementLaunched(instanceId: string, replacementId: string): void
  /** Call this when an instance may have started to serve. */
  instanceServes(instanceId: string): void
}

/** A target that gets requests, and its share of all that the target group gets, from 0 to 1. */
type Share = { readonly target: Target; readonly share: number }

/**
 * The targets that a load balancer routes to: the healthy ones, or every registered one where too few are healthy (F53);
 * none while no load balancer uses the target group. Without cross-zone load balancing each zone is on its own, and one
 * with too few healthy targets leaves DNS while another has enough.
 */
const routed = (targetGroup: TargetGroup): readonly Share[] => {
  if (targetGroup.loadBalancerArns.length === 0) return []
  const registered = [...targetGroup.targets.values()].filter(
    ({ state }) => state === 'healthy' || state === 'initial' || state === 'unhealthy',
  )
  if (isCrossZone(targetGroup)) return evenly(reachable(targetGroup, registered), 1)
  const zones = [...new Set(registered.map(({ zone }) => zone))].map((zone) =>
    registered.filter((target) => target.zone === zone),
  )
  const inDns = zones.filter((targets) => !isBelow(targetGroup, 'dns_failover', healthOf(targets)))
  const open = inDns.length > 0 ? inDns : zones
  return open.flatMap((targets) => evenly(reachable(targetGroup, targets), 1 / open.length))
}

/** Among these targets, the healthy ones; where too few are, all. */
const reachable = (targetGroup: TargetGroup, targets: readonly Target[]): readonly Target[] =>
  isBelow(targetGroup, 'unhealthy_state_routing', healthOf(targets)) ? targets : targets.filter(isHealthy)

const isHealthy = ({ state }: Target) => state === 'healthy'

const healthOf = (targets: readonly Target[]) => ({
  healthy: targets.filter(isHealthy).length,
  registered: targets.length,
})

const evenly = (targets: readonly Target[], share: number): readonly Share[] =>
  targets.map((target) => ({ target, share: share / targets.length }))

type Users = {
  readonly state: State
  readonly clock: Clock
  readonly counts: Map<string, TrafficCount>
  readonly served: Map<string, ServedCount>
  readonly outages: Outage[]
  settledAt: number
}

/** Users who send requests and hold connections, whatever is behind their load balancer. */
export const createTraffic = (state: State, clock: Clock): Traffic => {
  const users: Users = { state, clock, counts: new Map(), served: new Map(), outages: [], settledAt: clock.now() }
  return {
    outages: users.outages,
    settle: () => settle(users),
    connectionsOf: (targetGroup, target) => connectionsOf(users, targetGroup, target),
    count: (targetGroupName) => {
      settle(users)
      return total([...users.counts].filter(([name]) => (targetGroupName ?? name) === name).map(([, count]) => count))
    },
    served: () => {
      settle(users)
      return users.served
    },
    instancesWithoutTraffic: (autoScalingGroupNames) => withoutTraffic(state, autoScalingGroupNames),
    cut: (instanceId) => cut(users, instanceId),
    instanceBroke: (instanceId, autoScalingGroupName) => {
      const brokenAt = clock.now()
      users.outages.push({
        instanceId,
        autoScalingGroupName,
        brokenAt,
        replacementId: undefined,
        replacedAt: undefined,
      })
    },
    replacementLaunched: (instanceId, replacementId) => {
      // A replacement may be replaced before it serves: the users wait for the last one.
      const outage = users.outages.find(
        (one) => one.replacedAt === undefined && (one.instanceId === instanceId || one.replacementId === instanceId),
      )
      if (outage) outage.replacementId = replacementId
    },
    instanceServes: (instanceId) => {
      const outage = users.outages.find((one) => one.replacementId === instanceId && one.replacedAt === undefined)
      if (outage && serves(state.instances.get(instanceId))) outage.replacedAt = clock.now()
    },
  }
}

const settle = (users: Users): void => {
  const { state, clock } = users
  const since = users.settledAt
  const seconds = (clock.now() - since) / 1000
  users.settledAt = clock.now()
  if (seconds === 0) return
  for (const targetGroup of state.targetGroups.values()) {
    if (targetGroup.loadBalancerArns.length === 0 || targetGroup.requestsPerSecond === 0) continue
    const count = countOf(users, targetGroup)
    const requests = targetGroup.requestsPerSecond * seconds
    const shares = routed(targetGroup)
    count.requests += requests
    if (shares.length === 0) count.failed += requests
    for (const { target, share } of shares) {
      const none = { requests: 0, failed: 0, first: { at: since, targetGroup: targetGroup.name } }
      const served = users.served.get(target.id) ?? none
      users.served.set(target.id, served)
      served.requests += requests * share
      if (serves(state.instances.get(target.id), targetGroup, target.port)) continue
      served.failed += requests * share
      count.failed += requests * share
    }
  }
}

const countOf = ({ counts }: Users, targetGroup: TargetGroup): TrafficCount => {
  const count = counts.get(targetGroup.name) ?? { requests: 0, failed: 0, connectionsCut: 0 }
  counts.set(targetGroup.name, count)
  return count
}

const connectionsOf = ({ clock }: Users, targetGroup: TargetGroup, target: Target): number => {
  if (target.draining) {
    const { since, until, connections } = target.draining
    return until > since ? connections * Math.max(0, (until - clock.now()) / (until - since)) : 0
  }
  return targetGroup.longConnections * (routed(targetGroup).find((one) => one.target === target)?.share ?? 0)
}

const total = (counts: readonly TrafficCount[]): TrafficCount =>
  counts.reduce(
    (sum, count) => ({
      requests: sum.requests + count.requests,
      failed: sum.failed + count.failed,
      connectionsCut: sum.connectionsCut + count.connectionsCut,
    }),
    { requests: 0, failed: 0, connectionsCut: 0 },
  )

const withoutTraffic = (
  state: State,
  autoScalingGroupNames: readonly string[] = [...state.autoScalingGroups.keys()],
): string[] => {
  const served = new Set(
    [...state.targetGroups.values()].flatMap((targetGroup) => routed(targetGroup).map(({ target }) => target.id)),
  )
  return autoScalingGroupNames
    .flatMap((name) => inServiceOf(state, name))
    .map(({ instanceId }) => instanceId)
    .filter((instanceId) => !served.has(instanceId))
}

const cut = (users: Users, instanceId: string): number => {
  settle(users)
  let all = 0
  for (const targetGroup of users.state.targetGroups.values()) {
    for (const target of targetsOn(targetGroup, instanceId)) {
      const connections = Math.round(connectionsOf(users, targetGroup, target))
      const count = countOf(users, targetGroup)
      count.failed += connections
      count.connectionsCut += connections
      all += connections
    }
  }
  return all
}
