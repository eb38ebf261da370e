import * as v from 'valibot'
import type { Identifiers } from '../identifiers.ts'
import type { Principal } from '../principal.ts'
import type { Switches } from '../switches.ts'
import type { World } from '../world/world.ts'
import type { WireRequest, WireResponse } from './message.ts'
import type { ServiceError } from './serviceError.ts'

/** One call to AWS, as it was made and as it ended. */
export type Call = {
  readonly at: Date
  /** As in the credential scope: `codedeploy`, `autoscaling`, `elasticloadbalancing`, `lambda`. */
  readonly service: string
  /** The IAM action, such as `autoscaling:AttachLoadBalancerTargetGroups`. */
  readonly action: string
  readonly principal: Principal
  readonly input: Readonly<Record<string, unknown>>
  /** The ARNs that IAM checks the action on (F41-F43). */
  readonly resources: readonly string[]
  /** The condition keys that IAM has for it, such as `aws:TagKeys` (F42), beside those that every call has. */
  readonly context: Context
  /** `ok`, the error's code, or what became of it on the way (`hang`, `reset`). */
  outcome: string
  /** Whether anything in the world is another than before by it; whoever calls may have got no answer all the same. */
  effect: 'changed' | 'nothing'
}

/** Condition keys of IAM and what they hold for one call. */
export type Context = Readonly<Record<string, string | readonly string[]>>

/** What an operation runs on. */
export type Surroundings = {
  readonly world: World
  readonly switches: Switches
  readonly identifiers: Identifiers
  readonly region: string
}

/** What an operation gives beyond its output, where the protocol has a place for it (Lambda's Invoke). */
export type Reply = { readonly output: unknown; readonly status?: number; readonly headers?: Record<string, string> }

/** An operation whose input has been read and found good. */
export type Prepared = {
  readonly input: Readonly<Record<string, unknown>>
  resources(surroundings: Surroundings): readonly string[]
  context(surroundings: Surroundings): Context
  touches(surroundings: Surroundings): unknown
  run(surroundings: Surroundings): unknown
}

export type Operation = {
  /** Of IAM. */
  readonly action: string
  /** Whether the caller may have to wait for simulated time. */
  readonly slow: boolean
  /** Reads the input; throws what `refuse` makes of what is wrong with it. */
  prepare(raw: unknown, refuse: (issues: readonly v.BaseIssue<unknown>[]) => ServiceError): Prepared
}

/**
 * Declares one operation of a service: the one place that says what it is called, what it takes, what it is authorized
 * on, and what it does.
 *
 * @param resources the ARNs that IAM checks; `['*']` unless told
 * @param context the condition keys that IAM has for it; none, unless told
 * @param touches what it may change: looked at before and after, to tell whether it did. Nothing, unless told
 * @param run does it and gives its output, in the field names of AWS's model; throws ServiceError
 */
export const operation = <Schema extends v.GenericSchema>(declared: {
  action: string
  input: Schema
  slow?: boolean
  resources?: (input: v.InferOutput<Schema>, surroundings: Surroundings) => readonly string[]
  context?: (input: v.InferOutput<Schema>, surroundings: Surroundings) => Context
  touches?: (input: v.InferOutput<Schema>, surroundings: Surroundings) => unknown
  run: (input: v.InferOutput<Schema>, surroundings: Surroundings) => unknown
}): Operation => ({
  action: declared.action,
  slow: declared.slow ?? false,
  prepare: (raw, refuse) => {
    const parsed = v.safeParse(declared.input, raw)
    if (!parsed.success) throw refuse(parsed.issues)
    const input = parsed.output
    return {
      input: input as Readonly<Record<string, unknown>>,
      resources: (surroundings) => declared.resources?.(input, surroundings) ?? ['*'],
      context: (surroundings) => declared.context?.(input, surroundings) ?? {},
      touches: (surroundings) => declared.touches?.(input, surroundings),
      run: (surroundings) => declared.run(input, surroundings),
    }
  },
})

/** One AWS service: how it is spoken to, and what it can do. */
export type Service = {
  /** As in the credential scope of a signature. */
  readonly name: string
  /** There is one for all regions. */
  readonly isGlobal?: true
  readonly protocol: Protocol
  readonly operations: Readonly<Record<string, Operation>>
}

/** A request as its protocol reads it. */
export type Read = {
  /** As the service's model names it; where the simulator does not know it, as the request shows it (`GET /path`). */
  readonly operation: string
  readonly input: unknown
}

/** How a service puts questions and answers into HTTP. */
export type Protocol = {
  /** Reads a request; throws ServiceError where there is nothing to read. */
  read(request: WireRequest): Read
  answer(operation: string, reply: unknown, requestId: string): WireResponse
  fail(error: ServiceError, requestId: string): WireResponse
  /** What is wrong with an input, as this service says it. */
  refuse(issues: readonly v.BaseIssue<unknown>[]): ServiceError
  /** The codes for what goes wrong in every operation alike. */
  readonly codes: {
    readonly throttled: ServiceError
    readonly denied: string
    /** For temporary credentials whose time is over. */
    readonly expired: string
    /** For what is signed for another region. */
    readonly wrongSignature: string
    /** The HTTP status of these three. */
    readonly refusedStatus: number
    /** For an operation that the service does not have, with its HTTP status. */
    readonly unknownOperation: { readonly code: string; readonly status: number }
    readonly failure: ServiceError
  }
}

/** Where in the input something is wrong: `targetGroupARNs.member.2`. */
export const issuePath = (issue: v.BaseIssue<unknown>): string => v.getDotPath(issue) ?? 'the input'
