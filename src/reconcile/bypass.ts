import { factsOf } from '../model/change.ts'
import type { Deployment } from '../model/deployment.ts'
import { type Asked, decide, isAnswered, unknownStatus } from '../rules/decide.ts'
import { releaseOf, untagging } from '../rules/hold.ts'
import type { Aim } from '../rules/judge.ts'
import { rowOf, stepOf } from '../rules/rows.ts'
import { type Conclusion, reasonOf } from '../wording.ts'
import type { acting } from './act.ts'
import type { observing } from './observe.ts'
import type { Work } from './reconcile.ts'

/** How long an emergency bypass may look at what it would have done. */
const bypassLooksForMs = 10_000

type Eyes = Work &
  Pick<ReturnType<typeof observing>, 'observe' | 'progressOf'> & { readonly actor: ReturnType<typeof acting> }

/** Mode observe: says what would be done, call by call, and changes nothing but a hold of ours, which is released (design 2.3). */
export const bypass = async (
  deployment: Deployment,
  aim: Aim | string,
  asked: Asked,
  eyes: Eyes,
): Promise<Conclusion> => {
  const { log, meter, sleep } = eyes
  const { id, status, waitMinutes } = deployment
  meter.count('Bypassed')
  const said = `Bypassed: greenlight is in mode observe and changes nothing on deployment ${id}`
  if (status === 'Ready') {
    const command = `aws deploy continue-deployment --deployment-id ${id} --deployment-wait-type READY_WAIT`
    log.warn('Bypassed: somebody has to continue the deployment', { command, waitMinutes })
  }
  const looking = lookAndRelease(deployment, aim, asked, eyes)
  if (!isAnswered(asked)) {
    await looking
    return { verdict: undefined, reason: said }
  }
  // An emergency bypass lets pass, whatever AWS does.
  const told = looking.catch((error: unknown) => log.error('Could not look', { reason: reasonOf(error) }))
  await Promise.race([told, sleep(bypassLooksForMs)])
  return { verdict: 'Succeeded', reason: said }
}

const lookAndRelease = async (deployment: Deployment, aim: Aim | string, asked: Asked, eyes: Eyes): Promise<void> => {
  const { actor, log, observe, progressOf, settings, sleep } = eyes
  if (typeof aim === 'string') return log.warn('Would refuse', { reason: aim })
  const decision = decide(deployment, asked, 'gate')
  if (decision.act === 'answer') return
  const unknown = unknownStatus(deployment)
  if (unknown !== undefined) log.warn('Would refuse', { reason: unknown })
  const own = decision.act === 'look' ? rowOf(await progressOf(deployment)) : decision.act
  const chosen = unknown === undefined ? own : undefined
  // Where nothing would be done, there may be a hold to be released all the same.
  const row = chosen ?? 'hold'
  for (let isFirst = true; ; isFirst = false) {
    const observation = await observe(deployment, aim, row, asked)
    const next = stepOf(row, observation, deployment, settings.minimumHealthyPercent, asked)
    if (isFirst && next.step === 'change' && chosen !== undefined) {
      for (const change of next.changes) log.warn('Would change', factsOf(change))
    }
    if (isFirst && next.step === 'refuse' && chosen !== undefined) log.warn('Would refuse', { reason: next.reason })
    const release = observation.greens.flatMap((green) => {
      const { resume, keys } = releaseOf(green)
      return [...resume, ...untagging(green, keys)]
    })
    if (release.length === 0) return
    const acted = await actor.perform(release, deployment.id)
    if (acted.act !== 'changed') await sleep(1_000)
  }
}
