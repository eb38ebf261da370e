import { AsyncLocalStorage } from 'node:async_hooks'
import type { WireRequest, WireResponse } from '../../simulator/simulate.ts'
import type { Passing } from '../../simulator/wire/inProcess.ts'
import type { Handler } from '../../tools/lambdaFunction.ts'

/** One run of the function: it may die in the midst of its work, as by a signal, and then asks AWS for nothing any more. */
export type Run = {
  readonly event: unknown
  /** How often it has asked AWS for something. */
  readonly asked: number
  readonly isDead: boolean
  /** What became of it, once it has ended. */
  readonly ended: { readonly answer: unknown } | { readonly error: string } | undefined
  /** Ends it on the spot: Lambda sees an error, and AWS whatever was asked before. */
  die(): void
}

type Running = { -readonly [Key in keyof Run]: Run[Key] }

/** What a request of a run meets: by default `handle`, at once. */
export type Meeting = (run: Run, request: WireRequest, handle: () => Promise<WireResponse>) => Promise<WireResponse>

/**
 * Tells the runs of a function apart that go on side by side in this process, by what they ask of a simulator that answers
 * in process.
 *
 * @param onEnded hears of each run when it has ended
 */
export const apart = (meet: Meeting = (_run, _request, handle) => handle(), onEnded: (run: Run) => void = () => {}) => {
  const running = new AsyncLocalStorage<Running>()
  const runs: Run[] = []

  /** Takes the place of a handler, each of whose runs it knows from then on. */
  const known =
    (handler: Handler): Handler =>
    (event, context) =>
      new Promise((resolve, reject) => {
        const run: Running = {
          event,
          asked: 0,
          isDead: false,
          ended: undefined,
          die: () => {
            run.isDead = true
            run.ended = { error: 'signal: killed' }
            reject(new Error('Runtime exited with error: signal: killed'))
          },
        }
        runs.push(run)
        const end = (ended: Run['ended']) => {
          if (run.isDead) return
          run.ended = ended
          onEnded(run)
        }
        running
          .run(run, () => handler(event, context))
          .then(
            (answer) => {
              end({ answer })
              resolve(answer)
            },
            (error) => {
              end({ error: error instanceof Error ? error.message : String(error) })
              reject(error)
            },
          )
      })

  const passing: Passing = (request, handle, line) => {
    const run = running.getStore()
    if (run === undefined) return handle()
    // A dead run reaches nothing. It is refused, because its remaining code would try again until its time is over.
    if (run.isDead) return Promise.resolve({ status: 403, headers: {}, body: '' })
    run.asked += 1
    // Virtual time goes on for as long as the request is kept on its way: there, or back.
    let release = line.hold()
    const reach = async () => {
      release()
      try {
        return await handle()
      } finally {
        release = line.hold()
      }
    }
    return new Promise((resolve, reject) => {
      meet(run, request, reach).then(
        (response) => void (run.isDead || resolve(response)),
        (error) => void (run.isDead || reject(error)),
      )
    })
  }
  return { runs, known, passing }
}
