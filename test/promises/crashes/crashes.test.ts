import { expect } from 'chai'
import type { Simulator } from '../../../simulator/simulate.ts'
import { attachedArns, inServiceOf } from '../../../simulator/world/state.ts'
import { type Playground, playground } from '../../deployments/playground.ts'
import { apart } from '../../deployments/runs.ts'
import { watching } from '../neverWorse.ts'

type World = Simulator['world']

/** Where the work stops dead: at its k-th request, before AWS carries it out or after, and whether AWS tries again (F37). */
type Crash = { readonly k: number; readonly when: 'before' | 'after'; readonly isRetried: boolean }

/** A deployment from its beginning to its end, one of whose runs of the function dies. */
type Story = {
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
  /** Gives the id; a deployment that copies blue, unless told. */
  readonly deploy?: (aws: Playground) => string
  /** Suspended on blue, and so on its copy, before Greenlight ever ran. */
  readonly suspendedByAPerson?: readonly string[]
  /** Suspended by the Greenlight of the deployment before, on blue. */
  readonly heldBefore?: readonly string[]
  readonly greens?: (id: string) => readonly string[]
  /** What people and the world do, until the deployment is over. */
  readonly plays: (
    aws: Playground,
    id: string,
    call: () => Promise<Readonly<Record<string, unknown>>>,
  ) => Promise<unknown>
  /** The target groups of blue, and of the deployment group; `web`, unless told. */
  readonly wanted?: readonly string[]
  /** What the faultless deployment ends with. */
  readonly ends: 'Succeeded' | 'Failed' | 'Stopped'
  /** P3's exception: what was attached stays, with its record, where nobody else is known to carry its traffic. */
  readonly leavesAttached?: true
  /** The other one: it did not succeed, and yet its deployment group names green. */
  readonly isSettled?: true
}

const copyOfBlue = (id: string) => [`CodeDeploy_production_${id}`]

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

/** A deployment before, whose hold nobody released. */
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
const gated: Story['plays'] = async (aws, id, call) => {
  await aws.until(id, 'Ready')
  const { verdict, reason } = await call()
  if (verdict !== 'Succeeded') throw new Error(`the gate did not pass: ${reason}`)
}

const gatedAndContinued: Story['plays'] = async (aws, id, call) => {
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
  },
  suspendedByAPerson: ['AZRebalance'],
  deploy: ({ world, functionName }: Playground) =>
    world.deploy({
      application: 'orders',
      deploymentGroup: 'production',
      lambdaHooks: { BeforeAllowTraffic: functionName },
    }),
  greens: () => ['CodeDeploy_web'],
  // Where nobody reports, CodeDeploy fails the deployment after its hour (F33).
  plays: (aws: Playground, id: string) => aws.played(id),
} as const

const stories: readonly Story[] = [
  {
    ...gatedByHook,
    row: 'gate by hook',
    hears: ['hook', 'SUCCESS', 'FAILURE'],
    dies: 'hook',
    ends: 'Succeeded',
    // There is no blue.
    leavesAttached: true,
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
    greens: () => discovered,
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
    heldBefore: ['HealthCheck', 'AlarmNotification'],
    arrange: (world) => {
      const tags = { record: older, held: `${older} HealthCheck AlarmNotification`, 'attached/web': older }
      for (const [key, value] of Object.entries(tags)) {
        world.autoScalingGroups.get('blue')?.tags.push({ key: `greenlight:${key}`, value, propagateAtLaunch: false })
      }
      world.suspendProcesses('blue', ['HealthCheck', 'AlarmNotification'])
    },
    suspendedByAPerson: ['AZRebalance'],
    plays: continued,
    ends: 'Succeeded',
  },
  {
    row: 'arrive',
    hears: ['READY', 'instance SUCCESS', 'SUCCESS'],
    dies: 'instance SUCCESS',
    plays: continued,
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
    wanted: ['web', 'api'],
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
    // The deployment group names green.
    isSettled: true,
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
    // It serves, and blue has not returned.
    leavesAttached: true,
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

/** What of an Auto Scaling group is Greenlight's business. */
const stateOf = (world: World, name: string) => {
  const group = world.autoScalingGroups.get(name)
  return {
    attached: (group ? attachedArns(group) : []).map((arn) => arn.split('/').at(-2)),
    suspended: group?.suspendedProcesses,
    records: Object.fromEntries(
      (group?.tags ?? []).filter(({ key }) => key.startsWith('greenlight:')).map(({ key, value }) => [key, value]),
    ),
  }
}

/** Plays a story, faultless or with a crash; tells what the run that dies asked for, and how it all ended. */
const play = async (story: Story, crash?: Crash) => {
  const { mode = 'heal', hears, greens = copyOfBlue, suspendedByAPerson = [], heldBefore = [] } = story
  const watch = watching(heldBefore)
  const asked: Asked[] = []
  const heard = new Map<string, string>()
  let givenUp: unknown
  let aws: Playground
  let id = ''

  const { runs, known, passing } = apart(async (run, _request, handle) => {
    const reason = reasonFor(run.event)
    const watched = { deploymentId: id, greens: greens(id), mode }
    const carriedOut = () => watch.around(aws, watched, reason === 'hook' || reason === 'call', handle)
    if (runs.find(({ event }) => reasonFor(event) === story.dies) !== run) return carriedOut()
    if (run.asked !== crash?.k) {
      const [at, before, calls] = [Date.now(), aws.changes().length, aws.calls.length]
      const answered = carriedOut()
      const action = aws.calls[calls]?.action ?? ''
      asked.push({ k: run.asked, action, at, before, after: aws.changes().length })
      return answered
    }
    if (crash.when === 'after') await carriedOut()
    if (!crash.isRetried) givenUp = run.event
    run.die()
    return new Promise(() => {})
  })

  /** Whether an event reaches the function: of each reason the first, and what AWS tries again of it. */
  const arrives = (event: unknown): boolean => {
    const reason = reasonFor(event)
    const text = JSON.stringify(event)
    if (!hears.includes(reason) || text === JSON.stringify(givenUp)) return false
    if (reason !== 'call' && heard.has(reason) && heard.get(reason) !== text) return false
    heard.set(reason, text)
    return true
  }

  aws = await playground({
    inProcess: passing,
    via: 'EventBridge',
    settings: story.settings ?? {},
    known: (handler) => {
      const own = known(handler)
      return async (event, context) => (arrives(event) ? own(event, context) : null)
    },
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
      story.arrange?.(world)
    },
  })
  try {
    id = story.deploy?.(aws) ?? aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    const call = async () => {
      const event = { DeploymentId: id }
      const answer = await aws.invoke(event)
      return 'errorMessage' in answer && crash?.isRetried ? aws.invoke(event) : answer
    }
    await story.plays(aws, id, call)
    // AWS's second retry comes after three minutes.
    await aws.time.advance(600_000)
    if (givenUp !== undefined && story.comesAgain) {
      const event = givenUp
      givenUp = undefined
      await aws.invoke(event)
      await aws.time.advance(60_000)
    }
    const status = aws.world.deployments.get(id)?.status
    return {
      asked,
      died: runs.filter(({ isDead }) => isDead).length,
      status,
      worse: watch.found,
      blue: stateOf(aws.world, 'blue'),
      greens: greens(id).map((green) => stateOf(aws.world, green)),
      promised: promisedOf(story, aws, id),
    }
  } finally {
    await aws.end()
  }
}

/** P3, for how the deployment ended: after a crash that may be another end than without. */
const promisedOf = (
  { greens = copyOfBlue, wanted = ['web'], suspendedByAPerson: suspended = [], leavesAttached, isSettled }: Story,
  { world, attaches }: Playground,
  id: string,
) => {
  const settled = { attached: wanted, suspended, records: {} }
  const undone = { attached: [], suspended, records: {} }
  const left = { ...settled, records: { 'greenlight:record': id, 'greenlight:attached/web': id } }
  const hasSucceeded = isSettled === true || world.deployments.get(id)?.status === 'Succeeded'
  return {
    greens: greens(id).map(() =>
      hasSucceeded ? settled : leavesAttached === true && attaches().length > 0 ? left : undone,
    ),
    blue: world.autoScalingGroups.has('blue') ? settled : { ...undone, suspended: undefined },
    worse: [],
  }
}

describe('Greenlight stops dead', () => {
  for (const story of stories) {
    describe(`in ${story.row},`, () => {
      let recorded: ReturnType<typeof play> | undefined
      /** The story without a crash. */
      const faultless = () => {
        recorded ??= play(story)
        return recorded
      }

      it('not at all: settled, and never worse [settled, never worse]', async () => {
        const { blue, greens, worse, promised, status } = await faultless()
        expect({ status, blue, greens, worse }).to.deep.equal({ status: story.ends, ...promised })
      })

      for (const isRetried of [true, false]) {
        for (const when of ['before', 'after'] as const) {
          const recovery = isRetried ? 'AWS tries again' : 'AWS does not try again'
          it(`${when} any of its calls to AWS, and ${recovery}: settled, and never worse [settled, never worse]`, async () => {
            const { asked } = await faultless()
            const crashes = crashesOf(asked).filter((crash) => crash.when === when)
            expect(crashes).to.not.be.empty
            for (const { k, action } of crashes) {
              const { promised, blue, greens, worse, died, status } = await play(story, { k, when, isRetried })
              const at = `${when} call ${k} of ${asked.length}, ${action}`
              expect({ died, greens, blue, worse }, at).to.deep.equal({ died: 1, ...promised })
              // Whoever is asked again brings it to the same end.
              if (isRetried) expect(status, at).to.equal(story.ends)
            }
          })
        }
      }
    })
  }
})
