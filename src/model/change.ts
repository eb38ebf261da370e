import { listed } from '../wording.ts'

/** A target group in both of its names. */
export type Named = { readonly name: string; readonly arn: string }

/** One call that changes something, to be made on a green or on the deployment. */
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
      readonly targetGroups: readonly Named[]
    }
  | { readonly call: 'codedeploy:ContinueDeployment' | 'codedeploy:StopDeployment'; readonly deploymentId: string }

/** What a change is about, as facts of a log line. */
export const factsOf = (change: Change): Readonly<Record<string, unknown>> =>
  'targetGroups' in change ? { ...change, targetGroups: change.targetGroups.map(({ name }) => name) } : { ...change }

/** A change that is to be made and is not seen yet, in a sentence. */
export const outstanding = (change: Change): string => {
  switch (change.call) {
    case 'autoscaling:AttachLoadBalancerTargetGroups':
      return `${change.green} is still without ${namesOf(change)}`
    case 'autoscaling:DetachLoadBalancerTargetGroups':
      return `${change.green} still has ${namesOf(change)}`
    case 'autoscaling:SuspendProcesses':
      return `${change.green} is not held yet: ${listed(change.processes)}`
    case 'autoscaling:ResumeProcesses':
      return `${change.green} is not released yet: ${listed(change.processes)}`
    case 'autoscaling:CreateOrUpdateTags':
      return `${change.green} is still without the tags ${listed(Object.keys(change.tags))}`
    case 'autoscaling:DeleteTags':
      return `${change.green} still has the tags ${listed(change.keys)}`
    default:
      return `${change.deploymentId} awaits ${change.call}`
  }
}

const namesOf = ({ targetGroups }: { readonly targetGroups: readonly Named[] }): string =>
  listed(targetGroups.map(({ name }) => name))
