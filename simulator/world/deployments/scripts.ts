import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { scriptRunning } from '../../inFlight.ts'
import type { Credentials } from '../../principal.ts'
import type { Deployment, DeploymentGroup, Instance, ScriptHook, ScriptRun, State } from '../state.ts'

/** How a script ended: its exit code, or `timedOut`. */
type ScriptEnd = { readonly exitCode: number; readonly output: string } | 'timedOut'

/** What an instance has and this process has not: credentials, a metadata service, commands. */
export type InstanceSurroundings = {
  /** The address of AWS. */
  endpoint(): string
  credentials(instanceId: string): Credentials
  /** The directories at the front of a script's PATH. */
  readonly path: readonly string[]
  /** Whether a script finds AWS_REGION; otherwise it has to ask the metadata service. */
  readonly tellRegion: boolean
}

/** The scripts of all instances; `close` kills the running ones and waits for their end. */
export type Scripts = { run: RunScript; close(): Promise<void> }

/** Where and for which deployment a script runs. */
type About = { event: string; instance: Instance; deployment: Deployment; deploymentGroup: DeploymentGroup }

export type RunScript = (hook: ScriptHook, about: About) => Promise<ScriptEnd>

/** The default time-out of a script, and the longest (F3). */
const longestScriptSeconds = 3600

type Agents = {
  readonly state: State
  readonly clock: Clock
  readonly surroundings: InstanceSurroundings
  /** How to kill each script that runs, and when that is done. */
  readonly running: Map<() => void, Promise<unknown>>
  /** The directory for temporary files, which a killed script leaves behind; the first script makes it. */
  directory: string | undefined
}

/**
 * The part of the CodeDeploy agent that matters here: it runs a script of the bundle as a child process, with the environment
 * of the agent and without this process's own, and kills it at its time-out (F3).
 */
export const createScripts = (state: State, clock: Clock, surroundings: InstanceSurroundings): Scripts => {
  const agents: Agents = { state, clock, surroundings, running: new Map(), directory: undefined }
  return {
    run: (hook, about) => run(agents, hook, about),
    close: async () => {
      const left = [...agents.running]
      for (const [kill] of left) kill()
      await Promise.all(left.map(([, ended]) => ended))
      if (agents.directory !== undefined) await rm(agents.directory, { recursive: true, force: true })
    },
  }
}

const run = (agents: Agents, hook: ScriptHook, about: About): Promise<ScriptEnd> => {
  const { state, clock } = agents
  const { instanceId } = about.instance
  const written: ScriptRun = {
    deploymentId: about.deployment.deploymentId,
    instanceId,
    event: about.event,
    script: hook.script,
    at: clock.now(),
    exitCode: undefined,
    output: '',
  }
  state.scriptRuns.push(written)
  const child = start(agents, hook, about)
  const inFlight = scriptRunning(instanceId)
  const kill = () => {
    inFlight.killed()
    killGroup(child)
  }
  let timedOut = false
  const seconds = Math.min(hook.timeoutSeconds ?? longestScriptSeconds, longestScriptSeconds)
  const cancel = clock.after(seconds * 1000, () => {
    timedOut = true
    kill()
  })
  const ended = exitCodeOf(child, written).then((exitCode): ScriptEnd => {
    cancel()
    inFlight.ended()
    agents.running.delete(kill)
    written.exitCode = exitCode
    return timedOut ? 'timedOut' : { exitCode, output: written.output }
  })
  agents.running.set(kill, ended)
  return ended
}

/** Starts the script in a process group of its own, so that what the script starts is killed with it. */
const start = (agents: Agents, hook: ScriptHook, about: About) => {
  const { event, instance, deployment, deploymentGroup } = about
  agents.directory ??= mkdtempSync(join(tmpdir(), 'greenlight-instances-'))
  return spawn('sh', [hook.script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...ofTheMachine(agents.surroundings, instance.instanceId, agents.state.region),
      TMPDIR: agents.directory,
      // From the agent.
      APPLICATION_NAME: deployment.application,
      DEPLOYMENT_ID: deployment.deploymentId,
      DEPLOYMENT_GROUP_NAME: deployment.deploymentGroup,
      DEPLOYMENT_GROUP_ID: deploymentGroup.id,
      LIFECYCLE_EVENT: event,
      ...hook.environment,
    },
  })
}

/** Resolves with the exit code when the script has ended, and notes what it prints meanwhile. */
const exitCodeOf = (child: ReturnType<typeof start>, written: ScriptRun) =>
  new Promise<number>((resolve) => {
    const hear = (chunk: Buffer) => {
      written.output += chunk.toString()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', (error) => {
      written.output += error.message
      resolve(127)
    })
    // `close`, not `exit`, because only then is the output complete. A signal is 137, as in a shell.
    child.once('close', (code) => resolve(code ?? 137))
  })

/** What a real instance has by other means: commands, a home, the address of AWS, an instance profile, a metadata service. */
const ofTheMachine = (surroundings: InstanceSurroundings, instanceId: string, region: string) => {
  const { accessKeyId, secretAccessKey, sessionToken } = surroundings.credentials(instanceId)
  return {
    // The stand-ins in JavaScript run on this process's Node.js.
    PATH: [...surroundings.path, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: process.env['HOME'] ?? '/',
    AWS_ENDPOINT_URL: surroundings.endpoint(),
    AWS_EC2_METADATA_SERVICE_ENDPOINT: `${surroundings.endpoint()}/imds/${instanceId}`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken && { AWS_SESSION_TOKEN: sessionToken }),
    ...(surroundings.tellRegion && { AWS_REGION: region }),
  }
}

const killGroup = ({ pid, exitCode }: ChildProcess) => {
  if (pid === undefined || exitCode !== null) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}
