import type { Call, Simulator } from '../../../simulator/simulate.ts'
import { type VirtualTime, virtualTime } from '../../../simulator/virtualTime.ts'
import type { Passing } from '../../../simulator/wire/inProcess.ts'
import type { Refusal } from '../../../simulator/wire/refusals.ts'
import { greenlightSweep } from '../../../tools/greenlight.ts'
import type { Handler } from '../../../tools/lambdaFunction.ts'
import { sweepBundle } from '../../bundle/bundle.ts'
import { apart, type Meeting } from '../../deployments/runs.ts'
import { warmGate } from '../../deployments/warmFunction.ts'
import { authorizeByTemplate } from '../../policies/authorize.ts'
import { repeated } from '../oracles/repeatable.ts'
import { isRead } from '../oracles/request.ts'
import { watch } from '../oracles/watch.ts'
import { type Account, accountOf } from './account.ts'
import { type Damage, measuring } from './damage.ts'
import { peopleAndAccidents } from './peopleAndAccidents.ts'
import { readyDeployments } from './readyDeployments.ts'
import { requestQueue } from './requestQueue.ts'
import { type Accident, type Delivery, refusalNames, type Schedule, start, storyLine } from './schedule.ts'
import { unfold } from './unfold.ts'

/** How a schedule went. */
export type Played = {
  /** A sentence for every promise that was broken. */
  readonly broken: readonly string[]
  /** What happened, line by line, for the reader of a failure. */
  readonly story: readonly string[]
  /** How many calls Greenlight made. */
  readonly calls: number
  readonly damage: Damage
  /** After how many milliseconds everything was over, and the damage measured. */
  readonly overMs: number
  /** How many milliseconds after Ready Greenlight continued each deployment that was Ready; undefined: it did not. */
  readonly continuedAfter: readonly (number | undefined)[]
  /** Whether a person detached a target group, which only an Auto Scaling group has that somebody attached it to. */
  readonly isDetachedByHand: boolean
}

/** When each copy of a notification arrives, in milliseconds after it was sent. */
const delays: Readonly<Record<Delivery, readonly number[]>> = {
  once: [1_000],
  lost: [],
  doubled: [1_000, 2_000],
  fiveTimes: [1_000, 1_000, 1_000, 1_000, 1_000],
  late: [240_000],
  reordered: [15_000],
}

/** Longer than anything under way may take, and than a rollback may still be to come: an hour (F11). */
const untilNothingIsToComeMs = 4_000_000
/** Fewer than the template's, so that they are not most of what happens. */
const minutesBetweenSweeps = 15
/** Longer than one that looks again may have to wait: for draining, and for a second try. */
const betweenLooksMs = 400_000

/**
 * Plays a schedule against the built bundle, in process and in virtual time: the requests of all runs wait for their turn.
 *
 * When everything is over, nothing goes wrong any more, and sweeps go on, or the end of each deployment is notified again:
 * then the promises must hold, and telling everything once more must change nothing.
 *
 * @throws Error with the story where it does not come to an end
 */
export const play = async (schedule: Schedule): Promise<Played> => {
  const time = virtualTime({ start })
  const story: string[] = []
  try {
    return await playIn(time, schedule, story)
  } catch (error) {
    throw new Error(`${error}\n${story.join('\n')}`, { cause: error })
  } finally {
    time.restore()
  }
}

const playIn = async (time: VirtualTime, schedule: Schedule, story: string[]): Promise<Played> => {
  const tell = (what: string) => story.push(storyLine(what))

  let requests = 0
  let goesWrong = true
  const meet: Meeting = async (run, request, handle) => {
    watched.sends(run, request)
    await turn.mine()
    requests += 1
    const accidents = schedule.accidents.filter(({ request }) => goesWrong && request === requests)
    for (const { what } of accidents) {
      tell(`accident: ${what}`)
      if (what === 'dies before') run.die()
      else if (isRefusal(what))
        for (const action of isOfTargets(what) ? changesOfTargets : changesOfGroups)
          aws.faults.add({ principal: 'lambda', kind: what, action })
      else if (what !== 'dies after') aws.faults.add({ principal: 'lambda', kind: what })
    }
    const response = await watched.carriesOut(run, handle)
    if (accidents.some(({ what }) => what === 'dies after')) run.die()
    return response
  }
  const { known, passing } = apart(meet, (run) => watched.ended(run))

  const authorize = authorizeByTemplate()
  const aws = await accountOf(schedule, {
    inProcess: passing,
    authorize: (call) => watched.authorizes(authorize)(call),
    onCall: (call) => {
      if (isOurs(call) && call.action === 'codedeploy:ContinueDeployment' && call.outcome === 'ok') {
        const one = readyAt.find(({ id }) => id === call.input['deploymentId'])
        if (one) one.continuedAt ??= clock.now()
      }
      if (isOurs(call) && isChange(call))
        tell(`Greenlight: ${call.action} ${JSON.stringify(call.input)} → ${call.outcome}`)
    },
    onTold: ({ who, what, deploymentId = '' }) => tell(`${who} ${deploymentId}: ${inShort(what)}`),
  })
  const functions = await functionsIn(aws, passing, (line) => {
    const parsed = JSON.parse(line)
    const { _aws: metric, message, reason = '', verdict = '', deploymentId } = parsed
    if (metric === undefined) watched.line(parsed)
    if (metric === undefined && message !== 'Changing') tell(`log: ${deploymentId} ${message} ${verdict} ${reason}`)
  })
  const { world, clock, deploymentGroup } = aws
  const watched = watch(aws, { onBroken: (sentence) => tell(`*** ${sentence}`) })
  const turn = requestQueue(time, clock, schedule.turns)

  let active = 0
  const counting = (handler: Handler): Handler => {
    const one = known(handler)
    return (event, context) => {
      active += 1
      const run = one(event, context)
      const over = () => {
        active -= 1
      }
      run.then(over, over)
      return run
    }
  }
  const { gate, sweep } = functions
  const called = world.createFunction({ ...gate, handler: counting(gate.handler) })
  if (schedule.sweeps) {
    const handler = counting(sweep.handler)
    world.createFunction({ ...sweep, handler, everyMinutes: minutesBetweenSweeps })
  }
  const untilIdle = async () => {
    await turn.pass(1)
    await turn.until(() => active === 0 && !turn.isAnybodyWaiting())
  }

  /** Sends all notifications of ends once more, and the last others; the changes that follow. */
  const toldOnceMore = async (): Promise<readonly Call[]> => {
    const { sent, resend } = world.notifications
    const isEnd = ({ state, instanceId }: (typeof sent)[number]) =>
      instanceId === undefined && ['SUCCESS', 'FAILURE', 'STOP'].includes(state)
    const before = aws.calls.length
    for (const notification of [...sent.filter(isEnd), ...sent.filter((one) => !isEnd(one)).slice(-2)])
      resend(notification)
    await untilIdle()
    await turn.pass(betweenLooksMs)
    await untilIdle()
    return aws.calls.slice(before).filter((one) => isOurs(one) && isChange(one))
  }

  const ask = async (DeploymentId: string) => {
    const event = { DeploymentId, WaitSeconds: 45 }
    const { payload } = await world.lambda.invoke(called, event)
    tell(`a call is answered: ${payload.slice(0, 300)}`)
  }
  let isDetachedByHand = false
  const heard = {
    ...watched,
    personDetaches: (group: string, targetGroup: string): void => {
      isDetachedByHand = true
      watched.personDetaches(group, targetGroup)
    },
  }
  const { choose, happen } = peopleAndAccidents(aws, deploymentGroup, heard, (id) => void ask(id))
  choose(schedule.mode)

  turn.watch(watched.notices)
  const { notice, damage } = measuring(aws)
  turn.watch(notice)
  const ready = readyDeployments(world)
  const readyAt: { id: string; at: number; continuedAt?: number }[] = []
  turn.watch(() => {
    for (const { id } of ready()) readyAt.push({ id, at: clock.now() })
  })
  const mail = delivering(aws, schedule, tell)
  turn.watch(mail.deliver)

  await unfold(aws, schedule, turn, (happening) => {
    tell(`somebody: ${JSON.stringify(happening)}`)
    happen(happening)
  })
  const isUnderWay = () => [...world.deploymentGroups.values()].some((one) => world.codeDeploy.underWay(one))
  await turn.until(() => !mail.isOnTheWay() && !isUnderWay())
  await turn.pass(untilNothingIsToComeMs)
  await untilIdle()

  tell('--- everything is over, and nothing goes wrong any more ---')
  goesWrong = false
  turn.inOrder()
  mail.stop()
  aws.faults.clear()
  choose(schedule.mode === 'observe' ? 'heal' : schedule.mode)
  if (schedule.sweeps) await turn.pass(3 * minutesBetweenSweeps * 60_000)
  // Without sweeps, notifications of the ends repair what is left, step by step: what an earlier deployment lacks is attached,
  // what carries the traffic then lets a failed green go, and what has drained is forgotten.
  let changes = await toldOnceMore()
  for (let round = 2; round <= (schedule.sweeps ? 1 : 4) && changes.length > 0; round += 1)
    changes = await toldOnceMore()
  const overMs = clock.now() - start.getTime()
  const suffered = damage()
  // During an instance refresh Auto Scaling refuses, and Greenlight asks again.
  const isRefused = ({ input }: Call): boolean =>
    world.autoScalingGroups.get(String(input['AutoScalingGroupName']))?.instanceRefresh !== undefined
  watched.breaks('Repeatable', repeated(changes.filter((one) => !isRefused(one))))
  watched.settles()
  watched.answers({ isAllOver: true })
  await aws.close()
  return {
    broken: [...watched.broken],
    story,
    calls: aws.calls.filter(isOurs).length,
    damage: suffered,
    overMs,
    continuedAfter: readyAt.map(({ at, continuedAt }) => continuedAt && continuedAt - at),
    isDetachedByHand,
  }
}

const isRefusal = (what: Accident['what']): what is Refusal => refusalNames.some((name) => name === what)
const changesOfGroups = [
  ...['AttachLoadBalancerTargetGroups', 'DetachLoadBalancerTargetGroups', 'SuspendProcesses', 'ResumeProcesses'],
  ...['CreateOrUpdateTags', 'DeleteTags'],
].map((operation) => `autoscaling:${operation}`)

const isOfTargets = (what: Refusal): boolean => /Target/.test(what)
const changesOfTargets = ['RegisterTargets', 'DeregisterTargets'].map((one) => `elasticloadbalancing:${one}`)

const isOurs = ({ principal }: Call): boolean => principal.kind === 'lambda'
const isChange = ({ action }: Call): boolean => !isRead(action)

/** Lambda's line about an invocation shows the whole event. */
const inShort = (what: string): string =>
  what
    .replace(/^invokes (\S+) with .*Scheduled Event.*/, 'invokes $1 on its schedule')
    .replace(
      / with .*?(?:"instanceId":"([^"]+)".*)?"deploymentId":"([^"]+)","state":"([^"]+)".*/,
      (_, instanceId = '', id, state) => ` to tell ${state} of ${id} ${instanceId}`,
    )

/** Passes on what CodeDeploy tells, as the schedule says: best effort (F35). */
const delivering = ({ world, clock }: Account, { deliveries }: Schedule, tell: (what: string) => void) => {
  let told = 0
  let onTheWay = 0
  let isStopped = false
  return {
    deliver: (): void => {
      for (const notification of world.notifications.sent.slice(told)) {
        const delivery = deliveries[told % deliveries.length] ?? 'once'
        told += 1
        if (isStopped) continue
        const { state, instanceId = '', deploymentId } = notification
        tell(`CodeDeploy tells ${state} of ${deploymentId} ${instanceId}: ${delivery}`)
        for (const delay of delays[delivery]) {
          onTheWay += 1
          clock.after(delay, () => {
            onTheWay -= 1
            world.notifications.resend(notification)
          })
        }
      }
    },
    isOnTheWay: () => onTheWay > 0,
    stop: (): void => {
      isStopped = true
    },
  }
}

/** The time-out is short: a green that is never healthy is looked at all the while. */
const functionsIn = async (simulator: Simulator, passing: Passing, log: (line: string) => void) => {
  const settings = { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '40' }
  return {
    gate: await warmGate(settings, { simulator, log, passing }),
    sweep: await greenlightSweep(simulator, {
      code: await sweepBundle(),
      settings: { GREENLIGHT_SWEEP_MODE: 'heal' },
      log,
    }),
  }
}
