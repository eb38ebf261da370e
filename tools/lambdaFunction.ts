import { createRequire } from 'node:module'
import { Writable } from 'node:stream'

/** What Lambda gives a handler, as far as Greenlight reads it. */
export type HandlerContext = { getRemainingTimeInMillis(): number; readonly invokedFunctionArn: string }
export type Handler = (event: unknown, context: HandlerContext) => Promise<unknown>

const variables = ['exports', 'require', 'module', 'process']

/**
 * Loads a function's bundle into this process: a cold start of its own for every call, with an environment of its own and
 * on the timers and the Date that are global at the time, virtual ones included.
 *
 * @param code the bundle, as `bundle` returns it
 * @param environment its environment variables; it sees no others
 * @param log takes each line that the function logs
 * @returns its handler
 */
export const loadFunction = (
  code: string,
  environment: Readonly<Record<string, string>>,
  log: (line: string) => void = () => {},
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
  // Function and not vm.compileFunction: only so the SDK's own `import()` finds Node's modules.
  const run = new Function(...variables, `${code}\n//# sourceURL=gate.js`)
  run(module.exports, createRequire(import.meta.url), module, own)
  if (module.exports.handler === undefined) throw new Error('the bundle exports no handler')
  return module.exports.handler
}
