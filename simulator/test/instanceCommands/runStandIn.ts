import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { instanceCommands } from '../../simulate.ts'

/** Runs the stand-in of a command, with this environment and no other. */
export const runStandIn = (
  command: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string },
) =>
  new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(join(instanceCommands, command), args, options, (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr })
    })
  })
