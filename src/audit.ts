#!/usr/bin/env node
import { AccountClient } from '@aws-sdk/client-account'
import { CodeDeployClient } from '@aws-sdk/client-codedeploy'
import { CommanderError } from 'commander'
import policy from '../docs/audit-policy.json' with { type: 'json' }
import { type Flags, readFlags } from './audit/flags.ts'
import { givingUpAfter } from './audit/giveUp.ts'
import { progressBar } from './audit/progressBar.ts'
import { run } from './audit/run.ts'
import { enabledRegions } from './aws/account.ts'
import { clientOptions, createClients } from './aws/clients.ts'
import { eyesOn } from './aws/eyes.ts'

// The command line: `codedeploy-greenlight audit`. Nothing that is imported here can change anything in AWS.

const main = async (args: readonly string[]): Promise<0 | 1 | 2> => {
  const flags = readFlags(args)
  if (flags === 'policy') {
    process.stdout.write(`${JSON.stringify(policy, undefined, 2)}\n`)
    return 0
  }
  const { stdout, stderr, env } = process
  return run(flags, {
    homeRegion: async () =>
      env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? new CodeDeployClient(whereabouts(flags)).config.region(),
    enabledRegions: (region) => {
      const client = new AccountClient({ ...clientOptions, ...whereabouts(flags), region })
      return enabledRegions(client, givingUpAfter(flags.timeoutMs))
    },
    eyes: (region) => eyesOn(createClients({ ...whereabouts(flags), region }), givingUpAfter(flags.timeoutMs)),
    progress: progressBar(stderr),
    paper: {
      color: flags.color && stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
      width: stdout.isTTY ? stdout.columns : undefined,
    },
    asked: { endpoint: flags.endpoint ?? env['AWS_ENDPOINT_URL'], profile: flags.profile ?? env['AWS_PROFILE'] },
    say: (line) => stdout.write(`${line}\n`),
    complain: (line) => stderr.write(`${line}\n`),
  })
}

const whereabouts = ({ profile, endpoint }: Flags) => ({
  ...(profile !== undefined && { profile }),
  ...(endpoint !== undefined && { endpoint }),
})

// Whoever reads only the first lines (`| head`) ends it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 2)
})
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    // Commander has printed what there is to say.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else {
      process.stderr.write(`${(error as Error).stack}\n`)
      process.exitCode = 2
    }
  },
)
