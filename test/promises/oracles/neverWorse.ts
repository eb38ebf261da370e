import { attachedTargetGroups, type Deployment, instancesOf, isOver } from '../../../simulator/world/state.ts'
import {
  type Change,
  type DeploymentSeen,
  deploymentOf,
  type GroupSeen,
  greensOf,
  type History,
  isAsked,
  isEnded,
  isFirstHand,
  isGreen,
  keyOf,
  progressSeen,
  type Seen,
  testsSeen,
  wantedBy,
} from './observed.ts'
import { whyUnhealthy } from './toldTheTruth.ts'

/** The scaling processes that a hold may suspend. */
export const holdable = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions']

/** What is known of a change: the run that sends it, for which deployment, and what that run has read. */
type Judged = {
  readonly history: History
  readonly seen: Seen
  readonly change: Change
  readonly deployment: Deployment
  /** As the run has read it. */
  readonly status: string
  /** The mode that the run has read; `unread` if it has not. */
  readonly mode: string
  /** When the run sent its previous change for this deployment. */
  readonly before: number
}

/**
 * Never worse: judges each change at the moment it is sent, by what AWS has answered the very run that sends it.
 *
 * @param minimumHealthyPercent of green's instances, before traffic moves there
 * @returns why it breaks the promise, in sentences; none if it keeps it
 */
export const makesWorse = (
  history: History,
  seen: Seen,
  change: Change,
  minimumHealthyPercent: number,
): readonly string[] => {
  const { operation } = change
  if (operation === 'PutLifecycleEventHookExecutionStatus') {
    return isHook(seen.event) ? [] : ['although no hook asked for it']
  }
  const deployment = deploymentOf(history.world, seen, change)
  const read = seen.deployments.get(deployment?.deploymentId ?? '')
  if (deployment === undefined || read === undefined || !isFirstHand(deployment)) {
    if (operation === 'ResumeProcesses' || operation === 'DeleteTags') return whyNotForget(history, seen, change)
    return [`${change.groups.join(' ') || 'this'} is of no first-hand deployment that the run has read`]
  }
  const judged: Judged = {
    ...{ history, seen, change, deployment },
    status: read.status,
    mode: seen.modes.get(keyOf(deployment)) ?? 'unread',
    before: seen.changedAt.get(deployment.deploymentId) ?? 0,
  }
  if (operation === 'ContinueDeployment' || operation === 'StopDeployment') {
    return [...stale(judged, ['deployment']), ...whyNotSteer(judged, read, minimumHealthyPercent)]
  }
  const strangers = change.groups.filter((group) => !isGreen(history.world, seen, deployment, group))
  if (strangers.length > 0) return [`${strangers.join(' ')} is not green`]
  const { groups } = seen
  return change.groups.flatMap((green) => {
    const group = groups.get(green)
    return group === undefined ? [`${green} was not looked at`] : whyNotChange(judged, green, group)
  })
}

/** What a record describes may be released and forgotten where the Auto Scaling group is not the green of its deployment. */
const whyNotForget = ({ world }: History, { groups }: Seen, change: Change): readonly string[] =>
  change.groups.flatMap((name) => {
    const tags = groups.get(name)?.tags ?? new Map()
    const held = (tags.get('greenlight:held') ?? '').split(' ')
    const own = [held[0], tags.get('greenlight:record')].flatMap((id) => world.deployments.get(id ?? '') ?? [])
    if (own.some((one) => greensOf(world, one).includes(name))) return [`${name} is of a deployment that was not read`]
    const others = [
      ...change.processes.filter((one) => !held.includes(one)),
      ...change.tags.map(({ key }) => key).filter((key) => !key.startsWith('greenlight:')),
    ]
    return others.length > 0 ? [`${others}, which is no record of ${name}`] : []
  })

const whyNotChange = (judged: Judged, green: string, group: GroupSeen): readonly string[] => {
  const { change, deployment, mode, history, status } = judged
  const { operation, processes, tags, targetGroups } = change
  const isReleasing = ['ResumeProcesses', 'DeleteTags', 'DeregisterTargets'].includes(operation)
  // A tag that does not parse begins nothing; what was begun is finished.
  const isKnown = mode !== 'unread' || !history.world.deploymentGroups.has(keyOf(deployment))
  const isTakingBack = operation === 'DetachLoadBalancerTargetGroups' || operation === 'DeregisterTargets'
  const isFinishing = isTakingBack ? mode !== 'observe' && isKnown : isReleasing
  if (!['heal', 'gate'].includes(mode) && !isFinishing) return [`in mode ${mode}`]
  if (!isReleasing && isUninvited(judged)) return [`uninvited, while it is ${status} in mode ${mode}`]
  const held = (group.tags.get('greenlight:held') ?? '').split(' ')
  switch (operation) {
    case 'AttachLoadBalancerTargetGroups':
      return whyNotAttach(judged, green, group)
    case 'DetachLoadBalancerTargetGroups':
      return [
        ...stale(judged, ['deployment', 'group', 'named', 'underWay', 'health']),
        ...targetGroups.flatMap((name) => whyNotDetach(judged, green, group, name)),
      ]
    case 'RegisterTargets':
      return targetGroups.flatMap((name) => whyNotRegister(judged, green, group, name))
    case 'DeregisterTargets':
      return targetGroups.flatMap((name) => whyNotDeregister(judged, name))
    case 'SuspendProcesses': {
      if (processes.length === 0) return ['every process']
      if (held[0] !== deployment.deploymentId) return ['without a record']
      if (isEnded(status)) return [`while its deployment is ${status}`]
      const others = processes.filter((one) => !held.includes(one) || !holdable.includes(one))
      return others.length > 0 ? [`${others} without a record`] : []
    }
    case 'ResumeProcesses': {
      if (processes.length === 0) return ['every process']
      const isOurs = (one: string) =>
        held.includes(one) || history.heldEver.has(`${deployment.deploymentId} ${green} ${one}`)
      const others = processes.filter((one) => !isOurs(one))
      return others.length > 0 ? [`${others}, which Greenlight did not suspend`] : []
    }
    case 'CreateOrUpdateTags':
    case 'DeleteTags': {
      const others = tags.filter(({ key }) => !key.startsWith('greenlight:')).map(({ key }) => key)
      if (tags.length === 0 || others.length > 0) return [`tags of somebody else: ${others}`]
      const owed = tags.some(({ key }) => key === 'greenlight:record') ? owedTo(judged, green, group) : []
      return operation === 'DeleteTags' && owed.length > 0
        ? [`the record of ${green}, which is still without ${owed}`]
        : []
    }
    default:
      return ['which Greenlight has no reason to call']
  }
}

/** What settle may have to attach: once its record is gone, no sweep finds green where the news of the success is lost. */
const owedTo = ({ history, seen, deployment, status, mode }: Judged, green: string, group: GroupSeen) => {
  const isDue =
    status === 'Succeeded'
      ? seen.named.get(keyOf(deployment))?.names.includes(green)
      : !isEnded(status) && seen.progress.get(deployment.deploymentId)?.hasArrived
  return isDue === true && mode !== 'observe' && deployment.computePlatform === 'Server'
    ? wantedBy(history.world, deployment).filter(
        (name) => history.world.targetGroups.get(name)?.targetType === 'instance' && !group.attached.includes(name),
      )
    : []
}

/** Anybody may call: only mode `gate`, or a script of the deployment's own, invites a gate of a Server deployment. */
const isUninvited = ({ seen, deployment, status, mode }: Judged): boolean =>
  isAsked(seen.event) &&
  deployment.computePlatform === 'Server' &&
  !isEnded(status) &&
  mode !== 'gate' &&
  seen.progress.get(deployment.deploymentId)?.isAsking !== true

const whyNotAttach = (judged: Judged, green: string, group: GroupSeen): readonly string[] => {
  const { seen, change, deployment, status, mode, history } = judged
  const { targetGroups: names } = change
  const id = deployment.deploymentId
  const foreign = names.filter((name) => !wantedBy(history.world, deployment).includes(name))
  if (foreign.length > 0) return [`nobody wants ${foreign}`]
  const again = names.filter((name) => group.attached.includes(name))
  if (again.length > 0) return [`${again} is attached already`]
  if (isEnded(status)) return whyNotAttachAtTheEnd(judged, green)

  const outdated = stale(judged, ['deployment'])
  if (outdated.length > 0) return outdated
  const unrecorded = names.filter((name) => !isNotedFor(id, group, name))
  if (unrecorded.length > 0) return [`${unrecorded} without a record`]
  const isServer = deployment.computePlatform === 'Server'
  if (isServer && seen.progress.get(id)?.hasArrived) return []
  const tests = testsSeen(seen, deployment)
  if (tests.length > 0) return [`gives traffic, though ${tests} would prove it`]
  const isGate = isAsked(seen.event) || (mode === 'gate' && status === 'Ready')
  if (!isGate) return [`gives traffic that CodeDeploy has not given, while it is ${status} in mode ${mode}`]
  return whyNotProve(judged)
}

/** Before traffic green is proved only where it is installed. */
const whyNotProve = ({ seen, deployment, status }: Judged): readonly string[] => {
  const isInstalled = status === 'Ready' || seen.progress.get(deployment.deploymentId)?.isInstalled === true
  return deployment.computePlatform === 'Server' && !isInstalled ? ['before it is installed'] : []
}

/** A record begins with the id of its deployment; the second in which it was written follows. */
const isNotedFor = (id: string, { tags }: GroupSeen, targetGroup: string, as = 'attached'): boolean =>
  (tags.get(`greenlight:${as}/${targetGroup}`) ?? '').split(' ')[0] === id

const whyNotRegister = (judged: Judged, green: string, group: GroupSeen, name: string): readonly string[] => {
  const { seen, change, deployment, status, mode, history } = judged
  const { deploymentId: id } = deployment
  if (!testsSeen(seen, deployment).includes(name)) return [`in ${name}, which is to test nothing of ${green} now`]
  if (wantedBy(history.world, deployment).includes(name)) return [`in ${name}, where users are`]
  const owners = history.world.targetGroups.get(name)?.tags.get('greenlight:gated-by') ?? ''
  if (!owners.split(/\s+/).includes(keyOf(deployment))) return [`in ${name}, whose owner has not agreed`]
  if (!isNotedFor(id, group, name, 'testing')) return [`in ${name} without a record`]
  if (!isAsked(seen.event) && (mode !== 'gate' || status !== 'Ready')) return [`while it is ${status} in mode ${mode}`]
  const givenUp = seen.progress.get(id)?.givenUp ?? []
  const others = change.instances.filter((one) => !group.inService.includes(one) || givenUp.includes(one))
  return [...(others.length > 0 ? [`${others}, which ${green} has not in service`] : []), ...whyNotProve(judged)]
}

const whyNotDeregister = ({ change, deployment, history }: Judged, name: string): readonly string[] => {
  const others = change.instances.filter((one) => !history.registeredByUs.has(`${name} ${one}`))
  if (others.length > 0) return [`${others}, which Greenlight has not registered in ${name}`]
  return wantedBy(history.world, deployment).includes(name) ? [`from ${name}, where users are`] : []
}

const whyNotAttachAtTheEnd = (judged: Judged, green: string): readonly string[] => {
  const { seen, deployment, status, history } = judged
  const key = keyOf(deployment)
  const outdated = stale(judged, ['deployment', 'group', 'named', 'underWay'])
  if (outdated.length > 0) return outdated
  const isNamed =
    deployment.computePlatform === 'Server'
      ? seen.named.get(key)?.names.includes(green)
      : status === 'Succeeded' && greensOf(history.world, deployment).includes(green)
  if (!isNamed) return ['to a green that its deployment group does not name']
  const others = (seen.underWay.get(key)?.ids ?? []).filter((one) => one !== deployment.deploymentId)
  return others.length > 0 ? [`while ${others} is under way`] : []
}

const whyNotDetach = (judged: Judged, green: string, group: GroupSeen, name: string): readonly string[] => {
  const { seen, deployment, status, history } = judged
  const { deploymentId: id } = deployment
  if (status !== 'Failed' && status !== 'Stopped') return [`while it is ${status}`]
  const isRecorded = isNotedFor(id, group, name)
  if (!isRecorded && !history.attachedByUs.get(green)?.has(name)) return [`${name}, which Greenlight did not attach`]
  const all = greensOf(history.world, deployment)
  const greens = all.includes(green) ? all : [green]
  const isServer = deployment.computePlatform === 'Server'
  const named = isServer ? (seen.named.get(keyOf(deployment))?.names ?? []) : []
  if (named.includes(green) && named.every((one) => greens.includes(one)))
    return ['from a green that its deployment group names alone']
  const targetGroup = history.world.targetGroups.get(name)
  if (targetGroup === undefined || targetGroup.loadBalancerArns.length === 0) return []
  const health = seen.health.get(name)
  if (health === undefined || health.at <= judged.before) return [`${name} without asking for its health again`]
  const { ids = [], moving = [] } = seen.underWay.get(keyOf(deployment)) ?? {}
  const busy = ids.filter((one) => one !== id && (moving.includes(one) || isGreenOf(history, one, green)))
  if (busy.length > 0) return [`${name}, while ${busy} is under way`]
  const progress = seen.progress.get(id)
  const instancesSeen = (names: readonly string[]) => names.flatMap((one) => seen.groups.get(one)?.instances ?? [])
  const others = named.filter((one) => !greens.includes(one))
  const stands: Standing = {
    states: health.states,
    green: instancesSeen(greens),
    production: others.length > 0 ? instancesSeen(others) : (progress?.blue ?? []),
    isUntouched: !isServer || (progress?.hasTargets === true && !progress.hasBegunTraffic),
    isServer,
  }
  return doesWithoutGreen(stands) ? [] : [`${name}, though production does not carry its traffic`]
}

/** Of Lambda and ECS the tags name the same greens for each deployment. */
const isGreenOf = ({ world }: History, deploymentId: string, green: string): boolean => {
  const deployment = world.deployments.get(deploymentId)
  return deployment !== undefined && greensOf(world, deployment).includes(green)
}

const whyNotSteer = (
  { seen, change, deployment, mode, status, before, history }: Judged,
  { creator }: DeploymentSeen,
  minimumHealthyPercent: number,
): readonly string[] => {
  const { deploymentId: id } = deployment
  if (creator !== 'user') return [`a deployment made by ${creator}`]
  if (isAsked(seen.event)) return ['for a hook or a call']
  if (mode !== 'gate') return [`in mode ${mode}`]
  if (change.operation === 'StopDeployment') {
    if (change.input['autoRollbackEnabled'] !== false) return ['with a rollback']
    if (['Ready', 'Created', 'Queued'].includes(status)) return []
    const isInstalling = status === 'InProgress' && seen.progress.get(id)?.isInstalled === false
    return isInstalling ? [] : [`while it is ${status} and its traffic moves`]
  }
  if (status !== 'Ready') return [`while it is ${status}`]
  const why = whyUnhealthy(history.world, seen, deployment, minimumHealthyPercent, before)
  return why === undefined ? [] : [why]
}

type Read = 'deployment' | 'group' | 'named' | 'underWay' | 'health'

/** What a run has not asked again since it sent its previous change for this deployment. */
const stale = ({ seen, change, deployment, before, history }: Judged, reads: readonly Read[]): readonly string[] => {
  const key = keyOf(deployment)
  const isServer = deployment.computePlatform === 'Server'
  const latest: Readonly<Record<Read, number>> = {
    deployment: seen.deployments.get(deployment.deploymentId)?.at ?? 0,
    group: Math.min(...change.groups.map((green) => seen.groups.get(green)?.at ?? 0)),
    // The tags of a Lambda or ECS deployment group name its greens for ever.
    named: isServer ? (seen.named.get(key)?.at ?? 0) : Number.POSITIVE_INFINITY,
    // One that is gone has no deployments.
    underWay: history.world.deploymentGroups.has(key) ? (seen.underWay.get(key)?.at ?? 0) : Number.POSITIVE_INFINITY,
    health: Math.min(
      ...change.targetGroups
        .filter((name) => (history.world.targetGroups.get(name)?.loadBalancerArns ?? []).length > 0)
        .map((name) => seen.health.get(name)?.at ?? 0),
    ),
  }
  const outdated = reads.filter((read) => latest[read] <= before)
  return outdated.length > 0 ? [`without asking again after its previous change: ${outdated.join(', ')}`] : []
}

const isHook = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'LifecycleEventHookExecutionId' in event

/** How a target group stands, and who is who in it. */
type Standing = {
  /** By instance: the state of its target. */
  readonly states: ReadonlyMap<string, string>
  readonly green: readonly string[]
  readonly production: readonly string[]
  /** Whether CodeDeploy is known to have moved no traffic of this deployment. */
  readonly isUntouched: boolean
  readonly isServer: boolean
}

/** Whether nobody misses green: production carries the traffic by itself, or nobody but green was ever to have any. */
const doesWithoutGreen = ({ states, green, production, isUntouched, isServer }: Standing): boolean => {
  const own = [...states].filter(([id]) => green.includes(id))
  const healthyGreen = own.filter(([, state]) => state === 'healthy').length
  const registeredGreen = own.filter(([, state]) => !state.endsWith('draining')).length
  const healthyProduction = production.filter((id) => !green.includes(id) && states.get(id) === 'healthy').length
  const demanded = Math.max(1, isUntouched ? healthyGreen : registeredGreen)
  if (isServer && healthyProduction >= demanded) return true
  const isTold = states.size > 0 || green.length === 0
  return isTold && isUntouched && own.length === states.size && healthyGreen === 0
}

/** Which target groups of a green whose deployment has failed have to stay attached for safety, by the world as it is. */
export const mustStayAttached = ({ world }: History, deployment: Deployment, green: string): readonly string[] => {
  const group = world.autoScalingGroups.get(green)
  if (group === undefined || !isOver(deployment) || deployment.status === 'Succeeded') return []
  const named = world.deploymentGroups.get(keyOf(deployment))?.autoScalingGroups ?? []
  const greens = greensOf(world, deployment)
  const others = named.filter((name) => !greens.includes(name))
  const idsOf = (names: readonly string[]) =>
    names.flatMap((name) => instancesOf(world, name)).map(({ instanceId }) => instanceId)
  const isServer = deployment.computePlatform === 'Server'
  const { hasTargets, hasBegunTraffic, blue } = progressSeen(deployment)
  const who = {
    green: idsOf(greens),
    production: others.length > 0 ? idsOf(others) : blue,
    isUntouched: !isServer || (hasTargets && !hasBegunTraffic),
    isServer,
  }
  // What Auto Scaling launches is registered in a moment: a green that is replaced again and again is not let go meanwhile.
  const launching = instancesOf(world, green)
    .filter(({ lifecycleState }) => lifecycleState.startsWith('Pending'))
    .map(({ instanceId }) => [instanceId, 'initial'] as const)
  return attachedTargetGroups(world, group)
    .filter(({ targets, loadBalancerArns }) => {
      const states = new Map([...launching, ...[...targets.values()].map(({ id, state }) => [id, state] as const)])
      return loadBalancerArns.length > 0 && !doesWithoutGreen({ ...who, states })
    })
    .map(({ name }) => name)
}

/** What users and blue have seen of a deployment. */
type Outcome = { readonly usersFailed: number; readonly end: { readonly status: string; readonly blue: unknown } }

/** What a deployment does to users and to blue that the same one does not do where nothing goes wrong. */
export const harms = (played: Outcome, faultless: Outcome): readonly string[] => [
  ...(played.usersFailed > faultless.usersFailed ? [`users lost ${played.usersFailed} requests`] : []),
  ...(played.end.status === faultless.end.status &&
  JSON.stringify(played.end.blue) !== JSON.stringify(faultless.end.blue)
    ? ['blue was changed']
    : []),
]
