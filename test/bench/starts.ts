import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../tools/template.ts'
import { startLambdaRuntime } from '../bundle/lambdaRuntime.ts'
import type { Contestant } from './contestants.ts'
import { type Spread, spreadOf } from './statistics.ts'

/**
 * How long a start takes, and as a multiple of the empty handler's in the same round. The time of the processor, unlike that
 * on the clock, hardly depends on what else the machine does.
 */
export type Start = {
  readonly name: string
  readonly ms: Spread
  readonly ratio: Spread
  readonly processorRatio: Spread | undefined
}

/** One start, in milliseconds. */
type Took = { readonly ms: number; readonly processorMs: number | undefined }

/** Each process runs on one core, the same for all, where the system can say so. */
const onOneCore = spawnSync('taskset', ['-c', '0', 'true']).status === 0 ? ['taskset', '-c', '0'] : []
export const core = onOneCore.length > 0 ? 'one core' : 'any core: there is no taskset here'

const environment = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  // As in Lambda, where the SDK lies outside of the function.
  NODE_PATH: `${root}node_modules`,
}

/** From the start of the process to its first request for an event, under AWS's runtime client. */
const underRuntimeClient = async ({ code }: Contestant): Promise<Took> => {
  const runtime = await startLambdaRuntime(code, environment, onOneCore)
  try {
    const ms = await runtime.startedIn()
    return { ms, processorMs: await runtime.processorMs() }
  } finally {
    await runtime.stop()
  }
}

/** How long a process takes that loads the bundle and does nothing else. */
const required = async ({ code }: Contestant): Promise<Took> => {
  const folder = mkdtempSync(join(tmpdir(), 'greenlight-'))
  try {
    const file = join(folder, 'gate.js')
    writeFileSync(file, code)
    const script = `require(${JSON.stringify(file)});const {user,system}=process.cpuUsage();console.log(user+system)`
    const [command = '', ...args] = [...onOneCore, process.execPath, '-e', script]
    const began = performance.now()
    const child = spawnSync(command, args, { env: { PATH: process.env['PATH'], ...environment }, encoding: 'utf8' })
    const ms = performance.now() - began
    if (child.status !== 0) throw new Error(`a bundle does not load: ${child.stderr}`)
    return { ms, processorMs: Number(child.stdout) / 1000 }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Rounds that are not counted: files and pages come into the system's caches. */
const warmUps = 2

/**
 * Starts each in its turn, round after round, so that what else the machine does meets all alike.
 *
 * @param onRound hears of each round
 */
export const measureStarts = async (
  how: 'under the runtime client' | 'by require',
  those: readonly Contestant[],
  rounds: number,
  onRound: (round: number) => void,
): Promise<readonly Start[]> => {
  const measure = how === 'by require' ? required : underRuntimeClient
  const measured = those.map(({ name }) => ({ name, took: [] as Took[] }))
  for (let round = -warmUps; round < rounds; round++) {
    for (const [index, one] of those.entries()) {
      const took = await measure(one)
      if (round >= 0) measured[index]?.took.push(took)
    }
    onRound(round + 1)
  }
  const empty = measured[0]?.took ?? []
  return measured.map(({ name, took }) => ({
    name,
    ms: spreadOf(took.map(({ ms }) => ms)),
    ratio: spreadOf(took.map(({ ms }, round) => ms / (empty[round]?.ms ?? Number.NaN))),
    processorRatio: processorRatioOf(took, empty),
  }))
}

const processorRatioOf = (took: readonly Took[], empty: readonly Took[]): Spread | undefined => {
  const ratios = took.flatMap(({ processorMs }, round) => {
    const emptyMs = empty[round]?.processorMs
    return processorMs === undefined || emptyMs === undefined ? [] : [processorMs / emptyMs]
  })
  return ratios.length === 0 ? undefined : spreadOf(ratios)
}
