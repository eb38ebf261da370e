import { readFile } from 'node:fs/promises'
import { bundle } from '../../tools/bundle.ts'

/** The file that `sam build` wrote, where `.ci/run` names it; otherwise the same bundle built here. */
export const builtBySam = process.env['GREENLIGHT_BUNDLE']

let built: Promise<string> | undefined

/** The gate function's bundle, built once. */
export const gateBundle = (): Promise<string> => {
  built ??= builtBySam === undefined ? bundle('GateFunction') : readFile(builtBySam, 'utf8')
  return built
}

/** The same for the sweep function. */
const sweepBuiltBySam = process.env['GREENLIGHT_SWEEP_BUNDLE']

let sweepBuilt: Promise<string> | undefined

/** The sweep function's bundle, built once. */
export const sweepBundle = (): Promise<string> => {
  sweepBuilt ??= sweepBuiltBySam === undefined ? bundle('SweepFunction') : readFile(sweepBuiltBySam, 'utf8')
  return sweepBuilt
}
