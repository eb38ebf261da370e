import { createRequire } from 'node:module'
import { Writable } from 'node:stream'
import { compileFunction, constants } from 'node:vm'

/** What Lambda gives a handler, as far as Greenlight reads it. */
type HandlerContext = { getRemainingTimeInMillis(): number; readonly invokedFunctionArn: string }
export type Handler = (event: unknown, context: HandlerContext) => Promise<unknown>

/** A clock that is faster than this process. */
export type FastClock = { readonly speed: number; now(): number }

/**
 * Loads a function's bundle into this process: a cold start of its own for every call, with an environment of its own and
 * on the timers and the Date that are global at the time, virtual ones included; or on a faster clock.
 *
 * @param code the bundle, as `bundle` returns it
 * @param environment its environment variables; it sees no others
 * @param log takes each line that the function logs
 * @param clock what it takes for the time, if that is not this process's
 * @returns its handler
 */
export const loadFunction = (
  code: string,
  environment: Readonly<Record<string, string>>,
  log: (line: string) => void = () => {},
  clock: FastClock = { speed: 1, now: () => Date.now() },
): Handler => {
  const output = new Writable({
    write: (chunk, _encoding, written) => {
      for (const line of String(chunk).split('\n')) if (line !== '') log(line)
      written()
    },
  })
  const own: NodeJS.Process = Object.create(process, {
    env: { value: { ...environment } },
    stdout: { value: output },
    stderr: { value: output },
  })
  const module: { exports: { handler?: Handler } } = { exports: {} }
  const scope = {
    exports: module.exports,
    require: createRequire(import.meta.url),
    module,
    process: own,
    ...faster(clock),
  }
  compile(code, Object.keys(scope))(...Object.values(scope))
  if (module.exports.handler === undefined) throw new Error('the bundle exports no handler')
  return module.exports.handler
}

type Start = (...values: readonly unknown[]) => unknown

/** By the text of the bundle, and the names that it is given. */
const compiled = new Map<string, Map<string, Start>>()

/** A bundle as a function of these names. It is compiled once: tests start hundreds of instances. */
const compile = (code: string, names: readonly string[]): Start => {
  const starts = compiled.get(code) ?? new Map<string, Start>()
  compiled.set(code, starts)
  const known = starts.get(names.join())
  if (known !== undefined) return known
  const start = compileFunction(code, [...names], {
    filename: 'gate.js',
    // The SDK's own `import()` finds Node's modules.
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as Start
  starts.set(names.join(), start)
  return start
}

/** What code that runs on a faster clock sees in the place of the globals. */
const faster = ({ speed, now }: FastClock) => {
  if (speed === 1) return {}
  return {
    // Elapsed time is read from here.
    performance: Object.assign(Object.create(performance), { now }),
    setTimeout: (act: () => void, milliseconds = 0) => setTimeout(act, milliseconds / speed),
    Date: class extends Date {
      constructor(...given: []) {
        super(...((given.length > 0 ? given : [now()]) as []))
      }
      static override now = now
    },
  }
}
