import { attaching, lacking } from './attach.ts'
import type { Deadline } from './deadline.ts'
import { decide } from './decide.ts'
import { type Deployment, readDeployment } from './deployment.ts'
import type { Invocation } from './invocation.ts'
import { judge, type Observation } from './judge.ts'
import type { Log } from './log.ts'
import { observing } from './observe.ts'
import { patience } from './patience.ts'
import type { Ports } from './ports.ts'
import type { Settings } from './settings.ts'
import type { Verdict } from './wording.ts'

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
  const { aimOf, observe } = observing(ports)
  const attachOnce = attaching(ports, log)
  const wait = patience({ ...settings, ...work })
  const nameNotHandled = namingOnce(log)

  // Every turn reads the deployment first, so that after every act it is read again (design 2.2).
  for (let deployment = await read(); ; deployment = await read()) {
    if (typeof deployment === 'string') return { verdict: 'Failed', reason: deployment }
    const decision = decide(deployment, asked)
    if (decision.act === 'answer') return decision.answer

    const aim = await aimOf(deployment)
    if (typeof aim === 'string') return { verdict: 'Failed', reason: aim }
    const observation = await observe(deployment, aim)
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
        const pending = await attachOnce(next.attachments)
        if (pending === undefined) wait.healthFrom(Date.now())
        else {
          const late = await wait.forHealth(pending)
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
  const reason = next.step === 'attach' ? next.attachments.map(lacking).join(', ') : next.reason
  return { verdict: 'Failed', reason: `deployment ${id} has succeeded, but ${reason}` }
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
