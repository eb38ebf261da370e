import { expect } from 'chai'
import { type Call, type Simulator, simulate } from '../../simulator/simulate.ts'
import { attachedArns } from '../../simulator/world/state.ts'
import { greenlight } from '../../tools/greenlight.ts'
import { roleOf, rolesOf } from '../../tools/roles.ts'
import { deploy as deployStack } from '../../tools/stack.ts'
import { ownersAgree } from '../deployments/ownersAgree.ts'
import { testInTwin } from '../deployments/playedDeployment.ts'
import { authorizeByTemplate } from '../policies/authorize.ts'
import { gateBundle } from './bundle.ts'
import { runtimeClientInUse, startLambdaRuntime } from './lambdaRuntime.ts'

/** Simulated seconds a second: the function is a process of its own, with a clock of its own. */
const speed = 120

type Runtime = Awaited<ReturnType<typeof startLambdaRuntime>>

/** A deployment, and what is done to the process that serves it. */
type Story = {
  readonly settings?: Readonly<Record<string, string>>
  /** Simulated seconds after which Lambda ends the function. */
  readonly timeoutSeconds?: number
  readonly arrange?: (world: Simulator['world']) => void
  /** Gives the id of a deployment and the name of its green. */
  readonly deploy?: (world: Simulator['world']) => { id: string; green: string }
  /** What people do, once it is Ready. */
  readonly atReady?: (world: Simulator['world'], id: string) => void
  /** Hears of each call of the function, once it was carried out and before it is answered. */
  readonly onCall?: (call: Call, runtime: Runtime) => void
  /** Hears of each death of its process. */
  readonly onDeath?: (world: Simulator['world']) => void
  readonly ends: { readonly status: string; readonly green: ReturnType<typeof stateOf> }
}

/** The function's time-out in the template is fifteen minutes, which this clock makes seconds: a busy machine takes longer. */
const longest = 36_000

const inMode = (mode: string) => (world: Simulator['world']) =>
  void world.deploymentGroups.get('shop/production')?.tags.push({ key: 'greenlight:mode', value: mode })

const deployed = (healthy: boolean) => (world: Simulator['world']) => {
  const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', healthy } })
  return { id, green: `CodeDeploy_production_${id}` }
}

/** What P3 promises; a person had suspended AZRebalance before. */
const undone = { attached: [], suspended: ['AZRebalance'], records: {} }
const settled = { ...undone, attached: ['web'] }

/** A gate at Ready: held, attached, healthy, continued, arrived and settled. */
const passes: Story = { arrange: inMode('gate'), ends: { status: 'Succeeded', green: settled } }

/** The same, proved in a test target group, which green leaves when its traffic has arrived. */
const isTested: Story = {
  ...passes,
  arrange: (world) => {
    inMode('gate')(world)
    testInTwin(world)
  },
}

/** A gate at Ready that nothing can pass: stopped, and undone. */
const fails: Story = {
  arrange: inMode('gate'),
  deploy: deployed(false),
  settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '1' },
  ends: { status: 'Stopped', green: undone },
}

/** A person stops it and deploys again at once: it is undone while the next one is under way. */
const isFollowed: Story = {
  atReady: (world, id) => {
    world.stopDeployment(id)
    world.deploy({ deploymentGroup: 'production', revision: { version: 'v3' } })
  },
  ends: { status: 'Stopped', green: undone },
}

/** A gate of an ECS deployment, whose verdict is reported. */
const isHooked: Story = {
  arrange: (world) => {
    world.createAutoScalingGroup({ name: 'CodeDeploy_web', suspendedProcesses: ['AZRebalance'] })
    world.createDeploymentGroup({
      application: 'orders',
      name: 'production',
      computePlatform: 'ECS',
      tags: { 'greenlight:auto-scaling-groups': 'CodeDeploy_web', 'greenlight:target-groups': 'web' },
    })
    ownersAgree(world, 'orders/production')
  },
  deploy: (world) => {
    const lambdaHooks = { BeforeAllowTraffic: 'CodeDeployHook_greenlight' }
    const id = world.deploy({ application: 'orders', deploymentGroup: 'production', lambdaHooks })
    return { id, green: 'CodeDeploy_web' }
  },
  ends: { status: 'Succeeded', green: settled },
}

const stories: Readonly<Record<string, Story>> = {
  'autoscaling:DetachLoadBalancerTargetGroups': fails,
  'codedeploy:BatchGetDeployments': isFollowed,
  'codedeploy:PutLifecycleEventHookExecutionStatus': isHooked,
  'codedeploy:StopDeployment': fails,
  'elasticloadbalancing:DeregisterTargets': isTested,
  'elasticloadbalancing:DescribeTags': isHooked,
  'elasticloadbalancing:RegisterTargets': isTested,
}

/** What the template lets the function ask for, and so everything that it can be killed at; its log and queue are not AWS's answers. */
const actions =
  roleOf(rolesOf(deployStack()), 'CodeDeployHook_greenlight')
    ?.statements.flatMap(({ Action: named }) => named)
    .filter((action) => /^(autoscaling|codedeploy|elasticloadbalancing):/.test(action)) ?? []

/** Plays a story to its end under AWS's runtime client; a process that died is followed by a fresh one. */
const play = async ({ settings = {}, timeoutSeconds = longest, ...story }: Story) => {
  const { arrange, deploy = deployed(true), atReady, onCall, onDeath, ends } = story
  let current: Promise<Runtime> | undefined
  let running: Runtime | undefined
  const started: Runtime[] = []
  const deaths: string[] = []

  const aws = await simulate({
    speed,
    authorize: authorizeByTemplate(),
    onCall: (call) => {
      if (call.principal.kind === 'lambda' && running !== undefined) onCall?.(call, running)
    },
  })
  const { world, clock } = aws
  const code = await gateBundle()
  const { name, rules } = await greenlight(aws, { code })
  const { accessKeyId, secretAccessKey } = aws.credentials({ kind: 'lambda', functionName: name })

  const start = async () => {
    const runtime = await startLambdaRuntime(code, {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: world.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      // The first alone: what is enough for one may not be for the next.
      ...(started.length === 0 ? settings : { ...settings, NODE_OPTIONS: '' }),
    })
    started.push(runtime)
    running = runtime
    return runtime
  }
  const handler = async (event: unknown) => {
    current ??= start()
    const mine = current
    const runtime = await mine
    const cancel = clock.after(timeoutSeconds * 1000, () => runtime.kill('SIGKILL'))
    try {
      const invoked = await runtime.invoke(event)
      if ('error' in invoked) throw new Error(invoked.error.errorMessage)
      return invoked.payload
    } catch (error) {
      if (current === mine && error instanceof Error && error.message.startsWith('the runtime ended')) {
        current = undefined
        deaths.push(error.message)
        onDeath?.(world)
      }
      throw error
    } finally {
      cancel()
    }
  }
  world.createFunction({ name, rules, timeoutSeconds, handler })
  world.createTargetGroup({ name: 'web', deregistrationDelaySeconds: 10 })
  world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'], suspendedProcesses: ['AZRebalance'] })
  world.createDeploymentGroup({
    name: 'production',
    autoScalingGroup: 'blue',
    targetGroups: ['web'],
    readyWaitMinutes: 2880,
    terminateBlueAfterMinutes: 0,
  })
  arrange?.(world)

  try {
    const { id, green } = deploy(world)
    if (atReady !== undefined) {
      // Held, by then.
      await until(() => world.autoScalingGroups.get(green)?.suspendedProcesses.includes('HealthCheck') === true)
      await until(() => world.invocations.every(({ outcome }) => outcome !== 'running'))
      atReady(world, id)
    }
    const status = await world.deploymentEnded(id)
    const ended = () => ({ status, green: stateOf(world, green) })
    // Six hours are what AWS gives an event.
    const lastMoment = clock.now() + 6 * 3_600_000
    // Nobody waits for draining: whoever looks next finds it done, as a sweep does.
    const isEnd = (one: (typeof world.notifications.sent)[number]): boolean =>
      one.deploymentId === id && one.instanceId === undefined && ['SUCCESS', 'FAILURE', 'STOP'].includes(one.state)
    const stopLooking = clock.every(900_000, () => {
      for (const notification of world.notifications.sent.filter(isEnd)) world.notifications.resend(notification)
    })
    await until(() => JSON.stringify(ended()) === JSON.stringify(ends) || clock.now() > lastMoment)
    stopLooking()
    const timedOut = world.invocations.filter(({ outcome }) => outcome === 'timedOut').length
    return { deaths: [...deaths], ended: ended(), timedOut }
  } finally {
    await aws.close()
    for (const runtime of started) await runtime.stop()
  }
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** What of an Auto Scaling group is Greenlight's business. */
const stateOf = (world: Simulator['world'], name: string) => {
  const group = world.autoScalingGroups.get(name)
  return {
    attached: (group ? attachedArns(group) : []).map((arn) => arn.split('/').at(-2)),
    suspended: group?.suspendedProcesses,
    records: Object.fromEntries(
      (group?.tags ?? [])
        .filter(({ key }) => /^greenlight:(record|held|attached|testing)/.test(key))
        .map(({ key, value }) => [key, value]),
    ),
  }
}

/** Once, when AWS has carried out this action for the first time, and has not answered yet. */
const atFirst = (action: string, act: (runtime: Runtime) => void): Required<Story>['onCall'] => {
  let done = false
  return (call, runtime) => {
    if (done || call.action !== action) return
    done = true
    act(runtime)
  }
}

/** So many at a time, in this order. */
const inParallel = async <Item, Result>(
  many: number,
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const rest = items.entries()
  const results: Result[] = []
  const worker = async () => {
    for (const [index, item] of rest) results[index] = await act(item)
  }
  await Promise.all(Array.from({ length: many }, worker))
  return results
}

describe(`A process that dies while it works, under AWS's runtime client with ${runtimeClientInUse}, [settled]`, function () {
  // On the wall clock, and however busy the machine is.
  this.timeout(300_000)

  it('is killed at each kind of call, after AWS has carried it out: the next one settles the deployment [settled]', async () => {
    const killed = await inParallel(6, actions, async (action) => {
      const kill = atFirst(action, (runtime) => void runtime.kill('SIGKILL'))
      const { deaths, ended } = await play({ ...(stories[action] ?? passes), onCall: kill })
      return { action, deaths: deaths.map((why) => why.split(':')[0]), ended }
    })
    expect(killed).to.deep.equal(
      actions.map((action) => ({
        action,
        deaths: ['the runtime ended with SIGKILL'],
        ended: (stories[action] ?? passes).ends,
      })),
    )
  })

  it('hangs until Lambda ends it: the next one settles the deployment [settled]', async () => {
    const hang = atFirst('autoscaling:AttachLoadBalancerTargetGroups', (runtime) => void runtime.kill('SIGSTOP'))
    const { deaths, ended, timedOut } = await play({ ...passes, timeoutSeconds: 900, onCall: hang })
    expect(ended).to.deep.equal(passes.ends)
    expect(deaths[0]).to.match(/^the runtime ended with SIGKILL/)
    expect(timedOut).to.be.greaterThan(0)
  })

  it('runs out of memory over an answer: the next one settles the deployment [settled]', async () => {
    const crowd = Array.from({ length: 100_000 }, (_, index) => `i-${String(index).padStart(17, '0')}`)
    const { deaths, ended } = await play({
      ...passes,
      settings: { NODE_OPTIONS: '--max-old-space-size=40' },
      deploy: (world) => {
        const targets = world.targetGroups.get('web')?.targets
        for (const id of crowd) targets?.set(id, targetOf(id))
        return deployed(true)(world)
      },
      onDeath: (world) => {
        const targets = world.targetGroups.get('web')?.targets
        for (const id of crowd) targets?.delete(id)
      },
    })
    expect(ended).to.deep.equal(passes.ends)
    expect(deaths).to.have.length(1)
    expect(deaths[0]).to.match(/^the runtime ended with SIGABRT: .*heap out of memory/s)
  })
})

const targetOf = (id: string) =>
  ({
    id,
    port: 80,
    zone: 'eu-west-1a',
    state: 'unused',
    reason: 'Target.InvalidState',
    description: id,
    draining: undefined,
  }) as const
