import type { Clock } from '../../clock.ts'
import type { Identifiers } from '../../identifiers.ts'
import type { Switches } from '../../switches.ts'
import type { Functions } from '../functions.ts'
import type { Notifications } from '../notifications.ts'
import type { Scaling } from '../scaling.ts'
import { type Deployment, isOver, type State } from '../state.ts'
import type { TargetHealth } from '../targetHealth.ts'
import type { Timeline } from '../timeline.ts'
import type { Traffic } from '../traffic.ts'
import type { RunScript } from './scripts.ts'

/** What every deployment works with. */
export type DeploymentSurroundings = {
  readonly state: State
  readonly clock: Clock
  readonly identifiers: Identifiers
  readonly timeline: Timeline
  readonly switches: Switches
  readonly traffic: Traffic
  readonly targetHealth: TargetHealth
  readonly scaling: Scaling
  readonly functions: Functions
  readonly notifications: Notifications
  readonly runScript: RunScript
  /** Wakes those who wait for a deployment to change. */
  readonly wake: Wake
}

/** One deployment under way. Its steps end by throwing DeploymentEnded as soon as the deployment is over. */
export type Course = DeploymentSurroundings & {
  readonly deployment: Deployment
  pause(milliseconds: number): Promise<void>
  /** Waits until `isSo` is true; returns false if that takes too long. */
  until(isSo: () => boolean, milliseconds?: number): Promise<boolean>
  tell(what: string): void
}

/** The deployment was stopped, or failed elsewhere, while a step waited. */
export class DeploymentEnded extends Error {}

/** The deployment's wait for ContinueDeployment ran out (F5). */
export class WaitedInVain extends Error {}

/** The deployment fails, with CodeDeploy's error code and this reason. */
export class DeploymentFailed extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Lets those who wait for a deployment look again at once. */
type Wake = { waiting(deploymentId: string): Promise<void>; wake(deploymentId: string): void }

/** Keeps those who wait, by deployment. */
export const createWake = (): Wake => {
  const waiting = new Map<string, Set<() => void>>()
  return {
    waiting: (deploymentId) =>
      new Promise((resolve) => {
        const those = waiting.get(deploymentId) ?? new Set()
        waiting.set(deploymentId, those.add(resolve))
      }),
    wake: (deploymentId) => {
      const those = waiting.get(deploymentId) ?? []
      waiting.delete(deploymentId)
      for (const resolve of those) resolve()
    },
  }
}

/** How often a waiting step looks at the state, which a test may have changed without waking it. */
const lookAgainMilliseconds = 15_000

/** Waits until `isSo` is true, and looks at every change of the deployment and at an interval; returns false if that takes too long. */
export const waitUntil = async (
  { clock, wake }: Pick<DeploymentSurroundings, 'clock' | 'wake'>,
  deploymentId: string,
  isSo: () => boolean,
  milliseconds = Number.POSITIVE_INFINITY,
): Promise<boolean> => {
  const end = clock.now() + milliseconds
  while (!isSo()) {
    if (clock.now() >= end) return false
    let cancel = () => {}
    const later = new Promise<void>((resolve) => {
      cancel = clock.after(Math.min(lookAgainMilliseconds, end - clock.now()), resolve)
    })
    await Promise.race([later, wake.waiting(deploymentId)])
    cancel()
  }
  return true
}

/** The course of one deployment; every pause in it ends when the deployment is over. */
export const createCourse = (surroundings: DeploymentSurroundings, deployment: Deployment): Course => {
  const { clock, timeline } = surroundings
  const goOn = () => {
    if (isOver(deployment)) throw new DeploymentEnded()
  }
  return {
    ...surroundings,
    deployment,
    pause: async (milliseconds) => {
      await clock.sleep(milliseconds)
      goOn()
    },
    until: async (isSo, milliseconds) => {
      const so = await waitUntil(
        surroundings,
        deployment.deploymentId,
        () => isOver(deployment) || isSo(),
        milliseconds,
      )
      goOn()
      return so
    },
    tell: (what) => timeline.tell('CodeDeploy', what, deployment),
  }
}
