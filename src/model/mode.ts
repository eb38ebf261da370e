import type { Deployment } from './deployment.ts'
import type { Refused } from './refused.ts'

/** How much Greenlight may do. */
export const modes = ['observe', 'heal', 'gate'] as const
export type Mode = (typeof modes)[number]

const modeTag = 'greenlight:mode'

/**
 * @param tags of the deployment group; undefined where it does not exist any more
 * @param otherwise the parameter `Mode`
 */
export const readMode = (
  { application, deploymentGroup }: Pick<Deployment, 'application' | 'deploymentGroup'>,
  tags: ReadonlyMap<string, string> | undefined,
  otherwise: Mode,
): Mode | Refused => {
  const value = tags === undefined ? undefined : tags.get(modeTag)
  if (value === undefined) return otherwise
  const owner = `deployment group ${application}/${deploymentGroup}`
  const refusal = `tag ${modeTag} of ${owner} is ${JSON.stringify(value)}; it must be observe, heal or gate`
  return modes.find((mode) => mode === value) ?? { refusal }
}
