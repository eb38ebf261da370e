import type { Fault } from '../../../simulator/wire/faults.ts'
import { attachedArns, suspendedByOthers } from '../../../simulator/world/state.ts'
import { earlierDeployment } from '../../deployments/deploymentStates.ts'
import { ownersAgree } from '../../deployments/ownersAgree.ts'
import { testInTwin, whileAsking } from '../../deployments/playedDeployment.ts'
import { type Playground, playground } from '../../deployments/playground.ts'
import type { Run } from '../../deployments/runs.ts'
import { warmGate } from '../../deployments/warmFunction.ts'
import { gatesByItself, greenOf, type Scenario } from './scenario.ts'

/** A scenario as it was played to its end, and everything that the promises are about. */
export type Played = {
  readonly scenario: Scenario
  /** How long each run took, and the error that it failed with. */
  readonly runs: readonly { readonly seconds: number; readonly error: string | undefined }[]
  /** The verdicts that CodeDeploy accepted of a hook, or that a call was answered with. */
  readonly verdicts: readonly string[]
  /** What each action was asked for, as often as it was. */
  readonly asked: readonly string[]
  /** The actions of which AWS accepted at least one. */
  readonly accepted: ReadonlySet<string>
  /** The promises that the oracles found broken. */
  readonly broken: readonly string[]
  /** How the deployment, its green and blue ended. */
  readonly end: { readonly status: string; readonly green: State; readonly blue: State }
  readonly usersFailed: number
  readonly log: Playground['log']
  readonly metric: (name: string) => number
}

/** So long may the function run in a scenario: 16 s for its work, of them 2.7 s for one request. */
export const functionSeconds = 24

/** Plays a scenario to its end. */
export const playScenario = async (scenario: Scenario, faults: readonly Fault[] = []): Promise<Played> => {
  const { door } = scenario
  const seconds = new Map<Run, number>()
  const aws: Playground = await playground({
    inProcess: true,
    looksForItself: true,
    instances: 1,
    via: door === 'EventBridge' || door === 'SNS' ? door : 'nobody',
    faults,
    known: (handler) => async (event, context) => {
      if (aws.runs.length === 0) stopSoon(scenario, aws)
      const began = Date.now()
      const running = handler(event, context)
      const run = aws.runs.at(-1)
      try {
        return await running
      } finally {
        if (run !== undefined) seconds.set(run, (Date.now() - began) / 1_000)
      }
    },
    deploy: async (simulator, log, passing) => ({
      ...(await warmGate({ GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '8' }, { simulator, log, passing })),
      timeoutSeconds: functionSeconds,
    }),
    arrange: (world) => arrange(world, scenario),
  })
  try {
    await play(scenario, aws)
    aws.watch.answers({ isAllOver: false })
    const first = deployedIn(aws.world)
    const calls = aws.calls.filter(({ principal }) => principal.kind === 'lambda')
    const ended = aws.runs.flatMap((run) => (seconds.has(run) ? [run] : []))
    return {
      scenario,
      runs: ended.map((run) => ({ seconds: seconds.get(run) ?? 0, error: errorOf(run) })),
      verdicts: door === 'call' ? ended.flatMap(verdictOf) : acceptedBy(aws),
      asked: calls.map(({ action }) => action),
      accepted: new Set(calls.flatMap(({ action, outcome }) => (outcome === 'ok' ? [action] : []))),
      broken: [...aws.watch.broken],
      end: { status: first?.status ?? '', green: stateOf(aws, greenOf(aws, door)), blue: stateOf(aws, 'blue') },
      usersFailed: aws.traffic.count().failed,
      log: [...aws.log],
      metric: aws.metrics,
    }
  } finally {
    await aws.end()
  }
}

const errorOf = ({ ended }: Run): string | undefined => (ended && 'error' in ended ? ended.error : undefined)

const verdictOf = ({ ended }: Run): readonly string[] => {
  const { verdict } = Object(ended && 'answer' in ended ? ended.answer : undefined)
  return typeof verdict === 'string' ? [verdict] : []
}

type World = Playground['world']

/** The deployment before, whose hold CodeDeploy has copied. */
const before = 'd-BEFORE'

const deployedIn = (world: World) => [...world.deployments.values()].find(({ deploymentId }) => deploymentId !== before)

const arrange = (world: World, { door, mode, outcome, isTested }: Scenario): void => {
  if (isTested) testInTwin(world)
  for (const targetGroup of world.targetGroups.values()) {
    Object.assign(targetGroup.healthCheck, {
      // Slow enough for somebody to come in between, or fast.
      intervalSeconds: outcome === 'stop' ? 30 : 2,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
    })
    Object.assign(targetGroup, { deregistrationDelaySeconds: 1 })
  }
  const production = world.deploymentGroups.get('shop/production')
  production?.tags.push({ key: 'greenlight:mode', value: mode })
  Object.assign(production?.blueGreen?.deploymentReadyOption ?? {}, { waitTimeInMinutes: 10 })
  // What an older deployment left: a bypass releases it.
  const held = { 'greenlight:record': before, 'greenlight:held': `${before} AlarmNotification` }
  const tags = Object.entries(held).map(([key, value]) => ({ key, value, propagateAtLaunch: false }))
  const isHeld = mode === 'observe' && { suspendedProcesses: ['AlarmNotification'], tags }
  Object.assign(world.autoScalingGroups.get('blue') ?? {}, isHeld)
  if (door === 'hook') {
    world.createAutoScalingGroup({ name: 'CodeDeploy_web', desiredCapacity: 1 })
    Object.assign(world.autoScalingGroups.get('CodeDeploy_web') ?? {}, isHeld)
    world.createDeploymentGroup({
      application: 'orders',
      name: 'production',
      computePlatform: 'Lambda',
      tags: {
        'greenlight:mode': mode,
        'greenlight:auto-scaling-groups': 'CodeDeploy_web',
        'greenlight:target-groups': 'web',
      },
    })
    ownersAgree(world, 'orders/production')
  }
  if (outcome !== 'fail') return
  for (const { instanceId, autoScalingGroupName } of world.instances.values()) {
    if (autoScalingGroupName === 'CodeDeploy_web') world.breakInstance(instanceId)
    if (autoScalingGroupName === 'blue' && !gatesByItself({ door, mode })) world.failDeregistration(instanceId)
  }
}

const deploy = (aws: Playground, scenario: Scenario): string => {
  const id = create(aws, scenario)
  if (scenario.mode === 'observe') earlierDeployment(aws.world, id, before)
  return id
}

const create = ({ world, functionName }: Playground, { door, mode, outcome }: Scenario): string =>
  door === 'hook'
    ? world.deploy({
        application: 'orders',
        deploymentGroup: 'production',
        lambdaHooks: { BeforeAllowTraffic: functionName },
      })
    : world.deploy({
        deploymentGroup: 'production',
        revision: { version: 'v2', healthy: !(outcome === 'fail' && (door === 'call' || mode === 'gate')) },
      })

const play = async (scenario: Scenario, aws: Playground): Promise<void> => {
  const id = deploy(aws, scenario)
  if (scenario.door === 'hook') await aws.played(id)
  else {
    const ready = new Promise<void>((resolve) => {
      const stop = aws.clock.every(1_000, () => {
        const status = aws.world.deployments.get(id)?.status
        if (status === 'Created' || status === 'Queued' || status === 'InProgress') return
        stop()
        resolve()
      })
    })
    await aws.time.run(ready)
    if (scenario.door === 'call') await whileAsking(aws.world, id, () => aws.invoke({ DeploymentId: id }))
    else {
      if (!gatesByItself(scenario) || scenario.outcome === 'stop')
        await aws.time.advance(gatesByItself(scenario) ? 2_000 : 20_000)
      if (aws.world.deployments.get(id)?.status === 'Ready') person(scenario, aws, id)
      await aws.played(id)
    }
  }
  await untilOver(scenario, aws)
  const { status = '' } = aws.world.deployments.get(id) ?? {}
  if (status !== 'Failed' && status !== 'Stopped') return
  // Nobody waits for draining: who looks later finishes.
  await aws.time.advance(2_000)
  const { sent, resend } = aws.world.notifications
  const end = sent.findLast(({ deploymentId, instanceId }) => deploymentId === id && instanceId === undefined)
  if (scenario.door === 'call') await aws.invoke(endOf(id))
  else if (end !== undefined) resend(end)
  await untilOver(scenario, aws)
}

const endOf = (deploymentId: string) => ({
  source: 'aws.codedeploy',
  'detail-type': 'CodeDeploy Deployment State-change Notification',
  detail: { deploymentId, state: 'STOP' },
})

/** Waits for notifications on their way, for what AWS tries again, and for a rollback. */
const untilOver = async (scenario: Scenario, aws: Playground): Promise<void> => {
  await aws.time.advance(2_000)
  for (let seconds = 0; seconds < 1_500 && isUnderWay(scenario, aws); seconds += 5) await aws.time.advance(5_000)
}

/** What a person does at Ready, who knows nothing of Greenlight. */
const person = (scenario: Scenario, { world }: Playground, id: string): void => {
  if (scenario.outcome === 'stop') world.stopDeployment(id)
  else if (!gatesByItself(scenario)) world.continueDeployment(id)
}

/** Somebody stops the deployment while a hook or a call is gating it. */
const stopSoon = ({ door, outcome }: Scenario, { clock, world }: Playground): void => {
  const first = deployedIn(world)
  if (outcome !== 'stop' || (door !== 'hook' && door !== 'call')) return
  clock.after(2_000, () => {
    if (first !== undefined && !['Succeeded', 'Failed', 'Stopped'].includes(first.status)) {
      world.stopDeployment(first.deploymentId)
    }
  })
}

/** AWS tries a notification, or a hook, twice more when it fails (F37). */
const isUnderWay = ({ door }: Scenario, { world }: Playground): boolean => {
  const attempts = new Map<string, { count: number; last: string }>()
  for (const { event, outcome } of world.invocations) {
    const key = JSON.stringify(event)
    attempts.set(key, { count: (attempts.get(key)?.count ?? 0) + 1, last: outcome })
  }
  const mayBeTried = door === 'call' ? 1 : 3
  return (
    [...attempts.values()].some(
      ({ count, last }) => last === 'running' || (last !== 'returned' && count < mayBeTried),
    ) || [...world.deployments.values()].some(({ status, creator }) => creator !== 'user' && status === 'InProgress')
  )
}

const acceptedBy = ({ calls }: Playground): readonly string[] =>
  calls
    .filter(({ action, outcome }) => action.endsWith(':PutLifecycleEventHookExecutionStatus') && outcome === 'ok')
    .map(({ input }) => String(input['status']))

/** What of an Auto Scaling group is Greenlight's business; its deployment has another id in no scenario. */
type State = ReturnType<typeof stateOf>

const stateOf = ({ world }: Playground, name: string) => {
  const group = world.autoScalingGroups.get(name)
  const tested = [...(world.targetGroups.get('greenlight-web')?.targets.values() ?? [])].filter(
    ({ id, state }) => world.instances.get(id)?.autoScalingGroupName === name && state !== 'draining',
  )
  return {
    attached: [
      ...(group ? attachedArns(group) : []).map((arn) => arn.split('/').at(-2)),
      ...tested.map(() => 'greenlight-web'),
    ],
    held: group ? suspendedByOthers(group) : [],
    records: (group?.tags ?? [])
      .filter(({ key }) => /^greenlight:(record|held|attached|testing)/.test(key))
      .map(({ key, value }) => `${key}=${value}`),
  }
}
