import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Switches } from '../switches.ts'
import { type Arrange, createArrange } from './arrange.ts'
import { type CodeDeploy, createCodeDeploy } from './deployments/codeDeploy.ts'
import { createWake } from './deployments/course.ts'
import { launchHookOf } from './deployments/launchHooks.ts'
import { createScripts, type InstanceSurroundings, type RunScript } from './deployments/scripts.ts'
import { createFunctions, type Functions } from './functions.ts'
import { createNotifications, type Notifications } from './notifications.ts'
import { createScaling, type LaunchHook, type Scaling, type TerminationHook } from './scaling.ts'
import { type AutoScalingGroup, emptyState, type State } from './state.ts'
import { createTargetHealth, type TargetHealth } from './targetHealth.ts'
import { createTimeline, type Timeline, type TimelineEntry } from './timeline.ts'
import { createTraffic, type Traffic } from './traffic.ts'

/** The model: what there is, how it behaves, and the functions that arrange it for a test or a demonstration. */
export type World = State &
  Arrange & {
    readonly timeline: Timeline
    readonly traffic: Traffic
    readonly targetHealth: TargetHealth
    readonly scaling: Scaling
    readonly codeDeploy: CodeDeploy
    readonly lambda: Functions
    readonly notifications: Notifications
    /** Kills the scripts that still run. */
    close(): Promise<void>
  }

/** An account with nothing in it, and everything that makes it behave like AWS. */
export const createWorld = (parts: {
  region: string
  clock: Clock
  identifiers: Identifiers
  /** The identifiers of requests and invocations, apart so that the number of calls does not change what the world draws. */
  requestIdentifiers: Identifiers
  switches: Switches
  lambdaConcurrency?: number | undefined
  instanceSurroundings: InstanceSurroundings
  /** Takes the place of the shells that run scripts. */
  runScript?: RunScript | undefined
  onTold?: ((entry: TimelineEntry) => void) | undefined
}): World => {
  const { clock, identifiers, switches } = parts
  const state = emptyState(parts.region)
  const timeline = createTimeline(clock, parts.onTold)
  const traffic = createTraffic(state, clock)
  const targetHealth = createTargetHealth({ state, clock, identifiers, timeline, traffic, switches })
  const lambda = createFunctions({
    ...{ state, clock, timeline },
    identifiers: parts.requestIdentifiers,
    concurrency: parts.lambdaConcurrency,
  })
  // Their ids come from the requests' identifiers, so that listeners do not change what the world draws.
  const notifications = createNotifications({
    state,
    clock,
    identifiers: parts.requestIdentifiers,
    switches,
    functions: lambda,
  })
  const scaling = createScaling({
    state,
    clock,
    identifiers,
    timeline,
    traffic,
    targetHealth,
    switches,
    ...hooksOf(state, () => codeDeploy),
  })
  const scripts = createScripts(state, clock, parts.instanceSurroundings)
  const codeDeploy = createCodeDeploy({
    state,
    clock,
    identifiers,
    timeline,
    switches,
    traffic,
    targetHealth,
    scaling,
    functions: lambda,
    notifications,
    wake: createWake(),
    runScript: parts.runScript ?? scripts.run,
  })
  const behaviours = {
    timeline,
    traffic,
    targetHealth,
    scaling,
    codeDeploy,
    lambda,
    notifications,
    close: scripts.close,
  }
  return { ...state, ...behaviours, ...createArrange({ state, clock, identifiers, ...behaviours }) }
}

/** CodeDeploy's hooks: an Auto Scaling group that has none launches and terminates by itself (F10, F54). */
const hooksOf = (
  state: State,
  codeDeploy: () => CodeDeploy,
): { launchHook: LaunchHook; terminationHook: TerminationHook } => {
  const hooked = (group: AutoScalingGroup) =>
    [...state.deploymentGroups.values()].filter((one) => launchHookOf(group, one) !== undefined)
  return {
    launchHook: async (group, instance) => {
      const launched = await Promise.all(hooked(group).map((one) => codeDeploy().launched(one, instance)))
      return !launched.includes(false)
    },
    terminationHook: async (group, instance) => {
      const terminating = hooked(group).filter(({ terminationHookEnabled }) => terminationHookEnabled)
      await Promise.all(terminating.map((one) => codeDeploy().terminating(one, instance)))
    },
  }
}
