import { inServiceOf } from '../../../simulator/world/state.ts'
import { beginDeployment, type DeploymentOptions, type PlayedDeployment, type World } from '../playedDeployment.ts'
import type { Playground } from '../playground.ts'
import type { Meeting } from '../runs.ts'

/** A deployment of which Greenlight hears, with a sweep every five minutes. Each test judges what becomes of it itself. */
export const begin = (options: DeploymentOptions = {}): Promise<PlayedDeployment> =>
  beginDeployment({ via: 'EventBridge', sweeps: 'onSchedule', looksForItself: true, ...options })

export const minutes = (count: number): number => count * 60

/** Waits at Ready until Greenlight has done there what it does. */
export const atReady = async ({ aws, id, later }: PlayedDeployment): Promise<void> => {
  await aws.until(id, 'Ready')
  await later()
}

/** A person continues a deployment, which then succeeds, and the last notification is handled. */
export const succeeds = async ({ aws, id, later }: PlayedDeployment): Promise<void> => {
  aws.world.continueDeployment(id)
  const status = await aws.played(id)
  if (status !== 'Succeeded') throw new Error(`the deployment ends as ${status}`)
  await later()
}

/** The instances of an Auto Scaling group, by their ids. */
export const instancesIn = (world: World, autoScalingGroup: string): readonly string[] =>
  inServiceOf(world, autoScalingGroup).map(({ instanceId }) => instanceId)

/** The invocations that failed or ran out of time. */
export const failedInvocations = ({ world }: Playground): readonly string[] =>
  world.invocations
    .filter(({ outcome }) => outcome !== 'returned')
    .map(({ functionName, outcome, event }) => `${functionName} ${outcome}: ${JSON.stringify(event)}`)

/** The instances to which a load balancer sends users between now and the end, by what it does: fail open with none healthy. */
export const watchUsers = ({ clock, world }: Playground): ReadonlySet<string> => {
  const served = new Set<string>()
  clock.every(1_000, () => {
    for (const { loadBalancerArns, targets } of world.targetGroups.values()) {
      if (loadBalancerArns.length === 0) continue
      const all = [...targets.values()].filter(({ state }) => state !== 'draining' && state !== 'unused')
      const healthy = all.filter(({ state }) => state === 'healthy')
      for (const { id } of healthy.length > 0 ? healthy : all) served.add(id)
    }
  })
  return served
}

/** Refuses the next calls of this operation of Auto Scaling by this name, as often as said. */
export const refusals = (operation: string, code: string, times = 1): { left: number; readonly meets: Meeting } => {
  const refusal = {
    left: times,
    meets: async (_run, request, handle) => {
      if (refusal.left === 0 || !request.body.includes(`Action=${operation}&`)) return handle()
      refusal.left -= 1
      const body = `<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>The resource is in use.</Message></Error><RequestId>r</RequestId></ErrorResponse>`
      return { status: 400, headers: { 'content-type': 'text/xml' }, body }
    },
  } satisfies { left: number; meets: Meeting }
  return refusal
}

/** Puts tags on an Auto Scaling group, as anybody may who may tag. */
export const tagged = (world: World, autoScalingGroup: string, tags: Readonly<Record<string, string>>): void => {
  const group = world.autoScalingGroups.get(autoScalingGroup)
  if (group === undefined) throw new Error(`${autoScalingGroup} does not exist`)
  for (const [key, value] of Object.entries(tags)) {
    group.tags = [...group.tags.filter((tag) => tag.key !== key), { key, value, propagateAtLaunch: false }]
  }
}
