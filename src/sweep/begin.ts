import type { DeploymentInfo } from '@aws-sdk/client-codedeploy'
import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2'
import { type Deployment, isOver, readDeployment } from '../model/deployment.ts'
import { type DeploymentGroup, fullName } from '../model/deploymentGroup.ts'
import { makerIdIn, missingFrom, readGreen } from '../model/green.ts'
import type { SweepPorts } from '../reconcile/ports.ts'
import { listed } from '../wording.ts'
import type { Each, Tools } from './sweepRegion.ts'

/** A deployment group that names an Auto Scaling group which lacks target groups, though no deployment is under way. */
export type Broken = { readonly deploymentGroup: DeploymentGroup; readonly autoScalingGroup: string }

/** How many are healed in one run: should it do harm after all, it does little. */
const mostHealed = 5
/** How many are tried: where nothing may be done about some, others still have their turn. */
const mostTried = 25
/** For how long and how often healthy targets are counted after an attach (F24). */
const watchedForMs = 30_000
const watchedEveryMs = 5_000

/**
 * Heals what was broken before Greenlight came: settles the deployments that these Auto Scaling groups are the green of,
 * one after the other, and stops where the load balancer finds fewer targets healthy after an attach than before.
 */
export const begin = async (broken: readonly Broken[], each: Each): Promise<void> => {
  let healed = 0
  let isHarmful = false
  const about = ({ deploymentGroup }: Broken) => ({ about: fullName(deploymentGroup) })
  const healOne = async (one: Broken, tools: Tools): Promise<void> => {
    if (isHarmful || healed >= mostHealed) return
    const outcome = await heal(one, tools)
    if (outcome !== 'untouched') healed += 1
    if (outcome === 'harmed') isHarmful = true
  }
  await each(broken, about, healOne, { atOnce: 1, atMost: mostTried })
}

const heal = async (
  { deploymentGroup, autoScalingGroup }: Broken,
  { ports, reconcile, log, meter, sleep }: Tools,
): Promise<'untouched' | 'healed' | 'harmed'> => {
  const leave = (reason: string) => {
    log.warn('Not healed', { autoScalingGroup, reason })
    return 'untouched' as const
  }
  const maker = await makerOf(deploymentGroup, autoScalingGroup, ports)
  if (maker === undefined) return leave(`${autoScalingGroup} is the green of no deployment that is over`)
  const wanted = maker.subject.kind === 'server' ? maker.subject.wanted : []
  const dropped = wanted.filter((name) => !deploymentGroup.wanted.includes(name))
  if (dropped.length > 0) {
    return leave(`deployment ${maker.id} named ${listed(dropped)}, which the deployment group does not name any more`)
  }

  const targetGroups = [...(await ports.targetGroups(wanted)).values()]
  const [missing, healthy] = await Promise.all([
    missingNow(autoScalingGroup, wanted, ports),
    healthyIn(targetGroups, ports),
  ])
  const { reason } = await reconcile(maker.id)
  const still = await missingNow(autoScalingGroup, wanted, ports)
  const attached = missing.filter((name) => !still.includes(name))
  if (attached.length === 0) return leave(reason)

  log.info('Healed', { autoScalingGroup, targetGroups: attached })
  meter.count('Healed')
  for (let ms = 0; ms < watchedForMs; ms += watchedEveryMs) {
    await sleep(watchedEveryMs)
    const now = await healthyIn(targetGroups, ports)
    const fell = [...now].filter(([name, count]) => count < (healthy.get(name) ?? 0)).map(([name]) => name)
    if (fell.length > 0) {
      const why = `fewer targets of ${listed(fell)} are healthy than before ${listed(attached)} was attached to ${autoScalingGroup}`
      log.error('Healing stopped', { autoScalingGroup, reason: why })
      meter.count('HealingStopped')
      return 'harmed'
    }
  }
  return 'healed'
}

/**
 * The newest deployment whose green this is, and which is over: what CodeDeploy gave its traffic to. One that was stopped
 * after its deployment group had begun to name green is settled like one that has succeeded (design 2.2).
 */
const makerOf = async (
  { application, name }: DeploymentGroup,
  autoScalingGroup: string,
  ports: SweepPorts,
): Promise<Deployment | undefined> => {
  const makers = (infos: readonly (DeploymentInfo | undefined)[]) =>
    infos
      .map(readDeployment)
      .filter((one) => typeof one === 'object')
      .filter(isOver)
      .filter(({ subject }) => subject.kind === 'server' && subject.greens.includes(autoScalingGroup))

  // First the one that the name speaks of: a group that has scaled for a year has thousands of launch deployments (F8).
  const named = makerIdIn(autoScalingGroup)
  const [maker] = makers(named === undefined ? [] : [await ports.deployment(named)])
  if (maker !== undefined) return maker
  for await (const page of ports.deploymentsOf(application, name, { succeeded: true })) {
    const [found] = makers(page)
    if (found !== undefined) return found
  }
  return undefined
}

const missingNow = async (autoScalingGroup: string, wanted: readonly string[], ports: SweepPorts) => {
  const [group] = await ports.autoScalingGroups([autoScalingGroup])
  return group === undefined ? wanted : missingFrom(readGreen(group), wanted)
}

/** How many targets the load balancer finds healthy, by name of target group; whoever they belong to. */
const healthyIn = async (
  targetGroups: readonly TargetGroup[],
  ports: SweepPorts,
): Promise<ReadonlyMap<string, number>> =>
  new Map(
    await Promise.all(
      targetGroups.map(async ({ TargetGroupName: name = '', TargetGroupArn: arn = '' }) => {
        const targets = await ports.targetHealth(arn)
        return [name, targets.filter(({ TargetHealth: health }) => health?.State === 'healthy').length] as const
      }),
    ),
  )
