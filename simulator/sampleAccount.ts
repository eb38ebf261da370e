import type { FunctionOptions } from './world/arrange.ts'
import type { World } from './world/world.ts'

/** What a sample account has beyond CodeDeploy's own resources. */
export type SampleAccount = {
  readonly functions: readonly FunctionOptions[]
  /** The path of a script that every instance runs at BeforeAllowTraffic; none by default. */
  readonly script?: string | undefined
  /** What the deployment group of ECS is tied to by tags; nothing by default. */
  readonly ecs?: EcsTags | undefined
}

/** An Auto Scaling group, and the tags of the deployment group and of what its owners agree to have gated. */
type EcsTags = {
  readonly autoScalingGroup: string
  readonly tags: Readonly<Record<string, string>>
  readonly ownerTags: Readonly<Record<string, string>>
}

/** Arranges an account to look around in: an application of each compute platform, and bundles to deploy. */
export const populate = (world: World, { functions, script, ecs }: SampleAccount): void => {
  world.createTargetGroup({ name: 'web', requestsPerSecond: 50, longConnections: 20, tags: ecs?.ownerTags ?? {} })
  world.createAutoScalingGroup({ name: 'web-blue', targetGroups: ['web'], desiredCapacity: 3 })
  world.createDeploymentGroup({
    application: 'shop',
    name: 'production',
    autoScalingGroup: 'web-blue',
    targetGroups: ['web'],
    // A day, so that a deployment still waits after a long look around.
    readyWaitMinutes: 1440,
  })
  const hooks = script === undefined ? {} : { BeforeAllowTraffic: [{ script, timeoutSeconds: 2100 }] }
  world.putBundle('releases', 'shop/v2.zip', { version: 'v2', hooks })
  world.putBundle('releases', 'shop/v3.zip', { version: 'v3', hooks, healthy: false })

  world.createTargetGroup({ name: 'orders-1', targetType: 'ip' })
  world.createTargetGroup({ name: 'orders-2', targetType: 'ip', loadBalancerArns: [] })
  world.createDeploymentGroup({
    application: 'orders',
    name: 'production',
    computePlatform: 'ECS',
    targetGroupPairs: [['orders-1', 'orders-2']],
    tags: ecs?.tags ?? {},
  })
  if (ecs) world.createAutoScalingGroup({ name: ecs.autoScalingGroup, desiredCapacity: 1, tags: ecs.ownerTags })
  world.createDeploymentGroup({ application: 'mailer', name: 'production', computePlatform: 'Lambda' })
  for (const each of functions) world.createFunction(each)
}
