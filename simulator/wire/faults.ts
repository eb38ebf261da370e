import type { Refusal } from './refusals.ts'

/** Something that goes wrong with a call. */
export type Fault = {
  /** The IAM action; by default any. */
  readonly action?: string
  readonly kind:
    | 'throttle'
    | 'error500'
    | Refusal
    | 'accessDenied'
    /** The caller's temporary credentials are no longer valid. */
    | 'expiredToken'
    /** Never answered; the call is not carried out. */
    | 'hang'
    /** Never answered; the call *is* carried out. */
    | 'hangAfter'
    | 'reset'
    /** Carried out, and the connection breaks before the answer. */
    | 'resetAfter'
    /** Carried out, and answered with something that nobody can read. */
    | 'malformed'
    /** Carried out, and answered with nothing. */
    | 'empty'
    /** Not carried out, but answered as the same question was answered before; carried out if it never was. */
    | 'staleRead'
    /** Carried out, and answered as if nothing were there yet: with every list of the answer empty. */
    | 'notYet'
    /** Carried out and answered `latencyMs` simulated milliseconds late. */
    | 'latency'
  /** How many calls; one by default. */
  readonly times?: number | 'forever'
  /** How many calls that it fits pass before it strikes; none by default. */
  readonly after?: number
  readonly latencyMs?: number
  /** Only calls by this kind of caller. */
  readonly principal?: 'lambda' | 'instance' | 'user'
  /** Only calls for whose input this is true. */
  readonly when?: (input: Readonly<Record<string, unknown>>) => boolean
}

export type Faults = {
  /** Adds a fault after the others; returns a function that removes it. */
  add(fault: Fault): () => void
  clear(): void
  /** The fault that strikes this call, which uses it up. */
  meet(call: {
    action: string
    principal: { kind: string }
    input: Readonly<Record<string, unknown>>
  }): Fault | undefined
}

/** A list of faults: the first one that fits a call strikes it. */
export const createFaults = (): Faults => {
  let arranged: { fault: Fault; toPass: number; left: number }[] = []
  return {
    add: (fault) => {
      const left = fault.times === 'forever' ? Number.POSITIVE_INFINITY : (fault.times ?? 1)
      const entry = { fault, toPass: fault.after ?? 0, left }
      arranged.push(entry)
      return () => {
        arranged = arranged.filter((other) => other !== entry)
      }
    },
    clear: () => {
      arranged = []
    },
    meet: (call) => {
      const fitting = arranged.filter(
        ({ fault, left }) =>
          left > 0 &&
          (fault.action ?? call.action) === call.action &&
          (fault.principal ?? call.principal.kind) === call.principal.kind &&
          (fault.when?.(call.input) ?? true),
      )
      const met = fitting.find(({ toPass }) => toPass === 0)
      for (const entry of fitting) if (entry.toPass > 0) entry.toPass -= 1
      if (met) met.left -= 1
      return met?.fault
    },
  }
}
