import type { Deployment } from '../../../src/model/deployment.ts'
import type { Records } from '../../../src/model/records.ts'
import type { Target, TargetGroup } from '../../../src/model/targetGroup.ts'
import type { Decision } from '../../../src/rules/decision.ts'
import type { Ending, Production, SeenAs } from '../../../src/rules/seen.ts'
import { arnOf, deployment, deploymentId, green, greenName, seenAs, target, targetGroup } from '../builders.ts'

/** The records of a deployment that attached web. */
export const records = { 'greenlight:record': deploymentId, 'greenlight:attached/web': deploymentId }
/** Blue, before CodeDeploy has begun to move traffic. */
export const blue: Production = { names: ['blue'], instances: ['b-1', 'b-2'], hasBegunTraffic: false, underWay: [] }
/** Both instances of blue, healthy. */
export const both = [target('b-1'), target('b-2')]
export const now = 10_000_000

/** What is seen of a deployment that was over two hours ago; a test names only what matters to it. */
export type Ended = {
  attached?: readonly string[]
  tags?: Readonly<Record<string, string>>
  suspended?: readonly string[]
  health?: readonly Target[]
  isUsed?: boolean
  wanted?: readonly string[]
  found?: readonly TargetGroup[]
  /** What this invocation has done, though its tags are gone. */
  remembered?: Partial<Records>
  ending?: Partial<Ending>
  deployment?: Partial<Deployment>
}

type EndRow = 'settle' | 'undo'

export const seenEnded = <R extends EndRow>(row: R, seen: Ended): SeenAs<R> => {
  const { attached = ['web'], tags = records, suspended = [], health = [], isUsed = true } = seen
  const { found = [targetGroup('web', { isUsed })], wanted = ['web'] } = seen
  const one = green({ targetGroups: attached, tags, suspended })
  return seenAs(row, {
    goal: { greens: [greenName], wanted, tests: [] },
    greens: [{ ...one, records: { ...one.records, ...seen.remembered } }],
    targetGroups: new Map(found.map((each) => [each.name, each])),
    health: new Map([['web', health]]),
    ending: { named: ['blue'], underWay: [], inTheWay: [], production: blue, ...seen.ending },
    deployment: deployment({ status: 'Failed', completedAt: now - 7_200_000, ...seen.deployment }),
  })
}

/** A decision as short as it can be compared: its changes, or what is left undone. */
export const inShort = (decision: Decision) => {
  if (decision.decision === 'change') {
    return decision.changes.map(({ call, ...rest }) => ({ call: call.split(':')[1], ...rest }))
  }
  return decision.decision === 'done'
    ? { done: decision.left.map(({ kind, reason }) => `${kind}: ${reason}`) }
    : decision
}

export const attach = {
  call: 'AttachLoadBalancerTargetGroups',
  green: greenName,
  targetGroups: [{ name: 'web', arn: arnOf('web') }],
}
export const detach = { ...attach, call: 'DetachLoadBalancerTargetGroups' }
export const forget = (...keys: readonly string[]) => ({ call: 'DeleteTags', green: greenName, keys })
