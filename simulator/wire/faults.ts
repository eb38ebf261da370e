/** What can be made to go wrong with a call. */
export type Fault = {
  /** The IAM action; every one, unless told. */
  readonly action?: string
  readonly kind:
    | 'throttle'
    | 'error500'
    /** F38: a 500 of Auto Scaling, where something else is being done to the group. */
    | 'ResourceContention'
    /** F38: a 400 of Auto Scaling's attachments, for as long as an instance refresh goes on. */
    | 'InstanceRefreshInProgress'
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
    /** Carried out, and answered with something that cannot be read. */
    | 'malformed'
    /** Carried out, and answered with nothing. */
    | 'empty'
    /** Not carried out, and answered as the same question was answered before; truly, if it never was. */
    | 'staleRead'
    /** Carried out, and answered as if nothing were there yet: with every list of the answer empty. */
    | 'notYet'
    /** Carried out and answered `latencyMs` simulated milliseconds late. */
    | 'latency'
  /** How many calls; one, unless told. */
  readonly times?: number | 'forever'
  /** How many calls that it fits pass unharmed before; none, unless told. */
  readonly after?: number
  readonly latencyMs?: number
  /** Only calls by this kind of caller. */
  readonly principal?: 'lambda' | 'instance' | 'user'
  /** Only calls whose input this is true of. */
  readonly when?: (input: Readonly<Record<string, unknown>>) => boolean
}

export type Faults = {
  /** Arranges a fault, after those arranged before; gives a function that takes it back. */
  add(fault: Fault): () => void
  clear(): void
  /** The fault that this call meets, which is used up by it. */
  meet(call: {
    action: string
    principal: { kind: string }
    input: Readonly<Record<string, unknown>>
  }): Fault | undefined
}

/** Faults by script: the first one that fits a call strikes it. */
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
