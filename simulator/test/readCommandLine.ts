import type { Command } from 'commander'

/** What a command reads its arguments as, or the sentences with which it refuses them. Nothing is printed, nothing exits. */
export const readCommandLine = (command: Command, ...args: readonly string[]): unknown => {
  let refusal = ''
  command.exitOverride().configureOutput({ writeErr: (text) => (refusal += text) })
  try {
    return command.parse(args, { from: 'user' }).opts()
  } catch (error) {
    if (refusal !== '') return refusal
    throw error
  }
}
