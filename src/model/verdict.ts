import type { Change } from './change.ts'

/** The answer to a caller that waits for one: the verdict, and always a reason, a plain sentence. */
export type Verdict = {
  readonly verdict: 'Succeeded' | 'Failed' | 'Pending'
  readonly reason: string
}

/** How an invocation ended. `undefined` for notifications and sweeps: no caller waits for a verdict. */
export type Conclusion = {
  readonly verdict: Verdict['verdict'] | undefined
  readonly reason: string
  /** What a dry run would have changed next. */
  readonly wouldChange?: readonly Change[]
}
