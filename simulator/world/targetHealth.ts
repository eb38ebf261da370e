import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import { type Instance, type State, serves, type Target, type TargetGroup, type TargetState } from './state.ts'
import type { Timeline } from './timeline.ts'
import type { Traffic } from './traffic.ts'

/** The load balancers: who is registered where, and how healthy they find them. */
export type TargetHealth = {
  /** Registers instances; one that is draining comes back, one that is registered already stays as it is. */
  register(targetGroup: TargetGroup, instanceIds: readonly string[]): void
  /** Drains instances, then forgets them. */
  deregister(targetGroup: TargetGroup, instanceIds: readonly string[]): void
  /** Resolves when the instance is no longer in the target group. */
  drained(targetGroup: TargetGroup, instanceId: string): Promise<void>
  /** To be called after an instance began to serve, ceased to, or died. */
  instanceChanged(instanceId: string): void
  /** Calls back for every target that turns healthy or unhealthy. */
  onChange(heard: (targetGroup: TargetGroup, target: Target) => void): void
  /** Makes an instance healthy at once, for worlds that begin in good order. */
  assumeHealthy(targetGroup: TargetGroup, instanceId: string): void
}

/** AWS's own words (F29). */
const healthWords = {
  registering: ['Elb.RegistrationInProgress', 'Target registration is in progress'],
  checking: ['Elb.InitialHealthChecking', 'Initial health checks in progress'],
  wrongAnswer: ['Target.ResponseCodeMismatch', 'Health checks failed with these codes: [500]'],
  noApplication: ['Target.FailedHealthChecks', 'Health checks failed'],
  timedOut: ['Target.Timeout', 'Request timed out'],
  draining: ['Target.DeregistrationInProgress', 'Target deregistration is in progress'],
  notInUse: ['Target.NotInUse', 'Target group is not configured to receive traffic from the load balancer'],
  terminated: ['Target.InvalidState', 'Target is in the terminated state'],
} as const satisfies Record<string, readonly [reason: string, description: string]>

/**
 * Load balancers that look at their targets as often as the target group says. Health changes are computed, not
 * polled: a target has a timer only while its state and its instance disagree.
 */
export const createTargetHealth = (
  state: State,
  clock: Clock,
  identifiers: Identifiers,
  timeline: Timeline,
  traffic: Traffic,
): TargetHealth => {
  /** What the health checks are about to find, by target group and instance. */
  const due = new Map<string, { finding: TargetState; cancel: () => void }>()
  const listeners: ((targetGroup: TargetGroup, target: Target) => void)[] = []
  const key = (targetGroup: TargetGroup, id: string) => `${targetGroup.name}/${id}`

  const forget = (targetGroup: TargetGroup, id: string) => {
    due.get(key(targetGroup, id))?.cancel()
    due.delete(key(targetGroup, id))
  }

  const become = (
    targetGroup: TargetGroup,
    target: Target,
    next: TargetState,
    [reason, description]: readonly [string, string] | readonly [undefined, undefined] = [undefined, undefined],
  ) => {
    traffic.settle()
    const before = target.state
    target.state = next
    target.reason = reason
    target.description = description
    if (next === before || (next !== 'healthy' && next !== 'unhealthy')) return
    const why = next === 'unhealthy' ? ` (${reason}: ${description})` : ''
    timeline.tell('Load balancer', `finds ${target.id} ${next} in ${targetGroup.name}${why}.`, {
      instanceId: target.id,
    })
    if (next === 'healthy') traffic.instanceServes(target.id)
    for (const heard of listeners) heard(targetGroup, target)
  }

  const whyUnhealthy = (instance: Instance | undefined) => {
    if (!instance?.running) return healthWords.timedOut
    return instance.application === undefined ? healthWords.noApplication : healthWords.wrongAnswer
  }

  /** A target is checked at a steady pace of its own, whatever happens to it and around it; in milliseconds. */
  const untilNextCheck = ({ name, healthCheck }: TargetGroup, { id }: Target): number => {
    const interval = healthCheck.intervalSeconds * 1000
    const phase = Math.floor(identifiers.chanceOf(`${name}/${id}`) * interval)
    return interval - ((clock.now() - phase) % interval)
  }

  /** Lets the health checks find out, in their own time, what is not so yet. */
  const check = (targetGroup: TargetGroup, target: Target) => {
    if (target.state === 'draining') return
    if (targetGroup.loadBalancerArns.length === 0) return become(targetGroup, target, 'unused', healthWords.notInUse)
    const instance = state.instances.get(target.id)
    const serving = serves(instance)
    const finding: TargetState = serving ? 'healthy' : instance?.running ? 'unhealthy' : 'unused'
    if (due.get(key(targetGroup, target.id))?.finding === finding) return
    forget(targetGroup, target.id)
    if (target.state === finding) return

    const { intervalSeconds, healthyThreshold, unhealthyThreshold } = targetGroup.healthCheck
    // A newly registered target needs to pass one check only, a target found unhealthy as many as the threshold says.
    const passes = target.state === 'initial' ? 1 : healthyThreshold
    const checks = serving ? passes : unhealthyThreshold
    const firstCheck = untilNextCheck(targetGroup, target)
    const cancel = clock.after(firstCheck + (checks - 1) * intervalSeconds * 1000, () => {
      due.delete(key(targetGroup, target.id))
      if (finding === 'healthy') become(targetGroup, target, 'healthy')
      else if (finding === 'unused') become(targetGroup, target, 'unused', healthWords.terminated)
      else become(targetGroup, target, 'unhealthy', whyUnhealthy(state.instances.get(target.id)))
    })
    due.set(key(targetGroup, target.id), { finding, cancel })
  }

  const put = (targetGroup: TargetGroup, id: string): Target => {
    const [reason, description] = healthWords.registering
    const target: Target = {
      id,
      port: targetGroup.port,
      state: 'initial',
      reason,
      description,
      draining: undefined,
    }
    targetGroup.targets.set(id, target)
    return target
  }

  const registrationMilliseconds = 2_000

  return {
    register: (targetGroup, instanceIds) => {
      traffic.settle()
      for (const id of instanceIds) {
        const before = targetGroup.targets.get(id)
        if (before && before.state !== 'draining') continue
        const target = put(targetGroup, id)
        timeline.tell('Load balancer', `registers ${id} in ${targetGroup.name}.`, { instanceId: id })
        if (targetGroup.loadBalancerArns.length === 0) become(targetGroup, target, 'unused', healthWords.notInUse)
        clock.after(registrationMilliseconds, () => {
          if (targetGroup.targets.get(id) !== target || target.state !== 'initial') return
          become(targetGroup, target, 'initial', healthWords.checking)
          check(targetGroup, target)
        })
      }
    },
    deregister: (targetGroup, instanceIds) => {
      traffic.settle()
      for (const id of instanceIds) {
        const target = targetGroup.targets.get(id)
        if (!target || target.state === 'draining') continue
        const connections = traffic.connectionsOf(targetGroup, target)
        forget(targetGroup, id)
        const gone = () => {
          traffic.settle()
          if (targetGroup.targets.get(id) === target) targetGroup.targets.delete(id)
        }
        // What no load balancer uses has nothing to drain.
        if (target.state === 'unused') {
          gone()
          continue
        }
        become(targetGroup, target, 'draining', healthWords.draining)
        const since = clock.now()
        const delay = targetGroup.deregistrationDelaySeconds * 1000
        target.draining = { since, until: since + delay, connections }
        timeline.tell(
          'Load balancer',
          `drains ${id} in ${targetGroup.name} for ${targetGroup.deregistrationDelaySeconds} s.`,
          { instanceId: id },
        )
        clock.after(delay, gone)
      }
    },
    drained: async (targetGroup, instanceId) => {
      for (;;) {
        const target = targetGroup.targets.get(instanceId)
        if (target?.state !== 'draining') return
        await clock.sleep(Math.max(1_000, (target.draining?.until ?? 0) - clock.now()))
      }
    },
    instanceChanged: (instanceId) => {
      for (const targetGroup of state.targetGroups.values()) {
        const target = targetGroup.targets.get(instanceId)
        if (target && target.reason !== healthWords.registering[0]) check(targetGroup, target)
      }
    },
    onChange: (heard) => {
      listeners.push(heard)
    },
    assumeHealthy: (targetGroup, instanceId) => {
      const target = targetGroup.targets.get(instanceId) ?? put(targetGroup, instanceId)
      if (targetGroup.loadBalancerArns.length === 0) become(targetGroup, target, 'unused', healthWords.notInUse)
      else Object.assign(target, { state: 'healthy', reason: undefined, description: undefined })
    },
  }
}
