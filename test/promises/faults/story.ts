import type { Fault } from '../../../simulator/wire/faults.ts'
import { attachedArns } from '../../../simulator/world/state.ts'
import type { Handler } from '../../../tools/lambdaFunction.ts'
import { type Playground, playground } from '../../deployments/playground.ts'
import { warmFunction } from '../../deployments/warmFunction.ts'
import { gatesByItself, greenOf, type Scene } from './scene.ts'
import { isVerdict, witness } from './witness.ts'

/** One run of the function, and what became of it; nothing, if Lambda had to end it. */
type Run = { readonly seconds: number; readonly answer?: unknown; readonly error?: string }

/** A deployment of the scene as it was played to its end, and everything that the promises are about. */
export type Story = {
  readonly scene: Scene
  readonly runs: readonly Run[]
  /** How many runs Lambda had to end. */
  readonly timedOut: number
  /** The verdicts that CodeDeploy accepted of a hook, or that a call was answered with. */
  readonly verdicts: readonly string[]
  /** What each action was asked for, as often as it was. */
  readonly asked: readonly string[]
  /** What should not have been asked of AWS, or was said and not so. */
  readonly breaches: readonly string[]
  /** How the deployment, its green and blue ended. */
  readonly end: { readonly status: string; readonly green: State; readonly blue: State }
  readonly usersFailed: number
  readonly log: Playground['log']
  readonly metric: (name: string) => number
}

/** So long may the function run in a story: 16 s for its work, of them 2.7 s for one request. */
export const functionSeconds = 24

/** Tells stories one after the other, with one environment of the function for all of them. */
export const storyteller = async () => {
  const warm = await warmFunction({ GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '8' })
  return {
    tell: (scene: Scene, faults: readonly Fault[] = []) => tell(scene, faults, warm),
    close: warm.close,
  }
}

const tell = async (
  scene: Scene,
  faults: readonly Fault[],
  warm: Awaited<ReturnType<typeof warmFunction>>,
): Promise<Story> => {
  const { door } = scene
  const runs: Run[] = []
  const seen = witness(scene, faults, () => aws)
  const deploy = warm.deployIn(seen.meet)
  const aws: Playground = await playground({
    inProcess: true,
    instances: 1,
    via: door === 'EventBridge' || door === 'SNS' ? door : 'nobody',
    faults,
    known: (handler) =>
      recorded(handler, runs, {
        begins: () => begun(scene, aws, runs),
        answers: (answer) => door === 'call' && seen.said(answer),
      }),
    deploy: async (simulator, log) => ({ ...(await deploy(simulator, log)), timeoutSeconds: functionSeconds }),
    arrange: (world) => arrange(world, scene),
  })
  try {
    await play(scene, aws)
    const answers = runs.flatMap(({ answer }) => (isVerdict(answer) ? [answer.verdict] : []))
    const [first] = aws.world.deployments.values()
    return {
      scene,
      runs,
      timedOut: aws.world.invocations.filter(({ outcome }) => outcome === 'timedOut').length,
      verdicts: door === 'call' ? answers : acceptedBy(aws),
      asked: seen.asked,
      breaches: seen.breaches,
      end: { status: first?.status ?? '', green: stateOf(aws, greenOf(aws, door)), blue: stateOf(aws, 'blue') },
      usersFailed: aws.traffic.count().failed,
      log: [...aws.log],
      metric: aws.metrics,
    }
  } finally {
    await aws.end()
  }
}

type World = Playground['world']

const arrange = (world: World, { door, mode, outcome }: Scene): void => {
  const web = world.targetGroups.get('web')
  Object.assign(web?.healthCheck ?? {}, {
    // Slow enough for somebody to come in between, or fast.
    intervalSeconds: outcome === 'stop' ? 30 : 2,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  })
  Object.assign(web ?? {}, { deregistrationDelaySeconds: 1 })
  const production = world.deploymentGroups.get('shop/production')
  production?.tags.push({ key: 'greenlight:mode', value: mode })
  Object.assign(production?.blueGreen?.deploymentReadyOption ?? {}, { waitTimeInMinutes: 10 })
  // What an older deployment left: a bypass releases it.
  const held = { 'greenlight:record': 'd-BEFORE', 'greenlight:held': 'd-BEFORE AlarmNotification' }
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
  }
  if (outcome !== 'fail') return
  for (const { instanceId, autoScalingGroupName } of world.instances.values()) {
    if (autoScalingGroupName === 'CodeDeploy_web') world.breakInstance(instanceId)
    if (autoScalingGroupName === 'blue' && !gatesByItself({ door, mode })) world.failDeregistration(instanceId)
  }
}

const deploy = ({ world, functionName }: Playground, { door, mode, outcome }: Scene): string =>
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

const play = async (scene: Scene, aws: Playground): Promise<void> => {
  const id = deploy(aws, scene)
  if (scene.door === 'hook') await aws.played(id)
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
    if (scene.door === 'call') await aws.invoke({ DeploymentId: id })
    else {
      if (!gatesByItself(scene) || scene.outcome === 'stop')
        await aws.time.advance(gatesByItself(scene) ? 2_000 : 20_000)
      if (aws.world.deployments.get(id)?.status === 'Ready') person(scene, aws, id)
      await aws.played(id)
    }
  }
  // Notifications on their way, what AWS tries again, and a rollback.
  await aws.time.advance(2_000)
  for (let seconds = 0; seconds < 1_500 && isUnderWay(scene, aws); seconds += 5) await aws.time.advance(5_000)
}

/** What a person does at Ready, who knows nothing of Greenlight. */
const person = (scene: Scene, { world }: Playground, id: string): void => {
  if (scene.outcome === 'stop') world.stopDeployment(id)
  else if (!gatesByItself(scene)) world.continueDeployment(id)
}

/** Somebody stops the deployment while a hook or a call is gating it. */
const begun = ({ door, outcome }: Scene, { clock, world }: Playground, runs: readonly Run[]): void => {
  const [first] = world.deployments.values()
  if (outcome !== 'stop' || runs.length > 0 || (door !== 'hook' && door !== 'call')) return
  clock.after(2_000, () => {
    if (first !== undefined && !['Succeeded', 'Failed', 'Stopped'].includes(first.status)) {
      world.stopDeployment(first.deploymentId)
    }
  })
}

/** AWS tries a notification, or a hook, twice more when it fails (F37). */
const isUnderWay = ({ door }: Scene, { world }: Playground): boolean => {
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

const recorded =
  (
    handler: Handler,
    runs: Run[],
    { begins, answers }: { begins: () => void; answers: (answer: unknown) => void },
  ): Handler =>
  async (event, context) => {
    begins()
    const began = Date.now()
    const seconds = () => (Date.now() - began) / 1_000
    try {
      const answer = await handler(event, context)
      runs.push({ seconds: seconds(), answer })
      answers(answer)
      return answer
    } catch (error) {
      runs.push({ seconds: seconds(), error: error instanceof Error ? error.message : String(error) })
      throw error
    }
  }

const acceptedBy = ({ calls }: Playground): readonly string[] =>
  calls
    .filter(({ action, outcome }) => action.endsWith(':PutLifecycleEventHookExecutionStatus') && outcome === 'ok')
    .map(({ input }) => String(input['status']))

/** What of an Auto Scaling group is Greenlight's business; its deployment has another id in no story. */
type State = ReturnType<typeof stateOf>

const stateOf = ({ world }: Playground, name: string) => {
  const group = world.autoScalingGroups.get(name)
  return {
    attached: (group ? attachedArns(group) : []).map((arn) => arn.split('/').at(-2)),
    held: group?.suspendedProcesses ?? [],
    records: (group?.tags ?? [])
      .filter(({ key }) => key.startsWith('greenlight:'))
      .map(({ key, value }) => `${key}=${value}`),
  }
}
