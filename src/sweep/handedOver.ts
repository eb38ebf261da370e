/** The longest that an invocation of the gate function can be at work. */
const longestInvocationMs = 900_000

/** What a sweep remembers of what it handed over. */
export type HandedOver = {
  /** Whether this has to be handed over: an invocation may be at work on what was handed over before. */
  readonly isDue: (deploymentId: string, toDo: string, now: number) => boolean
  readonly remember: (deploymentId: string, toDo: string, now: number) => void
}

/**
 * Remembers what was handed over, for as long as a Lambda environment lives: one that begins anew hands it over once more, and
 * that does no harm.
 */
export const rememberingHandOvers = (): HandedOver => {
  const handedOver = new Map<string, { readonly toDo: string; readonly at: number }>()
  return {
    isDue: (id, toDo, now) => {
      // Where the clock was set back, no date says anything.
      if ([...handedOver.values()].some(({ at }) => at > now)) handedOver.clear()
      for (const [old, { at }] of handedOver) if (now - at >= longestInvocationMs) handedOver.delete(old)
      return handedOver.get(id)?.toDo !== toDo
    },
    remember: (id, toDo, at) => void handedOver.set(id, { toDo, at }),
  }
}
