import type { Call, Simulator } from '../../simulator/simulate.ts'
import { attachedArns, type Deployment, deploymentGroupOf, isOver, serves } from '../../simulator/world/state.ts'

/** Whose deployment is watched, and who may give its green traffic early. */
type Watched = {
  readonly deploymentId: string
  readonly greens: readonly string[]
  readonly mode: 'heal' | 'gate'
}

/**
 * Watches promise P4 call by call: each call that changes something is judged on the world just before it.
 *
 * @param heldBefore the processes that a deployment before has left suspended on green, by its record
 * @returns what is to be called around each request of a run of the function, and the sentences of what it has found
 */
export const watching = (heldBefore: readonly string[] = []) => {
  const found: string[] = []
  /** Each with its green: `CodeDeploy_web HealthCheck`. */
  const attachedByUs = new Set<string>()
  const suspendedByUs = new Set<string>()
  const isOurs = (green: string, process: string) =>
    suspendedByUs.has(`${green} ${process}`) || heldBefore.includes(process)

  const judge = ({ action, input }: Call, before: Before, watched: Watched, isAsked: boolean): void => {
    const name = action.replace(/^\w+:/, '')
    const broken = (what: string) => void found.push(`${name} ${what}`)
    const { deploymentId, greens, mode } = watched

    const changed = groupsOf(input)
    const others = changed.filter((group) => !greens.includes(group))
    if (others.length > 0) broken(`changes ${others}, which is not green`)
    const green = changed[0] ?? ''
    const { attached, suspended, recordOf, isSettling } = before.of(green)

    const processes = namesIn(input['ScalingProcesses'])
    const arns = namesIn(input['TargetGroupARNs'])
    switch (name) {
      case 'CreateOrUpdateTags':
      case 'DeleteTags':
        if (tagsOf(input).some(({ Key }) => !Key?.startsWith('greenlight:'))) broken('is about a tag that is not ours')
        break
      case 'SuspendProcesses':
        if (processes.length === 0) broken('is about every process')
        for (const process of processes.filter((one) => !suspended.includes(one))) {
          if (!recordOf('greenlight:held')?.split(' ').includes(process)) broken(`of ${process} has no record`)
          suspendedByUs.add(`${green} ${process}`)
        }
        break
      case 'ResumeProcesses':
        if (processes.length === 0) broken('is about every process')
        for (const process of processes.filter((one) => suspended.includes(one))) {
          if (!isOurs(green, process)) broken(`of ${process}, which we did not suspend`)
          suspendedByUs.delete(`${green} ${process}`)
        }
        break
      case 'AttachLoadBalancerTargetGroups': {
        const asked = before.isUnderWay && (isAsked || (mode === 'gate' && before.status === 'Ready'))
        if (!asked && !before.arrived && !isSettling) broken('gives traffic that CodeDeploy has not given')
        for (const arn of arns.filter((one) => !attached.includes(one))) {
          const key = `greenlight:attached/${arn.split('/').at(-2)}`
          if (recordOf(key) !== deploymentId && !isSettling) broken(`of ${arn} has no record`)
          attachedByUs.add(`${green} ${arn}`)
        }
        break
      }
      case 'DetachLoadBalancerTargetGroups':
        for (const arn of arns) {
          if (!attachedByUs.has(`${green} ${arn}`)) broken(`of ${arn}, which we did not attach`)
          if (!before.servedByOthers(arn)) broken(`of ${arn}, whose traffic nobody else carries`)
        }
        break
      case 'ContinueDeployment':
      case 'StopDeployment':
        if (mode !== 'gate') broken(`in mode ${mode}`)
        if (before.status !== 'Ready') broken(`at ${before.status}`)
        if (input['deploymentId'] !== deploymentId) broken('is about another deployment')
    }
  }

  return {
    found: found as readonly string[],
    /**
     * @param isAsked whether the run was asked for a gate by name: a hook, or a call
     * @param handle has AWS handle the request
     */
    around: async <Answer>(
      { world, calls }: Pick<Simulator, 'world' | 'calls'>,
      watched: Watched,
      isAsked: boolean,
      handle: () => Promise<Answer>,
    ): Promise<Answer> => {
      const before = beforeOf(world, watched)
      const index = calls.length
      const answer = await handle()
      const call = calls[index]
      if (call?.outcome === 'ok') judge(call, before, watched, isAsked)
      return answer
    },
  }
}

type Before = ReturnType<typeof beforeOf>

/** The world as it is now, as far as a change is judged by it. */
const beforeOf = (world: Simulator['world'], { deploymentId, greens }: Watched) => {
  const deployment = world.deployments.get(deploymentId)
  const shifted = [...(deployment?.targets.values() ?? [])]
    .filter(({ label, status }) => label === 'Green' && status !== 'Failed')
    .map(({ lifecycleEvents }) => lifecycleEvents.find(({ name }) => name === 'AllowTraffic')?.status)
  const each = new Map(greens.map((green) => [green, beforeOfGreen(world, deployment, green)]))
  return {
    status: deployment?.status,
    isUnderWay: deployment !== undefined && !isOver(deployment),
    arrived: shifted.length > 0 && shifted.every((status) => status === 'Succeeded'),
    of: (green: string) => each.get(green) ?? beforeOfGreen(world, deployment, green),
    servedByOthers: (arn: string) =>
      [...world.targetGroups.values()]
        .filter((targetGroup) => targetGroup.arn === arn)
        .flatMap(({ targets }) => [...targets.values()])
        .map(({ id, state }) => ({ state, instance: world.instances.get(id) }))
        .some(
          ({ state, instance }) =>
            state === 'healthy' && serves(instance) && !greens.includes(instance?.autoScalingGroupName ?? ''),
        ),
  }
}

const beforeOfGreen = (world: Simulator['world'], deployment: Deployment | undefined, green: string) => {
  const group = world.autoScalingGroups.get(green)
  const tags = new Map(group?.tags.map(({ key, value }) => [key, value]))
  return {
    attached: group === undefined ? [] : attachedArns(group),
    suspended: [...(group?.suspendedProcesses ?? [])],
    recordOf: (key: string) => tags.get(key),
    isSettling: deployment !== undefined && isSettling(world, deployment, green),
  }
}

/** It is over, and green is its deployment group's, or always was: what is attached now stays. */
const isSettling = (world: Simulator['world'], deployment: Deployment, green: string): boolean =>
  deployment.computePlatform === 'Server'
    ? isOver(deployment) && deploymentGroupOf(world, deployment).autoScalingGroups.includes(green)
    : deployment.status === 'Succeeded'

const namesIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

const tagsOf = (input: Call['input']): readonly { readonly Key?: string; readonly ResourceId?: string }[] =>
  Array.isArray(input['Tags']) ? input['Tags'] : []

/** The Auto Scaling groups that a call is about. */
const groupsOf = (input: Call['input']): readonly string[] =>
  'AutoScalingGroupName' in input
    ? [String(input['AutoScalingGroupName'])]
    : tagsOf(input).map(({ ResourceId }) => String(ResourceId))
