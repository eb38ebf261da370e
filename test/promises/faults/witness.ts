import type { Fault } from '../../../simulator/wire/faults.ts'
import type { Passing } from '../../../simulator/wire/inProcess.ts'
import { attachedArns, inServiceOf } from '../../../simulator/world/state.ts'
import { holdProcesses } from '../../../src/model/records.ts'
import type { Playground } from '../../deployments/playground.ts'
import { type Asked, askedBy, fieldOf, listOf } from './asked.ts'
import { greenOf, type Scene } from './scene.ts'

const tagsAction = 'codedeploy:ListTagsForResource'

/**
 * Looks at every request before anything becomes of it, and at the world as it is then: P2 (whoever is told Succeeded is
 * told the truth) and P4 (never worse). What AWS itself told wrongly is not held against whoever believed it.
 */
export const witness = ({ door, mode }: Scene, faults: readonly Fault[], playground: () => Playground) => {
  const asked: string[] = []
  const breaches: string[] = []
  const attachedByUs = new Set<string>()
  const suspendedByUs = new Set<string>(mode === 'observe' ? ['AlarmNotification'] : [])
  // An answer without tags is an answer of no mode: then the stack's own one counts, which is heal.
  const isUntold = faults.some(({ action, kind }) => action === tagsAction && kind === 'notYet')
  const mayBeIn = (one: Scene['mode']) => mode === one || (isUntold && one === 'heal')

  const check = ({ action, input }: Asked): void => {
    const { world } = playground()
    const name = action.replace(/^\w+:/, '')
    const breach = (why: string) => void breaches.push(`${action} ${why}`)
    const [deployment] = world.deployments.values()
    const green = greenOf(playground(), door)
    const isAskedFor = door === 'hook' || door === 'call'
    const traffic = [...(deployment?.targets.values() ?? [])].flatMap(({ label, lifecycleEvents }) =>
      label === 'Green' ? lifecycleEvents.filter((event) => event.name === 'AllowTraffic') : [],
    )
    const hasArrived = traffic.length > 0 && traffic.every(({ status }) => status === 'Succeeded')
    const isShifting = traffic.some(({ status }) => status !== 'Pending')
    const status = deployment?.status ?? ''

    if (/^(Get|List|Describe|BatchGet)/.test(name)) {
      if (name === 'DescribeAutoScalingGroups' && listOf(input, 'AutoScalingGroupNames').length === 0) {
        breach('describes every Auto Scaling group (F22)')
      }
      return
    }
    const groups = [
      input['AutoScalingGroupName'] ?? [],
      ...listOf(input, 'Tags').map((tag) => fieldOf(tag, 'ResourceId')),
    ].flat()
    if (groups.some((group) => group !== green)) breach(`changes ${groups}, and not green`)
    const changesInObserve = ['ResumeProcesses', 'DeleteTags', 'PutLifecycleEventHookExecutionStatus']
    if (mode === 'observe' && !isUntold && !changesInObserve.includes(name)) breach('in mode observe')

    switch (name) {
      case 'AttachLoadBalancerTargetGroups': {
        const mayGate = (isAskedFor && (mode !== 'observe' || isUntold)) || (mayBeIn('gate') && status === 'Ready')
        if (!mayGate && !hasArrived && status !== 'Succeeded') breach(`gives traffic to green at ${status}`)
        for (const arn of listOf(input, 'TargetGroupARNs')) attachedByUs.add(String(arn))
        return
      }
      case 'DetachLoadBalancerTargetGroups': {
        const arns = listOf(input, 'TargetGroupARNs')
        if (!arns.every((arn) => attachedByUs.has(String(arn)))) breach('detaches what was not attached')
        if (!carriesElsewhere(world, green)) breach('detaches while nobody else carries the traffic')
        return
      }
      case 'SuspendProcesses':
        for (const process of listOf(input, 'ScalingProcesses')) suspendedByUs.add(String(process))
        if (!listOf(input, 'ScalingProcesses').every((process) => holdProcesses.includes(String(process)))) {
          breach('suspends more than a hold')
        }
        return
      case 'ResumeProcesses': {
        const processes = listOf(input, 'ScalingProcesses')
        if (processes.length === 0 || !processes.every((process) => suspendedByUs.has(String(process)))) {
          breach('resumes what was not suspended')
        }
        return
      }
      case 'CreateOrUpdateTags':
      case 'DeleteTags':
        if (!listOf(input, 'Tags').every((tag) => String(fieldOf(tag, 'Key')).startsWith('greenlight:'))) {
          breach("changes somebody else's tags")
        }
        return
      case 'ContinueDeployment':
        if (isAskedFor || mode !== 'gate') breach('outside mode gate')
        if (!serves(world, green)) breach('while green is not behind its load balancer, healthy (P2)')
        return
      case 'StopDeployment':
        if (isAskedFor || mode !== 'gate') breach('outside mode gate')
        if (isShifting) breach('while traffic moves')
        if (input['autoRollbackEnabled'] !== false) breach('with a rollback')
        return
      case 'PutLifecycleEventHookExecutionStatus':
        if (door !== 'hook') breach('without a hook')
        if (input['status'] === 'Succeeded') saidSucceeded(lastReason())
        return
      default:
        breach('is no change of Greenlight')
    }
  }

  const lastReason = () => String(playground().log.findLast(({ message }) => message === 'Verdict')?.['reason'])

  const saidSucceeded = (reason: string): void => {
    if (/^(Bypassed:|nothing to gate:)/.test(reason)) return
    const { world } = playground()
    if (!serves(world, greenOf(playground(), door))) breaches.push(`Succeeded was said, and is not so: ${reason} (P2)`)
  }

  const meet: Passing = (request, handle) => {
    const one = askedBy(request)
    asked.push(one.action)
    check(one)
    return handle()
  }
  return {
    asked,
    breaches,
    meet,
    /** What a call was answered with, just now. */
    said: (answer: unknown): void => {
      if (isVerdict(answer) && answer.verdict === 'Succeeded') saidSucceeded(answer.reason)
    },
  }
}

type Verdict = { readonly verdict: string; readonly reason: string }

export const isVerdict = (answer: unknown): answer is Verdict =>
  typeof answer === 'object' && answer !== null && 'verdict' in answer && 'reason' in answer

type World = Playground['world']

const healthyIn = (world: World) =>
  [...(world.targetGroups.get('web')?.targets.values() ?? [])]
    .filter(({ state }) => state === 'healthy')
    .map(({ id }) => id)

/** Whether green has its target group, and all of its instances are healthy behind it. */
const serves = (world: World, name: string): boolean => {
  const green = world.autoScalingGroups.get(name)
  const healthy = healthyIn(world)
  const instances = inServiceOf(world, name)
  return (
    green !== undefined &&
    attachedArns(green).includes(world.targetGroups.get('web')?.arn ?? '') &&
    instances.length >= Math.max(1, green.desiredCapacity) &&
    instances.every(({ instanceId }) => healthy.includes(instanceId))
  )
}

const carriesElsewhere = (world: World, green: string): boolean => {
  const own = inServiceOf(world, green).map(({ instanceId }) => instanceId)
  return healthyIn(world).some((id) => !own.includes(id))
}
