import type { Clock } from '../clock.ts'
import { inServiceOf, type State, serves, type Target, type TargetGroup } from './state.ts'

/** What the users saw. Numbers may be fractions, because requests flow evenly. */
export type TrafficCount = {
  requests: number
  /** Requests to a target that could not answer, or to no target, and long connections that were cut. */
  failed: number
  /** Among those, connections that were cut because their instance ended before it was drained. */
  connectionsCut: number
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

/**
 * The targets that a load balancer routes to: the healthy ones; every registered one when none is healthy, because an
 * Application Load Balancer fails open; none while no load balancer uses the target group.
 */
const routable = (targetGroup: TargetGroup): Target[] => {
  if (targetGroup.loadBalancerArns.length === 0) return []
  const targets = [...targetGroup.targets.values()]
  const healthy = targets.filter(({ state }) => state === 'healthy')
  return healthy.length > 0 ? healthy : targets.filter(({ state }) => state === 'initial' || state === 'unhealthy')
}

type Users = {
  readonly state: State
  readonly clock: Clock
  readonly counts: Map<string, TrafficCount>
  readonly outages: Outage[]
  settledAt: number
}

/** Users who send requests and hold connections, whatever is behind their load balancer. */
export const createTraffic = (state: State, clock: Clock): Traffic => {
  const users: Users = { state, clock, counts: new Map(), outages: [], settledAt: clock.now() }
  return {
    outages: users.outages,
    settle: () => settle(users),
    connectionsOf: (targetGroup, target) => connectionsOf(users, targetGroup, target),
    count: (targetGroupName) => {
      settle(users)
      return total([...users.counts].filter(([name]) => (targetGroupName ?? name) === name).map(([, count]) => count))
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
  const seconds = (clock.now() - users.settledAt) / 1000
  users.settledAt = clock.now()
  if (seconds === 0) return
  for (const targetGroup of state.targetGroups.values()) {
    if (targetGroup.loadBalancerArns.length === 0) continue
    const count = countOf(users, targetGroup)
    const requests = targetGroup.requestsPerSecond * seconds
    count.requests += requests
    count.failed += requests * failing(state, targetGroup)
  }
}

const countOf = ({ counts }: Users, targetGroup: TargetGroup): TrafficCount => {
  const count = counts.get(targetGroup.name) ?? { requests: 0, failed: 0, connectionsCut: 0 }
  counts.set(targetGroup.name, count)
  return count
}

/** The share of the requests to this target group that fail, from 0 to 1. */
const failing = (state: State, targetGroup: TargetGroup): number => {
  const targets = routable(targetGroup)
  if (targets.length === 0) return 1
  return targets.filter(({ id }) => !serves(state.instances.get(id))).length / targets.length
}

const connectionsOf = ({ clock }: Users, targetGroup: TargetGroup, target: Target): number => {
  if (target.draining) {
    const { since, until, connections } = target.draining
    return until > since ? connections * Math.max(0, (until - clock.now()) / (until - since)) : 0
  }
  const targets = routable(targetGroup)
  return targets.includes(target) ? targetGroup.longConnections / targets.length : 0
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
    [...state.targetGroups.values()].flatMap((targetGroup) => routable(targetGroup).map(({ id }) => id)),
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
    const target = targetGroup.targets.get(instanceId)
    if (!target) continue
    const connections = Math.round(connectionsOf(users, targetGroup, target))
    const count = countOf(users, targetGroup)
    count.failed += connections
    count.connectionsCut += connections
    all += connections
  }
  return all
}
