import type { Deadline } from '../invocation/deadline.ts'
import type { Log } from '../log.ts'
import type { Meter } from '../meter.ts'
import type { Change } from '../model/change.ts'
import { type Deployment, isOver, readDeployment } from '../model/deployment.ts'
import { missingFrom } from '../model/green.ts'
import { isMode, readMode } from '../model/mode.ts'
import type { Progress } from '../model/progress.ts'
import { type Asked, decide, isAnswered, notOurs, type Row, unknownStatus } from '../rules/decide.ts'
import { judgeHealthOf, type Observation, type Step } from '../rules/judge.ts'
import { absent } from '../rules/preflight.ts'
import { rowOf, stepOf } from '../rules/rows.ts'
import type { Settings } from '../settings.ts'
import { type Conclusion, listed } from '../wording.ts'
import { acting } from './act.ts'
import { bypass } from './bypass.ts'
import { aimOf, observing } from './observe.ts'
import { patience } from './patience.ts'
import type { Ports } from './ports.ts'

export type Work = {
  readonly ports: Ports
  readonly settings: Settings
  readonly log: Log
  readonly meter: Meter
  readonly sleep: Deadline['sleep']
  /** Told what is being waited for, so that whoever runs out of time can say it. */
  readonly waitingFor: (reason: string) => void
}

/** How long a green that CodeDeploy names may be missing from Auto Scaling's answers before that is believed. */
const absentForMs = 5_000
/** How long a hook that has failed waits for CodeDeploy to end its deployment: CodeDeploy may be waiting for the hook (F32). */
const endedWithinMs = 30_000

/**
 * Observe → decide → act → verify, for one deployment, until there is a conclusion.
 *
 * @param asked why we run
 * @throws AwsError where AWS could not be asked or refused a change
 */
export const reconcile = async (deploymentId: string, asked: Asked, work: Work): Promise<Conclusion> => {
  const { ports, settings, log, meter } = work
  const actor = acting(ports, log, meter)
  const { tagsOf, observe, progressOf } = observing(ports, actor.remembered)
  const wait = patience({ ...settings, ...work })
  const nameNotHandled = namingOnce(log)
  const look = lookingOnce(log, meter)
  const answered = isAnswered(asked)
  const refuse = (kind: Parameters<Meter['refused']>[0], reason: string): Conclusion => {
    meter.refused(kind)
    if (!answered) log.warn('Refused', { reason })
    return { verdict: answered ? 'Failed' : undefined, reason }
  }

  const began = Date.now()
  const tellStopped = ({ kind, reason }: Stop): void => {
    meter.refused(kind)
    log.error('Verdict', { verdict: 'Failed', reason })
    meter.verdict(asked, 'Failed')
  }

  let id = deploymentId
  let isStopped = false
  let absentSince: number | undefined
  // What CodeDeploy was asked for and did not answer: the next look tells whether it was carried out (P7).
  let stopUnanswered: Stop | undefined
  let continueUnanswered: string | undefined

  // Every turn reads the deployment first, so that after every act it is read again (design 2.2).
  for (;;) {
    const deployment = await readCurrent(id, ports)
    if (typeof deployment === 'string') return refuse('deployment', deployment)
    if (!answered && deployment.rollbackOf !== undefined && deployment.rollbackOf !== id && isOver(deployment)) {
      // The rollback's end is when blue is back: what it took back is decided by its own row (design 2.1).
      if (id !== deploymentId) return { verdict: undefined, reason: `deployment ${id} is a rollback of a rollback` }
      id = deployment.rollbackOf
      continue
    }
    const nothing = notOurs(deployment, asked)
    if (nothing !== undefined) return nothing
    if (stopUnanswered !== undefined && deployment.status === 'Stopped') {
      tellStopped(stopUnanswered)
      stopUnanswered = undefined
    }
    if (continueUnanswered !== undefined && hasGoneOn(deployment)) {
      return { verdict: 'Succeeded', reason: continueUnanswered }
    }
    if (!isOver(deployment) && (asked === 'aftermath' || isStopped)) {
      if (asked === 'aftermath' && Date.now() - began >= endedWithinMs) {
        throw new Error(`CodeDeploy has not ended deployment ${id} within ${endedWithinMs / 1000} s`)
      }
      await wait.briefly(`CodeDeploy has not ended deployment ${id} yet`)
      continue
    }

    const tags = await tagsOf(deployment)
    const mode = readMode(deployment, tags, settings.mode)
    if (!isMode(mode)) {
      log.warn('No mode', { reason: mode })
      meter.refused('mode')
      return { verdict: answered ? 'Failed' : undefined, reason: mode }
    }
    meter.inMode(mode)
    const aim = aimOf(deployment, tags)
    // Every Lambda and ECS deployment of the account is notified of; one without our tags is nobody's business.
    if (typeof aim === 'string' && !answered) return { verdict: undefined, reason: aim }
    if (mode === 'observe') return bypass(deployment, aim, asked, { ...work, actor, observe, progressOf })

    const unknown = unknownStatus(deployment)
    if (unknown !== undefined) return refuse('deployment', unknown)
    const decision = decide(deployment, asked, mode)
    if (decision.act === 'answer') return decision.answer
    if (typeof aim === 'string') return refuse('tags', aim)
    const row = decision.act === 'look' ? rowOf(await progressOf(deployment)) : decision.act
    if (row === undefined) return { verdict: undefined, reason: `CodeDeploy is moving the traffic of ${id}` }

    const observation = await observe(deployment, aim, row, asked)
    if (row !== 'preflight' && row !== 'gate' && isIncomplete(observation)) {
      // A gate says for itself what it misses; in every other row an answer too old would leave something undone for good.
      absentSince ??= Date.now()
      if (Date.now() - absentSince < absentForMs) {
        await wait.briefly(`green ${listed(aim.greens)} is not there yet`)
        continue
      }
      if (observation.greens.length === 0 && (row === 'hold' || row === 'arrive')) {
        return refuse('absent', listed(absent(aim.greens, []), 10, '; '))
      }
    }
    const next = stepOf(row, observation, deployment, settings.minimumHealthyPercent, asked)
    nameNotHandled(deployment, observation)
    if (row === 'gate' || row === 'arrive') look(observation)

    /** Stops the deployment where that is asked for and still right, and says what the verdict is. */
    const fail = async (kind: Stop['kind'], reason: string): Promise<Conclusion | undefined> => {
      const stops = !answered && mode === 'gate' && (row === 'gate' || row === 'preflight')
      if (!stops) return refuse(kind, reason)
      const fresh = await readCurrent(id, ports)
      const moved = typeof fresh === 'string' ? fresh : await whyNotStop(fresh, progressOf)
      if (moved !== undefined) {
        if (typeof fresh !== 'string' && isOver(fresh)) return undefined
        log.error('Not stopped', { reason: `${reason}; but ${moved}` })
        return refuse(kind, `${reason}; but ${moved}`)
      }
      const stopping: Change = { call: 'codedeploy:StopDeployment', deploymentId: id }
      const acted = await actor.perform([stopping], id)
      if (acted.act === 'changed') {
        isStopped = true
        stopUnanswered = undefined
        tellStopped({ kind, reason })
      } else {
        if (acted.act === 'unanswered') stopUnanswered = { kind, reason }
        await wait.briefly(acted.reason)
      }
      return undefined
    }

    switch (next.step) {
      case 'refuse': {
        absentSince ??= Date.now()
        if (next.kind === 'absent' && Date.now() - absentSince < absentForMs) {
          await wait.briefly(next.reason)
          break
        }
        const failed = await fail(next.kind, next.reason)
        if (failed !== undefined) return failed
        break
      }

      case 'awaitInstall':
        if (asked === 'call') return { verdict: 'Pending', reason: next.reason }
        await wait.briefly(next.reason)
        break

      case 'leaveToLastBatch':
        if (asked === 'call') return { verdict: 'Succeeded', reason: `nothing to gate: ${next.reason}` }
        await wait.briefly(next.reason)
        break

      case 'change': {
        const andGoOn = row === 'arrive' || row === 'settle' || row === 'undo'
        const acted = await actor.perform(next.changes, id, { andGoOn })
        const attaches = next.changes.some(({ call }) => call === 'autoscaling:AttachLoadBalancerTargetGroups')
        if (acted.act === 'changed') {
          if (row === 'gate' && attaches) wait.healthFrom(Date.now())
        } else if (row === 'gate' && attaches) {
          const late = await wait.forHealth(acted.reason)
          // Nobody could act: that is no verdict about green, and a notification is tried again (design 2.2).
          if (late !== undefined && !answered) throw new Error(late)
          if (late !== undefined) return refuse('unhealthy', late)
        } else await wait.briefly(acted.reason)
        break
      }

      case 'awaitHealth': {
        wait.healthFrom(observation.progress.askingSince)
        const late = await wait.forHealth(next.reason)
        if (late === undefined) break
        const failed = await fail('unhealthy', late)
        if (failed !== undefined) return failed
        break
      }

      case 'awaitDrained':
        // Whoever asked need not wait for it: CodeDeploy's notification of the end sees to the rest.
        if (answered) return { verdict: 'Failed', reason: wasOver(deployment) }
        // The next sweep sees it drained, and forgets.
        if (asked === 'schedule') return { verdict: undefined, reason: next.reason }
        await wait.briefly(next.reason)
        break

      case 'healthy': {
        // The second look: what was healthy is worth nothing if the deployment ended, or went elsewhere, meanwhile.
        const second = await readCurrent(id, ports)
        if (typeof second === 'string' || decide(second, asked, mode).act !== 'gate') break
        const secondTags = await tagsOf(second, { anew: true })
        if (readMode(second, secondTags, settings.mode) !== mode) break
        if (JSON.stringify(aimOf(second, secondTags)) !== JSON.stringify(aim)) break
        meter.healthWait(wait.waitedMs())
        if (answered) return { verdict: 'Succeeded', reason: next.reason }
        if (second.waitMinutes === undefined) {
          const reason = `${next.reason}; the deployment does not wait, so that this could only race CodeDeploy (F5)`
          return { verdict: 'Succeeded', reason }
        }
        const acted = await actor.perform([{ call: 'codedeploy:ContinueDeployment', deploymentId: id }], id)
        if (acted.act === 'changed') return { verdict: 'Succeeded', reason: next.reason }
        if (acted.act === 'unanswered') continueUnanswered = next.reason
        await wait.briefly(acted.reason)
        break
      }

      case 'done':
        return conclude(next, row, observation, deployment)
    }
  }

  function conclude(
    { reason, left }: Extract<Step, { step: 'done' }>,
    row: Row,
    observation: Observation,
    deployment: Deployment,
  ): Conclusion {
    for (const { kind, reason: why } of left) {
      log.error(kind === 'attached' ? 'Left attached' : 'Not attached', { reason: why })
      if (kind === 'attached') meter.count('LeftAttached')
      else meter.refused('missing')
    }
    actor.settleAccounts()
    if (!answered) return { verdict: undefined, reason }
    if (row === 'undo') return { verdict: 'Failed', reason: wasOver(deployment) }
    const { health, wanted } = {
      health: judgeHealthOf(observation, settings.minimumHealthyPercent),
      wanted: aimName(left),
    }
    const succeeded = `deployment ${deployment.id} has succeeded`
    if (wanted !== undefined) return { verdict: 'Failed', reason: `${succeeded}, but ${wanted}` }
    const gone = absent(observation.aim.greens, observation.greens)
    if (gone.length > 0) return { verdict: 'Failed', reason: `${succeeded}, but ${listed(gone, 10, '; ')}` }
    return health.step === 'healthy'
      ? { verdict: 'Succeeded', reason: `${succeeded}, and ${health.reason}` }
      : { verdict: 'Failed', reason: `${succeeded}, but ${'reason' in health ? health.reason : ''}` }
  }
}

const aimName = (left: readonly { readonly reason: string }[]): string | undefined =>
  left.length > 0 ? left.map(({ reason }) => reason).join('; ') : undefined

const wasOver = ({ id, status }: Deployment): string => `deployment ${id} is over: it is ${status}`

const readCurrent = async (id: string, ports: Ports): Promise<Deployment | string> => {
  const info = await ports.deployment(id)
  return info === undefined ? `deployment ${id} does not exist in this account and region` : readDeployment(info)
}

/** Why a deployment is stopped. */
type Stop = { readonly kind: Parameters<Meter['refused']>[0]; readonly reason: string }

/** Whether it is Ready no longer, and not because it was given up. */
const hasGoneOn = ({ status }: Deployment): boolean =>
  status === 'InProgress' || status === 'Baking' || status === 'Succeeded'

/** Whether Auto Scaling does not know (yet) every green that CodeDeploy names. */
const isIncomplete = ({ aim, greens }: Observation): boolean => greens.length < aim.greens.length

/** Traffic that CodeDeploy may have moved is never stopped (design 2.2, P4). */
const whyNotStop = async (
  deployment: Deployment,
  progressOf: (deployment: Deployment) => Promise<Progress>,
): Promise<string | undefined> => {
  const { id, status } = deployment
  if (status === 'Ready' || status === 'Created' || status === 'Queued') return undefined
  if (status !== 'InProgress') return `deployment ${id} is ${status} now`
  const { step } = await progressOf(deployment)
  return step === 'installing' || step === 'betweenBatches'
    ? undefined
    : `CodeDeploy moves its traffic already (${step})`
}

/** Whether green had everything from the beginning is worth counting: the day on which AWS mends the copy (F15). */
const lookingOnce = (log: Log, meter: Meter) => {
  let looked = false
  return ({ aim, greens }: Observation): void => {
    if (looked || greens.length === 0) return
    looked = true
    // Attached by an invocation before this one: it was missing then.
    if (greens.some((green) => green.records.attached.size > 0)) return
    if (greens.some((green) => missingFrom(green, aim.wanted).length > 0)) return
    meter.count('NothingMissing')
    log.info('Nothing was missing', { greens: aim.greens, wanted: aim.wanted })
  }
}

/** Classic Load Balancers and VPC Lattice are named where they are met, and are never in the way (design 1). */
const namingOnce = (log: Log) => {
  let named = false
  return ({ subject }: Deployment, { greens }: Observation): void => {
    const classic = subject.kind === 'server' ? subject.classicLoadBalancers : []
    const notHandled = [...new Set([...classic, ...greens.flatMap((green) => green.notHandled)])]
    if (notHandled.length > 0 && !named) log.warn('Greenlight handles target groups alone', { notHandled })
    named ||= notHandled.length > 0
  }
}
