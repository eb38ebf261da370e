import { type SimulateOptions, type Simulator, simulate } from '../../../simulator/simulate.ts'
import type { DeploymentGroup } from '../../../simulator/world/state.ts'
import type { Schedule } from './schedule.ts'

export type Account = Simulator & { readonly deploymentGroup: DeploymentGroup }

/** A simulated account as the schedule draws it, with users and without Greenlight. */
export const accountOf = async (schedule: Schedule, options: SimulateOptions = {}): Promise<Account> => {
  // The schedule passes notifications on itself.
  const aws = await simulate({ ...options, switches: { ...schedule.switches, notifications: 'lost' }, inProcess: true })
  const { world } = aws
  const targetGroups = ['web', 'api'].slice(0, schedule.targetGroups)
  for (const name of targetGroups) {
    world.createTargetGroup({
      ...{ name, healthCheck: { intervalSeconds: 5 }, deregistrationDelaySeconds: 6 },
      ...{ requestsPerSecond: 10, longConnections: 12 },
    })
  }
  world.createAutoScalingGroup({ name: 'blue', targetGroups, desiredCapacity: schedule.instances, maxSize: 4 })
  const deploymentGroup = world.createDeploymentGroup({
    name: 'production',
    autoScalingGroup: 'blue',
    targetGroups,
    readyWaitMinutes: schedule.waitsAtReady ? 60 : undefined,
    terminateBlueAfterMinutes: schedule.terminationMinutes,
    keepBlue: schedule.keepsBlue,
    configuration: `CodeDeployDefault.${schedule.batches}`,
  })
  return { ...aws, deploymentGroup }
}
