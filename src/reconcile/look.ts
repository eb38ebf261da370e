import { type AutoScalingGroup, targetGroupName } from '../model/autoScalingGroup.ts'
import { readChoices, readMode } from '../model/choices.ts'
import { type Deployment, withCopy } from '../model/deployment.ts'
import { type Goal, isSameGoal, readGoal } from '../model/goal.ts'
import { matches } from '../model/namePattern.ts'
import { isRefused } from '../model/refused.ts'
import { expectsVerdict, isUnasked } from '../model/trigger.ts'
import type { Turn } from '../model/turn.ts'
import { withinPattern } from '../rules/ownRecords.ts'
import type { Choice, Seen, SeenAs } from '../rules/seen.ts'
import { columnOf, finishingRows, isModeless, type Row, rowOf } from '../rules/table.ts'
import { turnOf } from '../rules/turn.ts'
import { listed, reasonOf } from '../sentences.ts'
import type { Settings } from '../settings.ts'
import { decidedByChoice, decidedByDeployment, triggerOf } from './early.ts'
import { callerOf, type Memory, recordedOf, withOwnActs } from './memory.ts'
import type { Reading } from './ports.ts'
import {
  type Parts,
  readConsent,
  readGivenUp,
  readGreens,
  readHealth,
  readParts,
  readProgress,
  withConsent,
  withTested,
} from './reading.ts'

/** How long the tags of a deployment group are believed: so soon does a changed mode take effect. */
const tagsForMs = 30_000
/** How long mode `observe` looks at what Greenlight would have done, before it lets a caller pass. */
export const observesForMs = 10_000

export type Looking = {
  readonly ports: Reading
  readonly settings: Settings
  /** The wall clock, in milliseconds since 1970. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
}

/**
 * Looks at everything that the row of the deployment needs, side by side where one answer does not need another.
 *
 * @param before the look before this one: what does not change meanwhile is not asked again
 * @throws AwsError where AWS could not be asked
 */
export const look = async (memory: Memory, before: Seen | undefined, tools: Looking): Promise<Seen> => {
  const { task } = memory
  if (task.kind === 'orphan') {
    const found = await tools.ports.autoScalingGroups([task.autoScalingGroup])
    const lasting = found.filter(({ isBeingDeleted }) => !isBeingDeleted)
    const greens = lasting.map((green) => withOwnActs(withinPattern(green, tools.settings.testNamePattern), memory))
    const seen = { row: 'orphan', settings: tools.settings, greens, why: task.why } as const
    return withTested({ ...seen, targetGroups: new Map(), health: new Map() }, tools.ports)
  }
  const ahead = askAhead(memory, before, tools)
  const deployment = await readDeployment(memory.deploymentId, tools.ports)
  if (isRefused(deployment) || decidedByDeployment(deployment, memory) !== undefined) {
    return { row: 'deploymentOnly', deployment }
  }
  const { subject } = deployment
  const notOurs = subject.kind === 'server' ? whyNotOurs(deployment.id, subject.greens, memory, tools) : undefined
  if (notOurs !== undefined) return { row: 'notOurs', deployment, reason: notOurs }
  const basics = { trigger: task.trigger, settings: tools.settings, deployment, isConfirmed: false }
  // Such a row is the same in every mode.
  const modeless = rowOf(deployment.status, columnOf(task.trigger, tools.settings.mode), undefined)
  if (isModeless(modeless)) return { row: modeless, ...basics }

  const choice = forRecorded(await choose(deployment, choiceOf(before, deployment), tools), deployment, memory, tools)
  const { mode } = choice
  const choiceOnly = { row: 'choiceOnly', deployment, choice, couldNotLook: undefined } as const
  const isUndecided = isRefused(mode) || decidedByChoice(choice, task.trigger) === undefined
  if (!isUndecided) return choiceOnly
  const hasTags = !isRefused(choice.goal) && choice.goal.greens.length > 0
  if (subject.kind === 'tagged' && hasTags && mode !== 'observe') {
    const reason = whyNotOurs(deployment.id, choice.goal.greens, memory, tools)
    if (reason !== undefined) return { row: 'notOurs', deployment, reason }
  }
  const observation: Observation = { deployment, choice, memory, tools, before, ahead }
  if (isRefused(mode)) {
    // Nothing new is begun, and what was begun is finished.
    const row = rowOf(deployment.status, columnOf(task.trigger, 'heal'), undefined)
    const mayFinish = row === 'byProgress' || finishingRows.includes(row)
    const seen = mayFinish ? await lookFor(observation, 'heal') : undefined
    return seen !== undefined && finishingRows.includes(seen.row) ? seen : choiceOnly
  }
  if (mode !== 'observe') return (await lookFor(observation, mode)) ?? choiceOnly
  return expectsVerdict(task.trigger) ? observeBriefly(observation) : ((await observe(observation)) ?? choiceOnly)
}

/**
 * The second look, right before a verdict: it reads again what can change the answer, and the rule decides again.
 *
 * @param isChanged whether something was changed since the first look: then greens are read again, too
 */
export const confirm = async (first: Seen, memory: Memory, isChanged: boolean, tools: Looking): Promise<Seen> => {
  if (first.row !== 'gate' && first.row !== 'preflight') return look(memory, first, tools)
  const { ports } = tools
  const { id, subject } = first.deployment
  // Owners may have withdrawn their consent.
  const readsGreens = isChanged || subject.kind === 'tagged'
  const [deployment, choice, greens, agreed, { targetGroups, health }] = await Promise.all([
    readDeployment(id, ports),
    choose(first.deployment, undefined, tools),
    readsGreens ? readGreens(first.goal.greens, first.deployment, memory, tools) : first.greens,
    readConsent(first.targetGroups, first, ports),
    first.row === 'gate'
      ? readHealth([...first.health.keys()], first.targetGroups, ports)
      : { targetGroups: first.targetGroups, health: new Map() },
  ])
  if (isRefused(deployment)) return { row: 'deploymentOnly', deployment }
  // The goal of a Server deployment is its own: that of the first look may be outdated.
  const fresh = { ...choice, goal: readGoal(deployment, choice.tags) }
  const isWhole = first.row === 'preflight' || first.progress.isWhole
  const progress = isWhole
    ? await readProgress(deployment, first.progress, ports)
    : await readGivenUp(deployment, ports)
  const settings = settingsOf(deployment, choice.tags, tools)
  const seen = {
    ...{ ...first, deployment, settings, choice: fresh, greens },
    ...{ targetGroups: withConsent(targetGroups, agreed), progress, isConfirmed: true },
  }
  return seen.row === 'gate' ? { ...seen, health } : seen
}

type Observation = {
  readonly deployment: Deployment
  readonly choice: Choice
  readonly memory: Memory
  readonly tools: Looking
  readonly before: Seen | undefined
  readonly ahead: Promise<Parts> | undefined
}

/** @returns undefined where the tags do not say what the deployment is about, and the row needs it */
const lookFor = async (
  observation: Observation,
  mode: 'heal' | 'gate' | 'observe',
): Promise<SeenAs<Row> | undefined> => {
  const { deployment, choice, memory, tools, before } = observation
  const { goal } = choice
  const trigger = triggerOf(memory.task)
  const column = columnOf(trigger, mode)
  const found = rowOf(deployment.status, column, undefined)
  // What has arrived stays so.
  const arrived =
    before !== undefined && before.row === 'arrive' && before.deployment.id === deployment.id
      ? before.progress
      : undefined
  const progress =
    found === 'byProgress' ? (arrived ?? (await readProgress(deployment, undefined, tools.ports))) : undefined
  const row = found === 'byProgress' ? rowOf(deployment.status, column, progress) : found
  const settings = settingsOf(deployment, choice.tags, tools)
  const basics = { trigger, settings, deployment, isConfirmed: false, choice }
  if (row === 'leave' || row === 'pending' || row === 'refuseStatus') return { row, ...basics }
  if (row === 'byProgress' || row === 'awaitTurn' || isModeless(row) || isRefused(goal)) return undefined
  const awaiting = row === 'gate' && before === undefined ? await readTurn(observation, goal) : undefined
  const { turn, greens } = awaiting ?? { turn: undefined, greens: undefined }
  if (turn !== undefined && greens !== undefined) return { row: 'awaitTurn', ...basics, greens, turn }
  const asked = isSameLook(before, row, deployment, goal) ? observation.ahead : undefined
  const parts = await (asked ??
    readParts({
      ...{ row, goal, deployment, settings, memory, before, progress, greens },
      ...{ now: tools.now(), ports: tools.ports },
    }))
  return { row, ...basics, goal, ...parts }
}

type Awaiting = Pick<SeenAs<'awaitTurn'>, 'greens'> & { readonly turn: Turn | undefined }

/** @returns the greens, and why the script of an instance does not gate now: not where it does, or nothing is left to change */
const readTurn = async (
  { deployment, choice, memory, tools }: Observation,
  { wanted, tests, greens }: Goal,
): Promise<Awaiting | undefined> => {
  const caller = callerOf(memory)
  if (caller === undefined || deployment.subject.kind !== 'server') return undefined
  const found = await readGreens(greens, deployment, memory, tools)
  const isProved = ({ records, attached }: AutoScalingGroup): boolean =>
    records.record === deployment.id &&
    (tests.length > 0
      ? tests.every((name) => records.testing.has(name))
      : wanted.every((name) => attached.some((arn) => targetGroupName(arn) === name)))
  if (found.length > 0 && found.every(isProved)) return { greens: found, turn: undefined }
  const isInvited = choice.mode !== 'heal'
  const progress = await tools.ports.progressUpTo(deployment.id, caller)
  const turn = turnOf(caller, progress, { isInvited, now: tools.now() })
  // One that acts looks at everything once more.
  return turn && { greens: found, turn }
}

/** Mode `observe`: what Greenlight would act on in mode `gate`, and the greens. */
const observe = async (observation: Observation): Promise<Seen | undefined> => {
  const { deployment, choice, memory, tools } = observation
  const would = await lookFor(observation, 'observe')
  if (would === undefined || would.row === 'pending' || isRefused(choice.goal)) return undefined
  const greens = 'greens' in would ? would.greens : await readGreens(choice.goal.greens, deployment, memory, tools)
  return { row: 'observed', deployment, choice, would, greens }
}

/** An emergency bypass lets a caller pass, whatever AWS does. */
const observeBriefly = async (observation: Observation): Promise<Seen> => {
  const { deployment, choice, memory, tools } = observation
  const seenAs = (couldNotLook: string | undefined): Seen => ({ row: 'choiceOnly', deployment, choice, couldNotLook })
  const observed = observe(observation).then(
    (seen) => seen ?? seenAs(undefined),
    (error: unknown) => seenAs(reasonOf(error)),
  )
  const tooLate = tools.sleep(Math.max(0, memory.beganAt + observesForMs - tools.now())).then(() => seenAs(undefined))
  return Promise.race([observed, tooLate])
}

/** A gate that polls asks for everything beside the deployment; a deployment that is steered comes first. */
const askAhead = (memory: Memory, before: Seen | undefined, tools: Looking): Promise<Parts> | undefined => {
  if (before === undefined || before.row !== 'gate' || memory.sent !== undefined) return undefined
  const asked = readParts({
    ...before,
    memory,
    before,
    progress: undefined,
    greens: undefined,
    now: tools.now(),
    ports: tools.ports,
  })
  // Where the deployment has moved on, nobody waits for these answers.
  asked.catch(() => {})
  return asked
}

const isSameLook = (before: Seen | undefined, row: Row, { id, status }: Deployment, goal: Goal): boolean =>
  before !== undefined &&
  before.row === 'gate' &&
  row === 'gate' &&
  before.deployment.id === id &&
  before.deployment.status === status &&
  isSameGoal(before.goal, goal)

/** What was read before a deployment ended says nothing about its end: each status is decided by tags of its own. */
const choiceOf = (before: Seen | undefined, { status }: Deployment): Choice | undefined =>
  before !== undefined && 'choice' in before && before.deployment.status === status ? before.choice : undefined

/** What the tags of the deployment group choose; asked again where the last answer is too old. */
const choose = async (deployment: Deployment, before: Choice | undefined, tools: Looking): Promise<Choice> => {
  const { application, deploymentGroup } = deployment
  const readAt = tools.now()
  const isRecent = before !== undefined && readAt - before.readAt < tagsForMs
  const tags = isRecent ? before.tags : await tools.ports.deploymentGroupTags(application, deploymentGroup)
  return {
    mode: readMode(deployment, tags, tools.settings),
    goal: readGoal(deployment, tags),
    tags,
    readAt: isRecent ? before.readAt : readAt,
  }
}

/**
 * Records are ended where they stand: tags that do not say any more what the deployment is about, or name what is another
 * stack's, want nothing.
 */
const forRecorded = (choice: Choice, { id, subject }: Deployment, memory: Memory, tools: Looking): Choice => {
  if (subject.kind !== 'tagged' || recordedOf(memory).length === 0) return choice
  const { goal } = choice
  const isOurs = !isRefused(goal) && whyNotOurs(id, goal.greens, memory, tools) === undefined
  return isOurs ? choice : { ...choice, goal: { greens: [], wanted: [], tests: [] } }
}

/** The stack's settings, with what the tags choose; where they do not parse the stack's hold. */
const settingsOf = (deployment: Deployment, tags: Choice['tags'], { settings }: Looking): Settings => {
  const choices = readChoices(deployment, tags, settings)
  return isRefused(choices) ? settings : { ...settings, ...choices }
}

/** Asks for the tag of the copy only where CodeDeploy does not name green. */
const readDeployment = async (id: string, ports: Reading): ReturnType<Reading['deployment']> => {
  const deployment = await ports.deployment(id)
  if (isRefused(deployment)) return deployment
  const { subject } = deployment
  const isExpected = subject.kind === 'server' && !subject.isNamed && subject.greens.length > 0
  return isExpected ? withCopy(deployment, await ports.copies(id)) : deployment
}

/** @returns why nothing may be done about these greens, or undefined */
const whyNotOurs = (
  id: string,
  greens: readonly string[],
  { task }: Memory,
  { settings: { namePattern } }: Looking,
): string | undefined => {
  const outside = greens.filter((name) => !matches(namePattern, name))
  if (outside.length > 0) {
    const parameter = `the stack's parameter AutoScalingGroupNamePattern, which is ${namePattern}`
    return `deployment ${id} is not this stack's: green ${listed(outside)} does not match ${parameter}`
  }
  // Another stack's, perhaps.
  return greens.length === 0 && isUnasked(triggerOf(task)) ? `deployment ${id} names no green yet` : undefined
}
