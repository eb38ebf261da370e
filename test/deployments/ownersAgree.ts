import type { World } from '../../simulator/world/world.ts'

/** Every owner of an Auto Scaling group or a target group agrees that this deployment group, `application/group`, gates it. */
export const ownersAgree = (world: World, deploymentGroup: string): void => {
  const key = 'greenlight:gated-by'
  for (const { tags } of world.autoScalingGroups.values()) {
    tags.push({ key, value: deploymentGroup, propagateAtLaunch: false })
  }
  for (const { tags } of world.targetGroups.values()) tags.set(key, deploymentGroup)
}
