import type { Simulator } from '../../simulator/simulate.ts'
import { answerInProcess, type Passing } from '../../simulator/wire/inProcess.ts'
import { type GreenlightFunction, greenlight } from '../../tools/greenlight.ts'
import { gateBundle } from '../bundle/bundle.ts'

/** The local AWS that the function asks, what takes the lines of its log, and what its requests pass. */
type Home = { readonly simulator: Simulator; readonly log: (line: string) => void; readonly passing: Passing }
type Settings = Readonly<Record<string, string>>

const environments = new Map<string, (home: Home) => Promise<GreenlightFunction>>()

/**
 * The gate function in an environment that Lambda keeps warm, for many local AWSes one after the other: loading it takes
 * longer than most of what is asked of it. This process keeps one environment for each region and each choice of settings.
 *
 * The sweep function has no such environment: it remembers what it has done in this account.
 *
 * @param home the local AWS that it asks from now on
 */
export const warmGate = (settings: Settings, home: Home): Promise<GreenlightFunction> => {
  const key = JSON.stringify([home.simulator.world.region, settings])
  const moveTo = environments.get(key) ?? environment(settings)
  environments.set(key, moveTo)
  return moveTo(home)
}

const environment = (settings: Settings) => {
  let home: Home | undefined
  const here = () => {
    if (home === undefined) throw new Error('the function is in no local AWS')
    return home
  }
  const front = answerInProcess(
    (request, line) => here().simulator.handle(request, line),
    (request, handle, line) => here().passing(request, handle, line),
  )
  let known: { readonly deployed: GreenlightFunction; readonly accessKeyId: string } | undefined

  const warmUp = async ({ credentials, clock, world }: Simulator) => {
    let accessKeyId = ''
    const deployed = await greenlight(
      {
        endpoint: front.endpoint,
        clock: { speed: clock.speed, now: () => Date.now() },
        world: { region: world.region },
        credentials: (principal) => {
          const issued = credentials(principal)
          accessKeyId = issued.accessKeyId
          return issued
        },
      },
      { code: await gateBundle(), settings, log: (line) => here().log(line) },
    )
    return { deployed, accessKeyId }
  }

  return async (moved: Home): Promise<GreenlightFunction> => {
    home = moved
    known ??= await warmUp(moved.simulator)
    const { accessKeyId } = moved.simulator.credentials({ kind: 'lambda', functionName: known.deployed.name })
    if (accessKeyId !== known.accessKeyId) throw new Error('this local AWS gives the function another access key')
    return known.deployed
  }
}
