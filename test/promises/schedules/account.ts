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

const testOf = (name: string): string => `greenlight-${name}`
const testsTag = (names: readonly string[]) => ({ 'greenlight:test-target-groups': names.map(testOf).join(' ') })

/** A twin of each target group that no user meets, and the deployment group that shares one of them. */
const arrangeTests = (
  world: Account['world'],
  { tests }: Schedule,
  details: Partial<Parameters<Account['world']['createTargetGroup']>[0]>,
): void => {
  const tags: Record<string, string> =
    tests === 'withheld' ? {} : { 'greenlight:gated-by': 'shop/production shop/beside' }
  for (const { name, loadBalancerArns } of [...world.targetGroups.values()])
    world.createTargetGroup({ name: testOf(name), ...details, loadBalancerArns, tags })
  if (tests !== 'shared') return
  const loadBalancerArns = world.targetGroups.get('web')?.loadBalancerArns ?? []
  world.createTargetGroup({ name: 'beside', ...details, loadBalancerArns })
  world.createAutoScalingGroup({ name: 'blue-beside', targetGroups: ['beside'], desiredCapacity: 1 })
  world.createDeploymentGroup({
    ...{ name: 'beside', autoScalingGroup: 'blue-beside', targetGroups: ['beside'] },
    ...{ readyWaitMinutes: 60, terminateBlueAfterMinutes: 0 },
    tags: { ...testsTag(['web']), 'greenlight:mode': 'gate' },
  })
}

/** A simulated account as the schedule draws it, with users and without Greenlight. */
export const accountOf = async (schedule: Schedule, options: SimulateOptions = {}): Promise<Account> => {
  // The schedule passes notifications on itself.
  const switches = { ...schedule.switches, notifications: 'lost' } as const
  const aws = await simulate({ inProcess: true, ...options, switches })
  const { world } = aws
  const targetGroups = ['web', 'api'].slice(0, schedule.targetGroups)
  const details = { healthCheck: { intervalSeconds: 5 }, deregistrationDelaySeconds: 6 }
  for (const name of targetGroups)
    world.createTargetGroup({ name, ...details, ...{ requestsPerSecond: 10, longConnections: 12 } })
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
    ...(schedule.tests !== 'none' && { tags: testsTag(targetGroups) }),
  })
  if (schedule.tests !== 'none') arrangeTests(world, schedule, details)
  return { ...aws, deploymentGroup }
}
