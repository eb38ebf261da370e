import { fullName } from '../model/deploymentGroup.ts'
import type { Progress } from '../model/progress.ts'
import type { Reading } from '../reconcile/ports.ts'
import type { RegionReading } from './ports.ts'

/** What a run has read of deployments under way: its report needs no second answer. */
export type Known = {
  /** Notes what is read. */
  readonly noting: (ports: Reading) => Reading
  /** Gives what was noted instead of asking again. */
  readonly instead: (ports: RegionReading) => RegionReading
}

export const knowing = (): Known => {
  const progress = new Map<string, Progress>()
  const tags = new Map<string, ReadonlyMap<string, string>>()
  return {
    noting: (ports) => ({
      ...ports,
      progress: async (id) => {
        const read = await ports.progress(id)
        progress.set(id, read)
        return read
      },
      deploymentGroupTags: async (application, name) => {
        const read = await ports.deploymentGroupTags(application, name)
        tags.set(fullName({ application, name }), read ?? new Map())
        return read
      },
    }),
    instead: (ports) => ({
      ...ports,
      progress: async (id) => progress.get(id) ?? ports.progress(id),
      tagsOf: async (deploymentGroup) => tags.get(fullName(deploymentGroup)) ?? ports.tagsOf(deploymentGroup),
    }),
  }
}
