import { accessSync, constants, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { instanceCommands } from '../../simulator/simulate.ts'

/** The AWS CLI that scripts are to run instead of its stand-in, if the environment names one. */
export const realAws = process.env['GREENLIGHT_REAL_AWS'] || undefined

/**
 * What the PATH of an instance begins with: the stand-ins of its commands, and before them that AWS CLI and the
 * machine's own curl. `sleep` and `date` are always the stand-ins, for time is simulated.
 */
export const instancePath = (): readonly string[] => {
  if (!realAws) return [instanceCommands]
  const directory = mkdtempSync(join(tmpdir(), 'greenlight-commands-'))
  process.once('exit', () => rmSync(directory, { recursive: true }))
  symlinkSync(realAws, join(directory, 'aws'))
  symlinkSync(found('curl'), join(directory, 'curl'))
  return [directory, instanceCommands]
}

const found = (command: string): string => {
  const files = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, command))
  const file = files.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (file === undefined) throw new Error(`There is no ${command} on the PATH, which GREENLIGHT_REAL_AWS needs.`)
  return file
}
