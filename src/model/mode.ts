import type { Deployment } from './deployment.ts'

/** How much Greenlight may do (design 2.3). */
export const modes = ['observe', 'heal', 'gate'] as const
export type Mode = (typeof modes)[number]

export const modeTag = 'greenlight:mode'

/**
 * @param tags of the deployment group; undefined where it does not exist any more
 * @param otherwise the parameter `Mode`
 * @returns the mode, or a sentence why there is none
 */
export const readMode = (
  { application, deploymentGroup }: Pick<Deployment, 'application' | 'deploymentGroup'>,
  tags: ReadonlyMap<string, string> | undefined,
  otherwise: Mode,
): Mode | string => {
  const value = tags?.get(modeTag)
  if (value === undefined) return otherwise
  const mode = modes.find((one) => one === value)
  const owner = `deployment group ${application}/${deploymentGroup}`
  return mode ?? `tag ${modeTag} of ${owner} is ${JSON.stringify(value)}; it must be observe, heal or gate`
}

/** Whether `readMode` gave a mode. */
export const isMode = (read: Mode | string): read is Mode => modes.some((mode) => mode === read)
