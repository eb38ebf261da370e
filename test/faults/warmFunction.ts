import type { Simulator, WireRequest } from '../../simulator/simulate.ts'
import { answerInProcess } from '../../simulator/wire/inProcess.ts'
import type { Line, WireResponse } from '../../simulator/wire/message.ts'
import { type GreenlightFunction, greenlight } from '../../tools/greenlight.ts'
import { gateBundle } from '../runtime/bundle.ts'

/** What a request of the function meets on its way to AWS: by default `handle`, at once. */
export type Meeting = (request: WireRequest, handle: () => Promise<WireResponse>, line: Line) => Promise<WireResponse>

type Home = {
  readonly simulator: Simulator
  readonly log: (line: string) => void
  readonly meet: Meeting
}

/**
 * The function in one environment that Lambda keeps warm, for many local AWSes one after the other: loading it takes longer
 * than most of what is asked of it.
 *
 * @returns gives what `playground` takes as `deploy`: from then on the function asks that local AWS
 */
export const warmFunction = async (settings: Readonly<Record<string, string>>) => {
  let home: Home | undefined
  const here = () => {
    if (home === undefined) throw new Error('the function is in no local AWS')
    return home
  }
  const front = answerInProcess(
    (request, line) => here().simulator.handle(request, line),
    (request, handle, line) => here().meet(request, handle, line),
  )
  let warm: { readonly deployed: GreenlightFunction; readonly accessKeyId: string } | undefined

  const deployIn =
    (meet: Meeting = (_request, handle) => handle()) =>
    async (simulator: Simulator, log: (line: string) => void): Promise<GreenlightFunction> => {
      home = { simulator, log, meet }
      warm ??= await warmUp(simulator)
      const { accessKeyId } = simulator.credentials({ kind: 'lambda', functionName: warm.deployed.name })
      if (accessKeyId !== warm.accessKeyId) throw new Error('this local AWS gives the function another access key')
      return warm.deployed
    }

  const warmUp = async ({ credentials, clock, world }: Simulator) => {
    const code = await gateBundle()
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
      { code, settings, log: (line) => here().log(line) },
    )
    return { deployed, accessKeyId }
  }
  return { deployIn, close: front.close }
}
