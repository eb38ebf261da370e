#!/usr/bin/env node
import { CommanderError } from 'commander'
import policy from '../docs/audit-policy.json' with { type: 'json' }
import { type Flags, readFlags } from './audit/flags.ts'
import { progressBar } from './audit/progressBar.ts'
import { runAudit } from './audit/runAudit.ts'
import { limitsWithTimeout } from './audit/timeout.ts'
import { createAccountClient, enabledRegions } from './aws/account.ts'
import { configuredRegion, createClients } from './aws/clients.ts'
import { regionReading } from './aws/region.ts'

// The command line `codedeploy-greenlight audit`. It imports no call that changes anything in AWS.

const main = async (args: readonly string[]): Promise<0 | 1 | 2> => {
  const flags = readFlags(args)
  if (flags === 'policy') {
    process.stdout.write(`${JSON.stringify(policy, undefined, 2)}\n`)
    return 0
  }
  const { stdout, stderr, env } = process
  return runAudit(flags, {
    configuredRegion: async () =>
      env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? configuredRegion(clientSettings(flags)),
    enabledRegions: (region) =>
      enabledRegions(createAccountClient({ ...clientSettings(flags), region }), limitsWithTimeout(flags.timeoutMs)),
    readingOf: (region) =>
      regionReading(createClients({ ...clientSettings(flags), region }), limitsWithTimeout(flags.timeoutMs)),
    progress: progressBar(stderr),
    screen: {
      color: flags.color && stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
      width: stdout.isTTY ? stdout.columns : undefined,
    },
    callSettings: { endpoint: flags.endpoint ?? env['AWS_ENDPOINT_URL'], profile: flags.profile ?? env['AWS_PROFILE'] },
    print: (line) => stdout.write(`${line}\n`),
    printError: (line) => stderr.write(`${line}\n`),
  })
}

const clientSettings = ({ profile, endpoint }: Flags) => ({
  ...(profile !== undefined && { profile }),
  ...(endpoint !== undefined && { endpoint }),
})

// `| head` closes the pipe after the first lines: that is no failure.
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
