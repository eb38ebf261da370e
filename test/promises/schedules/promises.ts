import type { Call, Simulator } from '../../../simulator/simulate.ts'
import {
  type AutoScalingGroup,
  attachedTargetGroups,
  type Deployment,
  inServiceOf,
  instancesOf,
  isOver,
  type TargetGroup,
} from '../../../simulator/world/state.ts'
import { holdProcesses } from '../../../src/model/records.ts'
import type { Run } from '../../deployments/runs.ts'

/** What AWS has told one run so far: the latest answer to each question, as the world was then. */
type View = {
  mode: string | undefined
  /** By id. */
  readonly deployments: Map<string, SeenDeployment>
  /** By id of the deployment: of its green targets that CodeDeploy has not failed. */
  readonly progress: Map<string, Progress>
  readonly groups: Map<string, GroupSeen>
  /** Of each target group, by name: the state of each target. */
  readonly health: Map<string, ReadonlyMap<string, string>>
  /** The Auto Scaling groups that the deployment group names. */
  named: readonly string[] | undefined
  /** Deployments under way that forbid to attach to what is not their green: first-hand ones and rollbacks. */
  underWay: readonly string[]
}
type Progress = {
  readonly some: boolean
  readonly installed: boolean
  readonly arrived: boolean
  readonly blocked: ReadonlySet<string>
}
type GroupSeen = {
  readonly attached: readonly string[]
  readonly suspended: readonly string[]
  readonly tags: ReadonlyMap<string, string>
  readonly instances: readonly string[]
  readonly inService: readonly string[]
  readonly desired: number
}

/**
 * Holds the promises (design 3) against what Greenlight does in a world, in words of its own: nothing of `src/` decides
 * here. P4 is judged at every change call, on what AWS answered this very run before (`View`); P2 at every verdict;
 * P3 when all has settled.
 *
 * @param broken hears of every promise that is broken
 */
export const promises = ({ world }: Simulator, broken: (promise: string) => void) => {
  const views = new WeakMap<Run, View>()
  /** What people have suspended, by Auto Scaling group; copies begin with what blue had (F16). */
  const byPeople = new Map<string, Set<string>>()
  /** What Greenlight's calls have attached, and nobody has detached since. */
  const byUs = new Map<string, Set<string>>()

  const viewOf = (run: Run): View => {
    const view: View = views.get(run) ?? {
      ...{ mode: undefined, named: undefined, underWay: [] },
      ...{ deployments: new Map(), progress: new Map(), groups: new Map(), health: new Map() },
    }
    views.set(run, view)
    return view
  }

  /** To be told of every call of a run after AWS has carried it out. */
  const answered = (run: Run, { action, input }: Call): void => {
    const view = viewOf(run)
    switch (action) {
      case 'codedeploy:GetDeployment': {
        const found = world.deployments.get(String(input['deploymentId']))
        if (found === undefined) return
        const { deploymentId, status, creator } = found
        view.deployments.set(deploymentId, { deploymentId, status, creator })
        return
      }
      case 'codedeploy:ListTagsForResource': {
        const group = [...world.deploymentGroups.values()].find(({ arn }) => arn === input['ResourceArn'])
        view.mode = group?.tags.find(({ key }) => key === 'greenlight:mode')?.value ?? 'heal'
        return
      }
      case 'codedeploy:BatchGetDeploymentTargets':
      case 'codedeploy:ListDeploymentTargets':
        view.progress.set(
          String(input['deploymentId']),
          progressOf(world.deployments.get(String(input['deploymentId']))),
        )
        return
      case 'codedeploy:GetDeploymentGroup':
        view.named = [...(groupOf(input)?.autoScalingGroups ?? [])]
        return
      case 'codedeploy:ListDeployments':
        view.underWay = [...world.deployments.values()]
          .filter((one) => (one.creator === 'user' || one.creator === 'codeDeployRollback') && !isOver(one))
          .map(({ deploymentId }) => deploymentId)
        return
      case 'autoscaling:DescribeAutoScalingGroups':
        for (const name of namesIn(input)) {
          const group = world.autoScalingGroups.get(name)
          if (group === undefined) view.groups.delete(name)
          else view.groups.set(name, seen(group))
        }
        return
      case 'elasticloadbalancing:DescribeTargetHealth': {
        const found = byArn(String(input['TargetGroupArn']))
        if (found) view.health.set(found.name, new Map([...found.targets.values()].map(({ id, state }) => [id, state])))
        return
      }
      case 'autoscaling:AttachLoadBalancerTargetGroups':
        for (const name of targetGroupsIn(input)) setOf(byUs, groupIn(input)).add(name)
        return
      case 'autoscaling:DetachLoadBalancerTargetGroups':
        for (const name of targetGroupsIn(input)) setOf(byUs, groupIn(input)).delete(name)
    }
  }

  /** To be told of every call of a run right before AWS carries it out. */
  const about = (run: Run, call: Call): void => {
    const [, operation = ''] = call.action.split(':')
    if (/^(Get|List|Describe|BatchGet|Put|InvokeFunction)/.test(operation)) return
    const why = whyNot(viewOf(run), isAsked(run), operation, call.input)
    if (why !== undefined) broken(`P4: ${operation} ${JSON.stringify(call.input)}: ${why}`)
  }

  const whyNot = (view: View, asked: boolean, operation: string, input: Call['input']): string | undefined => {
    const { mode = 'unasked' } = view
    if (operation === 'ContinueDeployment' || operation === 'StopDeployment') {
      const steered = view.deployments.get(String(input['deploymentId']))
      return steered === undefined ? 'that it has not read' : whyNotSteer(view, steered, asked, operation)
    }
    const green = groupIn(input)
    const deployment = [...view.deployments.values()].find(
      ({ deploymentId, creator }) => creator === 'user' && greensOf(deploymentId).includes(green),
    )
    if (deployment === undefined) return `${green} is the green of no first-hand deployment that it has read`
    const group = view.groups.get(green)
    if (group === undefined) return `${green} was not looked at`
    if (mode !== 'heal' && mode !== 'gate' && !['ResumeProcesses', 'DeleteTags'].includes(operation))
      return `in mode ${mode}`
    switch (operation) {
      case 'AttachLoadBalancerTargetGroups':
        return whyNotAttach(view, deployment, asked, green, group, targetGroupsIn(input))
      case 'DetachLoadBalancerTargetGroups':
        return targetGroupsIn(input)
          .map((name) => whyNotDetach(view, deployment, green, group, name))
          .find((why) => why !== undefined)
      case 'SuspendProcesses': {
        const held = (group.tags.get('greenlight:held') ?? '').split(' ')
        const processes = namesIn(input, 'ScalingProcesses')
        if (held[0] !== deployment.deploymentId) return 'without a record'
        if (isEnded(deployment.status)) return `while its deployment is ${deployment.status}`
        return processes.some((one) => !held.includes(one) || !holdProcesses.includes(one))
          ? 'that are not recorded'
          : undefined
      }
      case 'ResumeProcesses': {
        const held = (group.tags.get('greenlight:held') ?? '').split(' ')
        const others = namesIn(input, 'ScalingProcesses').filter(
          (one) => !held.includes(one) && !heldEver.has(`${deployment.deploymentId} ${green} ${one}`),
        )
        return others.length > 0 || namesIn(input, 'ScalingProcesses').length === 0
          ? `not suspended by us: ${others}`
          : undefined
      }
      case 'CreateOrUpdateTags':
      case 'DeleteTags': {
        const keys = tagsIn(input).map(({ Key }) => Key)
        return keys.length === 0 || keys.some((key) => !key.startsWith('greenlight:'))
          ? `of others: ${keys}`
          : undefined
      }
      default:
        return 'nobody knows this call'
    }
  }

  const whyNotSteer = (
    { mode, progress, groups, health }: View,
    deployment: SeenDeployment,
    asked: boolean,
    operation: string,
  ): string | undefined => {
    if (deployment.creator !== 'user') return `that was made by ${deployment.creator}`
    if (asked) return 'for a call'
    if (mode !== 'gate') return `in mode ${mode}`
    const { status, deploymentId } = deployment
    if (operation === 'StopDeployment') {
      if (['Ready', 'Created', 'Queued'].includes(status)) return undefined
      return status === 'InProgress' && progress.get(deploymentId)?.installed === false
        ? undefined
        : `while it is ${status} and its traffic moves`
    }
    if (status !== 'Ready') return `while it is ${status}`
    return whyUnhealthy(deploymentId, groups, health)
  }

  const whyNotAttach = (
    view: View,
    { deploymentId, status }: SeenDeployment,
    asked: boolean,
    green: string,
    group: GroupSeen,
    names: readonly string[],
  ): string | undefined => {
    const { mode, named } = view
    const progress = view.progress.get(deploymentId)
    const inTheWay = view.underWay.filter((id) => id !== deploymentId)
    const foreign = names.filter((name) => !wantedBy(deploymentId).includes(name))
    if (foreign.length > 0) return `nobody wants ${foreign}`
    const again = names.filter((name) => group.attached.includes(name))
    if (again.length > 0) return `${again} is attached already`
    if (isEnded(status)) {
      if (!named?.includes(green)) return 'to a green that its deployment group does not name'
      return inTheWay.length > 0 ? `while ${inTheWay} is under way` : undefined
    }
    const unrecorded = names.filter((name) => group.tags.get(`greenlight:attached/${name}`) !== deploymentId)
    if (unrecorded.length > 0) return `${unrecorded} without a record`
    if (progress?.some && progress.arrived) return undefined
    if (!asked && !(mode === 'gate' && status === 'Ready'))
      return `before its traffic has arrived, while it is ${status} in mode ${mode}`
    return status !== 'Ready' && progress?.installed !== true ? 'before it is installed' : undefined
  }

  const whyNotDetach = (
    { named, health, groups, progress }: View,
    { deploymentId, status }: SeenDeployment,
    green: string,
    group: GroupSeen,
    name: string,
  ): string | undefined => {
    if (status !== 'Failed' && status !== 'Stopped') return `while it is ${status}`
    if (group.tags.get(`greenlight:attached/${name}`) !== deploymentId && !byUs.get(green)?.has(name))
      return `${name}, which it did not attach`
    if (named === undefined) return 'without having asked whom the deployment group names'
    if (named.includes(green)) return 'from a green that its deployment group names'
    const targetGroup = world.targetGroups.get(name)
    if (targetGroup === undefined || targetGroup.loadBalancerArns.length === 0) return undefined
    const states = health.get(name)
    if (states === undefined) return 'without having asked for health'
    const healthy = [...states].filter(([, state]) => state === 'healthy').map(([id]) => id)
    if (healthy.length > 0 && !healthy.some((id) => group.instances.includes(id))) return undefined
    const blue = named.flatMap((other) => groups.get(other)?.instances ?? [])
    return hasReturned(blue, states, progress.get(deploymentId)?.blocked ?? new Set())
      ? undefined
      : `${name}, though blue has not returned`
  }

  /** To be told of every answer to a call. */
  const verdict = (run: Run, answer: { readonly verdict?: unknown; readonly reason?: unknown } | undefined): void => {
    if (answer?.verdict !== 'Succeeded') return
    const { deployments, groups, health } = viewOf(run)
    if (/^(nothing to gate|Bypassed): /.test(String(answer.reason))) return
    const [id] = deployments.keys()
    const why = id === undefined ? 'nothing was read' : whyUnhealthy(id, groups, health)
    if (why !== undefined) broken(`P2: Succeeded, ${answer.reason}, but ${why}`)
  }

  /** To be asked when nothing is under way any more, and somebody has looked at every deployment after its end. */
  const settled = (): void => {
    for (const group of world.autoScalingGroups.values()) {
      const people = byPeople.get(group.name) ?? new Set()
      const held = group.suspendedProcesses.filter((one) => holdProcesses.includes(one) && !people.has(one))
      if (held.length > 0) broken(`P3: ${group.name} is still held: ${held}`)
      const left = attachmentsLeft(group)
      const records = group.tags.map(({ key }) => key).filter((key) => key.startsWith('greenlight:'))
      const due = left.length > 0 ? ['greenlight:record', ...left.map((name) => `greenlight:attached/${name}`)] : []
      const astray = records.filter((key) => !due.includes(key))
      if (astray.length > 0) broken(`P3: ${group.name} still has the records ${astray}`)
    }
    for (const { deploymentId, status, creator } of world.deployments.values()) {
      if (creator !== 'user') continue
      for (const name of greensOf(deploymentId)) {
        const group = world.autoScalingGroups.get(name)
        if (group === undefined || group.status !== undefined) continue
        const isNamed = [...world.deploymentGroups.values()].some(({ autoScalingGroups }) =>
          autoScalingGroups.includes(name),
        )
        const attached = attachedTargetGroups(world, group).map((one) => one.name)
        const missing = wantedBy(deploymentId).filter((one) => !attached.includes(one))
        if (status === 'Succeeded' && isNamed && missing.length > 0) broken(`P3: ${name} succeeded without ${missing}`)
        // One that its deployment group named after all was settled then, and may have been another deployment's blue since.
        const wasNamed = [...world.deployments.values()].some(({ blue }) => blue === name)
        if (status === 'Succeeded' || isNamed || wasNamed) continue
        const mayStay = attachmentsLeft(group)
        const ours = attached.filter((one) => byUs.get(name)?.has(one) && !mayStay.includes(one))
        if (ours.length > 0) broken(`P3: ${name} failed and still has ${ours}`)
      }
    }
  }

  /** Which of our attachments to a failed green may stay for safety, by the world as it is. */
  const attachmentsLeft = (group: AutoScalingGroup): readonly string[] => {
    const deployment = [...world.deployments.values()].find(
      ({ deploymentId, creator }) => creator === 'user' && greensOf(deploymentId).includes(group.name),
    )
    if (deployment === undefined || deployment.status === 'Succeeded') return []
    const named = groupOf({ applicationName: deployment.application, deploymentGroupName: deployment.deploymentGroup })
    const blue = (named?.autoScalingGroups ?? []).flatMap((name) =>
      instancesOf(world, name).map(({ instanceId }) => instanceId),
    )
    return attachedTargetGroups(world, group)
      .filter(({ targets, loadBalancerArns }) => {
        const states = new Map([...targets.values()].map(({ id, state }) => [id, state]))
        const healthy = [...states].filter(([, state]) => state === 'healthy').map(([id]) => id)
        const own = instancesOf(world, group.name).map(({ instanceId }) => instanceId)
        if (loadBalancerArns.length === 0) return false
        if (healthy.length > 0 && !healthy.some((id) => own.includes(id))) return false
        return !hasReturned(blue, states, progressOf(deployment).blocked)
      })
      .map(({ name }) => name)
  }

  const whyUnhealthy = (id: string, groups: View['groups'], health: View['health']): string | undefined => {
    for (const green of greensOf(id)) {
      const group = groups.get(green)
      if (group === undefined) return `${green} was not looked at`
      for (const name of wantedBy(id)) {
        if (!group.attached.includes(name)) return `${green} is without ${name}`
        const healthy = group.inService.filter((one) => health.get(name)?.get(one) === 'healthy')
        const needed = Math.max(1, group.inService.length, group.desired)
        if (healthy.length < needed) return `${green} has ${healthy.length} of ${needed} healthy in ${name}`
      }
    }
    return undefined
  }

  /** Every hold that a record has ever told of: another run may have taken the record away meanwhile. */
  const heldEver = new Set<string>()
  const remember = (input: Call['input']): void => {
    for (const { ResourceId, Key, Value = '' } of tagsIn(input)) {
      const [id, ...processes] = Value.split(' ')
      if (Key === 'greenlight:held') for (const process of processes) heldEver.add(`${id} ${ResourceId} ${process}`)
    }
  }

  const greensOf = (id: string): readonly string[] => {
    const deployment = world.deployments.get(id)
    if (deployment === undefined) return []
    return deployment.targetInstances?.autoScalingGroups ?? [`CodeDeploy_${deployment.deploymentGroup}_${id}`]
  }
  const wantedBy = (id: string): readonly string[] =>
    (world.deployments.get(id)?.loadBalancerInfo?.targetGroupInfoList ?? []).map(({ name }) => name)
  const groupOf = (input: Call['input']) =>
    world.deploymentGroups.get(`${input['applicationName']}/${input['deploymentGroupName']}`)
  const byArn = (arn: string): TargetGroup | undefined =>
    [...world.targetGroups.values()].find((one) => one.arn === arn)
  const targetGroupsIn = (input: Call['input']) =>
    namesIn(input, 'TargetGroupARNs').map((arn) => byArn(arn)?.name ?? arn)
  const seen = (group: AutoScalingGroup): GroupSeen => ({
    attached: attachedTargetGroups(world, group).map(({ name }) => name),
    suspended: [...group.suspendedProcesses],
    tags: new Map(group.tags.map(({ key, value }) => [key, value])),
    instances: instancesOf(world, group.name).map(({ instanceId }) => instanceId),
    inService: inServiceOf(world, group.name).map(({ instanceId }) => instanceId),
    desired: group.desiredCapacity,
  })

  return {
    about: (run: Run, call: Call): void => {
      about(run, call)
      if (call.action === 'autoscaling:CreateOrUpdateTags') remember(call.input)
    },
    answered,
    verdict,
    settled,
    /** A person suspends; what was suspended already, by whomever, shows no difference. */
    personSuspends: (group: string, process: string): void => {
      if (!world.autoScalingGroups.get(group)?.suspendedProcesses.includes(process)) setOf(byPeople, group).add(process)
    },
    personResumes: (group: string, process: string): void => void setOf(byPeople, group).delete(process),
    personDetaches: (group: string, targetGroup: string): void => void setOf(byUs, group).delete(targetGroup),
    /** CodeDeploy has copied blue: what people had suspended there is suspended here, and not by us. */
    copied: (blue: string, green: string): void => void byPeople.set(green, new Set(byPeople.get(blue))),
  }
}

type SeenDeployment = Pick<Deployment, 'deploymentId' | 'status' | 'creator'>

const isEnded = (status: string): boolean => ['Succeeded', 'Failed', 'Stopped'].includes(status)

/** A call or a hook asked for its gate by name. */
const isAsked = ({ event }: Run): boolean => typeof event === 'object' && event !== null && 'DeploymentId' in event

const setOf = <Key>(sets: Map<Key, Set<string>>, key: Key): Set<string> => {
  const set = sets.get(key) ?? new Set()
  sets.set(key, set)
  return set
}

/** Blue has returned to a target group (design 1), every instance of it healthy: MinimumHealthyPercent is 100. */
const hasReturned = (
  blue: readonly string[],
  states: ReadonlyMap<string, string>,
  blocked: ReadonlySet<string>,
): boolean => {
  const registered = blue.filter((id) => states.has(id))
  return (
    registered.length > 0 &&
    blue.every((id) => !blocked.has(id) || registered.includes(id)) &&
    registered.every((id) => states.get(id) === 'healthy')
  )
}

const progressOf = (deployment: Deployment | undefined): Progress => {
  const targets = [...(deployment?.targets.values() ?? [])]
  const statusOf = (events: Deployment['targets'] extends Map<string, infer Target> ? Target : never, name: string) =>
    events.lifecycleEvents.find((event) => event.name === name)?.status
  const greens = targets.filter(({ label, status }) => label === 'Green' && status !== 'Failed')
  return {
    some: greens.length > 0,
    installed:
      greens.length > 0 &&
      greens.every((target) => ['Succeeded', 'Skipped'].includes(statusOf(target, 'ValidateService') ?? '')),
    arrived: greens.every((target) => statusOf(target, 'AllowTraffic') === 'Succeeded'),
    blocked: new Set(
      targets
        .filter((target) => !['Pending', 'Skipped', undefined].includes(statusOf(target, 'BlockTraffic')))
        .map(({ targetId }) => targetId),
    ),
  }
}

// AWS's inputs as the simulator has read them.
const namesIn = (input: Call['input'], key = 'AutoScalingGroupNames'): readonly string[] =>
  [input[key] ?? []].flat().map(String)
const groupIn = (input: Call['input']): string => String(input['AutoScalingGroupName'] ?? tagsIn(input)[0]?.ResourceId)
const tagsIn = (input: Call['input']) =>
  (input['Tags'] ?? []) as readonly { readonly ResourceId: string; readonly Key: string; readonly Value?: string }[]
