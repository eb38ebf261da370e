import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import type { Change } from '../model/change.ts'
import type { Deployment } from '../model/deployment.ts'
import { testingKey } from '../model/records.ts'
import { testsTag } from '../model/testTargetGroups.ts'
import { mayShowYet } from './holding.ts'
import type { Answers } from './seen.ts'
import { registeredIn, unregistered } from './unproven.ts'

type Registration = Extract<Change, { instances: unknown }>

/** In which test target groups (names) green is proved; none: by attaching, or not at all any more, since it has its traffic. */
export const testsOf = ({ goal, progress }: Pick<Answers, 'goal' | 'progress'>): readonly string[] =>
  progress.step === 'arrived' ? [] : goal.tests

/** What proves green where attaching would do harm, or registers nobody. */
export const wayOut = ({ subject }: Deployment): string =>
  subject.kind === 'server' ? `. Test target groups would prove it without a user: see the tag ${testsTag}` : ''

/**
 * Registers what is missing of green in these test target groups (names), but for what CodeDeploy gave up, and what is not
 * running: one such instance fails the call for all.
 */
export const registrationsOf = (
  green: AutoScalingGroup,
  tests: readonly string[],
  { targetGroups, health, progress }: Pick<Answers, 'targetGroups' | 'health' | 'progress'>,
): readonly Registration[] =>
  tests.flatMap((name) => {
    const targetGroup = targetGroups.get(name)
    const isLeftOut = (id: string) => progress.givenUp.has(id) || green.notRunning.includes(id)
    const instances = unregistered(green, name, { health }).filter((id) => !isLeftOut(id))
    const isTheirs = green.records.theirs.includes(testingKey(name))
    if (targetGroup === undefined || isTheirs || instances.length === 0) return []
    const named = [{ name, arn: targetGroup.arn }]
    return [{ call: 'elasticloadbalancing:RegisterTargets', green: green.name, targetGroups: named, instances }]
  })

/** How green leaves its test target groups. */
export type Withdrawal = {
  readonly deregister: readonly Registration[]
  /** The keys to forget: this look shows that nothing of green is registered there. */
  readonly keys: readonly string[]
  /** Why there is nothing to do yet, in clauses. */
  readonly awaited: readonly string[]
}

/**
 * Deregisters green where records say that it was registered, and forgets that once a look shows it. No user meets a test
 * target group: that is always allowed, and nobody waits until it is drained.
 *
 * @param underWay ids of deployments that end their own records
 */
export const withdrawalOf = (
  green: AutoScalingGroup,
  {
    goal,
    targetGroups,
    health,
  }: Pick<Answers, 'targetGroups' | 'health'> & { readonly goal: Pick<Answers['goal'], 'wanted'> },
  now: number,
  underWay: readonly string[] = [],
): Withdrawal => {
  const ended = [...green.records.testing].filter(([, { deploymentId }]) => !underWay.includes(deploymentId))
  const found = ended.map(([name, note]): Withdrawal => {
    const targetGroup = targetGroups.get(name)
    const registered = new Set(registeredIn(name, health).map(({ id }) => id))
    const instances = green.instances.filter((id) => registered.has(id))
    // Tags are written by anybody who may tag: green leaves no target group that it ought to have.
    const isLeft = targetGroup !== undefined && instances.length > 0 && !goal.wanted.includes(name)
    if (isLeft) {
      const named = [{ name, arn: targetGroup.arn }]
      const call = 'elasticloadbalancing:DeregisterTargets'
      return { ...noWithdrawal, deregister: [{ call, green: green.name, targetGroups: named, instances }] }
    }
    return mayShowYet(note, now)
      ? { ...noWithdrawal, awaited: [`${green.name} may not show yet that it is registered in ${name}`] }
      : { ...noWithdrawal, keys: [testingKey(name)] }
  })
  return {
    deregister: found.flatMap(({ deregister }) => deregister),
    keys: found.flatMap(({ keys }) => keys),
    awaited: found.flatMap(({ awaited }) => awaited),
  }
}

const noWithdrawal: Withdrawal = { deregister: [], keys: [], awaited: [] }
