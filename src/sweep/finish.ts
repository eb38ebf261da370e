import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import { type Deployment, isOver } from '../model/deployment.ts'
import type { FunctionArn } from '../model/functionArn.ts'
import { isRefused, type Refused } from '../model/refused.ts'
import type { ForEach } from './forEach.ts'
import { lostNotificationOf } from './lostNotification.ts'
import type { SweepPorts } from './ports.ts'

/**
 * Finishes what was begun: the rows of deployments that are over decide about what is on record for them, and the gate
 * function gets every deployment under way, as if CodeDeploy had notified it just now.
 *
 * @param home where the function lives, and all that it sweeps
 * @returns names of the Auto Scaling groups whose records were to end in this run
 * @throws AwsError where the records or the deployments under way cannot be listed
 */
export const finish = async (ports: SweepPorts, forEach: ForEach, home: FunctionArn): Promise<ReadonlySet<string>> => {
  const [recorded, underWay] = await Promise.all([ports.recordedAutoScalingGroups(), ports.everyDeploymentUnderWay()])
  const found = await sort(recorded, forEach)
  const firstHand = underWay.flatMap(({ deployment }) => (isFirstHand(deployment) ? [deployment] : []))
  const toGate = new Map([...firstHand, ...found.underWay].map((deployment) => [deployment.id, deployment]))

  await forEach(
    [...toGate.values()],
    ({ id }) => ({ about: id, deploymentId: id }),
    async (deployment, { ports: own, log, meter }) => {
      await own.notifyGate(lostNotificationOf(deployment, home, Date.now()))
      meter.count('HandedOver')
      log.info('Handed over', { status: deployment.status })
    },
  )
  await forEach(
    [...found.over],
    (id) => ({ about: id, deploymentId: id }),
    async (id, { reconcile, log }) => {
      const { reason } = await reconcile({ kind: 'deployment', id, trigger: 'schedule', isDryRun: false })
      log.info('Finished', { reason })
    },
  )
  await forEach(
    found.orphans,
    ({ autoScalingGroup }) => ({ about: autoScalingGroup, deploymentId: undefined }),
    async (orphan, { reconcile }) => {
      await reconcile({ kind: 'orphan', ...orphan })
    },
  )
  return new Set([...found.ended, ...found.orphans.map(({ autoScalingGroup }) => autoScalingGroup)])
}

/** What decides about each recorded Auto Scaling group. */
type Sorted = {
  /** Ids of deployments that are over. */
  readonly over: ReadonlySet<string>
  /** Names of their Auto Scaling groups. */
  readonly ended: readonly string[]
  readonly underWay: readonly Deployment[]
  readonly orphans: readonly { readonly autoScalingGroup: string; readonly why: string }[]
}

const sort = async (recorded: readonly AutoScalingGroup[], forEach: ForEach): Promise<Sorted> => {
  const over = new Set<string>()
  const ended: string[] = []
  const underWay: Deployment[] = []
  const orphans: { autoScalingGroup: string; why: string }[] = []
  await forEach(
    // What is being deleted takes its records with it, and refuses to be changed.
    recorded.filter(({ isBeingDeleted }) => !isBeingDeleted),
    (green) => ({ about: green.name, deploymentId: green.records.record }),
    async (green, { ports }) => {
      const decider = await deciderOf(green, ports)
      if (isRefused(decider)) orphans.push({ autoScalingGroup: green.name, why: decider.refusal })
      else if (isOver(decider)) {
        over.add(decider.id)
        ended.push(green.name)
      }
      // Only a hook gates Lambda and ECS.
      else if (decider.subject.kind === 'server') underWay.push(decider)
    },
    { onlyLooks: true },
  )
  return { over, ended, underWay, orphans }
}

/** A first-hand Server deployment, about which the gate function may have something to do. */
const isFirstHand = (deployment: Deployment | Refused): deployment is Deployment =>
  !isRefused(deployment) && deployment.subject.kind === 'server'

/**
 * The deployment whose row decides about a recorded Auto Scaling group: the one on record; or, where CodeDeploy has copied
 * that record from blue, the one that the copy is the green of.
 *
 * @returns it, or why there is none
 * @throws Error for a deployment that Greenlight cannot read
 */
const deciderOf = async (green: AutoScalingGroup, ports: SweepPorts): Promise<Deployment | Refused> => {
  const id = green.records.record ?? ''
  const gone = { refusal: `deployment ${id} does not exist any more`, isGone: true }
  const deployment = id === '' ? gone : await ports.deployment(id)
  if (isRefused(deployment)) {
    // It may well be under way: Greenlight takes nothing back of what it does not understand.
    if (!deployment.isGone) throw new Error(deployment.refusal)
    return gone
  }
  const { subject, application, deploymentGroup, createdAt } = deployment
  if (subject.kind === 'nothing') return { refusal: subject.reason }
  if (subject.kind === 'tagged' || subject.greens.includes(green.name)) return deployment

  // A copy is younger than what it was copied from.
  const since = createdAt === undefined ? {} : { createdSince: createdAt }
  for await (const page of ports.deploymentsOf(application, deploymentGroup, since)) {
    const maker = page.find(
      (one) => !isRefused(one) && one.subject.kind === 'server' && one.subject.greens.includes(green.name),
    )
    if (maker !== undefined) return maker
  }
  const others = `nor of a later one of ${application}/${deploymentGroup}`
  return { refusal: `${green.name} is not the green of deployment ${id}, ${others}` }
}
