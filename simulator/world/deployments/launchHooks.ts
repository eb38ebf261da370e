import { createIdentifiers, type Identifiers } from '../../identifiers.ts'
import type { AutoScalingGroup, DeploymentGroup, State } from '../state.ts'

type Parts = { readonly state: State; readonly identifiers: Identifiers }

/** The launch hook that CodeDeploy has put on an Auto Scaling group for this deployment group, if it has. */
export const launchHookOf = (group: AutoScalingGroup | undefined, deploymentGroup: DeploymentGroup) =>
  group?.launchHooks.find(({ deploymentGroupId }) => deploymentGroupId === deploymentGroup.id)

/** Puts a deployment group's launch hook on these Auto Scaling groups, and deletes it from those. */
export const moveLaunchHooks = (
  { state, identifiers }: Parts,
  deploymentGroup: DeploymentGroup,
  { from, to }: { readonly from: readonly string[]; readonly to: readonly string[] },
): void => {
  const { id, name: of } = deploymentGroup
  const existing = (names: readonly string[]) => names.flatMap((name) => state.autoScalingGroups.get(name) ?? [])
  for (const group of existing(from)) {
    group.launchHooks = group.launchHooks.filter(({ deploymentGroupId }) => deploymentGroupId !== id)
  }
  for (const group of existing(to)) {
    if (launchHookOf(group, deploymentGroup)) continue
    // Drawn apart, so that a hook does not change what else is drawn.
    const uuid = createIdentifiers(identifiers.chanceOf(`${group.arn} ${id}`) * 2 ** 32).uuid()
    const name = `CodeDeploy-managed-automatic-launch-deployment-hook-${of}-${uuid}`
    group.launchHooks.push({ name, deploymentGroupId: id })
  }
}

/** The name of the termination hook that goes with a launch hook, where a deployment group has one (F18). */
export const terminationHookName = (launchHook: string): string => launchHook.replace('-launch-', '-termination-')
