import type { DeploymentTarget, LifecycleEvent } from '@aws-sdk/client-codedeploy'
import type { Progress } from '../model/progress.ts'

/**
 * Reads progress from the lifecycle events of the green targets (F2, F40).
 *
 * @param targets what `BatchGetDeploymentTargets` answered for the targets labelled Green
 */
export const readProgress = (targets: readonly DeploymentTarget[]): Progress => {
  const greens = targets.flatMap(({ instanceTarget }) => (instanceTarget === undefined ? [] : [instanceTarget]))
  const failed = greens.filter(
    ({ status, lifecycleEvents }) => status === 'Failed' || lifecycleEvents?.some((event) => event.status === 'Failed'),
  )
  const going = greens
    .filter((target) => !failed.includes(target))
    .map(({ targetId, lifecycleEvents }) => ({ id: instanceId(targetId), ...readEvents(lifecycleEvents ?? []) }))

  const unfinished = going.filter(({ installed }) => !installed)
  return {
    step: stepOf(going, unfinished),
    failed: new Set(failed.map(({ targetId }) => instanceId(targetId))),
    waitingFor: unfinished.map(({ id }) => id),
    askingSince: latest(going.flatMap(({ askingSince }) => askingSince ?? [])),
  }
}

/**
 * @param targets what `BatchGetDeploymentTargets` answered for the targets labelled Blue
 * @returns ids of the instances that CodeDeploy has begun to take out of the load balancer (BlockTraffic, F2)
 */
export const readBlocked = (targets: readonly DeploymentTarget[]): ReadonlySet<string> =>
  new Set(
    targets
      .filter(({ instanceTarget }) =>
        instanceTarget?.lifecycleEvents?.some(
          ({ lifecycleEventName: name, status }) => name === 'BlockTraffic' && hasBegun(status) && status !== 'Skipped',
        ),
      )
      .map(({ instanceTarget }) => instanceId(instanceTarget?.targetId)),
  )

type Going = ReturnType<typeof readEvents>

const stepOf = (going: readonly Going[], unfinished: readonly Going[]): Progress['step'] => {
  // With no target at all CodeDeploy has not begun: none of none is finished.
  if (unfinished.length === going.length || unfinished.some(({ begun }) => begun)) return 'installing'
  // Somebody who asks while no instance has come to BeforeAllowTraffic is not one whom CodeDeploy waits for.
  if (unfinished.length > 0) return going.some(({ asked }) => asked) ? 'betweenBatches' : 'installing'
  if (going.every(({ arrived }) => arrived)) return 'arrived'
  return going.some(({ shifting }) => shifting) ? 'shifting' : 'installed'
}

const readEvents = (events: readonly LifecycleEvent[]) => {
  const named = (name: string) => events.find(({ lifecycleEventName }) => lifecycleEventName === name)
  const statusOf = (name: string) => named(name)?.status
  const asking = named('BeforeAllowTraffic')
  const validated = statusOf('ValidateService')
  const allowTraffic = statusOf('AllowTraffic')
  const shifting = hasBegun(allowTraffic)
  return {
    begun: events.some(({ status }) => hasBegun(status)),
    // CodeDeploy skips events that the revision has no script for.
    installed: validated === 'Succeeded' || validated === 'Skipped' || shifting,
    shifting,
    arrived: allowTraffic === 'Succeeded',
    asked: hasBegun(asking?.status),
    askingSince: asking?.status === 'InProgress' ? asking.startTime?.getTime() : undefined,
  }
}

const latest = (times: readonly number[]): number | undefined => (times.length > 0 ? Math.max(...times) : undefined)

const hasBegun = (status: string | undefined): boolean => status !== undefined && status !== 'Pending'

/** The target id of an instance is its id, or its ARN (`…:instance/i-0abc`). */
const instanceId = (targetId: string | undefined): string => targetId?.split('/').at(-1) ?? '(no id)'
