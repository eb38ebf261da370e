import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import { type Deployment, isOver } from '../model/deployment.ts'
import type { FunctionArn } from '../model/functionArn.ts'
import { matches } from '../model/namePattern.ts'
import { isRefused, type Refused } from '../model/refused.ts'
import { decidersOf, successorsOf } from './decider.ts'
import type { ForEach } from './forEach.ts'
import type { HandedOver } from './handedOver.ts'
import type { Known } from './known.ts'
import { lostNotificationOf } from './lostNotification.ts'
import type { SweepPorts } from './ports.ts'
import { toDoAbout } from './toDo.ts'

/**
 * Finishes what was begun: the rows of deployments that are over decide about what is on record for them, and the gate
 * function gets every deployment under way about which there is something to do, as if CodeDeploy had notified it just now.
 *
 * @param home where the function lives, and all that it sweeps
 * @param namePattern the Auto Scaling groups that are the stack's business; others may be that of another stack
 * @param known takes what is read of deployments under way, for the rest of the run
 * @returns names of the Auto Scaling groups whose records were to end in this run
 * @throws AwsError where the records or the deployments under way cannot be listed
 */
export const finish = async (
  ports: SweepPorts,
  forEach: ForEach,
  {
    home,
    namePattern,
    handedOver,
    known,
  }: {
    readonly home: FunctionArn
    readonly namePattern: string
    readonly handedOver: HandedOver
    readonly known: Known
  },
): Promise<ReadonlySet<string>> => {
  const [recorded, underWay] = await Promise.all([ports.recordedAutoScalingGroups(), ports.everyDeploymentUnderWay()])
  const found = await sort(
    recorded.filter(({ name }) => matches(namePattern, name)),
    forEach,
  )
  const firstHand = underWay.flatMap(({ deployment }) =>
    isFirstHand(deployment) && mayBeOurs(deployment, namePattern) ? [deployment] : [],
  )
  const toGate = new Map([...firstHand, ...found.underWay].map((deployment) => [deployment.id, deployment]))

  await forEach(
    [...toGate.values()],
    ({ id }) => ({ about: id, deploymentId: id }),
    async (deployment, { ports: own, lookOnce, log, meter, onHandled }) => {
      const { id, status } = deployment
      // All of them were described together a moment ago.
      const described = async (asked: string) => (asked === id ? deployment : own.deployment(asked))
      const reading = { ...known.noting(own), deployment: described }
      const toDo = toDoAbout(
        await lookOnce({ kind: 'deployment', id, trigger: 'notification', isDryRun: false }, reading),
      )
      if (toDo === undefined || !handedOver.isDue(id, toDo, Date.now())) return
      onHandled()
      await own.notifyGate(lostNotificationOf(deployment, home, Date.now()))
      handedOver.remember(id, toDo, Date.now())
      meter.count('HandedOver')
      log.info('Handed over', { status, toDo })
    },
    { onlyLooks: true },
  )
  await forEach(
    [...found.over],
    ([id]) => ({ about: id, deploymentId: id }),
    async ([id, recorded], { reconcile, log }) => {
      const { reason } = await reconcile({ kind: 'deployment', id, trigger: 'schedule', isDryRun: false, recorded })
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
  return new Set([...[...found.over.values()].flat(), ...found.orphans.map(({ autoScalingGroup }) => autoScalingGroup)])
}

/** What decides about each recorded Auto Scaling group. */
type Sorted = {
  /** By id of each deployment that is over: the names of its Auto Scaling groups. */
  readonly over: ReadonlyMap<string, readonly string[]>
  readonly underWay: readonly Deployment[]
  readonly orphans: readonly { readonly autoScalingGroup: string; readonly why: string }[]
}

const sort = async (recorded: readonly AutoScalingGroup[], forEach: ForEach): Promise<Sorted> => {
  const over = new Map<string, readonly string[]>()
  const underWay: Deployment[] = []
  const orphans: { autoScalingGroup: string; why: string }[] = []
  await forEach(
    // What is being deleted takes its records with it, and refuses to be changed.
    recorded.filter(({ isBeingDeleted }) => !isBeingDeleted),
    (green) => ({ about: green.name, deploymentId: green.records.record }),
    async (green, { ports }) => {
      for (const decider of await decidersOf(green, ports.deployment, ports)) {
        if (decider.kind === 'gone') orphans.push({ autoScalingGroup: green.name, why: decider.why })
        // The survey reports what is foreign.
        if (decider.kind !== 'deployment') continue
        const { deployment } = decider
        if (isOver(deployment)) {
          for (const { id } of [deployment, ...(await successorsOf(green, deployment, ports))])
            over.set(id, [...new Set([...(over.get(id) ?? []), green.name])])
        }
        // Only a hook gates Lambda and ECS.
        else if (deployment.subject.kind === 'server') underWay.push(deployment)
      }
    },
    { onlyLooks: true },
  )
  return { over, underWay, orphans }
}

const mayBeOurs = ({ subject }: Deployment, namePattern: string): boolean =>
  subject.kind !== 'server' || subject.greens.length === 0 || subject.greens.some((name) => matches(namePattern, name))

/** A first-hand Server deployment, about which the gate function may have something to do. */
const isFirstHand = (deployment: Deployment | Refused): deployment is Deployment =>
  !isRefused(deployment) && deployment.subject.kind === 'server'
