import type { DeploymentTarget, LifecycleEvent } from '@aws-sdk/client-codedeploy'
import type { Progress } from '../model/progress.ts'
import type { BlueTargets } from '../reconcile/ports.ts'

/**
 * Reads progress from the lifecycle events of the green targets (F2, F40).
 *
 * @param targets what `BatchGetDeploymentTargets` answered for the targets labelled Green
 */
export const readProgress = (targets: readonly DeploymentTarget[]): Progress => {
  const greens = targets.flatMap(({ instanceTarget }) =>
    instanceTarget === undefined
      ? []
      : [
          {
            id: instanceId(instanceTarget.targetId),
            // Not by a failed event: CodeDeploy may ignore that ApplicationStop failed (F48).
            isGivenUp: instanceTarget.status === 'Failed' || instanceTarget.status === 'Skipped',
            events: instanceTarget.lifecycleEvents,
            ...readEvents(instanceTarget.lifecycleEvents ?? []),
          },
        ],
  )
  const going = greens.filter(({ isGivenUp }) => !isGivenUp)
  const unfinished = going.filter(({ installed }) => !installed)
  const asking = going.filter(({ isAsking }) => isAsking)
  return {
    isWhole: true,
    step: stepOf(going, unfinished),
    givenUp: new Set(greens.filter(({ isGivenUp }) => isGivenUp).map(({ id }) => id)),
    listed: new Set(greens.map(({ id }) => id)),
    waitingFor: unfinished.map(({ id }) => id),
    hasBegunTraffic: haveBegun(
      greens.map(({ events }) => events),
      'AllowTraffic',
    ),
    asking: asking.map(({ id }) => id),
    askingSince: latest(asking.flatMap(({ askingSince }) => askingSince ?? [])),
  }
}

/** @returns undefined where there is no target, or one of them is described without its events */
const haveBegun = (
  targets: readonly (readonly LifecycleEvent[] | undefined)[],
  event: 'AllowTraffic' | 'BlockTraffic',
): boolean | undefined => {
  const begun = targets.map((events) =>
    events?.some(({ lifecycleEventName: name, status }) => name === event && hasMoved(status)),
  )
  if (begun.includes(true)) return true
  return begun.length === 0 || begun.includes(undefined) ? undefined : false
}

/** @param targets what `BatchGetDeploymentTargets` answered for the targets labelled Blue */
export const readBlue = (targets: readonly DeploymentTarget[]): BlueTargets => {
  const blues = targets.flatMap(({ instanceTarget }) => (instanceTarget === undefined ? [] : [instanceTarget]))
  return {
    instances: blues.map(({ targetId }) => instanceId(targetId)),
    hasBegunTraffic:
      haveBegun(
        blues.map(({ lifecycleEvents }) => lifecycleEvents),
        'BlockTraffic',
      ) === true,
    isOut: targets.every(({ instanceTarget: { status, lifecycleEvents = [] } = {} }) => {
      const event = lifecycleEvents.find(({ lifecycleEventName: name }) => name === 'BlockTraffic')
      return isFinished(status) || isFinished(event?.status)
    }),
  }
}

const isFinished = (status: string | undefined): boolean =>
  status === 'Succeeded' || status === 'Failed' || status === 'Skipped'

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
  const shifting = hasMoved(allowTraffic)
  return {
    begun: events.some(({ status }) => hasBegun(status)),
    // CodeDeploy skips events that the revision has no script for.
    installed: validated === 'Succeeded' || validated === 'Skipped' || shifting,
    shifting,
    arrived: allowTraffic === 'Succeeded',
    asked: hasBegun(asking?.status),
    isAsking: asking?.status === 'InProgress',
    askingSince: asking?.startTime?.getTime(),
  }
}

const latest = (times: readonly number[]): number | undefined => (times.length > 0 ? Math.max(...times) : undefined)

const hasBegun = (status: string | undefined): boolean => status !== undefined && status !== 'Pending'

/** CodeDeploy skips the rest of the events of an instance that it gives up: no traffic moves there. */
const hasMoved = (status: string | undefined): boolean => hasBegun(status) && status !== 'Skipped'

/** The target id of an instance is its id, or its ARN (`…:instance/i-0abc`). */
export const instanceId = (targetId: string | undefined): string => targetId?.split('/').at(-1) ?? '(no id)'
