import type { Simulator } from '../../../simulator/simulate.ts'
import {
  type AutoScalingGroup,
  attachedTargetGroups,
  type DeploymentGroup,
  type Instance,
  inServiceOf,
  isOver,
} from '../../../simulator/world/state.ts'
import type { Watch } from '../oracles/watch.ts'
import type { Happening } from './schedule.ts'

/**
 * What people and accidents do to one deployment group and its newest deployment.
 *
 * @param watched hears what people do themselves, for which Greenlight does not answer
 * @param call asks Greenlight about a deployment, as a script or a pipeline does
 */
export const peopleAndAccidents = (
  { world, clock }: Simulator,
  deploymentGroup: DeploymentGroup,
  watched: Pick<Watch, 'personSuspends' | 'personResumes' | 'personDetaches' | 'personTags'>,
  call: (deploymentId: string) => void,
) => {
  const newest = () =>
    [...world.deployments.values()].findLast(
      (one) => one.creator === 'user' && one.deploymentGroup === deploymentGroup.name,
    )
  const green = () => {
    const deployment = newest()
    const [named = `CodeDeploy_production_${deployment?.deploymentId}`] =
      deployment?.targetInstances?.autoScalingGroups ?? []
    const group = world.autoScalingGroups.get(named)
    return group?.status === undefined ? group : undefined
  }

  const choose = (mode: string): void => {
    const others = deploymentGroup.tags.filter(({ key }) => key !== 'greenlight:mode')
    deploymentGroup.tags = [...others, { key: 'greenlight:mode', value: mode }]
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
      case 'deploy beside': {
        const beside = world.deploymentGroups.get('shop/beside')
        if (beside === undefined || world.codeDeploy.underWay(beside)) break
        const revision = { version: `w${world.deployments.size}`, healthy: happening.healthy }
        world.deploy({ deploymentGroup: beside.name, revision })
        break
      }
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
      case 'fail the checks of green':
        if (group) failChecks(inServiceOf(world, group.name))
        break
      case 'refresh the instances of green':
        if (group) world.startInstanceRefresh(group.name)
        break
      case 'strip tags':
        if (group) tag(group, [])
        break
      case 'write a tag': {
        const { key, value } = happening
        const written = { key, value: value.replace('{id}', id), propagateAtLaunch: false }
        // Sweeps find what else is written of a deployment by this tag.
        const record = { key: 'greenlight:record', value: id, propagateAtLaunch: false }
        if (group) tag(group, written.value === value ? [written] : [written, record])
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

  /** A database that all of them need is away for three minutes. */
  const failChecks = (instances: readonly Instance[]): void => {
    const failing = instances.filter(({ broken }) => !broken)
    for (const { instanceId } of failing) world.breakInstance(instanceId)
    clock.after(180_000, () => {
      for (const instance of failing) {
        world.traffic.settle()
        instance.broken = false
        world.targetHealth.instanceChanged(instance.instanceId)
      }
    })
  }

  /** As Terraform does, which writes the tags that it knows and removes every other. */
  const tag = (group: AutoScalingGroup, tags: AutoScalingGroup['tags']): void => {
    watched.personTags(group.name)
    const others = group.tags.filter(({ key }) => !key.startsWith('greenlight:'))
    const kept = tags.length === 0 ? others : group.tags.filter(({ key }) => tags.every((one) => one.key !== key))
    group.tags = [...kept, ...tags]
  }

  const scale = ({ whom, to, by }: Extract<Happening, { what: 'scale' }>): void => {
    const group = whom === 'green' ? green() : world.autoScalingGroups.get(deploymentGroup.autoScalingGroups[0] ?? '')
    if (group === undefined || group.status !== undefined) return
    if (by === 'alarm') world.alarm(group.name, to)
    else if (by === 'schedule') world.scheduledAction(group.name, to)
    else world.setDesiredCapacity(group.name, to)
  }

  return { choose, happen }
}
