import type { Deployment } from './deployment.ts'
import { type Mode, modes } from './mode.ts'
import { isRefused, type Refused } from './refused.ts'
import { readTests } from './testTargetGroups.ts'

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
type Owner = Pick<Deployment, 'application' | 'deploymentGroup'>

/**
 * @param tags of the deployment group; undefined where it does not exist any more
 * @param otherwise what the parameters choose for what no tag chooses
 * @returns the choices, or which tags do not parse: nobody knows then what was meant
 */
export const readChoices = (owner: Owner, tags: Tags, otherwise: Choices): Choices | Refused => {
  const choose = choosing(owner, tags)
  const mode = choose(modeTag, readers.mode, otherwise.mode)
  const percent = choose(
    'greenlight:minimum-healthy-percent',
    readers.minimumHealthyPercent,
    otherwise.minimumHealthyPercent,
  )
  const seconds = choose(
    'greenlight:health-timeout-seconds',
    readers.healthTimeoutSeconds,
    otherwise.healthTimeoutSeconds,
  )
  // They are part of the goal.
  const tests = readTests(`deployment group ${owner.application}/${owner.deploymentGroup}`, tags ?? new Map())
  if (isRefused(mode) || isRefused(percent) || isRefused(seconds) || isRefused(tests)) {
    return {
      refusal: [mode, percent, seconds, tests]
        .filter(isRefused)
        .map(({ refusal }) => refusal)
        .join('; '),
    }
  }
  return { mode, minimumHealthyPercent: percent, healthTimeoutSeconds: seconds }
}

/**
 * The mode in which a deployment is handled: the emergency bypass takes effect whatever else the tags say.
 *
 * @returns likewise
 */
export const readMode = (owner: Owner, tags: Tags, otherwise: Choices): Mode | Refused => {
  const mode = choosing(owner, tags)(modeTag, readers.mode, otherwise.mode)
  const choices = readChoices(owner, tags, otherwise)
  return isRefused(choices) && mode !== 'observe' ? choices : mode
}

const choosing =
  ({ application, deploymentGroup }: Owner, tags: Tags) =>
  <Value>(tag: string, { read, allowed }: Reader<Value>, parameter: Value): Value | Refused => {
    const text = tags === undefined ? undefined : tags.get(tag)
    if (text === undefined) return parameter
    const owner = `deployment group ${application}/${deploymentGroup}`
    const refusal = `tag ${tag} of ${owner} is ${JSON.stringify(text)}; it must be ${allowed}`
    return read(text.trim().toLowerCase()) ?? { refusal }
  }
