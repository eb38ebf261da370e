import type { Clock } from '../clock.ts'
import { inServiceOf, type State, serves, type Target, type TargetGroup } from './state.ts'

/** What the users saw. Fractions are real: requests flow evenly, they are not drawn one by one. */
export type TrafficCount = {
  requests: number
  /** Requests sent to a target that could not answer, or to nobody, and long connections that were cut. */
  failed: number
  /** Of those, connections cut because their instance was killed before it was drained. */
  connectionsCut: number
}

/** From the moment an instance broke to the moment its replacement served. */
export type Outage = {
  readonly instanceId: string
  readonly autoScalingGroupName: string
  readonly brokenAt: number
  replacementId: string | undefined
  /** `undefined`: never, so far. */
  replacedAt: number | undefined
}

export type Traffic = {
  /** All target groups together, up to now; or one of them. */
  count(targetGroupName?: string): TrafficCount
  /** The instances InService now, of these Auto Scaling groups or all, to which no load balancer sends a request. */
  instancesWithoutTraffic(autoScalingGroupNames?: readonly string[]): string[]
  readonly outages: readonly Outage[]
  /** Counts what has flowed until now; to be called before anything changes that steers it. */
  settle(): void
  /** The long connections that a target serves now. */
  connectionsOf(targetGroup: TargetGroup, target: Target): number
  /** Counts the connections that are cut because this instance is killed now. */
  cut(instanceId: string): number
  instanceBroke(instanceId: string, autoScalingGroupName: string): void
  replacementLaunched(instanceId: string, replacementId: string): void
  /** To be called when an instance may have begun to serve. */
  instanceServes(instanceId: string): void
}

/**
 * The targets that a load balancer routes to: the healthy ones; all that are registered when none is healthy, for an
 * Application Load Balancer fails open; none while no load balancer uses the target group.
 */
const routable = (targetGroup: TargetGroup): Target[] => {
  if (targetGroup.loadBalancerArns.length === 0) return []
  const targets = [...targetGroup.targets.values()]
  const healthy = targets.filter(({ state }) => state === 'healthy')
  return healthy.length > 0 ? healthy : targets.filter(({ state }) => state === 'initial' || state === 'unhealthy')
}

/** Users who go on sending requests and holding connections, whatever is behind their load balancer. */
export const createTraffic = (state: State, clock: Clock): Traffic => {
  const counts = new Map<string, TrafficCount>()
  const outages: Outage[] = []
  let settledAt = clock.now()

  const countOf = (targetGroup: TargetGroup) => {
    const count = counts.get(targetGroup.name) ?? { requests: 0, failed: 0, connectionsCut: 0 }
    counts.set(targetGroup.name, count)
    return count
  }

  /** The part of the requests to this target group that is not answered well, from 0 to 1. */
  const failing = (targetGroup: TargetGroup) => {
    const targets = routable(targetGroup)
    if (targets.length === 0) return 1
    return targets.filter(({ id }) => !serves(state.instances.get(id))).length / targets.length
  }

  const settle = () => {
    const seconds = (clock.now() - settledAt) / 1000
    settledAt = clock.now()
    if (seconds === 0) return
    for (const targetGroup of state.targetGroups.values()) {
      if (targetGroup.loadBalancerArns.length === 0) continue
      const count = countOf(targetGroup)
      const requests = targetGroup.requestsPerSecond * seconds
      count.requests += requests
      count.failed += requests * failing(targetGroup)
    }
  }

  const connectionsOf = (targetGroup: TargetGroup, target: Target) => {
    if (target.draining) {
      const { since, until, connections } = target.draining
      return until > since ? connections * Math.max(0, (until - clock.now()) / (until - since)) : 0
    }
    const targets = routable(targetGroup)
    return targets.includes(target) ? targetGroup.longConnections / targets.length : 0
  }

  return {
    outages,
    settle,
    connectionsOf,
    count: (targetGroupName) => {
      settle()
      const wanted = [...counts].filter(([name]) => targetGroupName === undefined || name === targetGroupName)
      return wanted.reduce(
        (sum, [, count]) => ({
          requests: sum.requests + count.requests,
          failed: sum.failed + count.failed,
          connectionsCut: sum.connectionsCut + count.connectionsCut,
        }),
        { requests: 0, failed: 0, connectionsCut: 0 },
      )
    },
    instancesWithoutTraffic: (autoScalingGroupNames = [...state.autoScalingGroups.keys()]) => {
      const served = new Set(
        [...state.targetGroups.values()].flatMap((targetGroup) => routable(targetGroup).map(({ id }) => id)),
      )
      return autoScalingGroupNames
        .flatMap((name) => inServiceOf(state, name))
        .map(({ instanceId }) => instanceId)
        .filter((instanceId) => !served.has(instanceId))
    },
    cut: (instanceId) => {
      settle()
      let cut = 0
      for (const targetGroup of state.targetGroups.values()) {
        const target = targetGroup.targets.get(instanceId)
        if (!target) continue
        const connections = Math.round(connectionsOf(targetGroup, target))
        const count = countOf(targetGroup)
        count.failed += connections
        count.connectionsCut += connections
        cut += connections
      }
      return cut
    },
    instanceBroke: (instanceId, autoScalingGroupName) => {
      const outage = {
        instanceId,
        autoScalingGroupName,
        brokenAt: clock.now(),
        replacementId: undefined,
        replacedAt: undefined,
      }
      outages.push(outage)
    },
    replacementLaunched: (instanceId, replacementId) => {
      // A replacement may itself be replaced before it serves: the users wait for the last one.
      const outage = outages.find(
        (one) => one.replacedAt === undefined && (one.instanceId === instanceId || one.replacementId === instanceId),
      )
      if (outage) outage.replacementId = replacementId
    },
    instanceServes: (instanceId) => {
      const outage = outages.find((one) => one.replacementId === instanceId && one.replacedAt === undefined)
      if (outage && serves(state.instances.get(instanceId))) outage.replacedAt = clock.now()
    },
  }
}
