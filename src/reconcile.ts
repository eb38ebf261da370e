import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DeploymentInfo, DeploymentTarget } from '@aws-sdk/client-codedeploy'
import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError } from './awsError.ts'
import type { Deadline } from './deadline.ts'
import { decide } from './decide.ts'
import { type Deployment, readDeployment } from './deployment.ts'
import { readGreen } from './green.ts'
import type { Invocation } from './invocation.ts'
import { type Aim, type Attachment, judge, type Observation } from './judge.ts'
import type { Log } from './log.ts'
import { type Progress, readProgress } from './progress.ts'
import type { Settings } from './settings.ts'
import { readAim } from './tags.ts'
import { listed, type Verdict } from './wording.ts'

/** Everything that a gate asks of AWS, in its own words. The adapters are in `aws/`. */
export type Ports = {
  /** Undefined where CodeDeploy knows no such deployment. */
  readonly deployment: (id: string) => Promise<DeploymentInfo | undefined>
  /** The targets labelled Green of a Server deployment. */
  readonly greenTargets: (deploymentId: string) => Promise<readonly DeploymentTarget[]>
  readonly deploymentGroupTags: (application: string, deploymentGroup: string) => Promise<ReadonlyMap<string, string>>
  /** Those that exist. */
  readonly autoScalingGroups: (names: readonly string[]) => Promise<readonly AutoScalingGroup[]>
  readonly attachTargetGroups: (autoScalingGroup: string, arns: readonly string[]) => Promise<void>
  /** Those that exist, by name. */
  readonly targetGroups: (names: readonly string[]) => Promise<ReadonlyMap<string, TargetGroup>>
  readonly targetHealth: (targetGroupArn: string) => Promise<readonly TargetHealthDescription[]>
}

export type Work = {
  readonly ports: Ports
  readonly settings: Settings
  readonly log: Log
  readonly sleep: Deadline['sleep']
  /** Told what is being waited for, so that whoever runs out of time can say it. */
  readonly waitingFor: (reason: string) => void
}

/**
 * Observe → decide → act → verify, for one deployment, until there is a verdict.
 *
 * @param asked why we run: a hook waits for what a call answers with `Pending`
 * @throws AwsError where AWS could not be asked or refused an act
 */
export const reconcile = async (deploymentId: string, asked: Invocation['kind'], work: Work): Promise<Verdict> => {
  const { ports, settings, log } = work
  const read = () => readCurrent(deploymentId, ports)
  const aimOf = rememberAim(ports)
  const describeTargetGroups = remember(ports.targetGroups)
  const attachOnce = attaching(ports, log)
  const wait = waiting(work)
  const nameNotHandled = namingOnce(log)

  // Every turn reads the deployment first, so that after every act it is read again (design 2.2).
  for (let deployment = await read(); ; deployment = await read()) {
    if (typeof deployment === 'string') return { verdict: 'Failed', reason: deployment }
    const decision = decide(deployment, asked)
    if (decision.act === 'answer') return decision.answer

    const aim = await aimOf(deployment)
    if (typeof aim === 'string') return { verdict: 'Failed', reason: aim }
    const observation = await observe(deployment, aim, { ...ports, targetGroups: describeTargetGroups })
    const next = judge(observation, settings.minimumHealthyPercent)
    nameNotHandled(deployment, observation)

    if (decision.act === 'look') return lookBack(deployment, next)
    switch (next.step) {
      case 'refuse':
        return { verdict: 'Failed', reason: next.reason }

      case 'awaitInstall':
        if (asked === 'call') return { verdict: 'Pending', reason: next.reason }
        await wait.briefly(next.reason)
        break

      case 'leaveToLastBatch':
        if (asked === 'call') return { verdict: 'Succeeded', reason: `nothing to gate: ${next.reason}` }
        await wait.briefly(next.reason)
        break

      case 'attach': {
        const outcome = await attachOnce(next.attachments)
        if (outcome === 'attached') wait.healthFrom(Date.now())
        else {
          const late = await wait.forHealth(outcome)
          if (late !== undefined) return { verdict: 'Failed', reason: late }
        }
        break
      }

      case 'awaitHealth': {
        wait.healthFrom(observation.progress.askingSince)
        const late = await wait.forHealth(next.reason)
        if (late !== undefined) return { verdict: 'Failed', reason: late }
        break
      }

      case 'healthy': {
        // The second look: what was healthy is worth nothing if the deployment ended, or went elsewhere, meanwhile.
        const second = await read()
        if (typeof second === 'string' || decide(second, asked).act !== 'gate') break
        const secondAim = await aimOf(second)
        if (JSON.stringify(secondAim) === JSON.stringify(aim)) return { verdict: 'Succeeded', reason: next.reason }
        break
      }
    }
  }
}

const readCurrent = async (id: string, ports: Ports): Promise<Deployment | string> => {
  const info = await ports.deployment(id)
  return info === undefined ? `deployment ${id} does not exist in this account and region` : readDeployment(info)
}

/** For a deployment that has succeeded already: what is there is looked at, and nothing is changed any more. */
const lookBack = ({ id }: Deployment, next: ReturnType<typeof judge>): Verdict => {
  if (next.step === 'healthy')
    return { verdict: 'Succeeded', reason: `deployment ${id} has succeeded, and ${next.reason}` }
  const reason = next.step === 'attach' ? next.attachments.map(unseen).join(', ') : next.reason
  return { verdict: 'Failed', reason: `deployment ${id} has succeeded, but ${reason}` }
}

const unseen = ({ green, targetGroups }: Attachment) =>
  `${green} is still without ${listed(targetGroups.map(({ name }) => name))}`

/**
 * Reads what does not depend on each other side by side: two round trips, the health of the targets included. That is
 * asked for even where something is still to be attached: whoever may not look must not act.
 */
const observe = async (deployment: Deployment, aim: Aim, ports: Ports): Promise<Observation> => {
  const found = ports.targetGroups(aim.wanted)
  const [groups, targetGroups, health, progress] = await Promise.all([
    ports.autoScalingGroups(aim.greens),
    found,
    found.then((targetGroups) => readHealth(targetGroups, ports)),
    readProgressOf(deployment, ports),
  ])
  return { aim, greens: groups.map(readGreen), targetGroups, health, progress }
}

const readHealth = async (targetGroups: Observation['targetGroups'], ports: Ports): Promise<Observation['health']> => {
  const arns = [...targetGroups].flatMap(([name, { TargetGroupArn: arn }]) =>
    arn === undefined ? [] : [{ name, arn }],
  )
  return new Map(await Promise.all(arns.map(async ({ name, arn }) => [name, await ports.targetHealth(arn)] as const)))
}

/** A Lambda or ECS deployment installs nothing on the instances of an Auto Scaling group. */
const nothingToInstall: Progress = { step: 'installed', failed: new Set(), waitingFor: [], askingSince: undefined }

const readProgressOf = async ({ id, status, subject }: Deployment, ports: Ports): Promise<Progress> => {
  if (subject.kind !== 'server') return nothingToInstall
  const progress = readProgress(await ports.greenTargets(id))
  // Ready says by itself that every green instance is installed (F4), Succeeded that all is over.
  return status === 'Ready' || status === 'Succeeded' ? { ...progress, step: 'installed' } : progress
}

/** How long Auto Scaling may take to show what was attached, before it is attached again. */
const unseenForMs = 10_000
/** How long a refused attach may still show as somebody else's, whose attach came first. */
const refusedForMs = 5_000

/** Attaches at most one attachment a turn; what it has tried it remembers until it is seen. */
const attaching = (ports: Ports, log: Log) => {
  const tried = new Map<string, { readonly at: number; readonly refusal: AwsError | undefined }>()

  /** @returns `attached`, or what is being waited for */
  return async (attachments: readonly Attachment[]): Promise<'attached' | string> => {
    for (const attachment of attachments) {
      const key = JSON.stringify(attachment)
      const { at = 0, refusal } = tried.get(key) ?? {}
      const passed = Date.now() - at
      // F21: attaching what is attached may be an error. Somebody faster is no reason to fail; the next look tells.
      if (refusal !== undefined && !refusal.mayPass && passed >= refusedForMs) throw refusal
      const due = !tried.has(key) || refusal?.mayPass || (refusal === undefined && passed >= unseenForMs)
      if (!due) continue

      const { green, targetGroups } = attachment
      log.info('Attaching target groups', { green, targetGroups: targetGroups.map(({ name }) => name) })
      try {
        await ports.attachTargetGroups(
          green,
          targetGroups.map(({ arn }) => arn),
        )
        tried.set(key, { at: Date.now(), refusal: undefined })
        return 'attached'
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        log.warn('Attaching was refused', { green, reason: error.message, mayPass: error.mayPass })
        tried.set(key, { at: Date.now(), refusal: error })
        return error.message
      }
    }
    return attachments.map(unseen).join(', ')
  }
}

/** Which greens and which target groups: for Lambda and ECS the tags say it, and are read once. */
const rememberAim = (ports: Ports) => {
  let tagged: Promise<Aim | string> | undefined
  return async ({ application, deploymentGroup, subject }: Deployment): Promise<Aim | string> => {
    if (subject.kind === 'server') return { greens: subject.greens, wanted: subject.wanted }
    const pairs = subject.kind === 'tagged' ? subject.pairs : []
    tagged ??= ports
      .deploymentGroupTags(application, deploymentGroup)
      .then((tags) => readAim({ application, deploymentGroup }, tags, pairs))
    return tagged
  }
}

/** What a target group is does not change while one invocation looks on; it is described once. */
const remember = (targetGroups: Ports['targetGroups']): Ports['targetGroups'] => {
  const known = new Map<string, ReturnType<Ports['targetGroups']>>()
  return (names) => {
    const key = names.join(' ')
    const answer = known.get(key) ?? targetGroups(names)
    known.set(key, answer)
    return answer
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

const firstPauseMs = 1_000
const longestPauseMs = 5_000

const waiting = ({ settings: { healthTimeoutSeconds }, log, sleep, waitingFor }: Work) => {
  let pauseMs = firstPauseMs
  let last = ''
  let healthSince: number | undefined

  const briefly = async (reason: string): Promise<void> => {
    waitingFor(reason)
    if (reason !== last) log.info('Waiting', { reason })
    last = reason
    await sleep(pauseMs)
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)
  }
  return {
    briefly,
    /** The time that green has to become healthy begins with the first attach; a later beginning is no new one. */
    healthFrom: (since: number | undefined): void => {
      healthSince ??= since
    },
    /** @returns a sentence once that time is over */
    forHealth: async (reason: string): Promise<string | undefined> => {
      healthSince ??= Date.now()
      if (Date.now() - healthSince >= healthTimeoutSeconds * 1000)
        return `not healthy within ${healthTimeoutSeconds} s: ${reason}`
      return void (await briefly(reason))
    },
  }
}
