import type { FunctionOptions } from './world/arrange.ts'
import type { World } from './world/world.ts'

/** What a sample account has beyond CodeDeploy's own resources. */
export type SampleAccount = {
  readonly functions: readonly FunctionOptions[]
  /** The path of a script that every instance runs at BeforeAllowTraffic; none by default. */
  readonly script?: string | undefined
  /** The tags of the deployment group of ECS; none by default. */
  readonly ecsTags?: Readonly<Record<string, string>> | undefined
}

/** Arranges an account to look around in: an application of each compute platform, and bundles to deploy. */
export const populate = (world: World, { functions, script, ecsTags = {} }: SampleAccount): void => {
  world.createTargetGroup({ name: 'web', requestsPerSecond: 50, longConnections: 20 })
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
    tags: ecsTags,
  })
  world.createDeploymentGroup({ application: 'mailer', name: 'production', computePlatform: 'Lambda' })
  for (const each of functions) world.createFunction(each)
}
