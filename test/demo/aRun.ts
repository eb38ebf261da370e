import { type Act, actNames } from '../../demo/acts.ts'
import type { Look } from '../../demo/look.ts'
import type { Run, Seen } from '../../demo/story.ts'

const minute = 60_000

/** A run in which nothing went wrong, but for what a test changes. */
export const aRun = ({
  seen = {},
  ...changes
}: Partial<Omit<Run, 'seen'>> & { seen?: Partial<Record<Act, Partial<Seen>>> } = {}): Run => {
  const seenActs = actNames.map((act, index): [Act, Seen] => [
    act,
    {
      inService: 4,
      withoutTraffic: 0,
      traffic: { requests: 1000 * (index + 1), failed: 0, connectionsCut: 0 },
      ...seen[act],
    },
  ])
  return {
    seen: Object.fromEntries(seenActs) as Record<Act, Seen>,
    outage: { brokenAt: 15 * minute, replacedAt: 16 * minute },
    shiftsAt: minute,
    beganAt: 0,
    endedAt: 30 * minute,
    timeline: [],
    calls: [],
    scriptRuns: [],
    invocations: 0,
    names: new Map(),
    deployments: [],
    ...changes,
  }
}

/** A page of this width without colours. */
export const plain = (columns: number): Look => ({ columns, mark: (_, text) => text })
