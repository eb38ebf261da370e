import type { AutoScalingGroup } from '../../../src/model/autoScalingGroup.ts'
import type { Deployment } from '../../../src/model/deployment.ts'
import type { Mode } from '../../../src/model/mode.ts'
import { nothingToInstall, type Progress } from '../../../src/model/progress.ts'
import type { Target, TargetGroup } from '../../../src/model/targetGroup.ts'
import type { Trigger } from '../../../src/model/trigger.ts'
import type { SeenAs } from '../../../src/rules/seen.ts'
import {
  deployment,
  greenName,
  heldGreen,
  seenAs,
  settings,
  target,
  targetGroup,
  targetGroupsByName,
} from '../builders.ts'

/** What a gate sees; a test names only what matters to it. */
export type Gated = {
  wanted?: readonly string[]
  named?: readonly string[]
  tests?: readonly string[]
  greens?: readonly AutoScalingGroup[]
  targetGroups?: readonly TargetGroup[]
  progress?: Partial<Progress>
  /** By name of target group. */
  health?: Readonly<Record<string, readonly Target[]>>
  minimumHealthyPercent?: number
  subject?: Deployment['subject']
  trigger?: Trigger
  mode?: Mode
}

/** A look of a gate at a green that is held, has everything that is wanted, and is healthy. */
export const gated = ({
  wanted = ['web'],
  named = [greenName],
  tests = [],
  greens = [heldGreen({ targetGroups: wanted, recorded: wanted })],
  targetGroups = wanted.map((name) => targetGroup(name)),
  progress = {},
  health = { web: [target('i-1'), target('i-2')] },
  minimumHealthyPercent = 100,
  subject = deployment().subject,
  trigger = 'call',
  mode = 'gate',
}: Gated): SeenAs<'gate'> =>
  seenAs('gate', {
    trigger,
    choice: { ...seenAs('gate').choice, mode },
    goal: { greens: named, wanted, tests },
    greens,
    targetGroups: targetGroupsByName(targetGroups),
    progress: { ...nothingToInstall, ...progress },
    health: new Map(Object.entries(health)),
    settings: { ...settings, minimumHealthyPercent },
    deployment: deployment({ subject }),
  })
