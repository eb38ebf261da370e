import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Switches } from '../switches.ts'
import {
  type Instance,
  type State,
  serves,
  type Target,
  type TargetGroup,
  type TargetState,
  targetKey,
  targetOn,
  targetsOn,
} from './state.ts'
import type { Timeline } from './timeline.ts'
import type { Traffic } from './traffic.ts'

/** The load balancers: which targets they have, and how healthy they find them. */
export type TargetHealth = {
  /** Registers instances: a draining one comes back, a registered one stays as it is. By default on the target group's port. */
  register(targetGroup: TargetGroup, instanceIds: readonly string[], port?: number): void
  /** Drains instances, then forgets them. */
  deregister(targetGroup: TargetGroup, instanceIds: readonly string[], port?: number): void
  /** A load balancer begins to use the target group. */
  use(targetGroup: TargetGroup, loadBalancerArn: string): void
  /** Resolves when the instance is no longer in the target group. */
  drained(targetGroup: TargetGroup, instanceId: string): Promise<void>
  /** Call this after an instance started to serve, stopped serving, or ended. */
  instanceChanged(instanceId: string): void
  /** Calls back for every target that turns healthy or unhealthy. */
  onChange(heard: (targetGroup: TargetGroup, target: Target) => void): void
  /** Makes an instance healthy at once, for the start of a world. */
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

const registrationMilliseconds = 2_000

type Parts = {
  readonly state: State
  readonly clock: Clock
  readonly identifiers: Identifiers
  readonly timeline: Timeline
  readonly traffic: Traffic
  readonly switches: Switches
}

type LoadBalancers = Parts & {
  /** What the health checks are about to find, by target group and instance. */
  readonly due: Map<string, { finding: TargetState; cancel: () => void }>
  readonly listeners: ((targetGroup: TargetGroup, target: Target) => void)[]
}

/**
 * Load balancers that look at their targets as often as the target group says. Health changes are computed, not
 * polled: a target has a timer only while its state and its instance disagree.
 */
export const createTargetHealth = (parts: Parts): TargetHealth => {
  const loadBalancers: LoadBalancers = { ...parts, due: new Map(), listeners: [] }
  return {
    register: (targetGroup, instanceIds, port = targetGroup.port) => {
      parts.traffic.settle()
      for (const id of instanceIds) register(loadBalancers, targetGroup, { id, port })
    },
    deregister: (targetGroup, instanceIds, port = targetGroup.port) => {
      parts.traffic.settle()
      for (const id of instanceIds) deregister(loadBalancers, targetGroup, targetOn(targetGroup, id, port))
    },
    use: (targetGroup, loadBalancerArn) => {
      if (targetGroup.loadBalancerArns.includes(loadBalancerArn)) return
      parts.traffic.settle()
      targetGroup.loadBalancerArns.push(loadBalancerArn)
      for (const target of targetGroup.targets.values()) {
        become(loadBalancers, targetGroup, target, 'initial', healthWords.checking)
        check(loadBalancers, targetGroup, target)
      }
    },
    drained: (targetGroup, instanceId) => drained(parts, targetGroup, instanceId),
    instanceChanged: (instanceId) => {
      for (const targetGroup of parts.state.targetGroups.values()) {
        for (const target of targetsOn(targetGroup, instanceId)) {
          if (parts.switches.terminatedTargetsLeave && !parts.state.instances.get(instanceId)?.running)
            remove(loadBalancers, targetGroup, target)
          else if (target.reason !== healthWords.registering[0]) check(loadBalancers, targetGroup, target)
        }
      }
    },
    onChange: (heard) => {
      loadBalancers.listeners.push(heard)
    },
    assumeHealthy: (targetGroup, instanceId) => {
      const target = targetOn(targetGroup, instanceId) ?? put(parts, targetGroup, { id: instanceId })
      if (targetGroup.loadBalancerArns.length === 0) {
        become(loadBalancers, targetGroup, target, 'unused', healthWords.notInUse)
      } else Object.assign(target, { state: 'healthy', reason: undefined, description: undefined })
    },
  }
}

const register = (
  loadBalancers: LoadBalancers,
  targetGroup: TargetGroup,
  wanted: { id: string; port: number },
): void => {
  const { id, port } = wanted
  const before = targetOn(targetGroup, id, port)
  if (before && before.state !== 'draining') return
  const target = put(loadBalancers, targetGroup, wanted)
  loadBalancers.timeline.tell('Load balancer', `registers ${id} in ${targetGroup.name}.`, { instanceId: id })
  if (targetGroup.loadBalancerArns.length === 0) {
    become(loadBalancers, targetGroup, target, 'unused', healthWords.notInUse)
  }
  loadBalancers.clock.after(registrationMilliseconds, () => {
    if (targetOn(targetGroup, id, port) !== target || target.state !== 'initial') return
    become(loadBalancers, targetGroup, target, 'initial', healthWords.checking)
    check(loadBalancers, targetGroup, target)
  })
}

const put = (
  { state }: Pick<Parts, 'state'>,
  targetGroup: TargetGroup,
  { id, port = targetGroup.port }: { id: string; port?: number },
): Target => {
  const [reason, description] = healthWords.registering
  const zone = state.instances.get(id)?.availabilityZone ?? ''
  const target: Target = { id, port, zone, state: 'initial', reason, description, draining: undefined }
  targetGroup.targets.set(targetKey(targetGroup, target), target)
  if (port !== targetGroup.port) targetGroup.otherPorts.add(port)
  return target
}

const deregister = (loadBalancers: LoadBalancers, targetGroup: TargetGroup, target: Target | undefined): void => {
  const { clock, timeline, traffic } = loadBalancers
  if (!target || target.state === 'draining') return
  const { id } = target
  const connections = traffic.connectionsOf(targetGroup, target)
  forget(loadBalancers, targetGroup, target)
  const gone = () => remove(loadBalancers, targetGroup, target)
  // A target that no load balancer uses has nothing to drain.
  if (target.state === 'unused') {
    gone()
    return
  }
  become(loadBalancers, targetGroup, target, 'draining', healthWords.draining)
  const since = clock.now()
  const delay = targetGroup.deregistrationDelaySeconds * 1000
  target.draining = { since, until: since + delay, connections }
  timeline.tell(
    'Load balancer',
    `drains ${id} in ${targetGroup.name} for ${targetGroup.deregistrationDelaySeconds} s.`,
    {
      instanceId: id,
    },
  )
  clock.after(delay, gone)
}

const remove = (loadBalancers: LoadBalancers, targetGroup: TargetGroup, target: Target): void => {
  loadBalancers.traffic.settle()
  const key = targetKey(targetGroup, target)
  if (targetGroup.targets.get(key) !== target) return
  forget(loadBalancers, targetGroup, target)
  targetGroup.targets.delete(key)
}

const drained = async ({ clock }: Parts, targetGroup: TargetGroup, instanceId: string): Promise<void> => {
  for (;;) {
    const target = targetGroup.targets.get(instanceId)
    if (target?.state !== 'draining') return
    await clock.sleep(Math.max(1_000, (target.draining?.until ?? 0) - clock.now()))
  }
}

/** Schedules the health check that will notice that a target's state has changed. */
const check = (loadBalancers: LoadBalancers, targetGroup: TargetGroup, target: Target): void => {
  const { state, clock, due } = loadBalancers
  if (target.state === 'draining') return
  if (targetGroup.loadBalancerArns.length === 0) {
    become(loadBalancers, targetGroup, target, 'unused', healthWords.notInUse)
    return
  }
  const instance = state.instances.get(target.id)
  const serving = serves(instance, targetGroup, target.port)
  const finding: TargetState = serving ? 'healthy' : instance?.running ? 'unhealthy' : 'unused'
  if (due.get(key(targetGroup, target))?.finding === finding) return
  forget(loadBalancers, targetGroup, target)
  if (target.state === finding) return

  const { intervalSeconds, healthyThreshold, unhealthyThreshold } = targetGroup.healthCheck
  // A new target needs to pass one check only, an unhealthy one as many as the threshold says.
  const passes = target.state === 'initial' ? 1 : healthyThreshold
  const checks = serving ? passes : unhealthyThreshold
  const firstCheck = untilNextCheck(loadBalancers, targetGroup, target)
  const cancel = clock.after(firstCheck + (checks - 1) * intervalSeconds * 1000, () => {
    due.delete(key(targetGroup, target))
    if (finding === 'healthy') become(loadBalancers, targetGroup, target, 'healthy')
    else if (finding === 'unused') become(loadBalancers, targetGroup, target, 'unused', healthWords.terminated)
    else become(loadBalancers, targetGroup, target, 'unhealthy', whyUnhealthy(state.instances.get(target.id)))
  })
  due.set(key(targetGroup, target), { finding, cancel })
}

/** Every target has checks at a steady pace from a phase of its own; in milliseconds. */
const untilNextCheck = ({ clock, identifiers }: Parts, { name, healthCheck }: TargetGroup, { id }: Target): number => {
  const interval = healthCheck.intervalSeconds * 1000
  const phase = Math.floor(identifiers.chanceOf(`${name}/${id}`) * interval)
  return interval - ((clock.now() - phase) % interval)
}

const whyUnhealthy = (instance: Instance | undefined) => {
  if (!instance?.running) return healthWords.timedOut
  return instance.application === undefined ? healthWords.noApplication : healthWords.wrongAnswer
}

const key = (targetGroup: TargetGroup, target: Target) => `${targetGroup.name}/${targetKey(targetGroup, target)}`

const forget = ({ due }: LoadBalancers, targetGroup: TargetGroup, target: Target): void => {
  due.get(key(targetGroup, target))?.cancel()
  due.delete(key(targetGroup, target))
}

const become = (
  { traffic, timeline, listeners }: LoadBalancers,
  targetGroup: TargetGroup,
  target: Target,
  next: TargetState,
  [reason, description]: readonly [string, string] | readonly [undefined, undefined] = [undefined, undefined],
): void => {
  traffic.settle()
  const before = target.state
  target.state = next
  target.reason = reason
  target.description = description
  if (next === before || (next !== 'healthy' && next !== 'unhealthy')) return
  const why = next === 'unhealthy' ? ` (${reason}: ${description})` : ''
  timeline.tell('Load balancer', `finds ${target.id} ${next} in ${targetGroup.name}${why}.`, { instanceId: target.id })
  if (next === 'healthy') traffic.instanceServes(target.id)
  for (const heard of listeners) heard(targetGroup, target)
}
