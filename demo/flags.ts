import { parseArgs } from 'node:util'

export const HELP = `npm start -- [--seed N] [--no-defect]

Plays one blue/green deployment on a local AWS twice, without Greenlight and with it, and compares the two. Needs no
account, no network and a few seconds.

  --seed N      another day: other instance ids, other health check phases; 1, unless told
  --no-defect   the day AWS mends it: the copied Auto Scaling group keeps its target groups
  --help        this
`

export type Flags = { readonly seed: number; readonly copyLosesTargetGroups: boolean }

/** Why the command line was refused: a sentence for whoever typed it. */
export class Refused extends Error {}

/**
 * Reads the command line.
 *
 * @throws Refused for an unknown flag, or a seed that is no whole number
 */
export const readFlags = (args: readonly string[]): Flags | 'help' => {
  const values = parse(args)
  if (values.help) return 'help'
  const seed = Number(values.seed ?? 1)
  if (values.seed?.trim() === '' || !Number.isSafeInteger(seed) || seed < 0) {
    throw new Refused(`--seed takes a whole number, 0 or more, not '${values.seed}'.`)
  }
  return { seed, copyLosesTargetGroups: values['no-defect'] !== true }
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: { seed: { type: 'string' }, 'no-defect': { type: 'boolean' }, help: { type: 'boolean' } },
    }).values
  } catch (error) {
    // Its first sentence says what is wrong; what follows is advice on positional arguments, which there are none of.
    const [why] = (error instanceof Error ? error.message : String(error)).split(/\. /)
    throw new Refused(`${why?.replace(/\.$/, '')}. There are --seed N, --no-defect and --help.`)
  }
}
