/**
 * Simulators for the contract tests in Python, as many as they ask for, thousands of times as fast as real time.
 *
 * Its first line says which operations the simulator serves, `{"codedeploy": ["CreateDeployment", …], …}`. Then every line of
 * stdin is a call, `[function, ...arguments]`, and is answered by one line, `{"result": …}` or `{"error": "…"}`. It ends with stdin.
 */
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type SimulateOptions, type Simulator, simulate } from '../../simulate.ts'
import type { Fault } from '../../wire/faults.ts'
import type { Service } from '../../wire/operation.ts'
import { isOver } from '../../world/state.ts'

/** Every service in the files of simulator/services, so that the tests miss none. */
const served = async (): Promise<Record<string, string[]>> => {
  const directory = new URL('../../services/', import.meta.url)
  const modules = await Promise.all(readdirSync(directory).map((file) => import(new URL(file, directory).href)))
  const services = modules.flatMap((module) => Object.values(module)).filter(isService)
  return Object.fromEntries(services.map(({ name, operations }) => [name, Object.keys(operations)]))
}

const isService = (exported: unknown): exported is Service =>
  typeof exported === 'object' && exported !== null && 'protocol' in exported && 'operations' in exported

const handlers = {
  echoes: (event: unknown) => event,
  breaks: () => {
    throw new TypeError('it breaks')
  },
}

const simulators: Simulator[] = []

const functions = {
  /** Starts a simulator; returns its number, which the other functions take. */
  simulate: async (options: SimulateOptions) => {
    const simulator = await simulate({ speed: 4000, ...options })
    return { number: simulators.push(simulator) - 1, endpoint: simulator.endpoint }
  },
  close: async (number: number) => await at(number).close(),
  /** Calls one of the functions that arrange the world (simulator/world/arrange.ts). */
  arrange: async (number: number, name: string, ...args: unknown[]) => {
    const arranging: unknown = Reflect.get(at(number).world, name)
    if (typeof arranging !== 'function') throw new Error(`The world has no function ${name}.`)
    return await arranging(...args)
  },
  createFunction: (number: number, name: string, does: keyof typeof handlers) => {
    at(number).world.createFunction({ name, handler: handlers[does] })
  },
  addFault: (number: number, fault: Fault) => {
    at(number).faults.add(fault)
  },
  /** Waits until the deployment has this status, or is in its TerminationWait. */
  reaches: async (number: number, deploymentId: string, status: string) => {
    const { world, clock } = at(number)
    const deployment = world.deployments.get(deploymentId)
    if (!deployment) throw new Error(`There is no deployment ${deploymentId}.`)
    const reached = () =>
      status === 'TerminationWait' ? deployment.instanceTerminationWaitTimeStarted : deployment.status === status
    while (!reached()) {
      if (isOver(deployment)) throw new Error(`${deploymentId} is ${deployment.status}, not ${status}.`)
      await clock.sleep(1_000)
    }
  },
  /** Waits until CodeDeploy has invoked a Lambda hook of the deployment; returns the execution id. */
  hookExecution: async (number: number, deploymentId: string) => {
    const { world, clock } = at(number)
    for (;;) {
      const found = [...world.hookExecutions.values()].find((execution) => execution.deploymentId === deploymentId)
      if (found) return found.id
      await clock.sleep(1_000)
    }
  },
}

const at = (number: number): Simulator => {
  const found = simulators[number]
  if (!found) throw new Error(`There is no simulator ${number}.`)
  return found
}

console.log(JSON.stringify(await served()))
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...args] = JSON.parse(line)
  try {
    const result = await Reflect.apply(Reflect.get(functions, name), functions, args)
    console.log(JSON.stringify({ result: result ?? null }))
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }))
  }
}
await Promise.all(simulators.map((simulator) => simulator.close()))
