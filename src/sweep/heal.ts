import { makerIdIn } from '../model/autoScalingGroup.ts'
import { type Deployment, isOver } from '../model/deployment.ts'
import { type DeploymentGroup, fullName } from '../model/deploymentGroup.ts'
import { isRefused, type Refused } from '../model/refused.ts'
import { listed } from '../sentences.ts'
import type { ForEach, ItemTools } from './forEach.ts'
import type { SweepPorts } from './ports.ts'

/** A deployment group that names an Auto Scaling group which lacks target groups, though no deployment is under way. */
export type Broken = { readonly deploymentGroup: DeploymentGroup; readonly autoScalingGroup: string }

/** How many are healed in one run: should healing do harm after all, it does little. */
const mostHealed = 5
/** How many are tried: where Greenlight may do nothing about some, others still have their turn. */
const mostTried = 25

/**
 * Heals what was broken before Greenlight came: settles the deployments that these Auto Scaling groups are the green of,
 * one after the other, and stops where the load balancer finds fewer targets healthy after an attach than before.
 */
export const heal = async (broken: readonly Broken[], forEach: ForEach): Promise<void> => {
  let healed = 0
  let isHarmful = false
  const idsOf = ({ deploymentGroup }: Broken) => ({ about: fullName(deploymentGroup), deploymentId: undefined })
  const healOne = async (one: Broken, tools: ItemTools): Promise<void> => {
    const { verdict, reason } = await healAutoScalingGroup(one, tools)
    if (verdict === undefined) tools.log.warn('Not healed', { autoScalingGroup: one.autoScalingGroup, reason })
    else healed += 1
    if (verdict === 'Failed') isHarmful = true
  }
  await forEach(broken, idsOf, healOne, {
    atOnce: 1,
    atMost: mostTried,
    isWanted: () => !isHarmful && healed < mostHealed,
  })
}

const healAutoScalingGroup = async (
  { deploymentGroup, autoScalingGroup }: Broken,
  { ports, reconcile }: ItemTools,
): ReturnType<ItemTools['reconcile']> => {
  const leave = (reason: string) => ({ verdict: undefined, reason })
  const maker = await makerOf(deploymentGroup, autoScalingGroup, ports)
  if (maker === undefined) return leave(`${autoScalingGroup} is the green of no deployment that is over`)
  const wanted = maker.subject.kind === 'server' ? maker.subject.wanted : []
  const dropped = wanted.filter((name) => !deploymentGroup.wanted.includes(name))
  if (dropped.length > 0) {
    return leave(`deployment ${maker.id} named ${listed(dropped)}, which the deployment group does not name any more`)
  }
  return reconcile({ kind: 'deployment', id: maker.id, trigger: 'healing', isDryRun: false })
}

/**
 * The newest deployment whose green this is, and which is over: CodeDeploy gave its traffic to that Auto Scaling group. One
 * that was stopped after its deployment group had begun to name green is settled like one that has succeeded.
 */
const makerOf = async (
  { application, name }: DeploymentGroup,
  autoScalingGroup: string,
  ports: SweepPorts,
): Promise<Deployment | undefined> => {
  const isMaker = (one: Deployment | Refused): one is Deployment =>
    !isRefused(one) && isOver(one) && one.subject.kind === 'server' && one.subject.greens.includes(autoScalingGroup)

  // First the one that the name tells: a group that has scaled for a year has thousands of launch deployments.
  const named = makerIdIn(autoScalingGroup)
  const maker = named === undefined ? undefined : await ports.deployment(named)
  if (maker !== undefined && isMaker(maker)) return maker
  for await (const page of ports.deploymentsOf(application, name, {})) {
    const found = page.find(isMaker)
    if (found !== undefined) return found
  }
  return undefined
}
