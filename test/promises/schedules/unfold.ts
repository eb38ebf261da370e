import { inServiceOf, isOver } from '../../../simulator/world/state.ts'
import { type Account, discoveredGreen } from './account.ts'
import type { requestQueue } from './requestQueue.ts'
import type { Happening, Schedule } from './schedule.ts'

type Turn = Pick<ReturnType<typeof requestQueue>, 'pass' | 'until'>

/** Lets everything happen that the schedule says of people and of releases, until the last deployment is over. */
export const unfold = async (
  aws: Account,
  schedule: Schedule,
  turn: Turn,
  happen: (happening: Happening) => void,
): Promise<void> => {
  const { happenings, releases } = schedule
  const { world, clock, deploymentGroup } = aws
  const isUnderWay = () => world.codeDeploy.underWay(deploymentGroup) !== undefined
  let toHappen = happenings.length
  for (const { at, ...happening } of happenings) {
    clock.after(at * 1000, () => {
      toHappen -= 1
      happen(happening)
    })
  }
  for (const release of releases) {
    await turn.pass(release.after * 1000)
    await turn.until(() => !isUnderWay())
    await played(aws, schedule, release, turn)
  }
  await turn.until(() => toHappen === 0 && !isUnderWay())
}

/** Plays one deployment to its end; a person continues it if the schedule says so. */
const played = async (
  aws: Account,
  schedule: Schedule,
  { healthy, failsHalfway, continuedAfter }: Schedule['releases'][number],
  { until }: Turn,
): Promise<void> => {
  const { world, clock, deploymentGroup } = aws
  const { autoRollback } = schedule
  const green = discoveredGreen(aws, schedule)
  const version = `v${world.deployments.size + 2}`
  const id = world.deploy({
    ...{ deploymentGroup: deploymentGroup.name, revision: { version, healthy }, autoRollback },
    ...(green && { green }),
  })
  const deployment = world.deployments.get(id)
  const lastOfBlue = inServiceOf(world, deploymentGroup.autoScalingGroups[0] ?? '').at(-1)
  if (failsHalfway && lastOfBlue) world.failDeregistration(lastOfBlue.instanceId)
  const isEnded = () => deployment === undefined || isOver(deployment)
  await until(() => isEnded() || deployment?.status === 'Ready')
  if (continuedAfter !== undefined) {
    clock.after(continuedAfter * 1000, () => {
      if (deployment?.status === 'Ready') world.continueDeployment(id)
    })
  }
  await until(isEnded)
}
