import { listed } from '../sentences.ts'
import type { RefusalKind } from './refused.ts'

/** A target group in both of its names. */
type NamedTargetGroup = { readonly name: string; readonly arn: string }

/** One call that changes something, on a green or on the deployment. */
export type Change =
  | {
      readonly call: 'autoscaling:CreateOrUpdateTags'
      readonly green: string
      readonly tags: Readonly<Record<string, string>>
    }
  | { readonly call: 'autoscaling:DeleteTags'; readonly green: string; readonly keys: readonly string[] }
  | {
      readonly call: 'autoscaling:SuspendProcesses' | 'autoscaling:ResumeProcesses'
      readonly green: string
      readonly processes: readonly string[]
    }
  | {
      readonly call: 'autoscaling:AttachLoadBalancerTargetGroups' | 'autoscaling:DetachLoadBalancerTargetGroups'
      readonly green: string
      readonly targetGroups: readonly NamedTargetGroup[]
    }
  | {
      readonly call: 'elasticloadbalancing:RegisterTargets' | 'elasticloadbalancing:DeregisterTargets'
      readonly green: string
      /** One. */
      readonly targetGroups: readonly NamedTargetGroup[]
      /** Ids of instances of green. */
      readonly instances: readonly string[]
    }
  | { readonly call: 'codedeploy:ContinueDeployment'; readonly deploymentId: string; readonly reason: string }
  | {
      readonly call: 'codedeploy:StopDeployment'
      readonly deploymentId: string
      readonly reason: string
      readonly refusal: RefusalKind
    }

export type Call = Change['call']

/** Why AWS did not carry out a change. */
export type Refusal = {
  readonly reason: string
  /**
   * `passing`: throttled, a 5xx, a cut connection, or busy with something else (F57). `denied`: by IAM. `invalid`: somebody
   * faster may have done it. `unknown`: any other refusal.
   */
  readonly kind: 'passing' | 'denied' | 'invalid' | 'unknown'
}

/** What AWS answered to a change. `unanswered`: it may have carried it out all the same; the next look tells. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'refused' | 'unanswered'; readonly refusal: Refusal }

/**
 * Tells one change from every other of the same invocation. The reason of a stop may have other words with every look, and a
 * record another second.
 */
export const keyOf = (change: Change): string => {
  if ('deploymentId' in change) return `${change.call} ${change.deploymentId}`
  return JSON.stringify('tags' in change ? { ...change, tags: Object.keys(change.tags) } : change)
}

export const isAttach = ({ call }: Change): boolean => call === 'autoscaling:AttachLoadBalancerTargetGroups'

/** Whether it brings instances of green behind a load balancer: to attach registers them, too (F23). */
export const isRegistration = (change: Change): boolean =>
  isAttach(change) || change.call === 'elasticloadbalancing:RegisterTargets'

/** A change as facts of a log line. */
export const factsOf = (change: Change): Readonly<Record<string, unknown>> =>
  'targetGroups' in change ? { ...change, targetGroups: change.targetGroups.map(({ name }) => name) } : { ...change }

/** A change that AWS does not show yet, in a sentence. */
export const outstanding = (change: Change): string => {
  switch (change.call) {
    case 'autoscaling:AttachLoadBalancerTargetGroups':
      return `${change.green} is still without ${namesOf(change)}`
    case 'autoscaling:DetachLoadBalancerTargetGroups':
      return `${change.green} still has ${namesOf(change)}`
    case 'elasticloadbalancing:RegisterTargets':
      return `${listed(change.instances)} of ${change.green} is not registered in ${namesOf(change)} yet`
    case 'elasticloadbalancing:DeregisterTargets':
      return `${listed(change.instances)} of ${change.green} is still registered in ${namesOf(change)}`
    case 'autoscaling:SuspendProcesses':
      return `${change.green} is not held yet: ${listed(change.processes)}`
    case 'autoscaling:ResumeProcesses':
      return `${change.green} is not released yet: ${listed(change.processes)}`
    case 'autoscaling:CreateOrUpdateTags':
      return `${change.green} is still without the tags ${listed(Object.keys(change.tags))}`
    case 'autoscaling:DeleteTags':
      return `${change.green} still has the tags ${listed(change.keys)}`
    case 'codedeploy:ContinueDeployment':
    case 'codedeploy:StopDeployment':
      return `${change.deploymentId} does not show ${change.call} yet`
  }
}

const namesOf = ({ targetGroups }: { readonly targetGroups: readonly NamedTargetGroup[] }): string =>
  listed(targetGroups.map(({ name }) => name))
