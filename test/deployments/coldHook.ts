import { expect } from 'chai'
import { greenlight } from '../../tools/greenlight.ts'
import { gateBundle } from '../bundle/bundle.ts'
import { readRequest } from '../promises/oracles/request.ts'
import { playground } from './playground.ts'
import type { Meeting } from './runs.ts'

/** How long each request takes. */
const latencyMs = 10

/** Lets each request take its time, and tells how many answers each one had to wait for. */
const measuring = () => {
  const asked: { operation: string; at: number }[] = []
  const onAnswered: ((operation: string) => void)[] = []
  const meets: Meeting = async (_run, request, handle) => {
    const operation = readRequest(request).action.replace(/^\w+:/, '')
    asked.push({ operation, at: Date.now() })
    await new Promise((resolve) => setTimeout(resolve, latencyMs))
    const response = await handle()
    for (const hear of onAnswered) hear(operation)
    return response
  }
  return {
    meets,
    onAnswered: (hear: (operation: string) => void) => void onAnswered.push(hear),
    /** From the event on: what is asked for at once stands in one line, each line after the answers to the one before. */
    levels: async (invoke: () => Promise<unknown>): Promise<readonly string[]> => {
      asked.length = 0
      const began = Date.now()
      await invoke()
      const levels: string[][] = []
      for (const { operation, at } of asked) {
        const level = (at - began) / latencyMs
        expect(level % 1, `${operation} was sent while another request was under way`).to.equal(0)
        levels[level] = [...(levels[level] ?? []), operation]
      }
      // It does not matter in which order the requests of one level leave.
      return Array.from(levels, (level = []) => level.sort().join(' '))
    },
  }
}

/** What a cold hook asked, and its verdict. */
export type ColdHook = { readonly levels: readonly string[]; readonly verdict: unknown }

/**
 * Plays the hook of a Server deployment at Ready, whose green is healthy wherever it is registered.
 *
 * @param isMissing whether green lacks a target group, in which it is found healthy as soon as it is attached
 */
export const coldHook = async ({ isMissing }: { readonly isMissing: boolean }): Promise<ColdHook> => {
  const measured = measuring()
  const settings = { GREENLIGHT_MODE: 'gate' }
  const aws = await playground({
    switches: { copyLosesTargetGroups: isMissing },
    settings,
    meets: measured.meets,
    deploy: async (simulator, log) => greenlight(simulator, { code: await gateBundle(), settings, log }),
  })
  const { world } = aws
  try {
    const deploymentId = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(deploymentId, 'Ready')
    await aws.time.advance(60_000)
    measured.onAnswered((operation) => {
      if (operation !== 'AttachLoadBalancerTargetGroups') return
      const web = world.targetGroups.get('web')
      for (const { instanceId, autoScalingGroupName: name } of world.instances.values()) {
        if (web !== undefined && name !== 'blue') world.targetHealth.assumeHealthy(web, instanceId)
      }
    })
    const event = { DeploymentId: deploymentId, LifecycleEventHookExecutionId: 'execution-1' }
    const levels = await measured.levels(() => aws.invoke(event))
    return { levels, verdict: aws.log.find(({ message }) => message === 'Verdict')?.['verdict'] }
  } finally {
    await aws.end()
  }
}

export const countOf = (levels: readonly string[]): number => levels.join(' ').split(' ').length
