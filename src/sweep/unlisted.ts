import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import type { DeploymentGroup } from '../model/deploymentGroup.ts'
import { isRefused } from '../model/refused.ts'
import type { RegionReading, UnderWayAnywhere } from './ports.ts'

/** InService instances of a green with traffic that CodeDeploy has not deployed to, or gave up. */
export type Unlisted = {
  readonly deploymentId: string
  readonly autoScalingGroup: string
  /** Ids. */
  readonly instances: readonly string[]
}

/**
 * Looks for them in the greens of the deployments of one deployment group that are under way and whose traffic may have
 * arrived. Until the deployment group names green, CodeDeploy deploys to nothing that green launches (F54).
 */
export const unlistedInstances = async (
  { autoScalingGroups: named }: Pick<DeploymentGroup, 'autoScalingGroups'>,
  underWay: readonly UnderWayAnywhere[],
  ports: Pick<RegionReading, 'autoScalingGroups' | 'progress'>,
): Promise<readonly Unlisted[]> => {
  const found = underWay.map(async ({ id, deployment }): Promise<readonly Unlisted[]> => {
    if (isRefused(deployment) || deployment.subject.kind !== 'server') return []
    if (deployment.status !== 'InProgress' && deployment.status !== 'Baking') return []
    const { step, listed, givenUp } = await ports.progress(id)
    if (step !== 'arrived') return []
    const isUnlisted =
      ({ name }: AutoScalingGroup) =>
      (instance: string) =>
        givenUp.has(instance) || !(listed.has(instance) || named.includes(name))
    return (await ports.autoScalingGroups(deployment.subject.greens)).flatMap((green) => {
      const instances = green.inService.filter(isUnlisted(green))
      return instances.length > 0 ? [{ deploymentId: id, autoScalingGroup: green.name, instances }] : []
    })
  })
  return (await Promise.all(found)).flat()
}
