import { expect } from 'chai'
import type { Simulator } from '../../../simulator/simulate.ts'
import { inServiceOf } from '../../../simulator/world/state.ts'
import { earlierDeployment } from '../../deployments/deploymentStates.ts'
import { ownersAgree } from '../../deployments/ownersAgree.ts'
import { isArrived, testInTwin, whileAsking } from '../../deployments/playedDeployment.ts'
import { type Playground, playground } from '../../deployments/playground.ts'
import type { Meeting } from '../../deployments/runs.ts'

type World = Simulator['world']

/** Where the work stops dead: at its k-th request, before AWS carries it out or after, and whether AWS tries again (F37). */
type Crash = { readonly k: number; readonly when: 'before' | 'after'; readonly isRetried: boolean }

/** A deployment from its beginning to its end, one of whose runs of the function dies. */
type Scenario = {
  readonly row: string
  readonly mode?: 'heal' | 'gate'
  readonly settings?: Readonly<Record<string, string>>
  /** Why Greenlight runs, in the words of `reasonFor`; every other notification is lost. */
  readonly hears: readonly string[]
  /** Which of those runs dies: the first of this reason. */
  readonly dies: string
  /** Where nothing else would tell of the deployment any more, the same event comes again, later. */
  readonly comesAgain?: true
  readonly arrange?: (world: World) => void
  /** Gives the id; by default of a deployment that copies blue. */
  readonly deploy?: (aws: Playground) => string
  /** Suspended on blue, and so on its copy, before Greenlight ever ran. */
  readonly suspendedByAPerson?: readonly string[]
  /** The reason of a notification that does not come before the traffic has arrived. */
  readonly comesLate?: string
  /** What people and the world do, until the deployment is over. */
  readonly plays: (
    aws: Playground,
    id: string,
    call: () => Promise<Readonly<Record<string, unknown>>>,
  ) => Promise<unknown>
  /** What the faultless deployment ends with. */
  readonly ends: 'Succeeded' | 'Failed' | 'Stopped'
}

/** Why the function runs. */
const reasonFor = (event: unknown): string => {
  const { LifecycleEventHookExecutionId: hook, detail } = event as {
    LifecycleEventHookExecutionId?: string
    detail?: { state: string; instanceId?: string }
  }
  if (detail === undefined) return hook === undefined ? 'call' : 'hook'
  return detail.instanceId === undefined ? detail.state : `instance ${detail.state}`
}

const blueGreenOf = (world: World) => {
  const group = world.deploymentGroups.get('shop/production')
  if (group?.blueGreen === undefined) throw new Error('there is no blue/green deployment group')
  return { group, blueGreen: group.blueGreen }
}

/** Greens that were there before the deployment. */
const discovered = ['CodeDeploy_a', 'CodeDeploy_b']

/** An earlier deployment, whose hold was never released. */
const older = 'd-OLDER0001'

/** Blue cannot be taken out of the load balancer to the end (F8). */
const failHalfway = (world: World): void =>
  world.failDeregistration(inServiceOf(world, 'blue').at(-1)?.instanceId ?? '')

const withRollback = (world: World): void => {
  blueGreenOf(world).group.autoRollback = { enabled: true, events: ['DEPLOYMENT_FAILURE'] }
  failHalfway(world)
}

/** Blue is behind a second target group. */
const withApi = (world: World): void => {
  const { arn } = world.createTargetGroup({ name: 'api', deregistrationDelaySeconds: 3 })
  const blue = world.autoScalingGroups.get('blue')
  if (blue !== undefined) world.scaling.attach(blue, [arn], 'targetGroups')
  blueGreenOf(world).group.loadBalancerInfo?.targetGroupInfoList?.push({ name: 'api' })
}

/** A person continues it, long after its notification of READY. */
const continued = async (aws: Playground, id: string) => {
  await aws.until(id, 'Ready')
  await aws.time.advance(240_000)
  aws.world.continueDeployment(id)
  await aws.played(id)
}

/** A pipeline asks for its gate, which nothing disturbs. */
const gated: Scenario['plays'] = async (aws, id, call) => {
  await aws.until(id, 'Ready')
  const { verdict, reason } = await call()
  if (verdict !== 'Succeeded') throw new Error(`the gate did not pass: ${reason}`)
}

const gatedAndContinued: Scenario['plays'] = async (aws, id, call) => {
  await gated(aws, id, call)
  aws.world.continueDeployment(id)
  await aws.played(id)
}

/** An ECS deployment, whose hook gates an Auto Scaling group that the deployment group names in its tags. */
const gatedByHook = {
  arrange: (world: World) => {
    world.createAutoScalingGroup({ name: 'CodeDeploy_web', suspendedProcesses: ['AZRebalance'] })
    world.createDeploymentGroup({
      application: 'orders',
      name: 'production',
      computePlatform: 'ECS',
      tags: { 'greenlight:auto-scaling-groups': 'CodeDeploy_web', 'greenlight:target-groups': 'web' },
    })
    ownersAgree(world, 'orders/production')
  },
  suspendedByAPerson: ['AZRebalance'],
  deploy: ({ world, functionName }: Playground) =>
    world.deploy({
      application: 'orders',
      deploymentGroup: 'production',
      lambdaHooks: { BeforeAllowTraffic: functionName },
    }),
  // Without a report CodeDeploy fails the deployment after an hour (F33).
  plays: (aws: Playground, id: string) => aws.played(id),
} as const

const scenarios: readonly Scenario[] = [
  {
    ...gatedByHook,
    row: 'gate by hook',
    hears: ['hook', 'SUCCESS', 'FAILURE'],
    dies: 'hook',
    ends: 'Succeeded',
  },
  {
    ...gatedByHook,
    row: 'gate by hook that fails, and clears up',
    settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '3' },
    hears: ['hook', 'FAILURE'],
    dies: 'hook',
    arrange: (world) => {
      gatedByHook.arrange(world)
      for (const { instanceId } of inServiceOf(world, 'CodeDeploy_web')) world.breakInstance(instanceId)
    },
    ends: 'Failed',
  },
  {
    row: 'gate by call',
    hears: ['call', 'SUCCESS', 'STOP'],
    dies: 'call',
    suspendedByAPerson: ['AZRebalance', 'AlarmNotification'],
    plays: async (aws, id, call) => {
      await aws.until(id, 'Ready')
      const { verdict } = await call()
      if (verdict === 'Succeeded') aws.world.continueDeployment(id)
      else aws.world.stopDeployment(id)
      await aws.played(id)
    },
    ends: 'Succeeded',
  },
  {
    row: 'gate by the notification of READY, in mode gate',
    mode: 'gate',
    hears: ['READY', 'SUCCESS', 'STOP'],
    dies: 'READY',
    suspendedByAPerson: ['AZRebalance'],
    plays: (aws, id) => aws.played(id),
    ends: 'Succeeded',
  },
  {
    row: 'gate in a test target group',
    mode: 'gate',
    hears: ['READY', 'SUCCESS', 'STOP'],
    dies: 'READY',
    arrange: testInTwin,
    plays: (aws, id) => aws.played(id),
    ends: 'Succeeded',
  },
  {
    row: 'settle after a gate in a test target group',
    mode: 'gate',
    hears: ['READY', 'SUCCESS'],
    dies: 'SUCCESS',
    comesAgain: true,
    arrange: testInTwin,
    plays: (aws, id) => aws.played(id),
    ends: 'Succeeded',
  },
  {
    row: 'gate in a test target group that stops the deployment, and undoes it',
    mode: 'gate',
    settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '3' },
    hears: ['READY', 'STOP'],
    dies: 'READY',
    arrange: testInTwin,
    deploy: ({ world }) => world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', healthy: false } }),
    plays: (aws, id) => aws.played(id),
    ends: 'Stopped',
  },
  {
    row: 'gate of two greens that CodeDeploy discovers',
    mode: 'gate',
    hears: ['READY', 'SUCCESS', 'STOP'],
    dies: 'READY',
    arrange: (world) => {
      for (const name of discovered) {
        world.createAutoScalingGroup({ name, desiredCapacity: 1, suspendedProcesses: ['AZRebalance'] })
      }
      blueGreenOf(world).blueGreen.greenFleetProvisioningOption = { action: 'DISCOVER_EXISTING' }
    },
    suspendedByAPerson: ['AZRebalance'],
    deploy: ({ world }) =>
      world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' }, green: discovered }),
    plays: (aws, id) => aws.played(id),
    ends: 'Succeeded',
  },
  {
    row: 'hold',
    hears: ['READY', 'SUCCESS'],
    dies: 'READY',
    suspendedByAPerson: ['ScheduledActions'],
    plays: continued,
    ends: 'Succeeded',
  },
  {
    row: 'hold that is adopted from the deployment before',
    hears: ['READY', 'SUCCESS'],
    dies: 'READY',
    arrange: (world) => {
      const tags = { record: older, held: `${older} HealthCheck AlarmNotification`, 'attached/web': older }
      for (const [key, value] of Object.entries(tags)) {
        world.autoScalingGroups.get('blue')?.tags.push({ key: `greenlight:${key}`, value, propagateAtLaunch: false })
      }
      world.suspendProcesses('blue', ['HealthCheck', 'AlarmNotification'])
    },
    deploy: ({ world }) => {
      const id = world.deploy({ deploymentGroup: 'production' })
      earlierDeployment(world, id, older)
      return id
    },
    suspendedByAPerson: ['AZRebalance'],
    plays: continued,
    ends: 'Succeeded',
  },
  {
    row: 'arrive',
    hears: ['START', 'READY', 'SUCCESS'],
    dies: 'START',
    comesLate: 'START',
    plays: async (aws, id) => {
      await aws.until(id, 'Ready')
      await aws.time.advance(240_000)
      aws.world.continueDeployment(id)
      while (!isArrived(aws.world, id)) await aws.time.advance(1000)
      const started = aws.world.notifications.sent.find(({ state }) => state === 'START')
      if (started !== undefined) aws.world.notifications.resend(started)
      await aws.played(id)
    },
    ends: 'Succeeded',
  },
  {
    row: 'settle',
    hears: ['READY', 'SUCCESS'],
    dies: 'SUCCESS',
    comesAgain: true,
    suspendedByAPerson: ['AZRebalance'],
    plays: continued,
    ends: 'Succeeded',
  },
  {
    row: 'gate that stops the deployment, and undoes it',
    mode: 'gate',
    settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '3' },
    hears: ['READY', 'STOP'],
    dies: 'READY',
    suspendedByAPerson: ['AZRebalance'],
    deploy: ({ world }) => world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', healthy: false } }),
    plays: (aws, id) => aws.played(id),
    ends: 'Stopped',
  },
  {
    row: 'undo after a person has stopped it',
    hears: ['call', 'STOP'],
    dies: 'STOP',
    comesAgain: true,
    suspendedByAPerson: ['AZRebalance'],
    plays: async (aws, id, call) => {
      await gated(aws, id, call)
      aws.world.stopDeployment(id)
    },
    ends: 'Stopped',
  },
  {
    row: 'undo of two target groups',
    arrange: withApi,
    hears: ['call', 'STOP'],
    dies: 'STOP',
    comesAgain: true,
    suspendedByAPerson: ['AZRebalance'],
    plays: async (aws, id, call) => {
      await gated(aws, id, call)
      aws.world.stopDeployment(id)
    },
    ends: 'Stopped',
  },
  {
    row: 'undo while it is rolled back, after a person has stopped it',
    hears: ['call', 'STOP', 'SUCCESS'],
    dies: 'STOP',
    plays: async (aws, id, call) => {
      await gated(aws, id, call)
      // Only once its traffic moves is it rolled back.
      aws.world.continueDeployment(id)
      await aws.time.advance(5_000)
      aws.world.stopDeployment(id, { rollBack: true })
    },
    ends: 'Stopped',
  },
  {
    row: 'undo after a person has stopped it in its termination wait',
    hears: ['READY', 'STOP'],
    dies: 'STOP',
    comesAgain: true,
    suspendedByAPerson: ['AZRebalance'],
    plays: async (aws, id) => {
      await aws.until(id, 'Ready')
      await aws.time.advance(30_000)
      aws.world.continueDeployment(id)
      // Blue is terminated five minutes after the traffic has moved.
      await aws.time.advance(120_000)
      aws.world.stopDeployment(id)
    },
    ends: 'Stopped',
  },
  {
    row: 'undo after it failed halfway through taking blue out',
    hears: ['call', 'FAILURE'],
    dies: 'FAILURE',
    comesAgain: true,
    arrange: failHalfway,
    suspendedByAPerson: ['AZRebalance'],
    plays: gatedAndContinued,
    ends: 'Failed',
  },
  {
    row: 'undo while it is rolled back, after it failed',
    hears: ['call', 'FAILURE', 'SUCCESS'],
    dies: 'FAILURE',
    arrange: withRollback,
    plays: gatedAndContinued,
    ends: 'Failed',
  },
  {
    row: 'undo when its rollback is over',
    hears: ['call', 'SUCCESS'],
    dies: 'SUCCESS',
    comesAgain: true,
    arrange: withRollback,
    suspendedByAPerson: ['AZRebalance'],
    plays: gatedAndContinued,
    ends: 'Failed',
  },
]

/** A request of the run that dies, with how many changes AWS has been asked for until then, and with it. */
type Asked = {
  readonly k: number
  readonly action: string
  readonly at: number
  readonly before: number
  readonly after: number
}

/**
 * Where a run can die, before and after each of its requests. Of those that AWS cannot tell apart, at the same moment and
 * after the same changes, the first alone: what follows is the same to the last bit.
 */
const crashesOf = (asked: readonly Asked[]) => {
  const all = asked.flatMap((one) =>
    (['before', 'after'] as const).map((when) => ({ ...one, when, moment: `${one[when]} changes at ${one.at}` })),
  )
  return [...new Map(all.toReversed().map((crash) => [crash.moment, crash])).values()].toReversed()
}

const stateChange = { 'detail-type': 'CodeDeploy Deployment State-change Notification' }

/** Plays a scenario, faultless or with a crash; tells what the run that dies asked for, and how it all ended. */
const play = async (scenario: Scenario, crash?: Crash) => {
  const { mode = 'heal', hears, suspendedByAPerson = [] } = scenario
  const asked: Asked[] = []
  const heard = new Map<string, string>()
  let givenUp: unknown
  let isLater = false

  const meets: Meeting = async (run, _request, handle) => {
    if (aws.runs.find(({ event }) => reasonFor(event) === scenario.dies) !== run) return handle()
    if (run.asked !== crash?.k) {
      const [at, before, calls] = [Date.now(), aws.changes().length, aws.calls.length]
      const answered = handle()
      const action = aws.calls[calls]?.action ?? ''
      asked.push({ k: run.asked, action, at, before, after: aws.changes().length })
      return answered
    }
    if (crash.when === 'after') await handle()
    if (!crash.isRetried) givenUp = run.event
    run.die()
    return new Promise(() => {})
  }

  /** Whether an event reaches the function: of each reason the first, and what AWS tries again of it. */
  const arrives = (event: unknown): boolean => {
    const reason = reasonFor(event)
    const text = JSON.stringify(event)
    if (!hears.includes(reason) || text === JSON.stringify(givenUp)) return false
    if (reason === scenario.comesLate && ![...aws.world.deployments.keys()].some((id) => isArrived(aws.world, id)))
      return false
    if (reason !== 'call' && heard.has(reason) && heard.get(reason) !== text) return false
    heard.set(reason, text)
    return true
  }

  const aws: Playground = await playground({
    inProcess: true,
    looksForItself: true,
    meets,
    via: 'EventBridge',
    settings: scenario.settings ?? {},
    known: (handler) => async (event, context) => (isLater || arrives(event) ? handler(event, context) : null),
    arrange: (world) => {
      Object.assign(world.targetGroups.get('web')?.healthCheck ?? {}, { intervalSeconds: 1 })
      Object.assign(world.targetGroups.get('web') ?? {}, { deregistrationDelaySeconds: 1 })
      const { group, blueGreen } = blueGreenOf(world)
      // Without a script, which a rollback would run on blue.
      group.revision = { version: 'v1' }
      group.tags.push({ key: 'greenlight:mode', value: mode })
      // Long enough for both of AWS's retries.
      blueGreen.deploymentReadyOption.waitTimeInMinutes = 15
      world.suspendProcesses('blue', suspendedByAPerson)
      scenario.arrange?.(world)
    },
  })
  try {
    const id =
      scenario.deploy?.(aws) ?? aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    const call = async () => {
      const event = { DeploymentId: id }
      return whileAsking(aws.world, id, async () => {
        const answer = await aws.invoke(event)
        return 'errorMessage' in answer && crash?.isRetried ? aws.invoke(event) : answer
      })
    }
    await scenario.plays(aws, id, call)
    // AWS's second retry comes after three minutes.
    await aws.time.advance(600_000)
    if (givenUp !== undefined && scenario.comesAgain) {
      const event = givenUp
      givenUp = undefined
      await aws.invoke(event)
      await aws.time.advance(60_000)
    }
    if (aws.world.deployments.get(id)?.status !== 'Succeeded') {
      // Nobody waits for draining: who looks later finishes.
      isLater = true
      await aws.invoke({ source: 'aws.codedeploy', detail: { deploymentId: id, state: 'FAILURE' }, ...stateChange })
    }
    aws.watch.settles()
    aws.watch.answers({ isAllOver: true })
    return {
      asked,
      died: aws.runs.filter(({ isDead }) => isDead).length,
      status: aws.world.deployments.get(id)?.status,
      broken: [...aws.watch.broken],
    }
  } finally {
    await aws.end()
  }
}

describe('A run of Greenlight is killed [answered, true, settled, never worse, least power, never silent]', () => {
  for (const scenario of scenarios) {
    describe(`in ${scenario.row}`, () => {
      let recorded: ReturnType<typeof play> | undefined
      /** The scenario without a crash. */
      const faultless = () => {
        recorded ??= play(scenario)
        return recorded
      }

      it('keeps its promises when nothing kills it, to begin with', async () => {
        const { broken, status } = await faultless()
        expect({ status, broken }).to.deep.equal({ status: scenario.ends, broken: [] })
      })

      for (const isRetried of [true, false]) {
        for (const when of ['before', 'after'] as const) {
          const recovery = isRetried ? 'AWS tries again' : 'AWS does not try again'
          it(`keeps its promises when it is killed ${when} any of its calls to AWS, and ${recovery}`, async () => {
            const { asked } = await faultless()
            const crashes = crashesOf(asked).filter((crash) => crash.when === when)
            expect(crashes).to.not.be.empty
            for (const { k, action } of crashes) {
              const { broken, died, status } = await play(scenario, { k, when, isRetried })
              const at = `${when} call ${k} of ${asked.length}, ${action}`
              expect({ died, broken }, at).to.deep.equal({ died: 1, broken: [] })
              // A run that is tried again brings the deployment to the same end.
              if (isRetried) expect(status, at).to.equal(scenario.ends)
            }
          })
        }
      }
    })
  }
})
