import type { Simulator } from '../../../simulator/simulate.ts'
import type { RunScript } from '../../../simulator/world/deployments/scripts.ts'

/** The settings at the head of the script. */
const timeoutMs = 1_800_000
const waitSeconds = 45
/** How long it pauses after a call that did not reach the function; then the last one again. */
const pausesSeconds = [2, 4, 8, 16, 30]
/** What it pauses after `Pending`, unless Greenlight says more. */
const usualSeconds = 5

/** What the scripts of a fleet met. */
export type ScriptCounts = { calls: number; throttledByLambda: number }

/**
 * appspec/before-allow-traffic.sh without a shell: the same calls and pauses, for fleets of which this machine cannot run the
 * scripts. The script itself is tested by itself.
 */
export const scriptModel =
  (simulator: () => Simulator, functionName: string, counts: ScriptCounts): RunScript =>
  async (_hook, { instance: { instanceId }, deployment: { deploymentId } }) => {
    const { world, clock } = simulator()
    const called = world.lambda.named(functionName)
    if (called === undefined) throw new Error(`the function ${functionName} is not deployed`)
    const endsAt = clock.now() + timeoutMs
    let misses = 0
    while (clock.now() < endsAt) {
      counts.calls += 1
      let pauseSeconds = usualSeconds
      if (world.lambda.isBusy(called)) {
        counts.throttledByLambda += 1
        pauseSeconds = pausesSeconds[misses] ?? pausesSeconds.at(-1) ?? usualSeconds
        misses += 1
      } else {
        const event = { DeploymentId: deploymentId, WaitSeconds: waitSeconds, InstanceId: instanceId }
        const { payload } = await world.lambda.invoke(called, event)
        const { verdict, reason, retryAfterSeconds = usualSeconds } = JSON.parse(payload)
        if (verdict !== 'Pending') return { exitCode: verdict === 'Succeeded' ? 0 : 1, output: String(reason) }
        misses = 0
        pauseSeconds = retryAfterSeconds
      }
      // Random between half of that and all of it.
      await clock.sleep((pauseSeconds / 2) * (1 + Math.random()) * 1000)
    }
    return { exitCode: 1, output: 'no verdict in time' }
  }
