import { arrive } from './arrive.ts'
import { awaitEnd } from './awaitEnd.ts'
import { awaitTurn } from './awaitTurn.ts'
import type { Decision, Rule } from './decision.ts'
import { endAndWatch } from './endAndWatch.ts'
import { gate } from './gate.ts'
import { handOver } from './handOver.ts'
import { hold } from './hold.ts'
import { leave } from './leave.ts'
import { pending } from './pending.ts'
import { preflight } from './preflight.ts'
import { refuseStatus } from './refuseStatus.ts'
import type { SeenAs } from './seen.ts'
import { settle, settleAndJudge } from './settle.ts'
import type { Row } from './table.ts'
import { undo } from './undo.ts'

/** The rule of each row. */
export const rules: { readonly [R in Row]: Rule<R> } = {
  preflight,
  gate,
  hold,
  arrive,
  settle,
  settleAndJudge,
  undo,
  endAndWatch,
  leave,
  pending,
  awaitTurn,
  awaitEnd,
  handOver,
  refuseStatus,
}

/** What the rule of its row decides about what was seen. */
export const decide = <R extends Row>(seen: SeenAs<R>, now: number): Decision => rules[seen.row](seen, now)
