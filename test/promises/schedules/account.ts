import { type SimulateOptions, type Simulator, simulate } from '../../../simulator/simulate.ts'
import type { DeploymentGroup } from '../../../simulator/world/state.ts'
import type { Schedule } from './schedule.ts'

export type Account = Simulator & { readonly deploymentGroup: DeploymentGroup }

/** What the deployment group names at first. Its name is not of the pattern of the greens. */
const blue = 'blue'
/** The standing group of a deployment group that discovers its green. */
const standby = 'CodeDeploy_standby'

/** The green of the next deployment, where it is no copy: the one of the two standing groups that serves nobody. */
export const discoveredGreen = (
  { deploymentGroup }: Account,
  { discovers }: Schedule,
): readonly string[] | undefined => {
  if (!discovers) return undefined
  return deploymentGroup.autoScalingGroups.includes(blue) ? [standby] : [blue]
}

/** A simulated account as the schedule draws it, with users and without Greenlight. */
export const accountOf = async (schedule: Schedule, options: SimulateOptions = {}): Promise<Account> => {
  // The schedule passes notifications on itself.
  const switches = { ...schedule.switches, notifications: 'lost' } as const
  const aws = await simulate({ inProcess: true, ...options, switches })
  const { world } = aws
  const targetGroups = ['web', 'api'].slice(0, schedule.targetGroups)
  for (const name of targetGroups) {
    world.createTargetGroup({
      ...{ name, healthCheck: { intervalSeconds: 5 }, deregistrationDelaySeconds: 6 },
      ...{ requestsPerSecond: 10, longConnections: 12 },
    })
  }
  const standing = {
    ...{ desiredCapacity: schedule.instances, maxSize: 10 },
    ...(schedule.weighted && { weights: { 'm7i.large': 1, 'm7i.xlarge': 2 } }),
  }
  world.createAutoScalingGroup({ name: blue, targetGroups, ...standing })
  if (schedule.discovers) world.createAutoScalingGroup({ name: standby, ...standing })
  const deploymentGroup = world.createDeploymentGroup({
    name: 'production',
    autoScalingGroup: blue,
    ...(schedule.discovers && { greenFleet: 'DISCOVER_EXISTING' as const }),
    targetGroups,
    readyWaitMinutes: schedule.waitsAtReady ? 60 : undefined,
    terminateBlueAfterMinutes: schedule.terminationMinutes,
    keepBlue: schedule.keepsBlue,
    configuration: `CodeDeployDefault.${schedule.batches}`,
  })
  return { ...aws, deploymentGroup }
}
