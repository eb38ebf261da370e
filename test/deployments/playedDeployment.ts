import type { Simulator } from '../../simulator/simulate.ts'
import type { Call } from '../../simulator/wire/operation.ts'
import { attachedArns, inServiceOf, suspendedByOthers } from '../../simulator/world/state.ts'
import { type Playground, playground } from './playground.ts'

export type World = Simulator['world']
type PlaygroundOptions = NonNullable<Parameters<typeof playground>[0]>

/** The two ways in which Greenlight hears of deployments. */
export const doors = ['EventBridge', 'SNS'] as const

/** A deployment of `shop/production`, whose green is a copy of blue, and what a test looks at. */
export type PlayedDeployment = {
  readonly aws: Playground
  readonly id: string
  readonly green: string
  /** Lets time pass, so that notifications arrive and runs end. */
  later(seconds?: number): Promise<void>
  /** Green's target groups, suspended processes and records. */
  now(): GreenState | undefined
  /** The changes that Greenlight asked for, by their operation. */
  actions(): readonly string[]
  lines(message: string): readonly Readonly<Record<string, unknown>>[]
}

export type DeploymentOptions = PlaygroundOptions & {
  /** The deployment group's tag greenlight:mode. */
  readonly mode?: string | undefined
  /** Whether the release answers well once it is installed. */
  readonly healthy?: boolean
}

/** Deploys, and hands over at once. */
export const beginDeployment = async ({
  mode,
  healthy = true,
  arrange = () => {},
  ...options
}: DeploymentOptions = {}): Promise<PlayedDeployment> => {
  const aws = await playground({
    sweeps: 'whenTold',
    ...options,
    arrange: (world) => {
      if (mode !== undefined) inMode(world, mode)
      arrange(world)
    },
  })
  return playedDeployment(
    aws,
    aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', healthy } }),
  )
}

/** A deployment that has begun, as a test looks at it. */
export const playedDeployment = (aws: Playground, id: string): PlayedDeployment => {
  const green = `CodeDeploy_production_${id}`
  return {
    aws,
    id,
    green,
    later: (seconds = 30) => aws.time.advance(seconds * 1000),
    now: () => stateOf(aws.world, green),
    actions: () => aws.changes().map(({ action }) => action.replace(/^\w+:/, '')),
    lines: (message) => aws.log.filter((line) => line['message'] === message),
  }
}

/** Tags the deployment group with a mode, or with another one than before. */
export const inMode = (world: World, mode: string): void => {
  const group = productionOf(world)
  group.tags = [...group.tags.filter(({ key }) => key !== 'greenlight:mode'), { key: 'greenlight:mode', value: mode }]
}

export const productionOf = (world: World) => {
  const group = world.deploymentGroups.get('shop/production')
  if (group === undefined) throw new Error('shop/production does not exist')
  return group
}

export type GreenState = {
  /** Names of target groups. */
  readonly attached: readonly string[]
  /** Suspended processes, but for those that CodeDeploy itself has suspended. */
  readonly held: readonly string[]
  /** Greenlight's tags. */
  readonly records: Readonly<Record<string, string>>
}

export const stateOf = (world: World, autoScalingGroup: string): GreenState | undefined => {
  const group = world.autoScalingGroups.get(autoScalingGroup)
  return (
    group && {
      attached: attachedArns(group).map((arn) => arn.split('/').at(-2) ?? arn),
      held: suspendedByOthers(group),
      records: Object.fromEntries(
        group.tags
          .filter(({ key }) => /^greenlight:(record|held|attached|testing)/.test(key))
          .map(({ key, value }) => [key, timeless(value)]),
      ),
    }
  )
}

/** The value of a record without the second in which it was written. */
export const timeless = (value: string): string => value.replace(/^(d-\w+) \d+/, '$1')

/** Has `shop/production` proved in a test target group, which a test listener of the load balancer of `web` uses. */
export const testInTwin = (world: World): void => {
  const loadBalancerArns = world.targetGroups.get('web')?.loadBalancerArns ?? []
  const tags = { 'greenlight:gated-by': 'shop/production' }
  world.createTargetGroup({ name: 'greenlight-web', loadBalancerArns, tags, deregistrationDelaySeconds: 5 })
  productionOf(world).tags.push({ key: 'greenlight:test-target-groups', value: 'greenlight-web' })
}

/** A deployment group whose greens stand there already, and which waits at Ready. */
export const createDiscovering = (world: World, mode: string): void => {
  world.createDeploymentGroup({
    name: 'discovering',
    greenFleet: 'DISCOVER_EXISTING',
    autoScalingGroup: 'blue',
    targetGroups: ['web'],
    readyWaitMinutes: 60,
    tags: { 'greenlight:mode': mode },
  })
}

/** A release that never becomes healthy, of which a gate and its load balancer are done soon. */
export const badRelease = {
  healthy: false,
  settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '15' },
  arrange: (world: World): void =>
    void Object.assign(world.targetGroups.get('web') ?? {}, { deregistrationDelaySeconds: 5 }),
} satisfies DeploymentOptions

/** What a hold suspends. */
export const holdProcesses = ['HealthCheck', 'AZRebalance', 'AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions']

export const settled: GreenState = { attached: ['web'], held: [], records: {} }
export const untouched: GreenState = { attached: [], held: [], records: {} }

/** Does something while green's scripts ask for the gate at BeforeAllowTraffic: then a call is invited in mode heal, too. */
export const whileAsking = async <Result>(world: World, id: string, act: () => Promise<Result>): Promise<Result> => {
  const asking = [...(world.deployments.get(id)?.targets.values() ?? [])]
    .filter(({ label }) => label === 'Green')
    .flatMap(({ lifecycleEvents }) => lifecycleEvents.filter(({ name }) => name === 'BeforeAllowTraffic'))
    .filter(({ status }) => status === 'Pending')
  for (const event of asking) event.status = 'InProgress'
  try {
    return await act()
  } finally {
    for (const event of asking) if (event.status === 'InProgress') event.status = 'Pending'
  }
}

/** CodeDeploy has given traffic to all of green, as far as it comes. */
export const isArrived = (world: World, id: string): boolean => {
  const targets = [...(world.deployments.get(id)?.targets.values() ?? [])]
  const greens = targets.filter(({ label }) => label === 'Green')
  const hasTraffic = ({ lifecycleEvents }: (typeof targets)[number]): boolean =>
    lifecycleEvents.some(({ name, status }) => name === 'AllowTraffic' && status === 'Succeeded')
  return greens.length > 0 && greens.every(hasTraffic)
}

/** Puts tags of Greenlight on an Auto Scaling group, as an earlier invocation, or CodeDeploy's copy, leaves them. */
const tag = (world: World, autoScalingGroup: string, records: Readonly<Record<string, string>>): void => {
  const group = world.autoScalingGroups.get(autoScalingGroup)
  if (group === undefined) throw new Error(`${autoScalingGroup} does not exist`)
  group.tags = [
    ...group.tags.filter(({ key }) => !(key in records)),
    ...Object.entries(records).map(([key, value]) => ({ key, value, propagateAtLaunch: false })),
  ]
}

/** A green that is held for this deployment, as mode heal leaves it at Ready. */
export const hold = (world: World, autoScalingGroup: string, id: string): void => {
  world.suspendProcesses(autoScalingGroup, holdProcesses)
  tag(world, autoScalingGroup, { 'greenlight:record': id, 'greenlight:held': [id, ...holdProcesses].join(' ') })
}

/** A green that was attached for this deployment. */
export const attach = (world: World, autoScalingGroup: string, id: string, targetGroup = 'web'): void => {
  const group = world.autoScalingGroups.get(autoScalingGroup)
  const arn = world.targetGroups.get(targetGroup)?.arn
  if (group === undefined || arn === undefined) throw new Error(`${autoScalingGroup} or ${targetGroup} does not exist`)
  world.scaling.attach(group, [arn], 'targetGroups')
  tag(world, autoScalingGroup, { 'greenlight:record': id, [`greenlight:attached/${targetGroup}`]: id })
}

/** A green that was registered in the test target group for this deployment. */
export const tested = (world: World, autoScalingGroup: string, id: string): void => {
  const targetGroup = world.targetGroups.get('greenlight-web')
  if (targetGroup === undefined) throw new Error('greenlight-web does not exist')
  const ids = inServiceOf(world, autoScalingGroup).map(({ instanceId }) => instanceId)
  world.targetHealth.register(targetGroup, ids)
  tag(world, autoScalingGroup, { 'greenlight:record': id, 'greenlight:testing/greenlight-web': id })
}

/** Blue's and green's instances change places behind the load balancer, as CodeDeploy does it. */
export const moveTraffic = (world: World, green: string): void => {
  const web = world.targetGroups.get('web')
  if (web === undefined) throw new Error('web does not exist')
  for (const { instanceId, autoScalingGroupName: name } of world.instances.values()) {
    if (name === green) world.targetHealth.assumeHealthy(web, instanceId)
    if (name === 'blue') web.targets.delete(instanceId)
  }
}

/** One change in words: the operation, and what it is asked for; the ids that differ from run to run have names. */
export const wordsOf = (
  { action, input }: Pick<Call, 'action' | 'input'>,
  { id, green }: Pick<PlayedDeployment, 'id' | 'green'>,
): string => {
  const {
    Tags: tags,
    ScalingProcesses: processes,
    TargetGroupARNs: arns,
    TargetGroupArn: arn,
    status,
    deploymentWaitType: wait,
  } = input
  const asked = [
    ...listOf(tags).map(wordsOfTag),
    ...listOf(processes),
    ...[...listOf(arns), ...(arn === undefined ? [] : [arn])].map((one) => String(one).split('/').at(-2)),
    ...listOf(input['Targets']).map((target) => Object(target).Id),
    ...(status === undefined ? [] : [status]),
    ...(wait === undefined ? [] : [wait]),
    ...('autoRollbackEnabled' in input ? [`rollback ${input['autoRollbackEnabled']}`] : []),
  ]
  return named([action.replace(/^\w+:/, ''), ...asked].join(' '), { id, green })
}

/** `green`, `D` and `i` for what is called otherwise in every run. */
export const named = (text: string, { id, green }: Pick<PlayedDeployment, 'id' | 'green'>): string =>
  text
    .replaceAll(green, 'green')
    .replaceAll(id, 'D')
    .replaceAll(/\bD \d{10}\b/g, 'D')
    .replaceAll(holdProcesses.join(' '), 'five processes')
    .replaceAll(/\bi-[0-9a-f]+/g, 'i')

const wordsOfTag = (tagged: unknown): string => {
  const { Key: key, Value: value } = Object(tagged)
  return `${String(key).replace('greenlight:', '')}${value === undefined ? '' : `=${value}`}`
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
