import { customConfiguration } from '../../../simulator/world/deployments/configurations.ts'
import type { TargetGroupOptions } from '../../../simulator/world/newTargetGroup.ts'
import type { Revision } from '../../../simulator/world/state.ts'
import {
  type DeploymentOptions,
  type PlayedDeployment,
  playedDeployment,
  productionOf,
  stateOf,
  untouched,
  type World,
} from '../playedDeployment.ts'
import { type Playground, playground } from '../playground.ts'
import type { Meeting } from '../runs.ts'

type ProofOptions = DeploymentOptions & {
  /** The deployment group's tags, beside its mode. */
  readonly tags?: Readonly<Record<string, string>>
  readonly revision?: Partial<Revision>
  /** How many instances CodeDeploy takes at a time, and how many it wants healthy. */
  readonly batches?: readonly [size: number, minimumHealthy: number]
}

/**
 * A deployment in mode gate of a deployment group whose tag names `greenlight-web`, the twin of `web`. Greenlight hears of it,
 * sweeps every five minutes, and gives green a minute to become healthy.
 */
export const begin = async ({
  mode = 'gate',
  healthy = true,
  tags = { 'greenlight:test-target-groups': 'greenlight-web' },
  revision = {},
  batches = [1, 1],
  settings = {},
  arrange = () => {},
  ...options
}: ProofOptions = {}): Promise<PlayedDeployment> => {
  const aws = await playground({
    via: 'EventBridge',
    sweeps: 'onSchedule',
    settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60', ...settings },
    ...options,
    arrange: (world) => {
      addTwin(world, 'web')
      Object.assign(productionOf(world), {
        configuration: customConfiguration(...batches),
        revision: { version: 'v1' },
      })
      retag(world, { 'greenlight:mode': mode, ...tags })
      arrange(world)
    },
  })
  return playedDeployment(
    aws,
    aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', healthy, ...revision } }),
  )
}

/** Gives the deployment group these tags and no other. */
export const retag = (world: World, tags: Readonly<Record<string, string>>, group = productionOf(world)): void => {
  group.tags = Object.entries(tags).map(([key, value]) => ({ key, value }))
}

export const targetGroupOf = (world: World, name: string) => {
  const found = world.targetGroups.get(name)
  if (found === undefined) throw new Error(`the target group ${name} does not exist`)
  return found
}

/** Makes `greenlight-NAME`, which a test listener of the same load balancer uses, as like NAME as a twin has to be. */
export const addTwin = (world: World, name: string, options: Partial<TargetGroupOptions> = {}) => {
  const { loadBalancerArns, protocol, port } = targetGroupOf(world, name)
  return world.createTargetGroup({
    name: `greenlight-${name}`,
    ...{ loadBalancerArns, protocol, port, deregistrationDelaySeconds: 5 },
    tags: { 'greenlight:gated-by': 'shop/production' },
    ...options,
  })
}

/** A second target group that green ought to have, on port 81 of its instances. */
export const wantApi = (world: World): void => {
  const { arn } = world.createTargetGroup({ name: 'api', port: 81, requestsPerSecond: 10 })
  world.autoScalingGroups.get('blue')?.targetGroupArns.push(arn)
  for (const id of targetGroupOf(world, 'web').targets.keys()) {
    world.targetHealth.assumeHealthy(targetGroupOf(world, 'api'), id)
  }
  productionOf(world).loadBalancerInfo = { targetGroupInfoList: [{ name: 'web' }, { name: 'api' }] }
}

/** Blue, and so green, launches instances that have the application without CodeDeploy. */
export const withImage = (world: World): void =>
  void Object.assign(world.autoScalingGroups.get('blue') ?? {}, { image: { version: 'v1', healthy: true } })

/** The instances that a target group has, less those that leave it or are gone. */
export const registeredIn = (world: World, name = 'greenlight-web'): readonly string[] =>
  [...targetGroupOf(world, name).targets.values()]
    .filter(({ id, state }) => state !== 'draining' && world.instances.get(id)?.running)
    .map(({ id }) => id)

export const greenTargets = ({ aws, id }: PlayedDeployment) =>
  [...(aws.world.deployments.get(id)?.targets.values() ?? [])].filter(({ label }) => label === 'Green')

/** The instances of green that had a user's request before CodeDeploy began to allow it. */
const tooEarly = (deployment: PlayedDeployment, green: string): readonly string[] => {
  const { world, traffic } = deployment.aws
  const isOver = world.deployments.get(deployment.id)?.status === 'Succeeded'
  const allowed = new Map(
    greenTargets(deployment).map(({ targetId, lifecycleEvents }) => [
      targetId,
      lifecycleEvents.find(({ name }) => name === 'AllowTraffic')?.startTime,
    ]),
  )
  return [...traffic.served()]
    .filter(([id]) => world.instances.get(id)?.autoScalingGroupName === green)
    .filter(([id, { first }]) => first.at < (allowed.get(id) ?? (isOver ? 0 : Number.POSITIVE_INFINITY)))
    .map(([id]) => id)
}

/** What has become of a deployment: all that a test of one looks at. */
export const outcomeOf = (deployment: PlayedDeployment, green = deployment.green) => {
  const { world } = deployment.aws
  const { attached, held } = stateOf(world, green) ?? untouched
  return {
    status: world.deployments.get(deployment.id)?.status,
    attached,
    held,
    records: recordsOf(world, green),
    registered: [...world.targetGroups.keys()]
      .filter((name) => name.startsWith('greenlight-') && !attached.includes(name))
      .flatMap((name) => registeredIn(world, name))
      .filter((id) => world.instances.get(id)?.autoScalingGroupName === green),
    usersTooEarly: tooEarly(deployment, green),
  }
}

/** The keys of Greenlight's tags. */
export const recordsOf = (world: World, autoScalingGroup: string): readonly string[] =>
  world.autoScalingGroups
    .get(autoScalingGroup)
    ?.tags.map(({ key }) => key)
    .filter((key) => /^greenlight:(record|held|attached|testing)/.test(key)) ?? []

const nothingLeft = { held: [], records: [], registered: [], usersTooEarly: [] }
export const wentOn = { status: 'Succeeded', attached: ['web'], ...nothingLeft }
export const wasStopped = { status: 'Stopped', attached: [], ...nothingLeft }

/** The changes of one kind that Greenlight asked for. */
export const callsOf = ({ aws }: PlayedDeployment, operation: string) =>
  aws.changes().filter(({ action }) => action.endsWith(`:${operation}`))

/** The targets that Greenlight registered, in a test target group or any. */
export const registrationsOf = (deployment: PlayedDeployment): readonly string[] =>
  callsOf(deployment, 'RegisterTargets').flatMap(({ input }) =>
    Object(input)['Targets'].map(({ Id }: { Id: string }) => Id),
  )

/** Lets time pass until green is registered somewhere for the proof. */
export const untilProving = async (deployment: PlayedDeployment): Promise<void> => {
  for (let seconds = 0; callsOf(deployment, 'RegisterTargets').length === 0; seconds++) {
    if (seconds > 1800) throw new Error('green is never registered in a test target group')
    await deployment.later(1)
  }
}

/** Lets time pass until this is so. */
export const until = async ({ later }: PlayedDeployment, isSo: () => boolean): Promise<void> => {
  for (let seconds = 0; !isSo(); seconds++) {
    if (seconds > 7200) throw new Error('it is never so')
    await later(1)
  }
}

/** To the end, and until the last notification and a sweep or two have passed. */
export const played = async ({ aws, id, later }: PlayedDeployment): Promise<void> => {
  await aws.played(id)
  await later(660)
}

/** Everything that was logged at these levels or above debug, as text to be searched. */
export const saidBy = ({ log }: Playground): string => JSON.stringify(log.filter(({ level }) => level !== 'DEBUG'))

/** Kills the run that first sends such a request, before AWS carries it out or after. */
export const killedAt = (when: 'before' | 'after', operation: string, of = ''): Meeting => {
  let isDue = true
  return async (run, request, handle) => {
    const { body } = request
    if (!isDue || !body.includes(`Action=${operation}&`) || !decodeURIComponent(body).includes(of)) return handle()
    isDue = false
    if (when === 'after') await handle()
    run.die()
    return { status: 403, headers: {}, body: '' }
  }
}
