import { readTemplate, resourceOf } from '../../tools/template.ts'
import { becomeHealthy, checkRarely } from '../deployments/healthPolls.ts'
import { playground } from '../deployments/playground.ts'
import { measureSweep } from '../deployments/sweep/measure.ts'
import { readRequest } from '../promises/oracles/request.ts'

/** AWS's public prices of Lambda on arm64 in us-east-1, in USD. */
export const prices = { perGBSecond: 0.0000133334, perRequest: 0.2 / 1_000_000 }

/** How long each call to AWS takes. The time of the processor is not counted: a function waits for most of its time. */
const latencyMs = 50

/** What Lambda bills: invocations, and how long they take together. */
export type Billed = { readonly requests: number; readonly seconds: number }

/** In USD, with so much memory. */
export const costOf = ({ requests, seconds }: Billed, memoryMB: number): number =>
  requests * prices.perRequest + seconds * (memoryMB / 1024) * prices.perGBSecond

export const configuredMB = Number(resourceOf(readTemplate(), 'GateFunction').Properties['MemorySize'])

/** A deployment in mode gate, from its beginning to its end, that waits at Ready a minute for the health of its green. */
export const deploymentBilled = async (): Promise<Billed> => {
  let requests = 0
  let ms = 0
  const aws = await playground({
    via: 'EventBridge',
    settings: { GREENLIGHT_MODE: 'gate' },
    known: (handler) => async (event, context) => {
      const began = Date.now()
      try {
        return await handler(event, context)
      } finally {
        requests++
        ms += Date.now() - began
      }
    },
    meets: async (_run, request, handle) => {
      await new Promise((resolve) => setTimeout(resolve, latencyMs))
      if (readRequest(request).action === 'autoscaling:AttachLoadBalancerTargetGroups')
        setTimeout(() => becomeHealthy(aws.world), 60_000)
      return handle()
    },
    arrange: checkRarely,
  })
  try {
    const id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    const status = await aws.played(id)
    if (status !== 'Succeeded') throw new Error(`the deployment ended as ${status}`)
    await aws.time.advance(60_000)
    const waited = aws.metrics('HealthWait')
    if (waited < 60 || waited > 66) throw new Error(`green was waited for ${waited} s`)
    return { requests, seconds: ms / 1000 }
  } finally {
    await aws.end()
  }
}

const sweepsAMonth = (30 * 24 * 60) / Number(readTemplate().Parameters['SweepMinutes']?.Default)

/** A month of sweeps over 300 deployment groups. */
export const monthOfSweepsBilled = async (): Promise<Billed> => {
  const { virtualSeconds } = await measureSweep({ applications: 30, deploymentGroups: 300 })
  return { requests: sweepsAMonth, seconds: sweepsAMonth * virtualSeconds }
}
