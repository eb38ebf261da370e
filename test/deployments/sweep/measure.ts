import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Condition, generateAccount } from '../../../simulator/account.ts'
import { simulate } from '../../../simulator/simulate.ts'
import { virtualTime } from '../../../simulator/virtualTime.ts'
import type { Fault } from '../../../simulator/wire/faults.ts'
import { greenlightSweep } from '../../../tools/greenlight.ts'
import { sweepBundle } from '../../bundle/bundle.ts'
import { authorizeByTemplate } from '../../policies/authorize.ts'

/** What one sweep of an account took. */
export type Measured = {
  readonly deploymentGroups: number
  readonly calls: number
  /** The most calls that were under way at once. */
  readonly atOnce: number
  readonly virtualSeconds: number
  /** By how much the heap of this process grew, in MB, if asked for: the function's part, and what the simulator keeps of its calls. */
  readonly heapMB: number
  /** What the function returned. */
  readonly report: unknown
}

/** How long AWS takes to answer. */
const latencyMs = 50
/** How often the heap is looked at in one run: each look collects all garbage, which takes its time. */
const looks = 20
/** How many calls a deployment group takes, about. */
const callsEach = 0.21

/** Sweeps a generated account once, in process, in virtual time, with the built bundle and its role. */
export const measureSweep = async ({
  applications,
  deploymentGroups,
  conditionOf,
  settings = {},
  faults = [],
  withHeap = false,
}: {
  applications: number
  deploymentGroups: number
  conditionOf?: (number: number) => Condition
  settings?: Readonly<Record<string, string>>
  faults?: readonly Fault[]
  withHeap?: boolean
}): Promise<Measured> => {
  const code = await sweepBundle()
  const time = virtualTime()
  let atOnce = 0
  let heap = 0
  let look = () => {}
  const simulator = await simulate({
    authorize: authorizeByTemplate(),
    onCall: () => {
      // The one that has just ended, and all that have no outcome yet.
      atOnce = Math.max(atOnce, 1 + simulator.calls.filter(({ outcome }) => outcome === '').length)
      look()
    },
  })
  try {
    const account = { applications, deploymentGroups, ...(conditionOf && { conditionOf }) }
    generateAccount(simulator.world, account)
    const sweep = simulator.world.createFunction(await greenlightSweep(simulator, { code, settings }))
    for (const fault of faults) simulator.faults.add(fault)
    simulator.faults.add({ kind: 'latency', latencyMs, times: 'forever' })

    const before = withHeap ? heapUsed() : 0
    const every = Math.max(1, Math.floor((deploymentGroups * callsEach) / looks))
    look = () => {
      if (withHeap && simulator.calls.length % every === 0) heap = Math.max(heap, heapUsed() - before)
    }
    const began = Date.now()
    const { payload } = await time.run(simulator.world.lambda.invoke(sweep, {}))
    return {
      deploymentGroups,
      calls: simulator.calls.length,
      atOnce,
      virtualSeconds: (Date.now() - began) / 1000,
      heapMB: heap / 2 ** 20,
      report: JSON.parse(payload),
    }
  } finally {
    await simulator.close()
    time.restore()
  }
}

let collectGarbage: (() => void) | undefined

/** What is in use, garbage not counted. */
const heapUsed = (): number => {
  if (collectGarbage === undefined) {
    setFlagsFromString('--expose-gc')
    collectGarbage = runInNewContext('gc') as () => void
  }
  collectGarbage()
  return process.memoryUsage().heapUsed
}
