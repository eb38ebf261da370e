import { readRequest } from '../promises/oracles/request.ts'
import { type Playground, playground } from './playground.ts'

/** How long each request takes. */
const latencyMs = 50

/** What a hook did about a green that became healthy so long after the hook had begun. */
export type Found = {
  readonly healthyAfterMs: number
  /** From then until the look that saw it was sent. */
  readonly seenMs: number
  /** From then until the verdict was reported. */
  readonly reportedMs: number
  /** How often the health of green was looked at until then. */
  readonly looks: number
}

/** The load balancer's own checks come too late to matter: targets are healthy when `becomeHealthy` says so. */
export const checkRarely = ({ targetGroups }: Playground['world']): void => {
  for (const { healthCheck } of targetGroups.values()) Object.assign(healthCheck, { intervalSeconds: 3600 })
}

export const becomeHealthy = ({ instances, targetGroups, targetHealth }: Playground['world']): void => {
  for (const group of targetGroups.values()) {
    for (const id of instances.keys()) targetHealth.assumeHealthy(group, id)
  }
}

/** Plays the hook of a deployment at Ready whose green lacks a target group, and becomes healthy in it in its time. */
export const healthyAfter = async (healthyAfterMs: number): Promise<Found> => {
  let began = Number.POSITIVE_INFINITY
  const looks: number[] = []
  const aws = await playground({
    settings: { GREENLIGHT_MODE: 'gate' },
    arrange: checkRarely,
    meets: async (_run, request, handle) => {
      if (readRequest(request).action === 'elasticloadbalancing:DescribeTargetHealth') looks.push(Date.now() - began)
      await new Promise((resolve) => setTimeout(resolve, latencyMs))
      return handle()
    },
  })
  try {
    const id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(id, 'Ready')
    began = Date.now()
    setTimeout(() => becomeHealthy(aws.world), healthyAfterMs)
    await aws.invoke({ DeploymentId: id, LifecycleEventHookExecutionId: 'execution-1' })
    const verdict = aws.log.find(({ message }) => message === 'Verdict')
    if (verdict?.['verdict'] !== 'Succeeded') throw new Error(`the hook ended with ${JSON.stringify(verdict)}`)
    // A request is carried out when its time is over.
    const seen = looks.find((at) => at + latencyMs >= healthyAfterMs) ?? Number.NaN
    const before = looks.filter((at) => at <= seen).length
    return {
      healthyAfterMs,
      seenMs: seen - healthyAfterMs,
      reportedMs: Date.now() - began - healthyAfterMs,
      looks: before,
    }
  } finally {
    await aws.end()
  }
}
