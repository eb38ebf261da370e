import type { Deployment } from './deployment.ts'
import { type Mode, modes } from './mode.ts'
import { isRefused, type Refused } from './refused.ts'

/** Parameters of the stack, which tags of a deployment group override. */
export type Choices = {
  readonly mode: Mode
  /** The share of green's instances that must be healthy: 1 to 100 per cent. */
  readonly minimumHealthyPercent: number
  /** How long green may take to become healthy, from the attach or from when its scripts began to ask: 1 to 840 s. */
  readonly healthTimeoutSeconds: number
}

/** How the text of a parameter or of a tag is read. */
export type Reader<Value> = {
  /** @returns undefined for what does not parse */
  readonly read: (text: string) => Value | undefined
  /** Completes "it must be …". */
  readonly allowed: string
}

const wholeNumber = (least: number, most: number): Reader<number> => ({
  read: (text) => (/^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined),
  allowed: `a whole number from ${least} to ${most}`,
})

export const readers = {
  mode: { read: (text) => modes.find((mode) => mode === text), allowed: 'observe, heal or gate' },
  minimumHealthyPercent: wholeNumber(1, 100),
  healthTimeoutSeconds: wholeNumber(1, 840),
} as const satisfies { readonly [Name in keyof Choices]: Reader<Choices[Name]> }

export const modeTag = 'greenlight:mode'

type Tags = ReadonlyMap<string, string> | undefined

/**
 * @param tags of the deployment group; undefined where it does not exist any more
 * @param otherwise what the parameters choose for what no tag chooses
 * @returns the choices, or which tags do not parse: nobody knows then what was meant
 */
export const readChoices = (
  { application, deploymentGroup }: Pick<Deployment, 'application' | 'deploymentGroup'>,
  tags: Tags,
  otherwise: Choices,
): Choices | Refused => {
  const chosen = <Value>(tag: string, { read, allowed }: Reader<Value>, parameter: Value): Value | Refused => {
    const text = tags === undefined ? undefined : tags.get(tag)
    if (text === undefined) return parameter
    const owner = `deployment group ${application}/${deploymentGroup}`
    const refusal = `tag ${tag} of ${owner} is ${JSON.stringify(text)}; it must be ${allowed}`
    return read(text.trim().toLowerCase()) ?? { refusal }
  }
  const mode = chosen(modeTag, readers.mode, otherwise.mode)
  const minimumHealthyPercent = chosen(
    'greenlight:minimum-healthy-percent',
    readers.minimumHealthyPercent,
    otherwise.minimumHealthyPercent,
  )
  const healthTimeoutSeconds = chosen(
    'greenlight:health-timeout-seconds',
    readers.healthTimeoutSeconds,
    otherwise.healthTimeoutSeconds,
  )
  if (isRefused(mode) || isRefused(minimumHealthyPercent) || isRefused(healthTimeoutSeconds)) {
    const refused = [mode, minimumHealthyPercent, healthTimeoutSeconds].filter(isRefused)
    return { refusal: refused.map(({ refusal }) => refusal).join('; ') }
  }
  return { mode, minimumHealthyPercent, healthTimeoutSeconds }
}
