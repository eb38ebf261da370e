import type { Playground } from '../../deployments/playground.ts'

export const doors = ['hook', 'call', 'EventBridge', 'SNS'] as const
export const modes = ['observe', 'heal', 'gate'] as const
/** `fail`: green is not healthy, or CodeDeploy cannot take blue out. `stop`: somebody stops the deployment. */
export const outcomes = ['succeed', 'fail', 'stop'] as const
/** A deployment, how Greenlight hears of it, and how it is to end. */
export type Scenario = {
  readonly door: (typeof doors)[number]
  readonly mode: (typeof modes)[number]
  readonly outcome: (typeof outcomes)[number]
  /** Whether its deployment group names a test target group. */
  readonly isTested: boolean
}

/** Whether Greenlight alone decides about the traffic. */
export const gatesByItself = ({ door, mode }: Pick<Scenario, 'door' | 'mode'>) =>
  (door === 'EventBridge' || door === 'SNS') && mode === 'gate'

/** The name of the green that is this deployment's. */
export const greenOf = ({ world }: Playground, door: Scenario['door']): string => {
  const [first] = world.deployments.keys()
  return door === 'hook' ? 'CodeDeploy_web' : `CodeDeploy_production_${first}`
}
