import type { Simulator } from '../../simulator/simulate.ts'
import { answerInProcess, type Passing } from '../../simulator/wire/inProcess.ts'
import { greenlight, greenlightSweep } from '../../tools/greenlight.ts'
import { gateBundle, sweepBundle } from '../bundle/bundle.ts'

type Home = { readonly simulator: Simulator; readonly log: (line: string) => void; readonly passing: Passing }
type Settings = Readonly<Record<string, string>>
type Loading = Parameters<typeof greenlight>

const loadGate = async (home: Loading[0], options: Loading[1]) =>
  greenlight(home, { ...options, code: await gateBundle() })
const loadSweep = async (home: Loading[0], options: Loading[1]) =>
  greenlightSweep(home, { ...options, code: await sweepBundle() })

/** The gate function in an environment that Lambda keeps warm. */
export const warmFunction = (settings: Settings) => warm(settings, loadGate)
/** The sweep function, likewise. */
export const warmSweep = (settings: Settings) => warm(settings, loadSweep)

/**
 * A function in one environment that Lambda keeps warm, for many local AWSes one after the other: loading it takes longer
 * than most of what is asked of it.
 *
 * @returns gives what `playground` takes as `deploy`: from then on the function asks that local AWS
 */
const warm = async <Deployed extends { readonly name: string }>(
  settings: Settings,
  load: (home: Loading[0], options: Loading[1]) => Promise<Deployed>,
) => {
  let home: Home | undefined
  const here = () => {
    if (home === undefined) throw new Error('the function is in no local AWS')
    return home
  }
  const front = answerInProcess(
    (request, line) => here().simulator.handle(request, line),
    (request, handle, line) => here().passing(request, handle, line),
  )
  let known: { readonly deployed: Deployed; readonly accessKeyId: string } | undefined

  const warmUp = async ({ credentials, clock, world }: Simulator) => {
    let accessKeyId = ''
    const deployed = await load(
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
      { settings, log: (line) => here().log(line) },
    )
    return { deployed, accessKeyId }
  }

  return {
    deployIn:
      (passing: Passing = (_request, handle) => handle()) =>
      async (simulator: Simulator, log: (line: string) => void): Promise<Deployed> => {
        home = { simulator, log, passing }
        known ??= await warmUp(simulator)
        const { accessKeyId } = simulator.credentials({ kind: 'lambda', functionName: known.deployed.name })
        if (accessKeyId !== known.accessKeyId) throw new Error('this local AWS gives the function another access key')
        return known.deployed
      },
    close: front.close,
  }
}
