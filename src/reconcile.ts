import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DeploymentInfo, DeploymentTarget } from '@aws-sdk/client-codedeploy'
import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Deadline } from './deadline.ts'
import { decide } from './decide.ts'
import { type Deployment, readDeployment } from './deployment.ts'
import { missingFrom, readGreen } from './green.ts'
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
 * @throws Error where AWS could not be asked or refused an act, in a sentence with AWS's own words
 */
export const reconcile = async (deploymentId: string, asked: Invocation['kind'], work: Work): Promise<Verdict> => {
  const { ports, settings, log } = work
  const read = () => readCurrent(deploymentId, ports)
  const aimOf = rememberAim(ports)
  const describeTargetGroups = remember(ports.targetGroups)
  const attached = new Set<string>()
  const wait = waiting(work)
  const nameNotHandled = namingOnce(log)

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
        const todo = next.attachments.filter(({ green }) => !attached.has(green))
        for (const attachment of todo) {
          await attach(attachment, ports, log)
          attached.add(attachment.green)
        }
        // Attached and not seen yet: Auto Scaling's answers may be a moment old.
        if (todo.length === 0) await wait.briefly(`${listed(next.attachments.map(unseen))} is not to be seen yet`)
        break
      }

      case 'awaitHealth': {
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
  const reason = next.step === 'attach' ? `${listed(next.attachments.map(unseen))} is missing` : next.reason
  return { verdict: 'Failed', reason: `deployment ${id} has succeeded, but ${reason}` }
}

const unseen = ({ green, targetGroups }: Attachment) => `${listed(targetGroups.map(({ name }) => name))} on ${green}`

/** Reads what does not depend on each other side by side: two round trips, the health of the targets included. */
const observe = async (deployment: Deployment, aim: Aim, ports: Ports): Promise<Observation> => {
  const described = Promise.all([ports.autoScalingGroups(aim.greens), ports.targetGroups(aim.wanted)])
  const health = described.then(([groups, targetGroups]) => {
    const nothingMissing = groups.map(readGreen).every((green) => missingFrom(green, aim.wanted).length === 0)
    return nothingMissing ? readHealth(targetGroups, ports) : new Map<string, readonly TargetHealthDescription[]>()
  })
  const progress = readProgressOf(deployment, ports)

  const [[groups, targetGroups], healthByName, progressed] = await Promise.all([described, health, progress])
  return { aim, greens: groups.map(readGreen), targetGroups, health: healthByName, progress: progressed }
}

const readHealth = async (targetGroups: Observation['targetGroups'], ports: Ports): Promise<Observation['health']> => {
  const arns = [...targetGroups].flatMap(([name, { TargetGroupArn: arn }]) =>
    arn === undefined ? [] : [{ name, arn }],
  )
  return new Map(await Promise.all(arns.map(async ({ name, arn }) => [name, await ports.targetHealth(arn)] as const)))
}

const readProgressOf = async ({ id, status, subject }: Deployment, ports: Ports): Promise<Progress> => {
  // A Lambda or ECS deployment installs nothing on instances.
  if (subject.kind !== 'server') return { step: 'installed', failed: new Set(), waitingFor: [] }
  const progress = readProgress(await ports.greenTargets(id))
  // Ready says by itself that every green instance is installed (F4), Succeeded that all is over.
  return status === 'Ready' || status === 'Succeeded' ? { ...progress, step: 'installed' } : progress
}

const attach = async ({ green, targetGroups }: Attachment, ports: Ports, log: Log): Promise<void> => {
  const names = targetGroups.map(({ name }) => name)
  try {
    await ports.attachTargetGroups(
      green,
      targetGroups.map(({ arn }) => arn),
    )
    log.info('Attached target groups', { green, targetGroups: names })
  } catch (error) {
    // F21: attaching what is attached may be an error. Somebody faster is no reason to fail; a second look tells.
    const [now] = (await ports.autoScalingGroups([green])).map(readGreen)
    if (now === undefined || missingFrom(now, names).length > 0) throw error
    log.info('Target groups were attached by somebody else meanwhile', { green, targetGroups: names })
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

const waiting = ({ settings, log, sleep, waitingFor }: Work) => {
  let pauseMs = firstPauseMs
  let last = ''
  let healthEnds: number | undefined

  const briefly = async (reason: string): Promise<void> => {
    waitingFor(reason)
    if (reason !== last) log.info('Waiting', { reason })
    last = reason
    await sleep(pauseMs)
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)
  }
  return {
    briefly,
    /** @returns a sentence once the time that green has to become healthy is over */
    forHealth: async (reason: string): Promise<string | undefined> => {
      const { healthTimeoutSeconds } = settings
      healthEnds ??= Date.now() + healthTimeoutSeconds * 1000
      if (Date.now() >= healthEnds) return `not healthy within ${healthTimeoutSeconds} s: ${reason}`
      return void (await briefly(reason))
    },
  }
}
