import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Simulator } from '../../simulator/simulate.ts'
import { binary, writeAuditPackage } from '../../tools/auditPackage.ts'

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

type Environment = Readonly<Record<string, string | undefined>>

/** The audit as it is packed, in its own folder. */
export type Built = { readonly folder: string; readonly file: string; remove(): Promise<void> }

export const build = async (): Promise<Built> => {
  const folder = await mkdtemp(join(tmpdir(), 'greenlight-audit-'))
  await writeAuditPackage(folder)
  return { folder, file: join(folder, binary), remove: () => rm(folder, { recursive: true }) }
}

/** The audit as a clone runs it. */
export const source = fileURLToPath(new URL('../../src/audit.ts', import.meta.url))

/** An environment without AWS configuration, and without this machine's. */
export const nobody: Environment = {
  PATH: process.env['PATH'],
  HOME: '/nowhere',
  AWS_EC2_METADATA_DISABLED: 'true',
  NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'],
}

/** An environment with credentials and the simulator's region. */
export const somebody = ({ endpoint, world, credentials }: Simulator): Environment => {
  const { accessKeyId, secretAccessKey } = credentials({ kind: 'user' })
  return {
    ...nobody,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: world.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  }
}

/** Runs the audit in its own process, with pipes for its output. */
export const runs = (file: string, args: readonly string[], env: Environment): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { env, maxBuffer: 64 * 1024 * 1024 }
    execFile(process.execPath, ['--no-warnings', file, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr })
    })
  })
