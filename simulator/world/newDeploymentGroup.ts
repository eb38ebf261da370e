import { arnOf, globalArnOf } from '../arn.ts'
import type { Identifiers } from '../identifiers.ts'
import { configurationNamed } from './deployments/configurations.ts'
import { moveLaunchHooks } from './deployments/launchHooks.ts'
import { known } from './named.ts'
import type {
  AutoRollback,
  BlueGreenConfiguration,
  ComputePlatform,
  DeploymentConfiguration,
  DeploymentGroup,
  LeftOut,
  LoadBalancerInfo,
  Revision,
  State,
} from './state.ts'

/** A deployment group to arrange; by default blue/green with traffic control on instances. */
export type DeploymentGroupOptions = {
  application?: string
  name: string
  computePlatform?: ComputePlatform
  /** Blue; several only with DISCOVER_EXISTING (F17). */
  autoScalingGroup?: string | readonly string[]
  targetGroups?: readonly string[]
  classicLoadBalancers?: readonly string[]
  /** Pairs of names, for ECS. */
  targetGroupPairs?: readonly (readonly [string, string])[]
  deploymentStyle?: {
    deploymentType?: 'BLUE_GREEN' | 'IN_PLACE'
    deploymentOption?: 'WITH_TRAFFIC_CONTROL' | 'WITHOUT_TRAFFIC_CONTROL'
  }
  greenFleet?: 'COPY_AUTO_SCALING_GROUP' | 'DISCOVER_EXISTING'
  /** How long the deployment waits at Ready before it is stopped; `undefined`: it does not wait (F5). */
  readyWaitMinutes?: number | undefined
  terminateBlueAfterMinutes?: number
  /** Blue is kept, not terminated (F12). */
  keepBlue?: boolean
  /** The name of a predefined configuration, or one of `customConfiguration`. */
  configuration?: string | DeploymentConfiguration
  tags?: Readonly<Record<string, string>>
  autoRollback?: boolean
  terminationHookEnabled?: boolean
  /** What answers and events about its deployments lack (F50). */
  leftOut?: readonly LeftOut[]
  /** The revision on blue, and on an instance that Auto Scaling launches there. */
  revision?: Revision
}

/** The application where the options name none. */
export const defaultApplication = 'shop'

/** Makes a deployment group. */
export const newDeploymentGroup = (
  options: DeploymentGroupOptions,
  { state, identifiers }: { state: State; identifiers: Identifiers },
): DeploymentGroup => {
  const application = options.application ?? defaultApplication
  const computePlatform = options.computePlatform ?? 'Server'
  const blue = [options.autoScalingGroup ?? []].flat()
  const created: DeploymentGroup = {
    application,
    name: options.name,
    id: identifiers.uuid(),
    arn: arnOf(state.region, 'codedeploy', `deploymentgroup:${application}/${options.name}`),
    computePlatform,
    serviceRoleArn: globalArnOf(state.region, 'iam', 'role/CodeDeployServiceRole'),
    configuration: configurationOf(options.configuration, computePlatform),
    autoScalingGroups: blue.map((name) => known(state.autoScalingGroups, name, 'Auto Scaling group').name),
    loadBalancerInfo: loadBalancerInfoOf(options, state.region),
    deploymentStyle: {
      deploymentType: options.deploymentStyle?.deploymentType ?? 'BLUE_GREEN',
      deploymentOption: options.deploymentStyle?.deploymentOption ?? 'WITH_TRAFFIC_CONTROL',
    },
    blueGreen: blueGreenOf(options),
    autoRollback: autoRollbackOf(options.autoRollback ?? false),
    terminationHookEnabled: options.terminationHookEnabled ?? false,
    triggers: [],
    tags: Object.entries(options.tags ?? {}).map(([key, value]) => ({ key, value })),
    revision: options.revision ?? { version: 'v1' },
    leftOut: options.leftOut ?? [],
    lastAttempted: undefined,
    lastSuccessful: undefined,
  }
  moveLaunchHooks({ state, identifiers }, created, { from: [], to: blue })
  return created
}

const configurationOf = (wanted: string | DeploymentConfiguration | undefined, platform: ComputePlatform) => {
  if (typeof wanted === 'object') return wanted
  const name = wanted ?? `CodeDeployDefault.${platform === 'Server' ? '' : platform}AllAtOnce`
  const found = configurationNamed(name)
  if (!found) throw new Error(`There is no deployment configuration ${name}.`)
  return found
}

/** Rolls failed deployments back, or none. */
export const autoRollbackOf = (enabled: boolean): AutoRollback => ({
  enabled,
  events: enabled ? ['DEPLOYMENT_FAILURE'] : [],
})

const loadBalancerInfoOf = (options: DeploymentGroupOptions, region: string): LoadBalancerInfo | undefined => {
  const { targetGroups, classicLoadBalancers, targetGroupPairs } = options
  if (!targetGroups && !classicLoadBalancers && !targetGroupPairs) return undefined
  return {
    ...(targetGroups && { targetGroupInfoList: targetGroups.map((name) => ({ name })) }),
    ...(classicLoadBalancers && { elbInfoList: classicLoadBalancers.map((name) => ({ name })) }),
    ...(targetGroupPairs && {
      targetGroupPairInfoList: targetGroupPairs.map((pair) => ({
        targetGroups: pair.map((name) => ({ name })),
        prodTrafficRoute: {
          listenerArns: [
            arnOf(region, 'elasticloadbalancing', `listener/app/${pair[0]}/0123456789abcdef/fedcba9876543210`),
          ],
        },
      })),
    }),
  }
}

const blueGreenOf = (options: DeploymentGroupOptions): BlueGreenConfiguration | undefined => {
  if (options.deploymentStyle?.deploymentType === 'IN_PLACE') return undefined
  if (options.computePlatform === 'Lambda') return undefined
  return {
    terminateBlueInstancesOnDeploymentSuccess: options.keepBlue
      ? { action: 'KEEP_ALIVE' }
      : { action: 'TERMINATE', terminationWaitTimeInMinutes: options.terminateBlueAfterMinutes ?? 5 },
    deploymentReadyOption:
      options.readyWaitMinutes === undefined
        ? { actionOnTimeout: 'CONTINUE_DEPLOYMENT' }
        : { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: options.readyWaitMinutes },
    ...(options.computePlatform !== 'ECS' && {
      greenFleetProvisioningOption: { action: options.greenFleet ?? 'COPY_AUTO_SCALING_GROUP' },
    }),
  }
}
