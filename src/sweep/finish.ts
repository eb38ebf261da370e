import type { DeploymentInfo } from '@aws-sdk/client-codedeploy'
import type { Log } from '../log.ts'
import type { Meter } from '../meter.ts'
import type { Change } from '../model/change.ts'
import { type Deployment, isOver, readDeployment } from '../model/deployment.ts'
import { type Green, readGreen, targetGroupName } from '../model/green.ts'
import { attachedKey, recordKey } from '../model/records.ts'
import { acting } from '../reconcile/act.ts'
import type { SweepPorts } from '../reconcile/ports.ts'
import { releaseOf, untagging } from '../rules/hold.ts'
import { listed } from '../wording.ts'
import { lostNotificationOf } from './lostNotification.ts'
import type { Each, Sweep } from './sweepRegion.ts'

/**
 * Finishes what was begun (design 2.4): what is on record for deployments that are over is decided by their rows, and every
 * deployment under way is handed to the gate function, as if it had been notified of it just now.
 *
 * @param each does something about one of many: what fails there is told and counted, and stops nothing else
 * @throws AwsError where the records or the deployments under way cannot be listed
 */
export const finish = async (sweep: Sweep, ports: SweepPorts, each: Each): Promise<void> => {
  const [recorded, underWay] = await Promise.all([ports.recordedAutoScalingGroups(), ports.everyDeploymentUnderWay()])
  const firstHand = new Map(underWay.flatMap((info) => ownOf(info)).map((deployment) => [deployment.id, deployment]))

  const over = new Set<string>()
  const toGate = new Map(firstHand)
  const orphans: { readonly name: string; readonly why: string }[] = []
  await each(
    // What is being deleted takes its records with it, and refuses to be changed.
    recorded.map(readGreen).filter(({ beingDeleted }) => !beingDeleted),
    (green) => ({ about: green.name, deploymentId: green.records.record }),
    async (green, { ports: own }) => {
      const decider = await deciderOf(green, own)
      if (typeof decider === 'string') orphans.push({ name: green.name, why: decider })
      else if (isOver(decider)) over.add(decider.id)
      // A hook gates Lambda and ECS, and nothing else does (design 2.1).
      else if (decider.subject.kind === 'server') toGate.set(decider.id, decider)
    },
    { onlyLooks: true },
  )

  await each(
    [...toGate.values()],
    ({ id }) => ({ about: id, deploymentId: id }),
    async (deployment, { ports: own, log, meter }) => {
      await own.notifyGate(lostNotificationOf(deployment, sweep.home, Date.now()))
      meter.count('HandedOver')
      log.info('Handed over', { status: deployment.status })
    },
  )
  await each(
    [...over],
    (id) => ({ about: id, deploymentId: id }),
    async (id, { reconcile, log }) => {
      const { reason } = await reconcile(id)
      log.info('Finished', { reason })
    },
  )
  await each(
    orphans,
    ({ name }) => ({ about: name }),
    ({ name, why }, { ports: own, log, meter, sleep }) => release(name, why, own, log, meter, sleep),
  )
}

/** A first-hand Server deployment, which the gate function may have to do something about; nothing for any other. */
const ownOf = (info: DeploymentInfo): readonly Deployment[] => {
  const deployment = readDeployment(info)
  return typeof deployment === 'object' && deployment.subject.kind === 'server' ? [deployment] : []
}

/**
 * The deployment by whose row a recorded Auto Scaling group is decided: the one on record, or where CodeDeploy has copied
 * that record from blue, the one that the copy is the green of (design 2.4).
 *
 * @returns it, or a sentence why there is none
 * @throws Error for a deployment that cannot be read
 */
const deciderOf = async (green: Green, ports: SweepPorts): Promise<Deployment | string> => {
  const id = green.records.record ?? ''
  const info = id === '' ? undefined : await ports.deployment(id)
  if (info === undefined) return `deployment ${id} does not exist any more`
  const deployment = readDeployment(info)
  // It may well be under way: nothing is taken back of what nobody understands.
  if (typeof deployment === 'string') throw new Error(deployment)
  const { subject, application, deploymentGroup } = deployment
  if (subject.kind === 'nothing') return subject.reason
  if (subject.kind === 'tagged' || subject.greens.includes(green.name)) return deployment

  // A copy is younger than what it was copied from.
  const since = info.createTime ? { createdSince: info.createTime } : {}
  for await (const page of ports.deploymentsOf(application, deploymentGroup, since)) {
    const maker = page
      .flatMap(ownOf)
      .find((one) => one.subject.kind === 'server' && one.subject.greens.includes(green.name))
    if (maker !== undefined) return maker
  }
  return `${green.name} is not the green of deployment ${id}, nor of a later one of ${application}/${deploymentGroup}`
}

/** No deployment decides any more: what is held is released, what is attached stays so, and is told (design 2.4). */
const release = async (
  name: string,
  why: string,
  ports: SweepPorts,
  log: Log,
  meter: Meter,
  sleep: (ms: number) => Promise<void>,
): Promise<void> => {
  const actor = acting(ports, log, meter)
  for (;;) {
    const [group] = await ports.autoScalingGroups([name])
    if (group === undefined) return
    const green = readGreen(group)
    const changes = releasing(green)
    if (changes.length === 0) return tellLeft(green, why, log, meter)
    const acted = await actor.perform(changes, green.records.record ?? '')
    if (acted.act !== 'changed') await sleep(1_000)
  }
}

/** Releases, and forgets what is not so any more. */
export const releasing = (green: Green): readonly Change[] => {
  const { resume, keys } = releaseOf(green)
  const attached = new Set(green.attached.map(targetGroupName))
  const names = [...green.records.attached.keys()]
  const gone = names.filter((target) => !attached.has(target)).map(attachedKey)
  const isLast = gone.length === names.length && green.records.record !== undefined
  return [...resume, ...untagging(green, [...new Set([...keys, ...gone, ...(isLast ? [recordKey] : [])])])]
}

const tellLeft = (green: Green, why: string, log: Log, meter: Meter): void => {
  const names = [...green.records.attached.keys()]
  if (names.length === 0) {
    log.warn('Released', { autoScalingGroup: green.name, reason: why })
    return
  }
  log.error('Left attached', { reason: `${listed(names)} is left attached to ${green.name}: ${why}` })
  meter.count('LeftAttached')
}
