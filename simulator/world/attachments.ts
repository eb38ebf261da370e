import type { Clock } from '../clock.ts'
import type { Switches } from '../switches.ts'
import {
  type AutoScalingGroup,
  attachedArns,
  type Instance,
  inServiceOf,
  instancesOf,
  type State,
  targetGroupByArn,
} from './state.ts'
import type { TargetHealth } from './targetHealth.ts'
import type { Timeline } from './timeline.ts'

/** The two families of calls that attach: AttachLoadBalancerTargetGroups, and AttachTrafficSources. */
export type AttachedBy = 'targetGroups' | 'trafficSources'

type Parts = {
  readonly state: State
  readonly clock: Clock
  readonly timeline: Timeline
  readonly switches: Switches
  readonly targetHealth: TargetHealth
  /** Hears of the instances of a group that have just been registered in a target group. */
  readonly registered: (group: AutoScalingGroup, arn: string, instances: readonly Instance[]) => void
}

export type Attaching = { readonly group: AutoScalingGroup; readonly arns: readonly string[]; readonly by: AttachedBy }

/** Attaches target groups: shows them, then registers every InService instance, both at once or seconds later (F23). */
export const attach = (parts: Parts, { group, arns, by }: Attaching): void => {
  const { switches } = parts
  inSeconds(parts, group, switches.attachmentsShowAfter, `attaching ${arns}`, () => {
    const before = attachedArns(group)
    if (by === 'targetGroups') group.targetGroupArns = [...new Set([...group.targetGroupArns, ...arns])]
    else {
      const known = new Set(group.trafficSources.map(({ identifier }) => identifier))
      const added = arns.filter((arn) => !known.has(arn)).map((identifier) => ({ identifier, type: 'elbv2' }))
      group.trafficSources = [...group.trafficSources, ...added]
    }
    const added = arns.filter((arn) => !before.includes(arn))
    inSeconds(parts, group, switches.attachmentsActAfter, `registering in ${added}`, () =>
      register(parts, group, added),
    )
  })
}

const register = (parts: Parts, group: AutoScalingGroup, arns: readonly string[]): void => {
  const { state, timeline, switches, targetHealth } = parts
  for (const arn of arns) {
    const targetGroup = targetGroupByArn(state, arn)
    if (!targetGroup || !attachedArns(group).includes(arn)) continue
    timeline.tell('Auto Scaling', `attaches target group ${targetGroup.name} to ${group.name}.`)
    if (group.suspendedProcesses.includes('AddToLoadBalancer') && !switches.attachRegistersThoughSuspended) continue
    const instances = inServiceOf(state, group.name)
    targetHealth.register(
      targetGroup,
      instances.map(({ instanceId }) => instanceId),
    )
    parts.registered(group, arn, instances)
  }
}

/** Detaches target groups, which drains every instance from them; the instances keep running (F23). */
export const detach = (parts: Parts, { group, arns, by }: Attaching): void => {
  const { switches } = parts
  inSeconds(parts, group, switches.attachmentsShowAfter, `detaching ${arns}`, () => {
    if (by === 'targetGroups') group.targetGroupArns = group.targetGroupArns.filter((arn) => !arns.includes(arn))
    else group.trafficSources = group.trafficSources.filter(({ identifier }) => !arns.includes(identifier))
    // It stays attached where the other family of calls attached it too.
    group.passedArns = group.passedArns.filter((arn) => attachedArns(group).includes(arn))
    inSeconds(parts, group, switches.attachmentsActAfter, `draining from ${arns}`, () => deregister(parts, group, arns))
  })
}

const deregister = (
  { state, timeline, targetHealth }: Parts,
  group: AutoScalingGroup,
  arns: readonly string[],
): void => {
  for (const arn of arns) {
    const targetGroup = targetGroupByArn(state, arn)
    if (!targetGroup || attachedArns(group).includes(arn)) continue
    timeline.tell('Auto Scaling', `detaches target group ${targetGroup.name} from ${group.name}.`)
    const instances = instancesOf(state, group.name).map(({ instanceId }) => instanceId)
    targetHealth.deregister(targetGroup, instances)
  }
}

/** Does it now, or after so many seconds, until when it is `underWay`; never once the group is gone. */
const inSeconds = (
  { state, clock }: Parts,
  group: AutoScalingGroup,
  seconds: number,
  what: string,
  act: () => void,
): void => {
  if (seconds === 0) {
    act()
    return
  }
  group.underWay = [...group.underWay, what]
  clock.after(seconds * 1000, () => {
    group.underWay = group.underWay.filter((one) => one !== what)
    if (state.autoScalingGroups.get(group.name) === group) act()
  })
}
