import type { DeploymentConfiguration } from '../state.ts'

/**
 * The predefined deployment configurations of CodeDeploy, for instances (F3) and for Lambda and ECS, where nothing is
 * done in batches here.
 *
 * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
 */
const predefined: readonly DeploymentConfiguration[] = [
  { name: 'CodeDeployDefault.AllAtOnce', batchSize: (instances) => instances, minimumHealthy: () => 1 },
  {
    name: 'CodeDeployDefault.HalfAtATime',
    batchSize: (instances) => Math.max(1, Math.floor(instances / 2)),
    minimumHealthy: (instances) => Math.max(1, Math.ceil(instances / 2)),
  },
  {
    name: 'CodeDeployDefault.OneAtATime',
    batchSize: () => 1,
    minimumHealthy: (instances) => Math.max(1, instances - 1),
  },
  { name: 'CodeDeployDefault.LambdaAllAtOnce', batchSize: () => 1, minimumHealthy: () => 1 },
  { name: 'CodeDeployDefault.ECSAllAtOnce', batchSize: () => 1, minimumHealthy: () => 1 },
]

/** The predefined configuration of this name, if there is one. */
export const configurationNamed = (name: string): DeploymentConfiguration | undefined =>
  predefined.find((configuration) => configuration.name === name)

/** A custom configuration: the size of a batch, and how many instances have to be healthy. */
export const customConfiguration = (batchSize: number, minimumHealthy: number): DeploymentConfiguration => ({
  name: `custom-${batchSize}-at-a-time`,
  batchSize: () => batchSize,
  minimumHealthy: () => minimumHealthy,
})

/** Cuts instances into the batches that the configuration asks for. */
export const batches = <Item>(items: readonly Item[], configuration: DeploymentConfiguration): Item[][] => {
  const size = configuration.batchSize(items.length)
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
