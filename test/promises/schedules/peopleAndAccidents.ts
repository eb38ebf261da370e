import type { Simulator } from '../../../simulator/simulate.ts'
import { attachedTargetGroups, type DeploymentGroup, inServiceOf, isOver } from '../../../simulator/world/state.ts'
import type { Watch } from '../oracles/watch.ts'
import type { Happening } from './schedule.ts'

/**
 * What people and accidents do to one deployment group and its newest deployment.
 *
 * @param watched hears what people do themselves, for which Greenlight does not answer
 * @param call asks Greenlight about a deployment, as a script or a pipeline does
 */
export const peopleAndAccidents = (
  { world }: Simulator,
  deploymentGroup: DeploymentGroup,
  watched: Pick<Watch, 'personSuspends' | 'personResumes' | 'personDetaches'>,
  call: (deploymentId: string) => void,
) => {
  const newest = () => [...world.deployments.values()].filter(({ creator }) => creator === 'user').at(-1)
  const green = () => {
    const group = world.autoScalingGroups.get(`CodeDeploy_production_${newest()?.deploymentId}`)
    return group?.status === undefined ? group : undefined
  }

  const choose = (mode: string): void => {
    deploymentGroup.tags = [{ key: 'greenlight:mode', value: mode }]
  }

  const happen = (happening: Happening): void => {
    const deployment = newest()
    if (deployment === undefined) return
    const { deploymentId: id } = deployment
    const group = green()
    switch (happening.what) {
      case 'choose a mode':
        choose(happening.mode)
        break
      case 'call':
        call(id)
        break
      case 'continue':
        if (deployment.status === 'Ready') world.continueDeployment(id)
        break
      case 'stop':
        if (!isOver(deployment)) world.stopDeployment(id, { rollBack: happening.rollBack })
        break
      case 'roll back':
        if (isOver(deployment) && !deployment.rollbackInfo && !world.codeDeploy.underWay(deploymentGroup)) {
          world.rollBack(id)
        }
        break
      case 'scale':
        scale(happening)
        break
      case 'suspend':
        if (group === undefined) break
        watched.personSuspends(group.name, happening.process)
        world.suspendProcesses(group.name, [happening.process])
        break
      case 'resume':
        if (group === undefined) break
        watched.personResumes(group.name, happening.process)
        world.resumeProcesses(group.name, [happening.process])
        break
      case 'break an instance of green': {
        const [instance] = group ? inServiceOf(world, group.name) : []
        if (instance && !instance.broken) world.breakInstance(instance.instanceId)
        break
      }
      case 'attach by hand':
        if (group) world.scaling.attach(group, [world.targetGroups.get('web')?.arn ?? ''], 'targetGroups')
        break
      case 'detach by hand': {
        const [attached] = group ? attachedTargetGroups(world, group) : []
        if (group === undefined || attached === undefined) break
        watched.personDetaches(group.name, attached.name)
        world.scaling.detach(group, [attached.arn], 'targetGroups')
      }
    }
  }

  const scale = ({ whom, to, by }: Extract<Happening, { what: 'scale' }>): void => {
    const group = whom === 'green' ? green() : world.autoScalingGroups.get('blue')
    if (group === undefined || group.status !== undefined) return
    if (by === 'alarm') world.alarm(group.name, to)
    else if (by === 'schedule') world.scheduledAction(group.name, to)
    else world.setDesiredCapacity(group.name, to)
  }

  return { choose, happen }
}
