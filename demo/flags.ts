import { Command } from 'commander'
import { refuseArguments, seedOf } from '../simulator/flagValues.ts'

export type Flags = { readonly seed: number; readonly defect: boolean }

/** The command line of `npm start`; `parse` exits with code 2 where it refuses the command line. */
export const commandLine = new Command('npm start --')
  .description(
    'Plays one blue/green deployment on a local AWS twice, without Greenlight and with it, and compares the two. ' +
      'Needs no account, no network and a few seconds.',
  )
  .usage('[--seed N] [--no-defect]')
  .option('--seed <N>', 'play another day: other instance ids, other health check phases', seedOf, 1)
  .option('--no-defect', 'play the day on which AWS mends it: the copied Auto Scaling group keeps its target groups')
  .helpOption('-h, --help', 'show this help')
  .showHelpAfterError('(npm start -- --help lists every flag.)')
  .allowExcessArguments()
  .action(refuseArguments)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
