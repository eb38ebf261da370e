import { type Change, isRegistration } from '../model/change.ts'
import type { Seen } from '../rules/seen.ts'
import { type Memory, rememberOutcome, rememberSending } from './memory.ts'
import type { Ports } from './ports.ts'
import type { Tell } from './tell.ts'

/** What became of a plan. `moved`: the deployment is not as it was when the plan was made. */
export type CarriedOut = { readonly result: 'done' | 'refused' | 'moved'; readonly memory: Memory }

/**
 * Makes the changes of a plan one after the other, as long as none is refused and the deployment stays as it was seen.
 *
 * @param now the wall clock, in milliseconds since 1970
 */
export const carryOut = async (
  changes: readonly Change[],
  seen: Seen,
  before: Memory,
  { ports, tell, now }: { readonly ports: Ports; readonly tell: Tell; readonly now: () => number },
): Promise<CarriedOut> => {
  let memory = before
  for (const [index, change] of changes.entries()) {
    tell.sending(change)
    memory = rememberSending(memory, change, now())
    const next = changes[index + 1]
    // What begins something is judged on a status that was read after the change before it was sent.
    const begins = next !== undefined && isRegistration(next)
    const [outcome, isSame] = await Promise.all([
      ports.change(change),
      begins ? isUnchanged(seen, memory, ports) : true,
    ])
    memory = rememberOutcome(memory, change, outcome, { isGate: seen.row === 'gate', now: now() })
    tell.outcome(change, outcome)
    if (outcome.kind !== 'done') return { result: 'refused', memory }
    if (!isSame) return { result: 'moved', memory }
  }
  return { result: 'done', memory }
}

const isUnchanged = async (seen: Seen, { deploymentId }: Memory, ports: Ports): Promise<boolean> =>
  'deployment' in seen && JSON.stringify(await ports.deployment(deploymentId)) === JSON.stringify(seen.deployment)
