import type { Call, Simulator, WireRequest, WireResponse } from '../../../simulator/simulate.ts'
import {
  type AutoScalingGroup,
  attachedTargetGroups,
  type Deployment,
  type DeploymentGroup,
  inServiceOf,
  instancesOf,
  isOver,
  targetGroupByArn,
} from '../../../simulator/world/state.ts'
import type { Run } from '../../deployments/runs.ts'
import { type AutoScalingTag, groupsIn, instancesIn, isReadRequest, readRequest, tagsIn, textsIn } from './request.ts'

// What one run of Greenlight has seen: AWS's latest answer to each of its questions, as the world was at that moment.
// Nothing here comes from `src/`: the oracles know Greenlight by the calls that it makes, and by nothing else.

/** A moment: each request that is sent, and each answer that arrives, has the next number. */
export type Moment = number

type At<Value> = Value & { readonly at: Moment }

/** What one run knows from the answers of AWS. */
export type Seen = {
  readonly event: unknown
  /** By `application/group`: the mode that its tags choose. */
  readonly modes: Map<string, string>
  /** By `application/group`: the test target groups that its tags name. */
  readonly tests: Map<string, readonly string[]>
  /** By id. */
  readonly deployments: Map<string, At<DeploymentSeen>>
  /** By id of the deployment. */
  readonly progress: Map<string, At<ProgressSeen>>
  /** By name. */
  readonly groups: Map<string, At<GroupSeen>>
  /** By name of the target group: the state of each target. */
  readonly health: Map<string, At<{ readonly states: ReadonlyMap<string, string> }>>
  /** By `application/group`: the Auto Scaling groups that the deployment group names. */
  readonly named: Map<string, At<{ readonly names: readonly string[] }>>
  /** By `application/group`: its first-hand deployments and rollbacks under way. */
  readonly underWay: Map<string, At<{ readonly ids: readonly string[]; readonly moving: readonly string[] }>>
  /** By id of the deployment: when the run sent its latest change. */
  readonly changedAt: Map<string, Moment>
  /** The run's own calls about tags that AWS has carried out. */
  readonly tagged: Call[]
}

export type DeploymentSeen = Pick<Deployment, 'deploymentId' | 'status' | 'creator'>

/** How far a deployment's green instances are; those that CodeDeploy has failed do not count. */
type ProgressSeen = {
  readonly hasTargets: boolean
  readonly isInstalled: boolean
  readonly hasArrived: boolean
  /** CodeDeploy has not begun with some target: it waits for a batch. */
  readonly isBetweenBatches: boolean
  /** A script of the deployment is at BeforeAllowTraffic. */
  readonly isAsking: boolean
  /** Whether AllowTraffic has begun on some green instance, or BlockTraffic on some blue one. */
  readonly hasBegunTraffic: boolean
  /** The instances that CodeDeploy labels Blue. */
  readonly blue: readonly string[]
  /** The green instances that CodeDeploy itself gave up (F48). */
  readonly givenUp: readonly string[]
}

export type GroupSeen = {
  /** Names of target groups. */
  readonly attached: readonly string[]
  readonly tags: ReadonlyMap<string, string>
  readonly instances: readonly string[]
  readonly inService: readonly string[]
  readonly desired: number
}

/** A call that changes something, at the moment at which a run sends it for the first time. */
export type Change = {
  readonly at: Moment
  readonly operation: string
  readonly input: Call['input']
  /** The Auto Scaling groups that it changes, or whose instances it registers or deregisters. */
  readonly groups: readonly string[]
  /** Names of target groups. */
  readonly targetGroups: readonly string[]
  /** The ids of targets. */
  readonly instances: readonly string[]
  readonly processes: readonly string[]
  readonly tags: readonly AutoScalingTag[]
}

type World = Simulator['world']

/** What is known beyond one run: who has done what. */
export type History = {
  readonly world: World
  /** By Auto Scaling group: the processes that people have suspended. */
  readonly suspendedByPeople: Map<string, Set<string>>
  /** By Auto Scaling group: the target groups that Greenlight has attached, and that are neither detached nor settled since. */
  readonly attachedByUs: Map<string, Set<string>>
  /** What Greenlight has ever registered in target groups, as `target group instance`. */
  readonly registeredByUs: Set<string>
  /** Each hold that a record has ever described, as `deployment group process`. */
  readonly heldEver: Set<string>
  /** Auto Scaling groups whose tags people have written or stripped. */
  readonly taggedByPeople: Set<string>
}

/**
 * Follows the requests of all runs.
 *
 * @param defaultMode the mode of a deployment group without the tag
 * @param onChange hears of each change just before it is sent; a repeated try of the same call is no new change
 */
export const observe = (
  { world, calls }: Pick<Simulator, 'world' | 'calls'>,
  defaultMode: string,
  onChange: (run: Run, seen: Seen, change: Change) => void,
) => {
  const seenBy = new WeakMap<Run, Seen>()
  const invocations = new WeakMap<Run, Set<string>>()
  /** What an answer tells: AWS may give the same one again when it is stale. */
  const told = new WeakMap<WireResponse, (seen: Seen, at: Moment) => void>()
  let moment: Moment = 0
  const next = (): Moment => {
    moment += 1
    return moment
  }
  const { history, catchUp } = remember(world, calls)

  const seenOf = (run: Run): Seen => {
    const seen: Seen = seenBy.get(run) ?? {
      event: run.event,
      ...{
        modes: new Map(),
        tests: new Map(),
        deployments: new Map(),
        progress: new Map(),
        groups: new Map(),
        health: new Map(),
      },
      ...{ named: new Map(), underWay: new Map(), changedAt: new Map(), tagged: [] },
    }
    seenBy.set(run, seen)
    return seen
  }

  /** Call it for each request when it is sent, before it waits for anything. */
  const sends = (run: Run, request: WireRequest): void => {
    catchUp()
    const at = next()
    if (isReadRequest(request)) return
    const known = invocations.get(run) ?? new Set()
    invocations.set(run, known)
    const invocation = request.headers['amz-sdk-invocation-id'] ?? String(at)
    if (known.has(invocation)) return
    known.add(invocation)
    const seen = seenOf(run)
    const change = changeOf(world, request, at)
    onChange(run, seen, change)
    settle(history, change)
    const deploymentId = deploymentOf(world, seen, change)?.deploymentId
    if (deploymentId !== undefined) seen.changedAt.set(deploymentId, at)
  }

  /** Has AWS carry a request out, and learns from the answer. */
  const carriesOut = async (run: Run, handle: () => Promise<WireResponse>): Promise<WireResponse> => {
    const index = calls.length
    const answer = handle()
    const call = calls[index]
    const response = await answer
    if (call?.outcome !== 'ok' || response.body === '' || response.body.startsWith('<html>')) return response
    const seen = seenOf(run)
    const stale = told.get(response)
    const learn = stale ?? lessonOf(world, call, response, defaultMode)
    told.set(response, learn)
    learn(seen, next())
    // An answer from before does not show what the run has written since.
    if (stale !== undefined) for (const one of seen.tagged) tagsWritten(one)(seen)
    return response
  }
  return { history, catchUp, seenOf, sends, carriesOut }
}

/**
 * What is forgotten while the deployment group names green alone is its users' from then on, however the deployment ended: a
 * person who rolls it back by hand afterwards rolls back what was settled. An automatic rollback is still to be undone.
 */
const settle = ({ world, attachedByUs }: History, { operation, groups, tags }: Change): void => {
  if (operation !== 'DeleteTags') return
  const isSettled = (green: string) =>
    [...world.deployments.values()].some(
      (one) =>
        (one.status === 'Stopped' || one.status === 'Failed') &&
        !one.autoRollback.enabled &&
        greensOf(world, one).includes(green) &&
        world.deploymentGroups.get(keyOf(one))?.autoScalingGroups.every((name) => name === green),
    )
  for (const green of groups.filter(isSettled))
    for (const { key } of tags) attachedByUs.get(green)?.delete(key.replace('greenlight:attached/', ''))
}

const changeOf = (world: World, request: WireRequest, at: Moment): Change => {
  const { action, input } = readRequest(request)
  const instances = instancesIn(input)
  const owners = instances.flatMap((id) => world.instances.get(id)?.autoScalingGroupName ?? [])
  return {
    at,
    operation: action.replace(/^\w+:/, ''),
    input,
    groups: [...new Set([...groupsIn(input), ...owners])],
    instances,
    targetGroups: targetGroupsIn(world, input),
    processes: textsIn(input, 'ScalingProcesses'),
    tags: tagsIn(input),
  }
}

const targetGroupsIn = (world: World, input: Call['input']): readonly string[] =>
  [...textsIn(input, 'TargetGroupARNs'), ...[input['TargetGroupArn'] ?? []].flat().map(String)].map(
    (arn) => targetGroupByArn(world, arn)?.name ?? arn,
  )

/** What a run learns from an answer, now or when AWS gives the same answer again. */
const lessonOf = (
  world: World,
  call: Call,
  { body }: WireResponse,
  defaultMode: string,
): ((seen: Seen, at: Moment) => void) => {
  const { action, input } = call
  const id = String(input['deploymentId'])
  const key = `${input['applicationName']}/${input['deploymentGroupName']}`
  switch (action) {
    case 'codedeploy:GetDeployment':
    case 'codedeploy:BatchGetDeployments': {
      const ids = [input['deploymentId'] ?? input['deploymentIds']].flat().map(String)
      const found = ids.flatMap((one) => world.deployments.get(one) ?? []).map(deploymentSeen)
      return ({ deployments }, at) => {
        for (const one of found) deployments.set(one.deploymentId, { ...one, at })
      }
    }
    case 'codedeploy:ListTagsForResource': {
      const group = [...world.deploymentGroups.values()].find(({ arn }) => arn === input['ResourceArn'])
      const tag = group?.tags.find(({ key: name }) => name === 'greenlight:mode')?.value
      const mode = body.includes('greenlight:mode') && tag !== undefined ? tag : defaultMode
      const of = `${group?.application}/${group?.name}`
      const named = group && body.includes(testsTag) ? namesIn(group, testsTag) : []
      return ({ modes, tests }) => {
        modes.set(of, mode)
        tests.set(of, named)
      }
    }
    case 'codedeploy:BatchGetDeploymentTargets':
    case 'codedeploy:ListDeploymentTargets': {
      const isEmpty = /"(deploymentTargets|targetIds)":\[\]/.test(body)
      const progress = progressSeen(isEmpty ? undefined : world.deployments.get(id))
      // An answer about blue says nothing of green.
      const isBlue = isAboutBlue(world, call)
      return (seen, at) => {
        const { blue, hasBegunTraffic, ...green } = isBlue
          ? { ...(seen.progress.get(id) ?? progressSeen(undefined)), blue: progress.blue }
          : { ...progress, blue: seen.progress.get(id)?.blue ?? [] }
        const hasBegun = hasBegunTraffic || progress.hasBegunTraffic
        seen.progress.set(id, { ...green, blue, hasBegunTraffic: hasBegun, at })
      }
    }
    case 'codedeploy:GetDeploymentGroup': {
      const names = [...(world.deploymentGroups.get(key)?.autoScalingGroups ?? [])]
      return ({ named }, at) => void named.set(key, { names, at })
    }
    case 'codedeploy:ListDeployments': {
      const isEmpty = /"deployments":\[\]/.test(body)
      const ids = isEmpty ? [] : underWayOf(world)
      const moving = ids.filter((one) => isMoving(world.deployments.get(one)))
      return ({ underWay }, at) => void underWay.set(key, { ids, moving, at })
    }
    case 'autoscaling:DescribeAutoScalingGroups': {
      const names = textsIn(input, 'AutoScalingGroupNames')
      const isEmpty = !body.includes('<AutoScalingGroupName>')
      const found = names.map((name) => {
        const group = isEmpty ? undefined : world.autoScalingGroups.get(name)
        return { name, group: group && groupSeen(world, group) }
      })
      return ({ groups }, at) => {
        for (const { name, group } of found) {
          if (group === undefined) groups.delete(name)
          else groups.set(name, { ...group, at })
        }
      }
    }
    case 'elasticloadbalancing:DescribeTargetHealth': {
      const targetGroup = targetGroupByArn(world, String(input['TargetGroupArn']))
      const targets = body.includes('<State>') ? [...(targetGroup?.targets.values() ?? [])] : []
      const states = new Map(targets.map((target) => [target.id, target.state]))
      return ({ health }, at) => void health.set(targetGroup?.name ?? '', { states, at })
    }
    default:
      return ownChange(world, call)
  }
}

const isAboutBlue = (world: World, { input }: Call): boolean => {
  const { targetFilters: filters, targetIds: [first] = [] } = input as { targetFilters?: unknown; targetIds?: string[] }
  const target = world.deployments.get(String(input['deploymentId']))?.targets.get(first?.split('/').at(-1) ?? '')
  return target === undefined ? JSON.stringify(filters ?? '').includes('Blue') : target.label === 'Blue'
}

/** A rollback moves traffic from its beginning. */
const isMoving = (deployment: Deployment | undefined): boolean =>
  deployment !== undefined && (!isFirstHand(deployment) || progressSeen(deployment).hasBegunTraffic)

/** A run knows what it has changed itself, without looking again. */
const ownChange = (world: World, call: Call) => {
  const names = targetGroupsIn(world, call.input)
  return (seen: Seen): void => {
    if (/:(CreateOrUpdate|Delete)Tags$/.test(call.action)) {
      seen.tagged.push(call)
      tagsWritten(call)(seen)
    }
    const [name = ''] = groupsIn(call.input)
    const group = seen.groups.get(name)
    if (group === undefined || names.length === 0) return
    const others = group.attached.filter((one) => !names.includes(one))
    seen.groups.set(name, { ...group, attached: call.action.includes(':Attach') ? [...others, ...names] : others })
  }
}

const tagsWritten =
  ({ action, input }: Call) =>
  ({ groups }: Seen): void => {
    for (const { group: name, key, value } of tagsIn(input)) {
      const group = groups.get(name)
      if (group === undefined) continue
      const others = [...group.tags].filter(([other]) => other !== key)
      const tags = new Map(action.endsWith(':DeleteTags') ? others : [...others, [key, value]])
      groups.set(name, { ...group, tags })
    }
  }

const deploymentSeen = ({ deploymentId, status, creator }: Deployment): DeploymentSeen => ({
  deploymentId,
  status,
  creator,
})

/** Deployments under way that forbid attaching to a green that is not theirs: first-hand ones and rollbacks. */
const underWayOf = (world: World): readonly string[] =>
  [...world.deployments.values()]
    .filter((one) => (isFirstHand(one) || one.creator === 'codeDeployRollback') && !isOver(one))
    .map(({ deploymentId }) => deploymentId)

const groupSeen = (world: World, group: AutoScalingGroup): GroupSeen => ({
  attached: attachedTargetGroups(world, group).map(({ name }) => name),
  tags: new Map(group.tags.map(({ key, value }) => [key, value])),
  instances: instancesOf(world, group.name).map(({ instanceId }) => instanceId),
  inService: inServiceOf(world, group.name).map(({ instanceId }) => instanceId),
  // Units are no instances (F58).
  desired: group.instanceTypes.length > 0 ? 0 : group.desiredCapacity,
})

export const progressSeen = (deployment: Deployment | undefined): ProgressSeen => {
  const targets = [...(deployment?.targets.values() ?? [])]
  const statusOf = ({ lifecycleEvents }: (typeof targets)[number], event: string) =>
    lifecycleEvents.find(({ name }) => name === event)?.status ?? ''
  const greens = targets.filter(({ label, status }) => label === 'Green' && status !== 'Failed')
  return {
    hasTargets: greens.length > 0,
    isInstalled:
      greens.length > 0 && greens.every((one) => ['Succeeded', 'Skipped'].includes(statusOf(one, 'ValidateService'))),
    isBetweenBatches: greens.some(({ lifecycleEvents }) => lifecycleEvents.every(({ status }) => status === 'Pending')),
    hasArrived: greens.length > 0 && greens.every((one) => statusOf(one, 'AllowTraffic') === 'Succeeded'),
    isAsking: greens.some((one) => statusOf(one, 'BeforeAllowTraffic') === 'InProgress'),
    hasBegunTraffic: targets.some((one) =>
      ['AllowTraffic', 'BlockTraffic'].some((event) => !['', 'Pending', 'Skipped'].includes(statusOf(one, event))),
    ),
    blue: targets.filter(({ label }) => label === 'Blue').map(({ targetId }) => targetId),
    givenUp: targets
      .filter(({ label, status }) => label === 'Green' && ['Failed', 'Skipped'].includes(status))
      .map(({ targetId }) => targetId),
  }
}

/** Follows who has suspended and attached what. */
const remember = (world: World, calls: Simulator['calls']) => {
  const history: History = {
    world,
    suspendedByPeople: new Map(),
    attachedByUs: new Map(),
    registeredByUs: new Set(),
    heldEver: new Set(),
    taggedByPeople: new Set(),
  }
  const { suspendedByPeople, attachedByUs, registeredByUs, heldEver } = history
  const known = new Set<string>()
  let heard = 0
  let open: readonly Call[] = []

  /**
   * A process that is suspended on a new group was suspended by people, on blue or here, unless a record says otherwise: where
   * people wrote or stripped blue's tags, nobody knows any more who suspended what CodeDeploy copies.
   */
  const meet = (group: AutoScalingGroup): void => {
    const held = group.tags.find(({ key }) => key === 'greenlight:held')?.value.split(' ') ?? []
    const blue = world.deployments.get(group.name.split('_').at(-1) ?? '')?.blue
    const onBlue = suspendedByPeople.get(blue ?? '')
    const isKnown = onBlue !== undefined && !history.taggedByPeople.has(blue ?? '')
    const isByPeople = (process: string) => onBlue?.has(process) === true || (!isKnown && !held.includes(process))
    suspendedByPeople.set(group.name, new Set(group.suspendedProcesses.filter(isByPeople)))
  }

  const carriedOut = ({ action, input }: Call): void => {
    const [group = ''] = groupsIn(input)
    const names = targetGroupsIn(world, input)
    if (action === 'autoscaling:AttachLoadBalancerTargetGroups')
      for (const one of names) setOf(attachedByUs, group).add(one)
    if (action === 'autoscaling:DetachLoadBalancerTargetGroups')
      for (const one of names) setOf(attachedByUs, group).delete(one)
    const targets = instancesIn(input).map((id) => `${names.join()} ${id}`)
    if (action === 'elasticloadbalancing:RegisterTargets') for (const one of targets) registeredByUs.add(one)
  }

  const catchUp = (): void => {
    for (const group of world.autoScalingGroups.values()) {
      if (known.has(group.name)) continue
      known.add(group.name)
      meet(group)
    }
    const pending = [...open, ...calls.slice(heard)].filter(({ principal }) => principal.kind === 'lambda')
    heard = calls.length
    open = pending.filter(({ outcome }) => outcome === '')
    for (const call of pending) {
      if (call.action === 'autoscaling:CreateOrUpdateTags') {
        for (const { group, key, value } of tagsIn(call.input)) {
          const [id, ...processes] = value.split(' ')
          if (key === 'greenlight:held') for (const one of processes) heldEver.add(`${id} ${group} ${one}`)
        }
      }
      if (call.outcome === 'ok') carriedOut(call)
    }
  }
  return { history, catchUp }
}

export const setOf = <Key>(sets: Map<Key, Set<string>>, key: Key): Set<string> => {
  const set = sets.get(key) ?? new Set()
  sets.set(key, set)
  return set
}

/** Somebody has made it, to bring a new release. */
export const isFirstHand = ({ creator }: Pick<Deployment, 'creator'>): boolean =>
  !['codeDeployRollback', 'autoscaling', 'autoscalingTermination', 'CodeDeployAutoUpdate'].includes(creator)

/** The names of a deployment's greens: for Lambda and ECS those that the tags of its deployment group give. */
export const greensOf = (world: World, deployment: Deployment): readonly string[] => {
  if (deployment.computePlatform !== 'Server') return taggedNames(world, deployment, 'greenlight:auto-scaling-groups')
  const named = deployment.targetInstances?.autoScalingGroups ?? []
  return named.length > 0 ? named : [`CodeDeploy_${deployment.deploymentGroup}_${deployment.deploymentId}`]
}

/** The names of the target groups that its greens ought to have. */
export const wantedBy = (world: World, deployment: Deployment): readonly string[] =>
  deployment.computePlatform === 'Server'
    ? (deployment.loadBalancerInfo?.targetGroupInfoList ?? []).map(({ name }) => name)
    : taggedNames(world, deployment, 'greenlight:target-groups')

const taggedNames = (world: World, deployment: Deployment, tag: string): readonly string[] =>
  namesIn(world.deploymentGroups.get(keyOf(deployment)), tag)

const testsTag = 'greenlight:test-target-groups'

/** The names in a list of tags: `tag`, `tag/2` and so on. */
const namesIn = (group: Pick<DeploymentGroup, 'tags'> | undefined, tag: string): readonly string[] =>
  (group?.tags ?? [])
    .filter(({ key }) => key === tag || key.startsWith(`${tag}/`))
    .flatMap(({ value }) => value.split(/\s+/))
    .filter((name) => name !== '')

/** Whether a group is green, or, for Lambda and ECS, has the deployment's records, though the tags do not name it any more. */
export const isGreen = (world: World, { groups }: Seen, deployment: Deployment, group: string): boolean => {
  const tags = [...(groups.get(group)?.tags.values() ?? [])]
  const isRecorded = tags.some((value) => value.split(' ')[0] === deployment.deploymentId)
  return greensOf(world, deployment).includes(group) || (deployment.computePlatform !== 'Server' && isRecorded)
}

/** The test target groups in which a run has to prove green: of Server alone, and none once its traffic has arrived, or its deployment is over. */
export const testsSeen = ({ tests, progress, deployments }: Seen, deployment: Deployment): readonly string[] => {
  const { deploymentId: id } = deployment
  const isNever = deployment.computePlatform !== 'Server'
  const isLate = progress.get(id)?.hasArrived === true || isEnded(deployments.get(id)?.status ?? '')
  return isNever || isLate ? [] : (tests.get(keyOf(deployment)) ?? [])
}

/** `application/group`. */
export const keyOf = ({ application, deploymentGroup }: Deployment): string => `${application}/${deploymentGroup}`

/**
 * The deployment that a change is for, by what its run has read: of those that share a green, the one under way, or the one it
 * read last.
 */
export const deploymentOf = (world: World, seen: Seen, { input, groups }: Change): Deployment | undefined => {
  if (input['deploymentId'] !== undefined) return world.deployments.get(String(input['deploymentId']))
  const isOver = ({ status }: DeploymentSeen) => Number(isEnded(status))
  return [...seen.deployments.values()]
    .toSorted((one, other) => isOver(one) - isOver(other) || other.at - one.at)
    .flatMap(({ deploymentId }) => world.deployments.get(deploymentId) ?? [])
    .find((one) => isFirstHand(one) && groups.some((group) => isGreen(world, seen, one, group)))
}

/** A status of a deployment that is over. */
export const isEnded = (status: string): boolean => ['Succeeded', 'Failed', 'Stopped'].includes(status)

/** Whether a hook or a call asked about a deployment by name. */
export const isAsked = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'DeploymentId' in event
