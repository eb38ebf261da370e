import type { TargetGroup } from '../model/targetGroup.ts'

/**
 * What is wrong with a target group, in a sentence; nothing, where nothing is.
 *
 * @param what it is called there
 */
export const complaintsAbout = (
  name: string,
  targetGroup: TargetGroup | undefined,
  what = 'target group',
): readonly string[] => {
  if (targetGroup === undefined) return [`${what} ${name} does not exist`]
  if (targetGroup.type !== 'instance') {
    return [`${what} ${name} is of target type ${targetGroup.type}; an Auto Scaling group needs instance`]
  }
  return targetGroup.isUsed ? [] : [`no load balancer uses ${what} ${name}`]
}
