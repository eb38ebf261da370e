import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { CodeDeployClient } from '@aws-sdk/client-codedeploy'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Principal } from '../principal.ts'
import { type SimulateOptions, type Simulator, simulate } from '../simulate.ts'
import { type VirtualTime, virtualTime } from '../virtualTime.ts'
import type { DeploymentGroupOptions } from '../world/arrange.ts'
import { inServiceOf, instancesOf } from '../world/state.ts'

/** A simulator in virtual time that the test has to itself. */
export type Arranged = {
  readonly simulator: Simulator
  readonly time: VirtualTime
  /** The SDK's own clients, which speak over the loopback port as this principal; no retries. */
  clients(principal?: Principal): {
    codeDeploy: CodeDeployClient
    autoScaling: AutoScalingClient
    elb: ElasticLoadBalancingV2Client
  }
  end(): Promise<void>
}

export const arrange = async (options: SimulateOptions = {}): Promise<Arranged> => {
  const time = virtualTime()
  const simulator = await simulate(options)
  const opened: { destroy(): void }[] = []
  return {
    simulator,
    time,
    clients: (principal = { kind: 'user' }) => {
      const configuration = {
        endpoint: simulator.endpoint,
        region: simulator.world.region,
        credentials: simulator.credentials(principal),
        maxAttempts: 1,
      }
      const clients = {
        codeDeploy: new CodeDeployClient(configuration),
        autoScaling: new AutoScalingClient(configuration),
        elb: new ElasticLoadBalancingV2Client(configuration),
      }
      opened.push(...Object.values(clients))
      return clients
    },
    end: async () => {
      for (const client of opened) client.destroy()
      await simulator.close()
      time.restore()
    },
  }
}

/** `web` behind a load balancer, blue of two instances, and the deployment group `production` over both. */
export const arrangeBlueGreen = ({ world }: Simulator, options: Partial<DeploymentGroupOptions> = {}): void => {
  world.createTargetGroup({ name: 'web', requestsPerSecond: 10, longConnections: 20, deregistrationDelaySeconds: 30 })
  world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'], desiredCapacity: 2 })
  world.createDeploymentGroup({ name: 'production', autoScalingGroup: 'blue', targetGroups: ['web'], ...options })
}

export const greenOf = (id: string): string => `CodeDeploy_production_${id}`

/** The ids of all instances of an Auto Scaling group, except terminated ones. */
export const idsOf = ({ world }: Simulator, autoScalingGroup: string): string[] =>
  instancesOf(world, autoScalingGroup).map(({ instanceId }) => instanceId)

export const inService = ({ world }: Simulator, autoScalingGroup: string): string[] =>
  inServiceOf(world, autoScalingGroup).map(({ instanceId }) => instanceId)

/** The state of each target of a target group. */
export const targetStates = ({ world }: Simulator, targetGroup: string): Record<string, string> =>
  Object.fromEntries(
    [...(world.targetGroups.get(targetGroup)?.targets.values() ?? [])].map(({ id, state }) => [id, state]),
  )

/** The sentences of the timeline, without the times. */
export const sentences = ({ timeline }: Simulator): string[] => timeline.map(({ who, what }) => `${who} ${what}`)
