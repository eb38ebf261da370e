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
  /** The condition keys that IAM has for it, such as `aws:TagKeys`, beside those that every call has (F42). */
  readonly context: Context
  /** `ok`, the error's code, or `hang` or `reset`. */
  outcome: string
  /** Whether it changed anything in the world, even if the caller got no answer. */
  effect: 'changed' | 'nothing'
}

/** Condition keys of IAM, with their values for one call. */
export type Context = Readonly<Record<string, string | readonly string[]>>

/** What an operation works on. */
export type Surroundings = {
  readonly world: World
  readonly switches: Switches
  readonly identifiers: Identifiers
  readonly region: string
}

/** The answer of an operation with a status or headers of its own (Lambda's Invoke). */
export type Reply = { readonly output: unknown; readonly status?: number; readonly headers?: Record<string, string> }

/** An operation with its valid input. */
type Prepared = {
  readonly input: Readonly<Record<string, unknown>>
  resources(surroundings: Surroundings): readonly string[]
  context(surroundings: Surroundings): Context
  touches(surroundings: Surroundings): unknown
  run(surroundings: Surroundings): unknown
}

export type Operation = {
  /** The IAM action. */
  readonly action: string
  /** Whether the caller may have to wait for simulated time. */
  readonly slow: boolean
  /** Reads the input; throws what `refuse` makes of the issues that it has. */
  prepare(raw: unknown, refuse: (issues: readonly v.BaseIssue<unknown>[]) => ServiceError): Prepared
}

/**
 * Declares one operation of a service in one place: its name, its input, what it is authorized
 * on, and what it does.
 *
 * @param resources the ARNs that IAM checks; `['*']` by default
 * @param context the condition keys that IAM has for it; none by default
 * @param touches what it may change, compared before and after to tell whether it did; nothing by default
 * @param run carries it out and returns its output, in the field names of AWS's model; throws ServiceError
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

/** One AWS service: its protocol and its operations. */
export type Service = {
  /** As in the credential scope of a signature. */
  readonly name: string
  /** One service for all regions. */
  readonly isGlobal?: true
  readonly protocol: Protocol
  readonly operations: Readonly<Record<string, Operation>>
}

/** A request as its protocol reads it. */
type Read = {
  /** As the service's model names it; where the simulator does not know it, as the request shows it (`GET /path`). */
  readonly operation: string
  readonly input: unknown
}

/** How a service puts requests and answers into HTTP. */
export type Protocol = {
  /** Reads a request; throws ServiceError where there is nothing to read. */
  read(request: WireRequest): Read
  answer(operation: string, reply: unknown, requestId: string): WireResponse
  fail(error: ServiceError, requestId: string): WireResponse
  /** The service's own error for an invalid input. */
  refuse(issues: readonly v.BaseIssue<unknown>[]): ServiceError
  /** The codes for what can go wrong in every operation. */
  readonly codes: {
    readonly throttled: ServiceError
    readonly denied: string
    /** For expired temporary credentials. */
    readonly expired: string
    /** For a request that is signed for another region. */
    readonly wrongSignature: string
    /** The HTTP status of these three. */
    readonly refusedStatus: number
    /** For an operation that the service does not have, with its HTTP status. */
    readonly unknownOperation: { readonly code: string; readonly status: number }
    readonly failure: ServiceError
  }
}

/** The place of an issue in the input: `targetGroupARNs.member.2`. */
export const issuePath = (issue: v.BaseIssue<unknown>): string => v.getDotPath(issue) ?? 'the input'
