import { virtualTime } from '../../../simulator/virtualTime.ts'
import { type Account, accountOf } from './account.ts'
import { type Damage, measuring } from './damage.ts'
import { peopleAndAccidents } from './peopleAndAccidents.ts'
import type { Played } from './play.ts'
import { readyDeployments } from './readyDeployments.ts'
import { requestQueue } from './requestQueue.ts'
import { type Schedule, start, storyLine } from './schedule.ts'
import { unfold } from './unfold.ts'

/** The same schedule by the same seed, without Greenlight. */
export type Counterfactual = { readonly damage: Damage; readonly story: readonly string[] }

/**
 * Plays a schedule in an account without Greenlight.
 *
 * @param with how it went with Greenlight: the damage is measured when all was over then
 */
export const playWithoutGreenlight = async (
  schedule: Schedule,
  { overMs, continuedAfter }: Pick<Played, 'overMs' | 'continuedAfter'>,
): Promise<Counterfactual> => {
  const time = virtualTime({ start })
  const story: string[] = []
  try {
    const tell = (what: string) => story.push(storyLine(what))
    const aws = await accountOf(schedule, {
      onTold: ({ who, what, deploymentId = '' }) => tell(`${who} ${deploymentId}: ${what}`),
    })
    const { clock, deploymentGroup } = aws
    const turn = requestQueue(time, clock, [])
    const { notice, damage } = measuring(aws)
    turn.watch(notice)
    turn.watch(continuing(aws, continuedAfter))
    let measured: Damage | undefined
    clock.after(overMs, () => {
      measured = damage()
    })
    const nobody = { personSuspends: () => {}, personResumes: () => {}, personDetaches: () => {}, personTags: () => {} }
    const { choose, happen } = peopleAndAccidents(aws, deploymentGroup, nobody, () => {})
    choose(schedule.mode)
    await unfold(aws, schedule, turn, (happening) => {
      tell(`somebody: ${JSON.stringify(happening)}`)
      happen(happening)
    })
    await turn.until(() => measured !== undefined)
    await aws.close()
    return { damage: measured ?? damage(), story }
  } catch (error) {
    throw new Error(`${error}\n${story.join('\n')}`, { cause: error })
  } finally {
    time.restore()
  }
}

/**
 * What Greenlight continues somebody has to continue without it: a person does so as fast, and where Greenlight found green
 * unhealthy, which no person sees, after a minute, if mode `gate` is chosen then.
 */
const continuing = ({ world, clock, deploymentGroup }: Account, delays: readonly (number | undefined)[]) => {
  const ready = readyDeployments(world)
  const isGate = () => deploymentGroup.tags.some(({ key, value }) => key === 'greenlight:mode' && value === 'gate')
  return (): void => {
    for (const { id, index } of ready()) {
      const delay = delays[index]
      clock.after(delay ?? 60_000, () => {
        const isContinued = delay !== undefined || isGate()
        if (isContinued && world.deployments.get(id)?.status === 'Ready') world.continueDeployment(id)
      })
    }
  }
}
