import type { Account } from './account.ts'

/** @returns gives the deployments of the deployment group `production` that have come to Ready since it was asked before, numbered from the first */
export const readyDeployments = (world: Account['world']) => {
  const seen = new Set<string>()
  return (): readonly { readonly id: string; readonly index: number }[] => {
    const found = [...world.deployments.values()].filter(
      ({ status, deploymentGroup, deploymentId }) =>
        status === 'Ready' && deploymentGroup === 'production' && !seen.has(deploymentId),
    )
    return found.map(({ deploymentId: id }) => ({ id, index: seen.add(id).size - 1 }))
  }
}
