import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Which runtime client runs the bundle: AWS's own in either tier, its HTTP client a stand-in or natively built. */
const nativeRuntimeClient = process.env['GREENLIGHT_RUNTIME_CLIENT']
const runtimeClient =
  nativeRuntimeClient ?? fileURLToPath(new URL('../../node_modules/aws-lambda-ric/index.mjs', import.meta.url))
const standIn = fileURLToPath(new URL('nativeClient.cjs', import.meta.url))

export const runtimeClientInUse =
  nativeRuntimeClient === undefined ? 'a stand-in for its native part' : 'its native part built'

/** What an invocation ended in: the function's return value, or the error that it failed with. */
export type Invoked = { readonly payload: unknown } | { readonly error: { errorMessage: string; errorType: string } }

/**
 * Runs a bundle under AWS's runtime client (aws-lambda-ric), as Lambda does: unpacked into an empty folder, in a process of
 * its own, driven over the runtime API.
 *
 * @param before the command that starts it, which takes Node.js and its arguments
 */
export const startLambdaRuntime = async (
  code: string,
  environment: Readonly<Record<string, string>>,
  before: readonly string[] = [],
) => {
  const folder = await mkdtemp(join(tmpdir(), 'greenlight-'))
  // Not below a package.json: Lambda has none, and its "type" would decide how gate.js is read.
  const taskRoot = join(folder, 'task')
  await mkdir(taskRoot)
  await writeFile(join(taskRoot, 'gate.js'), code)

  const api = runtimeApi()
  api.server.listen(0, '127.0.0.1')
  await once(api.server, 'listening')
  const { port } = api.server.address() as AddressInfo

  const preload = nativeRuntimeClient === undefined ? ['--require', standIn] : []
  const began = performance.now()
  const [command = '', ...args] = [...before, process.execPath, ...preload, runtimeClient]
  const child = spawn(command, args, {
    cwd: taskRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      AWS_LAMBDA_FUNCTION_NAME: 'CodeDeployHook_greenlight',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/CodeDeployHook_greenlight',
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0',
      LAMBDA_TASK_ROOT: taskRoot,
      _HANDLER: 'gate.handler',
      ...environment,
    },
  })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const exited = once(child, 'exit').then(([code, signal]) =>
    api.died(`the runtime ended with ${code ?? signal}: ${Buffer.concat(output)}`),
  )

  return {
    /** In how many milliseconds it asked for its first event. */
    startedIn: async (): Promise<number> => (await api.firstAsked) - began,
    /** How long processors have worked for it until now, in milliseconds; undefined where the system does not tell. */
    processorMs: async (): Promise<number | undefined> => {
      const threads = `/proc/${child.pid}/task`
      const ids = await readdir(threads).catch(() => [])
      const told = await Promise.all(ids.map((id) => readFile(`${threads}/${id}/schedstat`, 'utf8').catch(() => '0')))
      const nanoseconds = told.reduce((sum, text) => sum + Number.parseInt(text, 10), 0)
      return nanoseconds === 0 ? undefined : nanoseconds / 1e6
    },
    /** The most memory that it had at once, in MB; undefined where the system does not tell. */
    peakMemoryMB: async (): Promise<number | undefined> => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
      const kB = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
      return kB === undefined ? undefined : Number(kB) / 1024
    },
    /** @param timeMs how long the function may still run */
    invoke: (event: unknown, timeMs = 900_000): Promise<Invoked> => api.invoke(event, timeMs),
    /** Every line that the function logged. */
    log: (): readonly string[] =>
      Buffer.concat(output)
        .toString()
        .split('\n')
        .filter((line) => line !== ''),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    stop: async () => {
      child.kill('SIGKILL')
      await exited
      api.server.close()
      api.server.closeAllConnections()
      await rm(folder, { recursive: true })
    },
  }
}

/** Lambda's side of the runtime API: hands out one event at a time and takes what became of it. */
const runtimeApi = () => {
  type Pending = { event: unknown; timeMs: number; settle: (invoked: Invoked) => void; fail: (error: Error) => void }
  const queue: Pending[] = []
  const running = new Map<string, Pending>()
  const idle: ServerResponse[] = []
  let dead: Error | undefined
  let count = 0
  const first = Promise.withResolvers<number>()

  const handOut = () => {
    const [pending, response] = [queue[0], idle[0]]
    if (pending === undefined || response === undefined) return
    queue.shift()
    idle.shift()
    count++
    const id = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`
    running.set(id, pending)
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': String(Date.now() + pending.timeMs),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:123456789012:function:CodeDeployHook_greenlight',
      'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000',
    })
    response.end(JSON.stringify(pending.event))
  }

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const [id = '', what] = (request.url ?? '').split('/').slice(-2)
    if (what === 'next') {
      first.resolve(performance.now())
      idle.push(response)
      handOut()
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = JSON.parse(Buffer.concat(chunks).toString() || 'null')
    response.writeHead(202).end('{}')
    if (id === 'init') throw new Error(`the bundle did not load: ${JSON.stringify(body)}`)
    running.get(id)?.settle(what === 'response' ? { payload: body } : { error: body })
    running.delete(id)
  }

  const died = (why: string) => {
    dead = new Error(why)
    for (const { fail } of [...queue, ...running.values()]) fail(dead)
    first.reject(dead)
  }
  // Most tests do not ask when it was.
  first.promise.catch(() => {})
  return {
    firstAsked: first.promise,
    server: createServer((request, response) => {
      serve(request, response).catch((error) => died(String(error)))
    }),
    invoke: (event: unknown, timeMs: number) =>
      new Promise<Invoked>((settle, fail) => {
        if (dead !== undefined) return fail(dead)
        queue.push({ event, timeMs, settle, fail })
        handOut()
      }),
    died,
  }
}
